package mayuse.law.us.geolocation_sale_test

import data.mayuse.law.us.geolocation_sale as rule
import data.mayuse.shared.asking

test_a_state_bans_the_sale_from_its_first_day[state] if {
	some state, [before, first, act, cite] in {
		"US-OR": ["2025-12-31", "2026-01-01", "us-or-ocpa", "us-or-ocpa-geolocation"],
		"US-VA": ["2026-06-30", "2026-07-01", "us-va-vcdpa", "us-va-vcdpa-geolocation"],
	}
	not answer with input as asked({"jurisdiction": state, "on": before})
	answer == {"denies": {asking.said("sale_is_banned", act, [cite])}} with input as asked({
		"jurisdiction": state,
		"on": first,
	})
}

test_consent_does_not_lift_the_ban if {
	answer.denies with input as asked({"choices": {"consent_special_category": "given"}})
}

test_other_data_other_uses_and_the_own_group_are_out_of_scope if {
	not rule.in_scope with input as asked({"data": "coarse_location"})
	not rule.in_scope with input as asked({"purpose": "ads_personalised"})
	not rule.in_scope with input as asked({"recipient": "microsoft"})
}

test_other_states_ban_no_such_sale if {
	not rule.in_place with input as asked({"jurisdiction": "US-CA"})
	not rule.in_place with input as asked({"jurisdiction": "US"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "US-OR", "recipient": "advertiser", "purpose": "sell_data", "data": "precise_location"},
	changes,
))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}
