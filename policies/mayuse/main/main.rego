# METADATA
# title: The one entry point
# description: |
#   Collects what every rule that speaks says about one question: `said` in rules.rego has one entry
#   for each rule that is in place, in force and in scope. Nothing is folded here: the host sorts and
#   folds, so the order of rules never matters. Without well-formed facts there is no decision.
package mayuse.main

import data.mayuse.shared.facts

# METADATA
# description: what the rules say about `input`, the facts of one question, by rule
# entrypoint: true
decision := said if facts.well_formed

# METADATA
# description: |
#   the same for each of `input.items`, keyed by index: an undefined item leaves a gap that the
#   host can see, where an array would shift later answers onto other questions
# entrypoint: true
batch := {index: answer |
	some index, item in input.items
	answer := decision with input as item
}
