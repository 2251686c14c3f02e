package mayuse.law.us.state_unknown_test

import data.mayuse.facts.unknown_place
import data.mayuse.facts.us_states
import data.mayuse.law.us.state_unknown as rule
import data.mayuse.shared.asking

test_what_no_state_restricts_is_permitted[name] if {
	some name, use in {
		"the service itself": {},
		"recommending": {"purpose": "personalise_content"},
		"own advertising from own data": {"purpose": "ads_personalised", "data": "feed_activity"},
		"advertising by the page": {"controller": "generic", "recipient": "advertiser", "purpose": "ads_contextual", "data": "page_context"},
		"training on ordinary data": {"purpose": "train_ai_content"},
		"training on messages in groups": {"purpose": "train_ai_content", "data": "group_messages"},
		"the service with payments": {"data": "payment"},
		"the service for a minor": {"age": "15"},
	}
	answer == {"permits": {said("every_state_permits")}} with input as asked(use)
}

test_what_some_state_restricts_is_denied_and_the_place_is_missing[name] if {
	some name, use in {
		"sharing with another brand": {"recipient": "microsoft", "purpose": "ads_personalised", "data": "feed_activity"},
		"advertising across companies": {"controller": "generic", "recipient": "advertiser", "purpose": "ads_predict_interests"},
		"off-site data": {"purpose": "ads_personalised", "data": "offsite_activity"},
		"sale": {"recipient": "advertiser", "purpose": "sell_data"},
		"a deepfake": {"recipient": "public", "purpose": "publish_synthetic_likeness", "data": "likeness"},
		"impersonation": {"recipient": "public", "purpose": "impersonate", "data": "likeness"},
		"sensitive data": {"data": "precise_location"},
		"payments": {"data": "payment", "purpose": "improve_services"},
		"messages after a request to limit": {
			"data": "group_messages",
			"purpose": "train_ai_content",
			"choices": {"limit_sensitive_data": "requested"},
		},
		"recommending to a minor": {"age": "17", "purpose": "personalise_content"},
	}
	answer == {
		"denies": {said("some_state_restricts")},
		"missing": {"data_subject.jurisdiction"},
	} with input as asked(use)
}

test_what_some_states_add_is_read_off_the_states if {
	unknown_place.us_sensitive_in_some_states == added("opt_in")
	unknown_place.us_limited_in_some_states == added("opt_out")
	added("strictly_necessary") == {}
}

added(model) := {category: true |
	some state in us_states
	state.sensitive.model == model
	some category, _ in state.sensitive.also
}

test_it_is_in_place_for_the_country_alone if {
	rule.in_place with input as asked({})
	not rule.in_place with input as asked({"jurisdiction": "US-CA"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
	not rule.in_place with input as asked({"jurisdiction": "FR"})
}

test_it_speaks_for_every_question_on_every_day if {
	rule.in_scope
	rule.in_force == {"from": "1900-01-01", "until": "9999-12-31"}
}

asked(changes) := asking.about(object.union({"jurisdiction": "US"}, changes))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "us-ftc-act", ["us-ftc-act-5"])
