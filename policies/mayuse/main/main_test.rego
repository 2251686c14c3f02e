package mayuse.main_test

import data.mayuse.main
import data.mayuse.shared.asking

# Made-up rules stand where the index looks for real ones.
permitting := {
	"in_place": true,
	"in_force": {"from": "2026-01-01", "until": "2026-12-31"},
	"in_scope": true,
	"permits": {asking.said("because", "some-act", ["some-provision"])},
	"denies": set(),
	"obliges": {{"obligation": "show_it", "act": "some-act", "cites": ["some-provision"]}},
	"missing": set(),
}

denying := object.union(permitting, {
	"permits": set(),
	"denies": {asking.said("no", "some-act", ["some-provision"])},
	"obliges": set(),
	"missing": {"choices.consent_ads"},
})

heard_permit := {"permits": permitting.permits, "denies": set(), "missing": set()}

heard_deny := {"permits": set(), "denies": denying.denies, "missing": denying.missing}

test_a_rule_that_speaks_is_heard_with_all_it_says if {
	main.decision == {"law/us/coppa": heard_permit} with input as asking.facts
		with data.mayuse.law as {"us": {"coppa": permitting}}
		with data.mayuse.terms as {}
}

test_a_rule_is_silent_unless_in_place_and_in_scope[missing] if {
	some missing in {"in_place", "in_scope"}
	rule := object.remove(permitting, [missing])
	main.decision == {} with input as asking.facts
		with data.mayuse.law as {"us": {"coppa": rule}}
		with data.mayuse.terms as {}
	main.decision == {} with input as asking.facts
		with data.mayuse.law as {"us": {"coppa": object.union(rule, {missing: false})}}
		with data.mayuse.terms as {}
}

test_a_rule_speaks_from_its_first_day_to_its_last[day] if {
	some day, rules in {
		"2025-12-31": set(),
		"2026-01-01": {"law/us/coppa"},
		"2026-12-31": {"law/us/coppa"},
		"2027-01-01": set(),
	}
	object.keys(main.decision) == rules with input as asking.about({"on": day})
		with data.mayuse.law as {"us": {"coppa": permitting}}
		with data.mayuse.terms as {}
}

test_every_rule_that_speaks_is_heard_never_the_first_alone if {
	main.decision == {
		"law/us/coppa": heard_permit,
		"law/us/sensitive_data": heard_deny,
		"terms/linkedin/ai_training": {"permits": set(), "denies": denying.denies},
	} with input as asking.facts
		with data.mayuse.law as {"us": {"coppa": permitting, "sensitive_data": denying}}
		with data.mayuse.terms as {"linkedin": {"ai_training": denying}}
}

test_a_rule_that_speaks_and_says_nothing_is_seen_to if {
	main.decision == {"law/us/coppa": {"permits": set(), "denies": set(), "missing": set()}} with input as asking.facts
		with data.mayuse.law as {"us": {"coppa": object.union(permitting, {"permits": set()})}}
		with data.mayuse.terms as {}
}

test_rules_of_another_area_are_not_asked if {
	main.decision == {} with input as asking.facts
		with data.mayuse.law as {
			"eu": {"dma_combination": denying},
			"unknown": {"place_unknown": denying},
			"world": {"ai_training": denying},
		}
		with data.mayuse.terms as {}
}

test_the_terms_of_linkedin_are_not_asked_of_another_controller if {
	main.decision == {} with input as asking.about({"controller": "generic"})
		with data.mayuse.law as {}
		with data.mayuse.terms as {"linkedin": {"ai_training": denying}}
}

test_ill_formed_facts_get_no_decision[name] if {
	some name, document in {
		"nothing": {},
		"a field too few": object.remove(asking.facts, ["on"]),
		"an unknown id": asking.about({"recipient": "somebody"}),
		"a day that does not exist": asking.about({"on": "2025-02-29"}),
	}
	not main.decision with input as document
}

test_the_real_rules_permit_and_deny_side_by_side if {
	decision := main.decision with input as asking.about({
		"jurisdiction": "US-CA",
		"recipient": "microsoft",
		"purpose": "ads_personalised",
		"choices": {"share_with_affiliates": "off"},
	})
	effects(decision) == {
		"law/us/baseline": {"permits"},
		"law/us/broken_promise": {"denies"},
		"law/us/browser_signal": {"permits"},
		"law/us/ca_sharing": {"denies"},
		"terms/linkedin/microsoft_ads": {"denies"},
	}
}

effects(decision) := {rule: {effect | some effect in {"permits", "denies"}; count(object.get(says, effect, set())) > 0} |
	some rule, says in decision
}

