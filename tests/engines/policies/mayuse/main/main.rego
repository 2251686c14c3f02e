# METADATA
# title: What the rules say of one question
# description: A small main for tests of the engines; `data` may be `conflicting`, `slow` or `large` on purpose.
package mayuse.main

import data.mayuse.facts.vocabulary
import data.mayuse.law.world.baseline
import data.mayuse.law.world.signal
import data.mayuse.terms.acme.promise

decision := said if {
	vocabulary.data[input.data]
	quality == "fine"
	not slow
	not large
}

batch := {i: answer |
	some i, item in input.items
	answer := decision with input as item
}

said["law/world/baseline"] := {"permits": baseline.permits} if {
	baseline.in_place
	baseline.in_scope
}

said["law/world/signal"] := {"permits": signal.permits, "denies": signal.denies} if {
	signal.in_place
	signal.in_scope
}

said["terms/acme/promise"] := {"permits": promise.permits} if {
	promise.in_place
	promise.in_scope
}

# Two values at once, which is an error of evaluation on both engines.
quality := "fine" if vocabulary.data[input.data]

quality := "bad" if input.data == "conflicting"

slow if {
	input.data == "slow"
	some i in numbers.range(1, 4000)
	some j in numbers.range(1, 4000)
	i == j + 4000
}

# Memory without end.
large if {
	input.data == "large"
	count([[i, j] | some i in numbers.range(1, 3000); some j in numbers.range(1, 3000)]) == 1
}
