package mayuse.law.world.device_data_test

import data.mayuse.law.world.device_data as rule
import data.mayuse.shared.asking

test_reading_the_device_waits_for_consent[place] if {
	some place, [act, cite] in {"DE": ["eu-eprivacy", "eu-eprivacy-5-3"], "GB": ["uk-pecr", "uk-pecr-6"]}
	denied := {asking.said("no_consent", act, [cite])}
	answer == {"denies": denied, "missing": {"choices.consent_ads"}} with input as asked({"jurisdiction": place})
	answer == {"denies": denied} with input as consenting(place, "withdrawn")
	answer == {"permits": {asking.said("consent_given", act, [cite])}} with input as consenting(place, "given")
}

# Since the day the exemption is in force, and for a service's own statistics alone.
test_britain_exempts_statistics_that_improve_the_service if {
	statistics := {"jurisdiction": "GB", "purpose": "improve_services", "recipient": "linkedin_corporation"}
	permitted := {"permits": {asking.said("statistics", "uk-pecr", ["uk-pecr-statistics"])}}
	answer == permitted with input as asked(object.union(statistics, {"on": "2026-02-05"}))
	answer.denies with input as asked(object.union(statistics, {"on": "2026-02-04"}))
	every other in {
		{"purpose": "ads_measurement"},
		{"purpose": "ads_improve_tools"},
		{"purpose": "personalise_content"},
		{"recipient": "advertiser"},
		{"recipient": "microsoft"},
		{"data": "offsite_activity"},
		{"jurisdiction": "DE"},
	} {
		answer.denies with input as asked(object.union(statistics, other))
	}
}

test_identifiers_and_tracked_activity_are_in_scope_for_every_use_but_the_necessary if {
	every purpose in {"ads_contextual", "ads_measurement", "ads_improve_tools", "train_ai_content", "personalise_content"} {
		rule.in_scope with input as asked({"purpose": purpose})
		rule.in_scope with input as asked({"purpose": purpose, "data": "offsite_activity"})
	}
	every purpose in {"service_core", "security_fraud", "legal_duty"} {
		not rule.in_scope with input as asked({"purpose": purpose})
	}
}

test_data_given_on_the_service_is_out_of_scope if {
	not rule.in_scope with input as asked({"data": "profile"})
	not rule.in_scope with input as asked({"data": "feed_activity"})
}

test_other_regimes_are_out_of_place[place] if {
	some place in {"CH", "US-CA", "JP", "unknown"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

test_it_speaks_from_the_first_day_of_the_regime if {
	not answer with input as asked({"on": "2018-05-24"})
	answer with input as asked({"on": "2018-05-25"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "DE", "purpose": "ads_measurement", "data": "device_ids"},
	changes,
))

consenting(place, choice) := asked({"jurisdiction": place, "choices": {"consent_ads": choice}})

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}
