package mayuse.law.eu.dsa_minor_ads_test

import data.mayuse.law.eu.dsa_minor_ads as rule
import data.mayuse.shared.asking

test_a_known_minor_is_shown_no_profiled_advertising_whatever_the_consent[age] if {
	some age in {"0", "13", "17"}
	every purpose in {"ads_personalised", "ads_predict_interests"} {
		answer == {"denies": {said("banned")}} with input as asked({
			"age": age,
			"purpose": purpose,
			"choices": {"consent_ads": "given", "consent_minor": "given"},
		})
	}
}

test_who_is_not_known_to_be_a_minor_is_out_of_scope[age] if {
	some age in {"adult", "unknown"}
	not rule.in_scope with input as asked({"age": age})
}

test_other_advertising_is_out_of_scope if {
	not rule.in_scope with input as asked({"purpose": "ads_contextual", "data": "page_context"})
	not rule.in_scope with input as asked({"data": "page_context"})
	not rule.in_scope with input as asked({"purpose": "ads_measurement"})
}

test_where_the_act_is_not_confirmed_to_bind_it_is_disputed[place] if {
	some place in {"IS", "LI", "NO"}
	answer == {"denies": {said("disputed")}} with input as asked({"jurisdiction": place})
}

test_linkedin_is_bound_from_august_2023 if {
	not answer with input as asked({"on": "2023-08-24"})
	answer == {"denies": {said("banned")}} with input as asked({"on": "2023-08-25"})
}

test_others_are_bound_from_february_2024 if {
	not answer with input as asked({"controller": "generic", "on": "2024-02-16"})
	answer == {"denies": {said("banned")}} with input as asked({"controller": "generic", "on": "2024-02-17"})
}

test_it_is_out_of_place_elsewhere[place] if {
	some place in {"CH", "GB", "US-CA", "unknown"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "ES", "recipient": "linkedin_ireland", "purpose": "ads_personalised", "age": "17"},
	changes,
))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "eu-dsa", ["eu-dsa-28-2"])
