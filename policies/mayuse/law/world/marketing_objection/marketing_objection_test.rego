package mayuse.law.world.marketing_objection_test

import data.mayuse.law.world.marketing_objection as rule
import data.mayuse.shared.asking

test_an_objection_to_marketing_is_absolute_and_binds_at_once[place] if {
	some place, [act, cite] in {
		"DE": ["eu-gdpr", "eu-gdpr-21-2"],
		"GB": ["uk-gdpr", "uk-gdpr-21-2"],
		"CH": ["ch-fadp", "ch-fadp-30"],
		"CA": ["ca-pipeda", "ca-pipeda-4-3"],
		"HK": ["hk-pdpo", "hk-pdpo-35"],
		"AR": ["ar-25326", "ar-25326-27"],
	}
	permitted := {"permits": {asking.said("no_objection", act, [cite])}}
	answer == permitted with input as asked({"jurisdiction": place})
	answer == permitted with input as objecting(place, "lifted")
	answer == {
		"denies": {asking.said("objected", act, [cite])},
		"obliges": {{"obligation": "stop_at_once", "act": act, "cites": [cite]}},
	} with input as objecting(place, "raised")
}

test_profiling_for_marketing_is_in_scope_even_with_consent[purpose] if {
	some purpose in {"ads_personalised", "ads_predict_interests"}
	answer.denies with input as asked({
		"purpose": purpose,
		"choices": {"objection_direct_marketing": "raised", "consent_ads": "given"},
	})
}

test_other_purposes_are_out_of_scope[purpose] if {
	some purpose in {"ads_contextual", "train_ai_content", "personalise_content", "service_core"}
	not rule.in_scope with input as asked({"purpose": purpose})
}

test_regimes_without_such_an_objection_are_out_of_place[place] if {
	some place in {"JP", "NZ", "US-CA", "unknown"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

test_it_binds_from_the_first_day_of_the_regime if {
	not answer with input as asked({"on": "2018-05-24"})
	answer with input as asked({"on": "2018-05-25"})
}

asked(changes) := asking.about(object.union({"jurisdiction": "DE", "purpose": "direct_marketing"}, changes))

objecting(place, choice) := asked({
	"jurisdiction": place,
	"choices": {"objection_direct_marketing": choice},
})

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges},
) if {
	rule.in_place
	rule.in_scope
}
