package mayuse.law.world.likeness_test

import data.mayuse.law.world.likeness as rule
import data.mayuse.shared.asking

test_where_a_basis_is_asked_there_is_none[place] if {
	some place, [act, cites] in {
		"FR": ["eu-gdpr", ["eu-gdpr-6-1-a", "eu-gdpr-6-1-f"]],
		"GB": ["uk-gdpr", ["uk-gdpr-6-1-a", "uk-gdpr-6-1-f"]],
		"BR": ["br-lgpd", ["br-lgpd-7"]],
	}
	every purpose in {"publish_synthetic_likeness", "impersonate"} {
		answer == {"denies": {asking.said("no_legal_basis", act, cites)}} with input as asked({
			"jurisdiction": place,
			"purpose": purpose,
		})
	}
}

test_elsewhere_counsel_must_look[place] if {
	some place, [act, cite] in {
		"CH": ["ch-fadp", "ch-fadp-30"],
		"JP": ["jp-appi", "jp-appi-17"],
		"ZZ": ["world-no-act", "world-no-act-default"],
	}
	answer == {"denies": {asking.said("needs_counsel", act, [cite])}} with input as asked({"jurisdiction": place})
}

test_no_choice_of_the_person_changes_that if {
	object.keys(answer) == {"denies"} with input as asked({"choices": {
		"consent_ads": "given",
		"consent_special_category": "given",
	}})
}

test_other_purposes_and_the_united_states_are_out if {
	not rule.in_scope with input as asked({"purpose": "service_core"})
	not rule.in_place with input as asked({"jurisdiction": "US-NY"})
}

test_it_binds_from_the_first_day_of_the_regime if {
	not answer with input as asked({"on": "2018-05-24"})
	answer with input as asked({"on": "2018-05-25"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "FR", "recipient": "public", "purpose": "publish_synthetic_likeness", "data": "likeness"},
	changes,
))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}
