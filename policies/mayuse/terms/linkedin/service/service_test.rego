package mayuse.terms.linkedin.service_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.service as rule

test_recommending_matching_and_improving_are_part_of_the_service[place] if {
	some place in {"US-VA", "FR", "GB", "JP", "unknown"}
	every purpose in {"personalise_content", "recruiting_match", "improve_services", "direct_marketing"} {
		answer == {"permits": {said("part_of_the_service")}} with input as asked({"jurisdiction": place, "purpose": purpose})
	}
}

test_running_the_service_uses_whatever_data_it_needs[purpose] if {
	some purpose in {"service_core", "security_fraud", "legal_duty"}
	every category in {"private_messages", "payment", "credentials", "health"} {
		answer == {"permits": {said("part_of_the_service")}} with input as asked({"purpose": purpose, "data": category})
	}
}

test_neither_the_ai_setting_nor_a_signal_governs_ranking if {
	answer == {"permits": {said("part_of_the_service")}} with input as asked({
		"choices": {"ai_training": "off"},
		"signals": {"gpc": true},
	})
}

test_some_data_is_not_used_beyond_the_necessary[category] if {
	some category in {"private_messages", "salary", "payment", "health", "offsite_activity"}
	answer == {"denies": {said("data_is_not_used")}} with input as asked({"data": category})
}

test_job_applications_are_used_to_match_and_for_nothing_else if {
	answer == {"permits": {said("part_of_the_service")}} with input as asked({
		"purpose": "recruiting_match",
		"data": "job_application",
	})
	answer == {"denies": {said("data_is_not_used")}} with input as asked({"data": "job_application"})
	answer == {"denies": {said("data_is_not_used")}} with input as asked({"purpose": "recruiting_match", "data": "salary"})
}

test_members_in_europe_may_object[place] if {
	some place in {"FR", "CH", "GB"}
	objecting := {"jurisdiction": place, "choices": {"objection_legitimate_interest": "raised"}}
	answer == {"denies": {said("objected")}} with input as asked(objecting)
	answer == {"permits": {said("part_of_the_service")}} with input as asked(object.union(objecting, {"purpose": "service_core"}))
}

test_elsewhere_the_terms_know_no_such_objection if {
	answer == {"permits": {said("part_of_the_service")}} with input as asked({"choices": {"objection_legitimate_interest": "raised"}})
}

test_everybody_may_object_to_marketing[place] if {
	some place in {"FR", "US-VA", "JP"}
	objecting := {"jurisdiction": place, "choices": {"objection_direct_marketing": "raised"}}
	answer == {"denies": {said("objected")}} with input as asked(object.union(objecting, {"purpose": "direct_marketing"}))
	answer == {"permits": {said("part_of_the_service")}} with input as asked(objecting)
}

test_these_terms_begin_in_november_2025[purpose] if {
	some purpose in {"service_core", "personalise_content"}
	answer == {"denies": {said("these_terms_not_yet_in_force")}} with input as asked({"purpose": purpose, "on": "2025-11-02"})
	answer == {"permits": {said("part_of_the_service")}} with input as asked({"purpose": purpose, "on": "2025-11-03"})
}

test_others_and_other_uses_have_rules_of_their_own if {
	not rule.in_scope with input as asked({"recipient": "microsoft"})
	not rule.in_scope with input as asked({"recipient": "public", "purpose": "service_core"})
	not rule.in_scope with input as asked({"purpose": "train_ai_content"})
	not rule.in_scope with input as asked({"purpose": "ads_personalised"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union({"purpose": "personalise_content"}, changes))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-2"])
