package mayuse.law.ca.child_ads_test

import data.mayuse.law.ca.child_ads as rule
import data.mayuse.shared.asking

test_quebec_forbids_commercial_advertising_to_children_whatever_the_consent[purpose] if {
	some purpose in {"ads_personalised", "ads_predict_interests", "ads_contextual"}
	every age in {"0", "12"} {
		answer == {"denies": {asking.said("banned", "ca-qc-cpa", ["ca-qc-cpa-248"])}} with input as asked({
			"age": age,
			"purpose": purpose,
			"choices": {"consent_minor": "given"},
		})
	}
}

test_from_13_on_and_at_unknown_age_it_is_out_of_scope[age] if {
	some age in {"13", "adult", "unknown"}
	not rule.in_scope with input as asked({"age": age})
	not rule.in_scope with input as asked({"age": age, "purpose": "ads_contextual", "data": "page_context"})
}

test_other_uses_are_out_of_scope if {
	not rule.in_scope with input as asked({"purpose": "personalise_content"})
}

test_it_is_the_law_of_quebec_alone if {
	not rule.in_place with input as asked({"jurisdiction": "CA"})
	not rule.in_place with input as asked({"jurisdiction": "FR"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

test_it_binds_from_april_1980 if {
	not answer with input as asked({"on": "1980-04-29"})
	answer with input as asked({"on": "1980-04-30"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "CA-QC", "purpose": "ads_personalised", "age": "12"},
	changes,
))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}
