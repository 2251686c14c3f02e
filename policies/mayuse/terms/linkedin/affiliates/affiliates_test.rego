package mayuse.terms.linkedin.affiliates_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.affiliates as rule

test_public_content_goes_to_microsoft_for_its_services_outside_europe[purpose] if {
	some purpose in {"personalise_content", "improve_services", "service_core"}
	every category in {"public_posts", "page_context"} {
		answer == {"permits": {said("public_content")}} with input as asked({"purpose": purpose, "data": category})
	}
}

test_other_data_does_not[category] if {
	some category in {"profile", "private_messages", "feed_activity"}
	answer == {"denies": {said("not_public")}} with input as asked({"data": category})
}

test_the_european_notice_has_no_such_purpose[place] if {
	some place in {"FR", "NO", "CH", "GB"}
	answer == {"denies": {not_offered_here}} with input as asked({"jurisdiction": place})
	answer == {"denies": {not_offered_here, said("not_public")}} with input as asked({"jurisdiction": place, "data": "profile"})
}

test_security_is_everywhere_and_for_all_data[place] if {
	some place in {"FR", "CH", "GB", "US-VA", "JP"}
	answer == {"permits": {said("security")}} with input as asked({
		"jurisdiction": place,
		"purpose": "security_fraud",
		"data": "device_ids",
	})
}

test_these_terms_begin_in_november_2025[purpose] if {
	some purpose, expected in {"personalise_content": "public_content", "security_fraud": "security"}
	answer == {"denies": {said("these_terms_not_yet_in_force")}} with input as asked({"purpose": purpose, "on": "2025-11-02"})
	answer == {"permits": {said(expected)}} with input as asked({"purpose": purpose, "on": "2025-11-03"})
}

test_other_recipients_and_uses_are_out_of_scope if {
	not rule.in_scope with input as asked({"recipient": "linkedin_ireland"})
	not rule.in_scope with input as asked({"recipient": "advertiser"})
	not rule.in_scope with input as asked({"purpose": "ads_personalised"})
	not rule.in_scope with input as asked({"purpose": "train_ai_content"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union(
	{"recipient": "microsoft", "purpose": "improve_services", "data": "public_posts"},
	changes,
))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-3.4"])

not_offered_here := asking.said("not_offered_here", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-rows"])
