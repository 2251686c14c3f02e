package mayuse.law.us.sale_test

import data.mayuse.law.us.sale as rule
import data.mayuse.shared.asking

test_sale_is_permitted_until_the_opt_out_from_the_first_day[state] if {
	some state, [before, first, act, cite, days] in {
		"US-NV": ["2019-09-30", "2019-10-01", "us-nv-603a", "us-nv-603a-345", 60],
		"US-CA": ["2019-12-31", "2020-01-01", "us-ca-ccpa", "us-ca-ccpa-1798.120", 15],
		"US-VA": ["2022-12-31", "2023-01-01", "us-va-vcdpa", "us-va-vcdpa-act", 45],
		"US-UT": ["2023-12-30", "2023-12-31", "us-ut-ucpa", "us-ut-ucpa-act", 45],
		"US-MD": ["2026-03-31", "2026-04-01", "us-md-modpa", "us-md-modpa-act", 45],
		"US-LA": ["2026-12-31", "2027-01-01", "us-la-ldpa", "us-la-ldpa-act", 45],
		"US-AL": ["2027-04-30", "2027-05-01", "us-al-apdpa", "us-al-apdpa-act", 45],
	}
	place := {"jurisdiction": state, "on": first}
	not answer with input as asked({"jurisdiction": state, "on": before})
	answer == {"permits": {asking.said("no_opt_out", act, [cite])}} with input as asked(place)
	answer == {
		"denies": {asking.said("opted_out", act, [cite])},
		"obliges": {{"obligation": "act_on_the_opt_out", "act": act, "cites": [cite], "within_days": days}},
	} with input as asked(object.union(place, {"choices": {"opt_out_sale": "requested"}}))
}

test_an_opt_out_of_advertising_is_none_of_sale if {
	answer == {"permits": {asking.said("no_opt_out", "us-va-vcdpa", ["us-va-vcdpa-act"])}} with input as asked({"choices": {"opt_out_targeted_ads": "requested"}})
}

test_a_disclosure_within_the_group_is_no_sale if {
	not rule.in_scope with input as asked({"recipient": "microsoft"})
	not rule.in_scope with input as asked({"recipient": "linkedin_ireland"})
}

test_in_california_an_affiliate_of_another_brand_is_a_buyer if {
	rule.in_scope with input as asked({"jurisdiction": "US-CA", "recipient": "microsoft"})
	not rule.in_scope with input as asked({"jurisdiction": "US-CA", "recipient": "linkedin_ireland"})
}

test_no_recipient_belongs_to_another_controller_s_group if {
	rule.in_scope with input as asked({"controller": "generic", "recipient": "microsoft"})
	rule.in_scope with input as asked({"controller": "generic", "recipient": "linkedin_corporation"})
}

test_other_purposes_are_no_sale if {
	not rule.in_scope with input as asked({"purpose": "ads_personalised"})
}

test_other_places_have_no_right_of_this_kind[place] if {
	some place in {"US-WY", "US-NY", "US", "FR"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

asked(changes) := asking.about(object.union({"recipient": "advertiser", "purpose": "sell_data"}, changes))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges}) if {
	rule.in_place
	rule.in_scope
}
