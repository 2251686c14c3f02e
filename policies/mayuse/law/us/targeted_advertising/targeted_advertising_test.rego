package mayuse.law.us.targeted_advertising_test

import data.mayuse.law.us.targeted_advertising as rule
import data.mayuse.shared.asking

test_an_opt_out_binds_from_the_first_day_of_the_acts_until_2024[state] if {
	some state, [before, first, act, days] in {
		"US-VA": ["2022-12-31", "2023-01-01", "us-va-vcdpa", 45],
		"US-CO": ["2023-06-30", "2023-07-01", "us-co-cpa", 45],
		"US-CT": ["2023-06-30", "2023-07-01", "us-ct-ctdpa", 45],
		"US-UT": ["2023-12-30", "2023-12-31", "us-ut-ucpa", 45],
		"US-FL": ["2024-06-30", "2024-07-01", "us-fl-fdbr", 45],
		"US-OR": ["2024-06-30", "2024-07-01", "us-or-ocpa", 45],
		"US-TX": ["2024-06-30", "2024-07-01", "us-tx-tdpsa", 45],
		"US-MT": ["2024-09-30", "2024-10-01", "us-mt-mtcdpa", 45],
	}
	not answer with input as opted_out({"jurisdiction": state, "on": before})
	answer == denied(act, days) with input as opted_out({"jurisdiction": state, "on": first})
}

test_an_opt_out_binds_from_the_first_day_of_the_acts_since_2025[state] if {
	some state, [before, first, act, days] in {
		"US-DE": ["2024-12-31", "2025-01-01", "us-de-dpdpa", 45],
		"US-IA": ["2024-12-31", "2025-01-01", "us-ia-icdpa", 90],
		"US-NE": ["2024-12-31", "2025-01-01", "us-ne-ndpa", 45],
		"US-NH": ["2024-12-31", "2025-01-01", "us-nh-nhdpa", 45],
		"US-NJ": ["2025-01-14", "2025-01-15", "us-nj-njdpa", 45],
		"US-TN": ["2025-06-30", "2025-07-01", "us-tn-tipa", 45],
		"US-MN": ["2025-07-30", "2025-07-31", "us-mn-mcdpa", 45],
		"US-IN": ["2025-12-31", "2026-01-01", "us-in-incdpa", 45],
		"US-KY": ["2025-12-31", "2026-01-01", "us-ky-kcdpa", 45],
		"US-RI": ["2025-12-31", "2026-01-01", "us-ri-ridtppa", 45],
		"US-MD": ["2026-03-31", "2026-04-01", "us-md-modpa", 45],
		"US-LA": ["2026-12-31", "2027-01-01", "us-la-ldpa", 45],
		"US-OK": ["2026-12-31", "2027-01-01", "us-ok-okcdpa", 45],
		"US-AL": ["2027-04-30", "2027-05-01", "us-al-apdpa", 45],
		"US-VT": ["2027-12-31", "2028-01-01", "us-vt-vdposa", 45],
	}
	not answer with input as opted_out({"jurisdiction": state, "on": before})
	answer == denied(act, days) with input as opted_out({"jurisdiction": state, "on": first})
}

test_without_an_opt_out_it_is_permitted[state] if {
	some state, act in {"US-VA": "us-va-vcdpa", "US-CO": "us-co-cpa", "US-UT": "us-ut-ucpa", "US-IA": "us-ia-icdpa"}
	answer == permitted(act) with input as asked({"jurisdiction": state})
}

test_linkedin_s_setting_on_data_from_others_is_an_opt_out_for_off_site_data if {
	off := {"controller": "linkedin", "recipient": "linkedin_corporation", "choices": {"data_from_others_for_ads": "off"}}
	answer == denied("us-va-vcdpa", 45) with input as asked(off)
	answer == permitted("us-va-vcdpa") with input as asked(object.union(off, {"choices": {"data_from_others_for_ads": "on"}}))
	answer == permitted("us-va-vcdpa") with input as asked(object.union(off, {
		"recipient": "advertiser",
		"data": "device_ids",
	}))
	answer == permitted("us-va-vcdpa") with input as asked(object.union(off, {"controller": "generic"}))
}

test_a_browser_signal_is_no_request if {
	answer == permitted("us-va-vcdpa") with input as asked({"signals": {"gpc": true}})
}

test_data_of_the_own_group_is_not_activity_across_companies if {
	member := {"controller": "linkedin", "data": "feed_activity"}
	not rule.in_scope with input as asked(object.union(member, {"recipient": "linkedin_corporation"}))
	not rule.in_scope with input as asked(object.union(member, {"recipient": "microsoft"}))
	rule.in_scope with input as asked(object.union(member, {"recipient": "advertiser"}))
}

test_context_measurement_and_tools_are_out_of_scope if {
	not rule.in_scope with input as asked({"purpose": "ads_contextual", "data": "page_context"})
	not rule.in_scope with input as asked({"data": "page_context"})
	not rule.in_scope with input as asked({"purpose": "ads_measurement"})
	not rule.in_scope with input as asked({"purpose": "ads_improve_tools"})
}

test_california_and_states_without_an_act_are_out_of_place[place] if {
	some place in {"US-CA", "US-NV", "US-NY", "US-WY", "US", "FR"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

asked(changes) := asking.about(object.union(
	{"controller": "generic", "recipient": "advertiser", "purpose": "ads_personalised", "data": "offsite_activity"},
	changes,
))

opted_out(changes) := asked(object.union({"choices": {"opt_out_targeted_ads": "requested"}}, changes))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges},
) if {
	rule.in_place
	rule.in_scope
}

permitted(act) := {"permits": {asking.said("no_opt_out", act, cites(act))}}

denied(act, days) := {
	"denies": {asking.said("opted_out", act, cites(act))},
	"obliges": {{
		"obligation": "act_on_the_opt_out",
		"act": act,
		"cites": cites(act),
		"within_days": days,
	}},
}

cites(act) := [concat("-", [act, "targeted-advertising"])]
