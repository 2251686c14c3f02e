package mayuse.law.world.interest_objection_test

import data.mayuse.law.world.interest_objection as rule
import data.mayuse.shared.asking

test_an_objection_stops_a_use_on_interests[place] if {
	some place, [act, cite, days] in {
		"DE": ["eu-gdpr", "eu-gdpr-21-1", 30],
		"GB": ["uk-gdpr", "uk-gdpr-21-1", 30],
		"CH": ["ch-fadp", "ch-fadp-30", 30],
		"BR": ["br-lgpd", "br-lgpd-18-2", 15],
		"ZA": ["za-popia", "za-popia-11-f", 30],
		"TH": ["th-pdpa", "th-pdpa-24-5", 30],
	}
	answer == {"permits": {asking.said("no_objection", act, [cite])}} with input as asked({"jurisdiction": place})
	answer == {"permits": {asking.said("no_objection", act, [cite])}} with input as objecting(place, "lifted")
	answer == {
		"denies": {asking.said("objected", act, [cite])},
		"obliges": {{"obligation": "answer_the_objection", "act": act, "cites": [cite], "within_days": days}},
	} with input as objecting(place, "raised")
}

test_uses_on_interests_are_in_scope[purpose] if {
	some purpose in {
		"personalise_content", "recruiting_match", "improve_services", "train_ai_content",
		"ads_measurement", "ads_improve_tools", "direct_marketing",
	}
	rule.in_scope with input as asked({"purpose": purpose})
}

test_contract_duty_and_security_are_out_of_scope[purpose] if {
	some purpose in {"service_core", "legal_duty", "security_fraud", "sell_data"}
	not rule.in_scope with input as asked({"purpose": purpose})
}

test_advertising_rests_on_interests_where_no_consent_is_asked if {
	advertising := {"purpose": "ads_personalised", "data": "feed_activity"}
	rule.in_scope with input as asked(object.union(advertising, {"jurisdiction": "GB"}))
	not rule.in_scope with input as asked(object.union(advertising, {
		"jurisdiction": "GB",
		"choices": {"consent_ads": "given"},
	}))
	not rule.in_scope with input as asked(object.union(advertising, {"jurisdiction": "DE"}))
}

# Contextual advertising from a coarse location rests on interests as well.
test_contextual_advertising_from_personal_data_can_be_objected_to if {
	rule.in_scope with input as asked({"purpose": "ads_contextual", "data": "coarse_location"})
	not rule.in_scope with input as asked({"purpose": "ads_contextual", "data": "page_context"})
}

test_regimes_without_such_an_objection_are_out_of_place[place] if {
	some place in {"CA", "JP", "US-CA", "unknown"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

test_it_binds_from_the_first_day_of_the_regime if {
	not answer with input as asked({"on": "2018-05-24"})
	answer with input as asked({"on": "2018-05-25"})
}

asked(changes) := asking.about(object.union({"jurisdiction": "DE", "purpose": "train_ai_content"}, changes))

objecting(place, choice) := asked({
	"jurisdiction": place,
	"choices": {"objection_legitimate_interest": choice},
})

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges}) if {
	rule.in_place
	rule.in_scope
}
