package mayuse.terms.linkedin.microsoft_ads_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.microsoft_ads as rule

test_microsoft_advertises_by_default_where_linkedin_offers_that[place] if {
	some place, permitted in {
		"US-CA": american("sharing_is_not_off"),
		"US": american("sharing_is_not_off"),
		"BR": policy("sharing_is_not_off"),
		"ZZ": policy("sharing_is_not_off"),
	}
	every choice in {"default", "on"} {
		answer == {"permits": {permitted}} with input as asked({
			"jurisdiction": place,
			"choices": {"share_with_affiliates": choice},
		})
	}
}

test_the_setting_stops_it[place] if {
	some place, [act, cite] in {
		"US-TX": ["linkedin-us-2025-11-03", "linkedin-us-2025-11-03-sharing"],
		"BR": ["linkedin-pp-2025-11-03", "linkedin-pp-2025-11-03-3.4"],
	}
	cites := ["linkedin-help-settings-sharing", cite]
	answer == {"denies": {asking.said("sharing_is_off", act, cites)}} with input as asked({
		"jurisdiction": place,
		"choices": {"share_with_affiliates": "off"},
	})
}

test_a_signal_is_honoured_in_the_whole_united_states_and_not_abroad if {
	signal := {"signals": {"gpc": true}}
	honoured := asking.said("signal_is_honoured", "linkedin-us-2025-11-03", ["linkedin-us-2025-11-03-gpc"])
	every place in {"US", "US-WY", "US-CA"} {
		answer.denies == {honoured} with input as asked(object.union(signal, {"jurisdiction": place}))
	}
	answer == {"permits": {policy("sharing_is_not_off")}} with input as asked(object.union(signal, {"jurisdiction": "BR"}))
}

test_the_sharing_begins_in_november_2025 if {
	answer == {"denies": {policy("these_terms_not_yet_in_force")}} with input as asked({"on": "2025-11-02"})
	answer == {"permits": {american("sharing_is_not_off")}} with input as asked({"on": "2025-11-03"})
}

test_europe_is_not_offered_it[place] if {
	some place in {"DE", "NO", "CH", "GB"}
	answer == {"denies": {asking.said(
		"not_offered_here",
		"linkedin-erpn-2025-11-03",
		["linkedin-erpn-2025-11-03-rows"],
	)}} with input as asked({"jurisdiction": place, "choices": {"share_with_affiliates": "on"}})
}

test_sources_differ_on_some_places[place] if {
	some place in {"CA", "CA-QC", "HK", "CN", "unknown"}
	answer == {"denies": {asking.said("disputed", "linkedin-regions", ["linkedin-regions-ads"])}} with input as asked({"jurisdiction": place})
}

test_only_profile_feed_and_ad_engagement_are_shared if {
	every category in {"profile", "feed_activity", "ad_engagement"} {
		object.keys(answer) == {"permits"} with input as asked({"data": category})
	}
	every category in {"public_posts", "private_messages", "offsite_activity", "inferences", "health"} {
		answer.denies == {policy("data_is_not_shared")} with input as asked({"data": category})
	}
}

test_all_advertising_from_data_is_in_scope[purpose] if {
	some purpose in {"ads_personalised", "ads_predict_interests", "ads_measurement", "ads_improve_tools"}
	rule.in_scope with input as asked({"purpose": purpose})
}

test_other_uses_and_recipients_are_out_of_scope if {
	not rule.in_scope with input as asked({"purpose": "ads_contextual", "data": "page_context"})
	not rule.in_scope with input as asked({"data": "page_context"})
	not rule.in_scope with input as asked({"purpose": "train_ai_content"})
	not rule.in_scope with input as asked({"recipient": "linkedin_corporation"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union(
	{"recipient": "microsoft", "purpose": "ads_personalised", "data": "feed_activity"},
	changes,
))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

policy(reason) := asking.said(reason, "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-3.4"])

american(reason) := asking.said(
	reason,
	"linkedin-us-2025-11-03",
	["linkedin-pp-2025-11-03-3.4", "linkedin-us-2025-11-03-sharing"],
)
