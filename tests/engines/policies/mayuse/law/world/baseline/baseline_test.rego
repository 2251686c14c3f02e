package mayuse.law.world.baseline_test

import data.mayuse.law.world.baseline as rule

test_it_permits if count(rule.permits) == 1
