package mayuse.terms.linkedin.minors_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.minors as rule

under_age := asking.said("under_the_minimum_age", "linkedin-ua-2025-11-03", ["linkedin-ua-2025-11-03-2.1"])

unread := asking.said("needs_counsel", "linkedin-help-minors", ["linkedin-help-minors-16-17"])

test_nobody_under_16_is_served[age] if {
	some age in {"0", "15"}
	answer == {"denies": {under_age}} with input as asked({"age": age})
	answer == {"denies": {under_age}} with input as asked({"age": age, "purpose": "service_core"})
	answer == {"denies": {under_age}} with input as asked({"age": age, "choices": {"consent_minor": "given"}})
}

# The agreement in force that day, or the first one read that has the same age.
test_the_agreement_of_the_day_is_cited if {
	every day in {"2024-11-20", "2025-11-02"} {
		answer == {"denies": {asking.said(
			"under_the_minimum_age",
			"linkedin-ua-2024-11-20",
			["linkedin-ua-2024-11-20-2.1"],
		)}} with input as asked({"age": "15", "on": day})
	}
	answer == {"denies": {under_age}} with input as asked({"age": "15", "on": "2025-11-03"})
}

test_security_and_legal_duties_are_out_of_scope[purpose] if {
	some purpose in {"security_fraud", "legal_duty"}
	not rule.in_scope with input as asked({"age": "15", "purpose": purpose})
}

test_advertising_to_16_and_17_waits_for_the_unread_page[age] if {
	some age in {"16", "17"}
	every purpose in {"ads_personalised", "ads_predict_interests"} {
		answer == {"denies": {unread}} with input as asked({"age": age, "purpose": purpose})
	}
	not rule.in_scope with input as asked({"age": age, "data": "page_context"})
	not rule.in_scope with input as asked({"age": age, "purpose": "personalise_content"})
}

test_who_is_not_known_to_be_a_minor_is_out_of_scope[age] if {
	some age in {"adult", "unknown"}
	not rule.in_scope with input as asked({"age": age})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union({"age": "16", "purpose": "ads_personalised"}, changes))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}
