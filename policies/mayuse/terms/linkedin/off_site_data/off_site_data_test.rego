package mayuse.terms.linkedin.off_site_data_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.off_site_data as rule

test_in_the_united_states_off_site_data_improves_ad_tools_by_default[place] if {
	some place in {"US-CO", "US-WY", "US"}
	every choice in {"default", "on"} {
		answer == {"permits": {american("setting_is_not_off")}} with input as asked({
			"jurisdiction": place,
			"choices": {"data_from_others_for_ads": choice},
		})
	}
}

test_it_never_predicts_one_person_s_interests if {
	answer.denies == {american("never_predicts_interests")} with input as asked({"purpose": "ads_predict_interests"})
}

test_the_setting_stops_it if {
	answer == {"denies": {asking.said(
		"setting_is_off",
		"linkedin-us-2025-11-03",
		["linkedin-help-settings-others", "linkedin-us-2025-11-03-targeted"],
	)}} with input as asked({"choices": {"data_from_others_for_ads": "off"}})
}

test_a_signal_is_honoured_in_the_united_states if {
	answer.denies == {asking.said(
		"signal_is_honoured",
		"linkedin-us-2025-11-03",
		["linkedin-us-2025-11-03-gpc"],
	)} with input as asked({"signals": {"gpc": true}})
	answer == {"permits": {european("consent_given")}} with input as asked({
		"jurisdiction": "FR",
		"choices": {"consent_ads": "given"},
		"signals": {"gpc": true},
	})
}

test_it_begins_in_november_2025 if {
	answer == {"denies": {american("these_terms_not_yet_in_force")}} with input as asked({"on": "2025-11-02"})
	answer == {"permits": {american("setting_is_not_off")}} with input as asked({"on": "2025-11-03"})
}

test_europe_is_asked_for_consent[place] if {
	some place in {"FR", "CH", "GB"}
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

# The American notice says nothing to a member in Europe.
# Ads chosen for a person from such data wait for consent since the notice of February 2025.
test_europe_was_asked_for_consent_from_february_2025[place] if {
	some place in {"IT", "CH"}
	ads := {"jurisdiction": place, "purpose": "ads_personalised"}
	consenting := object.union(ads, {"choices": {"consent_ads": "given"}})
	every day in {"2025-02-27", "2025-11-02"} {
		answer == {"denies": {february("no_consent")}} with input as asked(object.union(ads, {"on": day}))
		answer == {"permits": {february("consent_given")}} with input as asked(object.union(consenting, {"on": day}))
	}
	answer == {"denies": {european("these_terms_not_yet_in_force")}} with input as asked(object.union(consenting, {"on": "2025-02-26"}))
	answer == {"denies": {european("these_terms_not_yet_in_force")}} with input as asked(object.union(
		consenting,
		{"on": "2025-11-02", "jurisdiction": "GB"},
	))
}

test_europe_s_reasons_cite_europe_s_texts[name] if {
	some name, [changes, permitted, expected] in {
		"before November 2025": [{"on": "2025-11-02"}, set(), european("these_terms_not_yet_in_force")],
		"setting off": [
			{"choices": {"data_from_others_for_ads": "off"}},
			{european("consent_given")},
			asking.said("setting_is_off", "linkedin-help-settings", ["linkedin-help-settings-others"]),
		],
		"predicting interests": [
			{"purpose": "ads_predict_interests"},
			{european("consent_given")},
			asking.said("never_predicts_interests", "linkedin-help-settings", ["linkedin-help-settings-inference"]),
		],
	}
	consenting := {"jurisdiction": "FR", "choices": {"consent_ads": "given"}}
	answer.denies == {expected} with input as asked(object.union(consenting, changes))
	rule.permits == permitted with input as asked(object.union(consenting, changes))
}

test_elsewhere_a_consent_to_advertising_changes_nothing if {
	answer == {"permits": {american("setting_is_not_off")}} with input as asked({"choices": {"consent_ads": "given"}})
	object.keys(answer) == {"denies"} with input as asked({"jurisdiction": "BR", "choices": {"consent_ads": "given"}})
}

test_elsewhere_the_text_was_not_read[place] if {
	some place in {"BR", "CA", "HK", "ZZ", "unknown"}
	answer == {"denies": {asking.said("needs_counsel", "linkedin-regions", ["linkedin-regions-ads"])}} with input as asked({"jurisdiction": place})
}

test_advertising_from_off_site_data_is_in_scope[purpose] if {
	some purpose in {"ads_personalised", "ads_predict_interests", "ads_improve_tools", "ads_measurement"}
	rule.in_scope with input as asked({"purpose": purpose})
}

test_other_data_uses_and_recipients_are_out_of_scope if {
	not rule.in_scope with input as asked({"data": "feed_activity"})
	not rule.in_scope with input as asked({"purpose": "improve_services"})
	not rule.in_scope with input as asked({"recipient": "microsoft"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "US-CO", "purpose": "ads_improve_tools", "data": "offsite_activity"},
	changes,
))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

american(reason) := asking.said(reason, "linkedin-us-2025-11-03", ["linkedin-us-2025-11-03-targeted"])

european(reason) := asking.said(reason, "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-ads"])

february(reason) := asking.said(reason, "linkedin-erpn-2025-02-27", ["linkedin-erpn-2025-02-27-ads"])
