package mayuse.terms.linkedin.outsiders_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.outsiders as rule

test_outsiders_receive_what_the_terms_name[name] if {
	some name, [reason, use] in {
		"identifiers to advertise": ["identifiers_for_ads", {"data": "device_ids"}],
		"identifiers to measure": ["identifiers_for_ads", {"data": "device_ids", "purpose": "ads_measurement"}],
		"the page in view": ["page_in_view", {"data": "page_context", "purpose": "ads_contextual"}],
		"the page, to measure": ["page_in_view", {"data": "page_context", "purpose": "ads_measurement"}],
		"a published profile": ["published_by_the_member", {"recipient": "public", "purpose": "service_core"}],
		"a published post": ["published_by_the_member", {"recipient": "public", "purpose": "service_core", "data": "public_posts"}],
	}
	answer == {"permits": {said(reason)}} with input as asked(use)
	answer == {"denies": {said("these_terms_not_yet_in_force")}} with input as asked(object.union(use, {"on": "2025-11-02"}))
	answer == {"permits": {said(reason)}} with input as asked(object.union(use, {"on": "2025-11-03"}))
}

test_they_receive_nothing_else[name] if {
	some name, use in {
		"a profile to advertise": {},
		"off-site data": {"data": "offsite_activity"},
		"a post to advertise": {"data": "public_posts"},
		"a post to serve": {"data": "public_posts", "purpose": "service_core"},
		"a purchase": {"purpose": "sell_data"},
		"identifiers for something else": {"data": "device_ids", "purpose": "ads_predict_interests"},
		"the page in view to personalise": {"data": "page_context"},
		"a published post for something else": {"recipient": "public", "purpose": "improve_services", "data": "public_posts"},
		"private messages to all": {"recipient": "public", "purpose": "service_core", "data": "private_messages"},
		"identifiers to all": {"recipient": "public", "data": "device_ids"},
		"training": {"purpose": "train_ai_content"},
	}
	answer == {"denies": {said("not_given_to_outsiders")}} with input as asked(use)
}

test_a_signal_is_honoured_in_the_united_states_for_targeted_advertising if {
	signal := {"data": "device_ids", "signals": {"gpc": true}}
	answer == {
		"permits": {said("identifiers_for_ads")},
		"denies": {asking.said("signal_is_honoured", "linkedin-us-2025-11-03", ["linkedin-us-2025-11-03-gpc"])},
	} with input as asked(signal)
	answer == {"permits": {said("identifiers_for_ads")}} with input as asked(object.union(signal, {"jurisdiction": "BR"}))
	answer == {"permits": {said("identifiers_for_ads")}} with input as asked(object.union(signal, {"purpose": "ads_measurement"}))
}

test_the_group_and_wrongful_content_have_rules_of_their_own if {
	not rule.in_scope with input as asked({"recipient": "microsoft"})
	not rule.in_scope with input as asked({"recipient": "linkedin_ireland"})
	not rule.in_scope with input as asked({"recipient": "public", "purpose": "impersonate"})
	not rule.in_scope with input as asked({"recipient": "public", "purpose": "publish_synthetic_likeness"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union({"recipient": "advertiser", "purpose": "ads_personalised"}, changes))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-2.4"])
