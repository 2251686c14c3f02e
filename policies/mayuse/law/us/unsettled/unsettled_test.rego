package mayuse.law.us.unsettled_test

import data.mayuse.law.us.unsettled as rule
import data.mayuse.shared.asking

denied := {"denies": {asking.said("needs_counsel", "us-ma-pending", ["us-ma-pending-bill"])}}

test_uses_that_such_acts_restrict_wait_for_counsel_from_the_conference_on[name] if {
	some name, use in {
		"advertising across companies": {"purpose": "ads_personalised", "data": "offsite_activity"},
		"advertising by an affiliate": {"recipient": "microsoft", "purpose": "ads_personalised"},
		"sale": {"recipient": "advertiser", "purpose": "sell_data"},
		"sensitive data": {"data": "health"},
	}
	not answer with input as asked(object.union(use, {"on": "2026-06-10"}))
	answer == denied with input as asked(object.union(use, {"on": "2026-06-11"}))
}

test_consent_settles_nothing if {
	answer == denied with input as asked({"data": "health", "choices": {"consent_special_category": "given"}})
}

test_ordinary_uses_are_out_of_scope if {
	not rule.in_scope with input as asked({})
	not rule.in_scope with input as asked({"purpose": "ads_personalised"})
	not rule.in_scope with input as asked({"purpose": "train_ai_content"})
}

test_only_massachusetts_is_unsettled[place] if {
	some place in {"US-PA", "US-GA", "US-CA", "US", "FR"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

asked(changes) := asking.about(object.union({"jurisdiction": "US-MA"}, changes))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}
