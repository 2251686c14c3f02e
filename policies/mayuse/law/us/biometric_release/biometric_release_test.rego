package mayuse.law.us.biometric_release_test

import data.mayuse.law.us.biometric_release as rule
import data.mayuse.shared.asking

test_without_a_release_biometrics_are_denied_and_the_consent_is_missing if {
	answer == {
		"denies": {said("no_consent")},
		"missing": {"choices.consent_special_category"},
	} with input as asked({})
}

test_a_release_permits if {
	answer == {"permits": {said("consent_given")}} with input as consenting("given")
}

test_a_refusal_denies_and_nothing_is_missing[choice] if {
	some choice in {"refused", "withdrawn"}
	answer == {"denies": {said("no_consent")}} with input as consenting(choice)
}

test_only_illinois_is_known_to_ask_a_release if {
	not rule.in_place with input as asked({"jurisdiction": "US-TX"})
	not rule.in_place with input as asked({"jurisdiction": "US"})
}

test_other_data_is_out_of_scope if {
	not rule.in_scope with input as asked({"data": "health"})
}

# A written release comes before collecting or disclosing, whatever for.
test_even_the_service_itself_asks_a_release if {
	answer.denies == {said("no_consent")} with input as asked({"purpose": "service_core"})
	answer.denies == {said("no_consent")} with input as asked({"purpose": "security_fraud"})
	not rule.in_scope with input as asked({"purpose": "legal_duty"})
}

test_it_binds_from_the_act_s_first_day if {
	not answer with input as asked({"on": "2008-10-02"})
	answer.denies == {said("no_consent")} with input as asked({"on": "2008-10-03"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "US-IL", "data": "biometric", "purpose": "improve_services"},
	changes,
))

consenting(choice) := asked({"choices": {"consent_special_category": choice}})

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "us-il-bipa", ["us-il-bipa-act"])
