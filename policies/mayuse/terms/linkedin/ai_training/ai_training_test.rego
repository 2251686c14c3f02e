package mayuse.terms.linkedin.ai_training_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.ai_training as rule

test_training_begins_on_a_day_that_differs_by_place[place] if {
	some place, [before, first, not_yet, permitted] in {
		"DE": ["2025-11-02", "2025-11-03", european("these_terms_not_yet_in_force"), european("setting_is_not_off")],
		"NO": ["2025-11-02", "2025-11-03", european("these_terms_not_yet_in_force"), european("setting_is_not_off")],
		"CH": ["2025-11-02", "2025-11-03", european("these_terms_not_yet_in_force"), european("setting_is_not_off")],
		"CA": ["2025-11-02", "2025-11-03", elsewhere("these_terms_not_yet_in_force"), elsewhere_by_default],
		"CA-QC": ["2025-11-02", "2025-11-03", elsewhere("these_terms_not_yet_in_force"), elsewhere_by_default],
	}
	answer == {"denies": {not_yet}} with input as asked({"jurisdiction": place, "on": before})
	answer == {"permits": {permitted}} with input as asked({"jurisdiction": place, "on": first})
}

# The regulator states the pause; whether the two days before it saw training is not known, so they are denied as well.
test_britain_waited_for_november_2025_and_was_paused_meanwhile if {
	not_yet := european("these_terms_not_yet_in_force")
	answer == {"denies": {not_yet}} with input as asked({"jurisdiction": "GB", "on": "2024-09-19"})
	every day in {"2024-09-20", "2025-11-02"} {
		answer == {"denies": {not_yet, british_pause}} with input as asked({"jurisdiction": "GB", "on": day})
	}
	answer == {"permits": {european("setting_is_not_off")}} with input as asked({"jurisdiction": "GB", "on": "2025-11-03"})
}

test_elsewhere_training_began_with_the_policy_of_september_2024[place] if {
	some place in {"US-VA", "AU", "BR", "ZZ"}
	answer == {"denies": {earlier("these_terms_not_yet_in_force")}} with input as asked({
		"jurisdiction": place,
		"on": "2024-09-17",
	})
	every day in {"2024-09-18", "2025-11-02"} {
		answer == {"permits": {earlier_by_default}} with input as asked({"jurisdiction": place, "on": day})
	}
	answer == {"permits": {elsewhere_by_default}} with input as asked({"jurisdiction": place, "on": "2025-11-03"})
}

test_hong_kong_had_a_pause[day] if {
	some day, expected in {
		"2024-10-10": {"permits": {earlier_by_default}},
		"2024-10-11": {"permits": {earlier_by_default}, "denies": {paused}},
		"2025-11-02": {"permits": {earlier_by_default}, "denies": {paused}},
		"2025-11-03": {"permits": {elsewhere_by_default}},
	}
	answer == expected with input as asked({"jurisdiction": "HK", "on": day})
}

test_the_setting_decides_from_its_moment_on[place] if {
	some place in {"DE", "US-VA", "HK"}
	every choice in {"default", "on"} {
		object.keys(answer) == {"permits"} with input as asked({"jurisdiction": place, "choices": {"ai_training": choice}})
	}
	answer == {"denies": {asking.said("setting_is_off", "linkedin-help-ai", ["linkedin-help-ai-setting"])}} with input as asked({
		"jurisdiction": place,
		"choices": {"ai_training": "off"},
	})
}

test_named_data_is_trained_on[category] if {
	some category in {"profile", "public_posts", "group_messages", "resume", "genai_prompts", "likeness"}
	answer == {"permits": {elsewhere_by_default}} with input as asked({"data": category})
}

test_some_data_is_never_trained_on_even_with_the_setting_on[category] if {
	some category in {"private_messages", "credentials", "payment", "salary", "job_application"}
	answer.denies == {asking.said("data_is_never_trained_on", "linkedin-help-ai", ["linkedin-help-ai-data"])} with input as asked({
		"data": category,
		"choices": {"ai_training": "on"},
	})
}

test_data_that_is_not_named_is_denied[category] if {
	some category in {"feed_activity", "device_ids", "inferences", "offsite_activity", "health", "page_context"}
	answer.denies == {elsewhere("data_is_not_named")} with input as asked({"data": category})
	answer.denies == {european("data_is_not_named")} with input as asked({"data": category, "jurisdiction": "FR"})
}

# The notice that does not name the data is the one in force that day.
test_before_november_2025_it_is_the_earlier_policy_that_names_no_such_data if {
	unnamed := {"data": "feed_activity"}
	answer.denies == {earlier("data_is_not_named")} with input as asked(object.union(unnamed, {"on": "2025-11-02"}))
	answer.denies == {elsewhere("data_is_not_named")} with input as asked(object.union(unnamed, {"on": "2025-11-03"}))
	answer.denies == {
		european("data_is_not_named"),
		european("these_terms_not_yet_in_force"),
	} with input as asked(object.union(unnamed, {"jurisdiction": "FR", "on": "2025-11-02"}))
}

test_who_may_be_under_18_is_not_trained_on_even_with_the_setting_on if {
	answer.denies == {asking.said("believed_under_18", "linkedin-help-ai", ["linkedin-help-ai-minors"])} with input as asked({
		"age": "17",
		"choices": {"ai_training": "on"},
	})
	answer == {"permits": {elsewhere_by_default}} with input as asked({"age": "unknown"})
}

test_an_objection_stops_training_in_europe[place] if {
	some place in {"FR", "CH", "GB"}
	objecting := {"jurisdiction": place, "choices": {"objection_legitimate_interest": "raised"}}
	answer.denies == {asking.said("objected", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-objection"])} with input as asked(objecting)
}

test_elsewhere_the_terms_know_no_such_objection if {
	answer == {"permits": {elsewhere_by_default}} with input as asked({"choices": {"objection_legitimate_interest": "raised"}})
}

test_where_no_text_was_found_training_is_denied[place] if {
	some place in {"CN", "unknown"}
	answer == {"denies": {asking.said("no_sign_of_training", "linkedin-regions", ["linkedin-regions-ads"])}} with input as asked({"jurisdiction": place})
}

test_linkedin_s_own_companies_are_in_scope_and_others_are_not if {
	rule.in_scope with input as asked({"recipient": "linkedin_singapore"})
	not rule.in_scope with input as asked({"recipient": "microsoft"})
	not rule.in_scope with input as asked({"recipient": "advertiser"})
	not rule.in_scope with input as asked({"purpose": "improve_services"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union({"purpose": "train_ai_content"}, changes))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

european(reason) := asking.said(reason, "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-ai"])

elsewhere(reason) := asking.said(reason, "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-5.3"])

earlier(reason) := asking.said(reason, "linkedin-pp-2024-09-18", ["linkedin-pp-2024-09-18-ai"])

elsewhere_by_default := asking.said(
	"setting_is_not_off",
	"linkedin-pp-2025-11-03",
	["linkedin-help-ai-setting", "linkedin-pp-2025-11-03-5.3"],
)

earlier_by_default := asking.said(
	"setting_is_not_off",
	"linkedin-pp-2024-09-18",
	["linkedin-help-ai-setting", "linkedin-pp-2024-09-18-ai"],
)

paused := asking.said("training_is_paused", "linkedin-pause-hk", ["linkedin-pause-hk-pcpd"])

british_pause := asking.said("training_is_paused", "linkedin-pause-gb", ["linkedin-pause-gb-ico"])
