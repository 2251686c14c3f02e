# METADATA
# title: The one entry point
# description: |
#   Collects what every rule that speaks says about one question. It folds nothing: the host sorts
#   and folds, so the order of rules never matters. Without well-formed facts there is no decision.
package mayuse.main

import data.mayuse.shared.facts

# METADATA
# description: what the rules say about `input`, the facts of one question
# entrypoint: true
decision := {
	"permits": permits,
	"denies": denies,
	"obliges": obliges,
	"missing": missing,
	"speaking": speaking,
} if {
	facts.well_formed
}

# METADATA
# description: |
#   the same for each of `input.items`, keyed by index: an undefined item leaves a gap that the
#   host can see, where an array would shift later answers onto other questions
# entrypoint: true
batch := {index: answer |
	some index, item in input.items
	answer := decision with input as item
}

speaking contains ["law", area, slug] if some [area, slug] in _law

speaking contains ["terms", controller, slug] if some [controller, slug] in _terms

permits contains [["law", area, slug], said] if {
	some [area, slug] in _law
	some said in data.mayuse.law[area][slug].permits
}

permits contains [["terms", controller, slug], said] if {
	some [controller, slug] in _terms
	some said in data.mayuse.terms[controller][slug].permits
}

denies contains [["law", area, slug], said] if {
	some [area, slug] in _law
	some said in data.mayuse.law[area][slug].denies
}

denies contains [["terms", controller, slug], said] if {
	some [controller, slug] in _terms
	some said in data.mayuse.terms[controller][slug].denies
}

obliges contains [["law", area, slug], duty] if {
	some [area, slug] in _law
	some duty in data.mayuse.law[area][slug].obliges
}

obliges contains [["terms", controller, slug], duty] if {
	some [controller, slug] in _terms
	some duty in data.mayuse.terms[controller][slug].obliges
}

missing contains [["law", area, slug], field] if {
	some [area, slug] in _law
	some field in data.mayuse.law[area][slug].missing
}

missing contains [["terms", controller, slug], field] if {
	some [controller, slug] in _terms
	some field in data.mayuse.terms[controller][slug].missing
}

# The rules that are in place, in force and in scope. The layer stands literally and the references
# are direct: handing a package to a function would evaluate every rule of every package.
_law contains [area, slug] if {
	some area, slug
	data.mayuse.law[area][slug].in_place
	input.on >= data.mayuse.law[area][slug].in_force.from
	input.on <= data.mayuse.law[area][slug].in_force.until
	data.mayuse.law[area][slug].in_scope
}

_terms contains [controller, slug] if {
	some controller, slug
	data.mayuse.terms[controller][slug].in_place
	input.on >= data.mayuse.terms[controller][slug].in_force.from
	input.on <= data.mayuse.terms[controller][slug].in_force.until
	data.mayuse.terms[controller][slug].in_scope
}
