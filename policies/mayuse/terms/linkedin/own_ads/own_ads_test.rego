package mayuse.terms.linkedin.own_ads_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.own_ads as rule

test_linkedin_advertises_from_its_own_data_by_default[place] if {
	some place, permitted in {
		"US-CA": elsewhere("by_default"),
		"BR": elsewhere("by_default"),
		"unknown": elsewhere("by_default"),
		"GB": european("by_default"),
	}
	every category in {"profile", "feed_activity", "ad_engagement", "public_posts", "page_context", "inferences"} {
		answer == {"permits": {permitted}} with input as asked({"jurisdiction": place, "data": category})
	}
}

test_a_browser_signal_does_not_stop_advertising_on_the_own_service if {
	answer == {"permits": {elsewhere("by_default")}} with input as asked({"signals": {"gpc": true}})
}

test_the_union_and_switzerland_are_asked_for_consent_to_observed_data[place] if {
	some place in {"IT", "NO", "CH"}
	every choice in {"none", "refused", "withdrawn"} {
		answer == {"denies": {european("no_consent")}} with input as asked({
			"jurisdiction": place,
			"choices": {"consent_ads": choice},
		})
	}
	answer == {"permits": {european("consent_given")}} with input as asked({
		"jurisdiction": place,
		"choices": {"consent_ads": "given"},
	})
}

test_they_are_not_asked_for_the_typed_profile_nor_for_other_advertising if {
	answer == {"permits": {european("by_default")}} with input as asked({"jurisdiction": "IT", "data": "profile"})
	answer == {"permits": {european("by_default")}} with input as asked({"jurisdiction": "IT", "data": "page_context"})
	every purpose in {"ads_measurement", "ads_improve_tools", "ads_contextual"} {
		answer == {"permits": {european("by_default")}} with input as asked({"jurisdiction": "IT", "purpose": purpose})
	}
}

test_other_data_is_not_used_for_advertising[category] if {
	some category in {"private_messages", "salary", "resume", "health", "precise_location"}
	answer == {"denies": {elsewhere("data_is_not_used")}} with input as asked({"data": category})
}

test_an_objection_to_marketing_stops_profiling_in_europe[place] if {
	some place in {"IT", "CH", "GB"}
	objecting := {
		"jurisdiction": place,
		"data": "profile",
		"choices": {"objection_direct_marketing": "raised"},
	}
	answer.denies == {asking.said(
		"objected",
		"linkedin-erpn-2025-11-03",
		["linkedin-erpn-2025-11-03-objection"],
	)} with input as asked(objecting)
	answer == {"permits": {european("by_default")}} with input as asked(object.union(objecting, {"purpose": "ads_measurement"}))
	answer == {"permits": {elsewhere("by_default")}} with input as asked(object.union(objecting, {"jurisdiction": "US-CA"}))
}

test_these_terms_begin_in_november_2025[place] if {
	some place, [not_yet, permitted] in {
		"US-CA": [elsewhere("these_terms_not_yet_in_force"), elsewhere("by_default")],
		"GB": [european("these_terms_not_yet_in_force"), european("by_default")],
	}
	answer == {"denies": {not_yet}} with input as asked({"jurisdiction": place, "on": "2025-11-02"})
	answer == {"permits": {permitted}} with input as asked({"jurisdiction": place, "on": "2025-11-03"})
}

test_a_consent_widens_neither_the_data_nor_the_places if {
	consenting := {"choices": {"consent_ads": "given"}}
	answer == {"denies": {european("data_is_not_used")}} with input as asked(object.union(
		consenting,
		{"jurisdiction": "IT", "data": "private_messages"},
	))
	answer == {"permits": {european("by_default")}} with input as asked(object.union(consenting, {"jurisdiction": "GB"}))
	answer == {"permits": {elsewhere("by_default")}} with input as asked(consenting)
}

# The consent came with the notice of February 2025, for ads chosen for a person in these places alone.
test_europe_was_asked_for_consent_from_february_2025[place] if {
	some place in {"IT", "NO", "CH"}
	consenting := {"jurisdiction": place, "choices": {"consent_ads": "given"}}
	every day in {"2025-02-27", "2025-11-02"} {
		answer == {"denies": {february("no_consent")}} with input as asked({"jurisdiction": place, "on": day})
		answer == {"permits": {february("consent_given")}} with input as asked(object.union(consenting, {"on": day}))
		answer == {"permits": {february("by_default")}} with input as asked({"jurisdiction": place, "on": day, "data": "profile"})
		answer == {"denies": {european("these_terms_not_yet_in_force")}} with input as asked(object.union(
			consenting,
			{"on": day, "purpose": "ads_measurement"},
		))
	}
	answer == {"denies": {european("these_terms_not_yet_in_force")}} with input as asked(object.union(
		consenting,
		{"on": "2025-02-26"},
	))
	answer == {"permits": {european("consent_given")}} with input as asked(object.union(consenting, {"on": "2025-11-03"}))
	february("objected") in answer.denies with input as asked({
		"jurisdiction": place,
		"on": "2025-11-02",
		"choices": {"consent_ads": "given", "objection_direct_marketing": "raised"},
	})
}

test_a_consent_does_not_bring_these_terms_forward_elsewhere if {
	answer == {"denies": {european("these_terms_not_yet_in_force")}} with input as asked({
		"jurisdiction": "GB",
		"on": "2025-11-02",
		"choices": {"consent_ads": "given"},
	})
}

test_off_site_data_other_recipients_and_other_uses_are_out_of_scope if {
	not rule.in_scope with input as asked({"data": "offsite_activity"})
	not rule.in_scope with input as asked({"recipient": "microsoft"})
	not rule.in_scope with input as asked({"purpose": "personalise_content"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union({"purpose": "ads_personalised", "data": "feed_activity"}, changes))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

elsewhere(reason) := asking.said(reason, "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-2.4"])

european(reason) := asking.said(reason, "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-ads"])

february(reason) := asking.said(reason, "linkedin-erpn-2025-02-27", ["linkedin-erpn-2025-02-27-ads"])
