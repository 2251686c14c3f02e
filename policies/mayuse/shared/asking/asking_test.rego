# METADATA
# title: Asking in tests
# description: |
#   A whole, well-formed facts document to start from, and what a rule that speaks is heard to say.
#   The file is named like a test so that no bundle takes it along.
package mayuse.shared.asking

import data.mayuse.facts.vocabulary

# A member in Virginia who has chosen nothing; LinkedIn runs its service.
facts := {
	"controller": "linkedin",
	"recipient": "linkedin_corporation",
	"purpose": "service_core",
	"data": "profile",
	"jurisdiction": "US-VA",
	"on": "2026-11-23",
	"age": "adult",
	"choices": {name: choice.default | some name, choice in vocabulary.choices},
	"signals": {"gpc": false},
}

# Those facts with some members changed; members of `choices` and `signals` one by one.
about(changes) := object.union(facts, changes)

# METADATA
# description: |
#   What a rule in place and in scope is heard to say on the day asked about: the sets that have
#   members. Undefined on a day outside its period.
heard(period, sets) := {name: members | some name, members in sets; members != set()} if {
	within(period, input.on)
}

within(period, day) if {
	period.from <= day
	day <= period.until
}

said(reason, act, cites) := {"reason": reason, "act": act, "cites": cites}
