package mayuse.law.us.browser_signal_test

import data.mayuse.law.us.browser_signal as rule
import data.mayuse.shared.asking

test_a_signal_binds_from_its_first_day_and_not_the_day_before[state] if {
	some state, [before, first, act] in {
		"US-CA": ["2022-12-31", "2023-01-01", "us-ca-ccpa"],
		"US-CO": ["2024-06-30", "2024-07-01", "us-co-cpa"],
		"US-CT": ["2024-12-31", "2025-01-01", "us-ct-ctdpa"],
		"US-MT": ["2024-12-31", "2025-01-01", "us-mt-mtcdpa"],
		"US-NH": ["2024-12-31", "2025-01-01", "us-nh-nhdpa"],
		"US-NJ": ["2025-07-14", "2025-07-15", "us-nj-njdpa"],
		"US-MN": ["2025-07-30", "2025-07-31", "us-mn-mcdpa"],
		"US-DE": ["2025-12-31", "2026-01-01", "us-de-dpdpa"],
		"US-OR": ["2025-12-31", "2026-01-01", "us-or-ocpa"],
		"US-VT": ["2027-12-31", "2028-01-01", "us-vt-vdposa"],
	}
	not answer with input as asked({"jurisdiction": state, "on": before})
	answer == {"denies": {said("signal_on", act)}} with input as asked({"jurisdiction": state, "on": first})
}

# Texas, Nebraska and Louisiana bind a controller that honours signals for other states.
test_a_conditional_duty_binds_who_honours_signals_elsewhere[state] if {
	some state, [before, first, act] in {
		"US-TX": ["2024-12-31", "2025-01-01", "us-tx-tdpsa"],
		"US-NE": ["2024-12-31", "2025-01-01", "us-ne-ndpa"],
		"US-LA": ["2026-12-31", "2027-01-01", "us-la-ldpa"],
	}
	not answer with input as asked({"jurisdiction": state, "on": before})
	answer == {"denies": {said("signal_on", act)}} with input as asked({"jurisdiction": state, "on": first})
}

test_where_readings_split_a_signal_is_disputed[state] if {
	some state, [before, first, act] in {
		"US-MD": ["2026-03-31", "2026-04-01", "us-md-modpa"],
		"US-AL": ["2027-04-30", "2027-05-01", "us-al-apdpa"],
	}
	not answer with input as asked({"jurisdiction": state, "on": before})
	answer == {"denies": {said("disputed", act)}} with input as asked({"jurisdiction": state, "on": first})
}

test_some_states_know_no_signal[state] if {
	some state in {"US-VA", "US-UT", "US-IA", "US-IN", "US-KY", "US-TN", "US-FL", "US-RI", "US-OK", "US-NY", "US", "DE"}
	not rule.in_place with input as asked({"jurisdiction": state})
}

test_without_a_signal_the_use_is_permitted if {
	answer == {"permits": {said("signal_off", "us-co-cpa")}} with input as asked({"signals": {"gpc": false}})
	answer == {"permits": {said("signal_off", "us-md-modpa")}} with input as asked({
		"jurisdiction": "US-MD",
		"signals": {"gpc": false},
	})
}

test_a_signal_is_no_opt_out_of_other_uses[name] if {
	some name, use in {
		"advertising by the page": {"purpose": "ads_contextual", "data": "page_context"},
		"improving ad tools": {"purpose": "ads_improve_tools"},
		"measuring": {"purpose": "ads_measurement"},
		"training": {"purpose": "train_ai_content", "data": "profile"},
		"recommending": {"purpose": "personalise_content", "data": "profile"},
	}
	not rule.in_scope with input as asked(use)
}

test_own_data_within_the_group_is_no_targeted_advertising if {
	not rule.in_scope with input as member({"recipient": "microsoft"})
	not rule.in_scope with input as member({"recipient": "linkedin_corporation"})
}

# What goes to an affiliate is no sale, save in California.
test_a_disclosure_within_the_group_is_no_sale if {
	not rule.in_scope with input as member({"recipient": "microsoft", "purpose": "sell_data"})
	rule.in_scope with input as member({"jurisdiction": "US-CA", "recipient": "microsoft", "purpose": "sell_data"})
}

test_in_california_another_brand_is_reached_and_the_own_is_not if {
	answer == california_honoured with input as member({"jurisdiction": "US-CA", "recipient": "microsoft"})
	not rule.in_scope with input as member({"jurisdiction": "US-CA", "recipient": "linkedin_corporation"})
}

test_a_signal_stops_sale_in_california_from_the_first_regulations if {
	sale := {"jurisdiction": "US-CA", "purpose": "sell_data", "data": "profile"}
	not answer with input as asked(object.union(sale, {"on": "2020-08-13"}))
	answer == {"denies": {said("signal_on", "us-ca-ccpa")}} with input as asked(object.union(sale, {"on": "2020-08-14"}))
}

test_california_shows_that_the_signal_was_honoured_from_2026 if {
	california := {"jurisdiction": "US-CA"}
	answer == {"denies": {said("signal_on", "us-ca-ccpa")}} with input as asked(object.union(california, {"on": "2025-12-31"}))
	answer == california_honoured with input as asked(object.union(california, {"on": "2026-01-01"}))
}

california_honoured := {
	"denies": {said("signal_on", "us-ca-ccpa")},
	"obliges": {{
		"obligation": "show_that_the_signal_was_honoured",
		"act": "us-ca-ccpa",
		"cites": ["us-ca-ccpa-signal"],
	}},
}

asked(changes) := asking.about(object.union(
	{
		"controller": "generic",
		"recipient": "advertiser",
		"purpose": "ads_personalised",
		"data": "offsite_activity",
		"jurisdiction": "US-CO",
		"signals": {"gpc": true},
	},
	changes,
))

member(changes) := asked(object.union({"controller": "linkedin", "data": "feed_activity"}, changes))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges},
) if {
	rule.in_place
	rule.in_scope
}

said(reason, act) := asking.said(reason, act, [concat("-", [act, "signal"])])
