package mayuse.law.us.health_data_test

import data.mayuse.law.us.health_data as rule
import data.mayuse.shared.asking

test_health_data_waits_for_consent_from_the_first_day[state] if {
	some state, [act, cite] in {
		"US-WA": ["us-wa-mhmda", "us-wa-mhmda-act"],
		"US-NV": ["us-nv-sb370", "us-nv-sb370-act"],
	}
	place := {"jurisdiction": state}
	not answer with input as asked(object.union(place, {"on": "2024-03-30"}))
	answer == {
		"denies": {asking.said("no_consent", act, [cite])},
		"missing": {"choices.consent_special_category"},
	} with input as asked(object.union(place, {"on": "2024-03-31"}))
	answer == {"permits": {asking.said("consent_given", act, [cite])}} with input as asked(object.union(
		place,
		{"choices": {"consent_special_category": "given"}},
	))
}

test_a_refusal_denies_and_nothing_is_missing[choice] if {
	some choice in {"refused", "withdrawn"}
	answer == {"denies": {asking.said("no_consent", "us-wa-mhmda", ["us-wa-mhmda-act"])}} with input as asked({"choices": {"consent_special_category": choice}})
}

# A sale takes a signed authorization, which no choice records.
test_a_consent_is_no_authorization_to_sell_in_washington if {
	sale := {
		"recipient": "advertiser",
		"purpose": "sell_data",
		"choices": {"consent_special_category": "given"},
	}
	answer == {
		"permits": {asking.said("consent_given", "us-wa-mhmda", ["us-wa-mhmda-act"])},
		"denies": {asking.said("no_authorization", "us-wa-mhmda", ["us-wa-mhmda-act"])},
	} with input as asked(sale)
	object.keys(answer) == {"permits"} with input as asked(object.union(sale, {"jurisdiction": "US-NV"}))
}

test_the_service_asked_for_and_other_data_are_out_of_scope if {
	not rule.in_scope with input as asked({"purpose": "service_core"})
	not rule.in_scope with input as asked({"data": "genetic"})
}

test_other_states_have_no_such_act if {
	not rule.in_place with input as asked({"jurisdiction": "US-OR"})
	not rule.in_place with input as asked({"jurisdiction": "US"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "US-WA", "purpose": "personalise_content", "data": "health"},
	changes,
))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}
