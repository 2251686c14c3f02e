package mayuse.law.eu.dsa_special_category_ads_test

import data.mayuse.law.eu.dsa_special_category_ads as rule
import data.mayuse.shared.asking

test_no_advertising_is_profiled_with_special_categories_whatever_the_consent[category] if {
	some category in {
		"health", "religion", "political_opinion", "sexual_orientation",
		"ethnicity", "trade_union", "biometric", "genetic",
	}
	every purpose in {"ads_personalised", "ads_predict_interests"} {
		answer == {"denies": {said("banned")}} with input as asked({
			"data": category,
			"purpose": purpose,
			"choices": {"consent_ads": "given", "consent_special_category": "given"},
		})
	}
}

test_other_data_and_other_uses_are_out_of_scope if {
	not rule.in_scope with input as asked({"data": "profile"})
	not rule.in_scope with input as asked({"data": "precise_location"})
	not rule.in_scope with input as asked({"purpose": "personalise_content"})
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
	{"jurisdiction": "ES", "recipient": "linkedin_ireland", "purpose": "ads_personalised", "data": "religion"},
	changes,
))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "eu-dsa", ["eu-dsa-26-3"])
