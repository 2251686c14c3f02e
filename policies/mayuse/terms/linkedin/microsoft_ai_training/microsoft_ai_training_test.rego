package mayuse.terms.linkedin.microsoft_ai_training_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.microsoft_ai_training as rule

test_britain_is_offered_it_from_november_2025 if {
	answer == {"denies": {british("these_terms_not_yet_in_force")}} with input as asked({"jurisdiction": "GB", "on": "2025-11-02"})
	answer == {"permits": {british("setting_is_not_off")}} with input as asked({"jurisdiction": "GB", "on": "2025-11-03"})
}

test_elsewhere_it_began_with_the_policy_of_september_2024[place] if {
	some place in {"US-VA", "AU", "ZZ"}
	answer == {"denies": {earlier("these_terms_not_yet_in_force")}} with input as asked({
		"jurisdiction": place,
		"on": "2024-09-17",
	})
	every day in {"2024-09-18", "2025-11-02"} {
		answer == {"permits": {earlier("setting_is_not_off")}} with input as asked({"jurisdiction": place, "on": day})
	}
	answer == {"permits": {policy("setting_is_not_off")}} with input as asked({"jurisdiction": place, "on": "2025-11-03"})
}

test_the_union_and_switzerland_are_not_offered_it[place] if {
	some place in {"DE", "NO", "CH"}
	answer == {"denies": {asking.said(
		"not_offered_here",
		"linkedin-erpn-2025-11-03",
		["linkedin-erpn-2025-11-03-rows"],
	)}} with input as asked({"jurisdiction": place, "choices": {"ai_training": "on"}})
}

test_what_is_not_offered_is_not_merely_early[place] if {
	some place, reason in {"DE": "not_offered_here", "CA": "disputed"}
	{said.reason | some said in answer.denies} == {reason} with input as asked({"jurisdiction": place, "on": "2024-09-17"})
}

test_the_texts_leave_some_places_open[place] if {
	some place in {"CA", "CA-QC", "HK", "CN", "unknown"}
	answer == {"denies": {asking.said("disputed", "linkedin-regions", ["linkedin-regions-ads"])}} with input as asked({"jurisdiction": place})
}

test_the_setting_binds_affiliates_too[place] if {
	some place in {"GB", "US-VA"}
	off := {"jurisdiction": place, "choices": {"ai_training": "off"}}
	denied := asking.said("setting_is_off", "linkedin-help-ai", ["linkedin-help-ai-setting"])
	answer == {"denies": {denied}} with input as asked(off)
	denied in answer.denies with input as asked(object.union(off, {"on": "2025-11-02"}))
	rule.permits == set() with input as asked(object.union(off, {"on": "2025-11-02"}))
}

test_only_public_content_is_shared[category] if {
	some category in {"profile", "group_messages", "resume"}
	answer.denies == {policy("data_is_not_shared")} with input as asked({"data": category})
	answer.denies == {earlier("data_is_not_shared")} with input as asked({"data": category, "on": "2025-11-02"})
	answer.denies == {british("data_is_not_shared")} with input as asked({"data": category, "jurisdiction": "GB"})
}

test_some_data_is_never_trained_on_by_affiliates_either[category] if {
	some category in {"private_messages", "credentials", "payment", "salary", "job_application"}
	answer.denies == {
		policy("data_is_not_shared"),
		asking.said("data_is_never_trained_on", "linkedin-help-ai", ["linkedin-help-ai-data"]),
	} with input as asked({"data": category, "choices": {"ai_training": "on", "consent_message_contents": "given"}})
}

test_who_may_be_under_18_is_not_trained_on if {
	answer.denies == {asking.said("believed_under_18", "linkedin-help-ai", ["linkedin-help-ai-minors"])} with input as asked({
		"age": "17",
		"choices": {"ai_training": "on"},
	})
}

test_an_objection_stops_it_in_britain_alone if {
	objecting := {"choices": {"objection_legitimate_interest": "raised"}}
	answer.denies == {asking.said(
		"objected",
		"linkedin-erpn-2025-11-03",
		["linkedin-erpn-2025-11-03-objection"],
	)} with input as asked(object.union(objecting, {"jurisdiction": "GB"}))
	answer == {"permits": {policy("setting_is_not_off")}} with input as asked(objecting)
}

test_other_recipients_and_uses_are_out_of_scope if {
	not rule.in_scope with input as asked({"recipient": "linkedin_corporation"})
	not rule.in_scope with input as asked({"purpose": "improve_services"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union(
	{"recipient": "microsoft", "purpose": "train_ai_content", "data": "public_posts"},
	changes,
))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

british(reason) := asking.said(reason, "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-uk"])

policy(reason) := asking.said(reason, "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-3.4"])

earlier(reason) := asking.said(reason, "linkedin-pp-2024-09-18", ["linkedin-pp-2024-09-18-affiliates"])