# The next two tests ask until each rule of the index has spoken once.
test_each_american_rule_is_asked_where_it_speaks[name] if {
	some name, [changes, rules] in {
		"sharing": [
			{"jurisdiction": "US-CA", "recipient": "microsoft", "purpose": "ads_personalised"},
			{"law/us/baseline", "law/us/broken_promise", "law/us/browser_signal", "law/us/ca_sharing", "terms/linkedin/microsoft_ads"},
		],
		"a child across companies": [
			{"jurisdiction": "US-CO", "controller": "generic", "recipient": "advertiser", "purpose": "ads_personalised", "data": "offsite_activity", "age": "12"},
			{"law/us/baseline", "law/us/browser_signal", "law/us/coppa", "law/us/minors", "law/us/targeted_advertising"},
		],
		"selling whereabouts": [
			{"jurisdiction": "US-OR", "recipient": "advertiser", "purpose": "sell_data", "data": "precise_location"},
			{"law/us/baseline", "law/us/browser_signal", "law/us/geolocation_sale", "law/us/sale", "law/us/sensitive_data", "terms/linkedin/outsiders"},
		],
		"a fingerprint": [
			{"jurisdiction": "US-IL", "purpose": "improve_services", "data": "biometric"},
			{"law/us/baseline", "law/us/biometric_release", "terms/linkedin/service"},
		],
		"health": [
			{"jurisdiction": "US-WA", "purpose": "personalise_content", "data": "health"},
			{"law/us/baseline", "law/us/health_data", "terms/linkedin/service"},
		],
		"an unsettled state": [
			{"jurisdiction": "US-MA", "purpose": "personalise_content", "data": "health"},
			{"law/us/baseline", "law/us/unsettled", "terms/linkedin/service"},
		],
		"posing": [
			{"jurisdiction": "US-TX", "recipient": "public", "purpose": "impersonate", "data": "likeness"},
			{"law/us/baseline", "law/us/likeness", "terms/linkedin/wrongful_content"},
		],
		"messages": [
			{"jurisdiction": "US-TX", "recipient": "microsoft", "purpose": "train_ai_content", "data": "private_messages"},
			{"law/us/baseline", "law/us/broken_promise", "law/us/message_contents", "terms/linkedin/microsoft_ai_training"},
		],
		"off-site data": [
			{"jurisdiction": "US-WY", "purpose": "ads_improve_tools", "data": "offsite_activity"},
			{"law/us/baseline", "law/us/broken_promise", "terms/linkedin/off_site_data"},
		],
		"no state": [
			{"jurisdiction": "US", "purpose": "train_ai_content"},
			{"law/us/broken_promise", "law/us/state_unknown", "terms/linkedin/ai_training"},
		],
	}
	object.keys(main.decision) == rules with input as asking.about(changes)
}

test_each_other_rule_is_asked_where_it_speaks[name] if {
	some name, [changes, rules] in {
		"no place": [{"jurisdiction": "unknown"}, {"law/unknown/place_unknown", "terms/linkedin/service"}],
		"training": [
			{"jurisdiction": "FR", "recipient": "linkedin_ireland", "purpose": "train_ai_content"},
			{"law/world/ai_training", "law/world/interest_objection", "terms/linkedin/ai_training"},
		],
		"a child's health": [
			{"jurisdiction": "ES", "purpose": "ads_personalised", "data": "health", "age": "12", "choices": {"consent_ads": "given"}},
			{
				"law/eu/dsa_minor_ads", "law/eu/dsa_special_category_ads", "law/world/child_consent", "law/world/marketing_objection",
				"law/world/personalised_ads", "law/world/special_category", "terms/linkedin/minors", "terms/linkedin/own_ads",
			},
		],
		"a device": [
			{"jurisdiction": "DE", "recipient": "microsoft", "purpose": "ads_measurement", "data": "device_ids"},
			{
				"law/eu/dma_combination", "law/world/device_data", "law/world/general_purposes",
				"law/world/interest_objection", "terms/linkedin/microsoft_ads",
			},
		],
		"a teenager in Britain": [
			{"jurisdiction": "GB", "purpose": "ads_personalised", "age": "17"},
			{
				"law/world/interest_objection", "law/world/marketing_objection", "law/world/minor_ads",
				"law/world/personalised_ads", "terms/linkedin/minors", "terms/linkedin/own_ads",
			},
		],
		"a child in Quebec": [
			{"jurisdiction": "CA-QC", "purpose": "ads_contextual", "data": "page_context", "age": "12"},
			{"law/ca/child_ads", "law/world/general_purposes", "terms/linkedin/minors", "terms/linkedin/own_ads"},
		],
		"a sale": [
			{"jurisdiction": "JP", "recipient": "advertiser", "purpose": "sell_data"},
			{"law/world/sale", "terms/linkedin/outsiders"},
		],
		"a deepfake": [
			{"jurisdiction": "CH", "recipient": "public", "purpose": "publish_synthetic_likeness", "data": "likeness"},
			{"law/world/likeness", "terms/linkedin/wrongful_content"},
		],
		"an affiliate": [
			{"jurisdiction": "BR", "recipient": "microsoft", "purpose": "improve_services", "data": "public_posts"},
			{"law/world/general_purposes", "law/world/interest_objection", "terms/linkedin/affiliates"},
		],
	}
	object.keys(main.decision) == rules with input as asking.about(changes)
}

test_a_batch_is_keyed_by_index_and_an_undefined_item_leaves_a_gap if {
	broken := object.remove(asking.facts, ["age"])
	abroad := asking.about({"jurisdiction": "JP"})
	main.batch == {
		"0": {"law/us/coppa": heard_permit},
		"2": {},
		"10": {"law/us/coppa": heard_permit},
	} with input as {"items": {"0": asking.facts, "1": broken, "2": abroad, "10": asking.facts}}
		with data.mayuse.law as {"us": {"coppa": permitting}}
		with data.mayuse.terms as {}
}

test_an_item_of_a_batch_is_decided_as_if_asked_alone if {
	california := asking.about({"jurisdiction": "US-CA", "purpose": "sell_data", "recipient": "advertiser"})
	alone := [answer |
		some item in [asking.facts, california]
		answer := main.decision with input as item
	]
	main.batch == {"0": alone[0], "1": alone[1]} with input as {"items": {"0": asking.facts, "1": california}}
	count(alone) == 2
}

test_a_batch_of_nothing_is_empty if {
	main.batch == {} with input as {"items": {}}
	main.batch == {} with input as {}
}
