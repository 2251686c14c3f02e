# METADATA
# title: What the rules say of one question
# description: A small main for tests of the engines; `data` may be `conflicting` or `slow` on purpose.
package mayuse.main

import data.mayuse.facts.vocabulary

decision := {
	"permits": permits,
	"denies": denies,
	"obliges": set(),
	"missing": set(),
	"speaking": speaking,
} if {
	vocabulary.data[input.data]
	quality == "fine"
	not slow
}

batch := {i: answer |
	some i, item in input.items
	answer := decision with input as item
}

# Two values at once, which is an error of evaluation on both engines.
quality := "fine" if vocabulary.data[input.data]

quality := "bad" if input.data == "conflicting"

slow if {
	input.data == "slow"
	n := 4000
	sum([1 | some i in numbers.range(1, n); some j in numbers.range(1, n); i == j + n]) == 1
}

large if {
	input.data == "large"
	count([[i, j] | some i in numbers.range(1, 3000); some j in numbers.range(1, 3000)]) == 1
}

speaking contains ["law", area, slug] if {
	some area, slug
	data.mayuse.law[area][slug].in_place
	data.mayuse.law[area][slug].in_scope
}

speaking contains ["terms", area, slug] if {
	some area, slug
	data.mayuse.terms[area][slug].in_place
	data.mayuse.terms[area][slug].in_scope
}

permits contains [path, reason] if {
	some path in speaking
	path[0] == "law"
	some reason in data.mayuse.law[path[1]][path[2]].permits
}

permits contains [path, reason] if {
	some path in speaking
	path[0] == "terms"
	some reason in data.mayuse.terms[path[1]][path[2]].permits
}

denies contains [path, reason] if {
	some path in speaking
	path[0] == "law"
	some reason in data.mayuse.law[path[1]][path[2]].denies
}

# Memory without end, on purpose.
denies contains [["law", "world", "baseline"], {}] if large
