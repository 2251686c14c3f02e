package mayuse.law.us.likeness_test

import data.mayuse.law.us.likeness as rule
import data.mayuse.shared.asking

deceptive := needs_counsel("us-ftc-act", "us-ftc-act-5")

test_a_deepfake_is_a_crime_from_may_2025_on if {
	answer == {"denies": {deceptive}} with input as asked({"on": "2025-05-18"})
	answer == {"denies": {
		deceptive,
		needs_counsel("us-take-it-down", "us-take-it-down-223h"),
	}} with input as asked({"on": "2025-05-19"})
}

test_impersonation_is_a_crime_in_some_states[state] if {
	some state, [before, first, act] in {
		"US-CA": ["2010-12-31", "2011-01-01", "us-ca-penal"],
		"US-NY": ["2008-10-31", "2008-11-01", "us-ny-penal"],
		"US-TX": ["2009-08-31", "2009-09-01", "us-tx-penal"],
	}
	posing := {"jurisdiction": state, "purpose": "impersonate"}
	answer == {"denies": {deceptive}} with input as asked(object.union(posing, {"on": before}))
	answer == {"denies": {
		deceptive,
		needs_counsel(act, concat("-", [act, "impersonation"])),
	}} with input as asked(object.union(posing, {"on": first}))
}

test_impersonation_is_deceptive_everywhere_in_the_country[place] if {
	some place in {"US", "US-WY"}
	answer == {"denies": {deceptive}} with input as asked({"jurisdiction": place, "purpose": "impersonate"})
}

test_it_is_out_of_place_abroad_and_out_of_scope_for_other_uses if {
	not rule.in_place with input as asked({"jurisdiction": "FR"})
	not rule.in_scope with input as asked({"purpose": "train_ai_content"})
}

test_deception_is_unlawful_since_1938 if {
	not answer with input as asked({"on": "1938-03-20"})
	answer == {"denies": {deceptive}} with input as asked({"on": "1938-03-21"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "US-WY", "recipient": "public", "purpose": "publish_synthetic_likeness", "data": "likeness"},
	changes,
))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

needs_counsel(act, cite) := asking.said("needs_counsel", act, [cite])
