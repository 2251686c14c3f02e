package mayuse.law.us.minors_test

import data.mayuse.law.us.minors as rule
import data.mayuse.shared.asking

# For each row of each state: the ages at its ends, its first day and the day before.
test_targeted_advertising_asks_consent_from_the_first_day[name] if {
	some name, [state, youngest, oldest, before, first, act, row] in {
		"Connecticut 13-15": ["US-CT", "13", "15", "2023-06-30", "2023-07-01", "us-ct-ctdpa", "1"],
		"Oregon 13-15": ["US-OR", "13", "15", "2024-06-30", "2024-07-01", "us-or-ocpa", "1"],
		"Montana 13-15": ["US-MT", "13", "15", "2024-09-30", "2024-10-01", "us-mt-mtcdpa", "1"],
		"Delaware 13-17": ["US-DE", "13", "17", "2024-12-31", "2025-01-01", "us-de-dpdpa", "1"],
		"New Hampshire 13-15": ["US-NH", "13", "15", "2024-12-31", "2025-01-01", "us-nh-nhdpa", "1"],
		"Virginia 0-12": ["US-VA", "0", "12", "2024-12-31", "2025-01-01", "us-va-vcdpa", "1"],
		"New Jersey 13-16": ["US-NJ", "13", "16", "2025-01-14", "2025-01-15", "us-nj-njdpa", "1"],
		"Minnesota 13-16": ["US-MN", "13", "16", "2025-07-30", "2025-07-31", "us-mn-mcdpa", "1"],
		"Colorado 13-17": ["US-CO", "13", "17", "2025-09-30", "2025-10-01", "us-co-cpa", "2"],
		"Alabama 13-15": ["US-AL", "13", "15", "2027-04-30", "2027-05-01", "us-al-apdpa", "1"],
		"Colorado 0-12": ["US-CO", "0", "12", "2023-06-30", "2023-07-01", "us-co-cpa", "1"],
		"Florida 0-17": ["US-FL", "0", "17", "2024-06-30", "2024-07-01", "us-fl-fdbr", "1"],
		"New York 13-17": ["US-NY", "13", "17", "2025-06-19", "2025-06-20", "us-ny-cdpa", "1"],
	}
	expected := {"denies": {said("no_consent", act, row)}, "missing": {"choices.consent_minor"}}
	every age in {youngest, oldest} {
		not answer with input as asked({"jurisdiction": state, "age": age, "on": before})
		answer == expected with input as asked({"jurisdiction": state, "age": age, "on": first})
	}
}

test_targeted_advertising_is_banned_from_the_first_day_whatever_the_consent[state] if {
	some state, [youngest, oldest, before, first, act, row] in {
		"US-LA": ["0", "17", "2025-06-30", "2025-07-01", "us-la-51-1762", "1"],
		"US-NE": ["0", "17", "2025-12-31", "2026-01-01", "us-ne-design-code", "1"],
		"US-SC": ["0", "17", "2026-02-04", "2026-02-05", "us-sc-design-code", "1"],
		"US-MD": ["0", "17", "2026-03-31", "2026-04-01", "us-md-modpa", "1"],
		"US-AR": ["0", "16", "2026-06-30", "2026-07-01", "us-ar-ctopa", "1"],
		"US-VT": ["0", "17", "2026-12-31", "2027-01-01", "us-vt-design-code", "1"],
	}
	consented := {"jurisdiction": state, "choices": {"consent_minor": "given"}}
	every age in {youngest, oldest} {
		not answer with input as asked(object.union(consented, {"age": age, "on": before}))
		answer == {"denies": {said("banned", act, row)}} with input as asked(object.union(
			consented,
			{"age": age, "on": first},
		))
	}
}

test_consent_permits_where_a_row_asks_it if {
	answer == {"permits": {said("consent_given", "us-nj-njdpa", "1")}} with input as asked({"choices": {"consent_minor": "given"}})
}

# In New York alone a signal of refusal ends the matter: nobody may ask, and an earlier yes counts no more.
test_new_york_hears_a_refusal_of_the_device if {
	refusing := {"jurisdiction": "US-NY", "age": "16", "signals": {"gpc": true}}
	refused := asking.said("device_refuses", "us-ny-cdpa", ["us-ny-cdpa-signal"])
	answer == {"denies": {refused}} with input as asked(object.union(refusing, {"choices": {"consent_minor": "given"}}))
	answer == {"denies": {refused, said("no_consent", "us-ny-cdpa", "1")}} with input as asked(refusing)
	refused in answer.denies with input as asked(object.union(refusing, {"purpose": "improve_services", "data": "profile"}))
	not answer with input as asked(object.union(refusing, {"purpose": "service_core"}))
	not answer with input as asked(object.union(refusing, {"age": "adult"}))
	object.keys(answer) == {"permits"} with input as asked({
		"signals": {"gpc": true},
		"choices": {"consent_minor": "given"},
	})
}

test_a_refusal_denies_and_nothing_is_missing[choice] if {
	some choice in {"refused", "withdrawn"}
	answer == {"denies": {said("no_consent", "us-nj-njdpa", "1")}} with input as asked({"choices": {"consent_minor": choice}})
}

test_connecticut_went_from_consent_of_some_to_consent_of_all_to_a_ban if {
	consented := {"jurisdiction": "US-CT", "age": "15", "choices": {"consent_minor": "given"}}
	row("1") == {"permits": {said("consent_given", "us-ct-ctdpa", "1")}}
	answer == row("1") with input as asked(object.union(consented, {"on": "2024-09-30"}))
	answer == row("2") with input as asked(object.union(consented, {"on": "2024-10-01"}))
	answer == row("2") with input as asked(object.union(consented, {"on": "2026-06-30"}))
	answer == {"denies": {said("banned", "us-ct-ctdpa", "3")}} with input as asked(object.union(
		consented,
		{"on": "2026-07-01"},
	))
}

row(number) := {"permits": {said("consent_given", "us-ct-ctdpa", number)}}

test_connecticut_reached_16_and_17_later_than_15 if {
	not answer with input as asked({"jurisdiction": "US-CT", "age": "16", "on": "2024-09-30"})
	answer.denies == {said("no_consent", "us-ct-ctdpa", "2")} with input as asked({
		"jurisdiction": "US-CT",
		"age": "16",
		"on": "2024-10-01",
	})
}

test_montana_reached_16_and_17_a_year_later if {
	not answer with input as asked({"jurisdiction": "US-MT", "age": "17", "on": "2025-09-30"})
	answer.denies == {said("no_consent", "us-mt-mtcdpa", "2")} with input as asked({
		"jurisdiction": "US-MT",
		"age": "17",
		"on": "2025-10-01",
	})
	answer.denies == {said("no_consent", "us-mt-mtcdpa", "1")} with input as asked({
		"jurisdiction": "US-MT",
		"age": "15",
		"on": "2025-09-30",
	})
}

test_oregon_went_from_consent_to_a_ban_under_16 if {
	consented := {"jurisdiction": "US-OR", "age": "15", "choices": {"consent_minor": "given"}}
	answer == {"permits": {said("consent_given", "us-or-ocpa", "1")}} with input as asked(object.union(
		consented,
		{"on": "2025-12-31"},
	))
	answer == {"denies": {said("banned", "us-or-ocpa", "2")}} with input as asked(object.union(
		consented,
		{"on": "2026-01-01"},
	))
	not answer with input as asked({"jurisdiction": "US-OR", "age": "16"})
}

test_vermont_has_two_bans_from_2028 if {
	answer == {"denies": {said("banned", "us-vt-design-code", "1")}} with input as asked({"jurisdiction": "US-VT", "on": "2027-12-31"})
	answer == {"denies": {
		said("banned", "us-vt-design-code", "1"),
		said("banned", "us-vt-vdposa", "2"),
	}} with input as asked({"jurisdiction": "US-VT", "on": "2028-01-01"})
}

test_a_row_for_everything_but_the_necessary_reaches_other_uses[state] if {
	some state, [age, reason, act, row] in {
		"US-CO": ["12", "no_consent", "us-co-cpa", "1"],
		"US-FL": ["17", "no_consent", "us-fl-fdbr", "1"],
		"US-NY": ["17", "no_consent", "us-ny-cdpa", "1"],
		"US-VT": ["17", "banned", "us-vt-design-code", "1"],
	}
	child := {"jurisdiction": state, "age": age, "on": "2027-06-01", "controller": "linkedin", "recipient": "linkedin_corporation", "data": "profile"}
	every purpose in {"personalise_content", "train_ai_content", "improve_services"} {
		answer.denies == {said(reason, act, row)} with input as asked(object.union(child, {"purpose": purpose}))
	}
	every purpose in {"service_core", "security_fraud", "legal_duty"} {
		not rule.in_scope with input as asked(object.union(child, {"purpose": purpose}))
	}
	not rule.in_scope with input as asked(object.union(child, {"purpose": "ads_contextual", "data": "page_context"}))
}

# Matching with work is profiling for a decision that weighs.
test_some_rows_reach_the_matching_with_work[state] if {
	some state, [age, day, reason, act, row] in {
		"US-CO": ["17", "2025-10-01", "no_consent", "us-co-cpa", "2"],
		"US-MT": ["17", "2025-10-01", "no_consent", "us-mt-mtcdpa", "2"],
		"US-NJ": ["16", "2025-01-15", "no_consent", "us-nj-njdpa", "1"],
		"US-OR": ["15", "2026-01-01", "banned", "us-or-ocpa", "2"],
		"US-VA": ["12", "2025-01-01", "no_consent", "us-va-vcdpa", "1"],
	}
	match := {"jurisdiction": state, "age": age, "on": day, "purpose": "recruiting_match", "data": "profile"}
	answer.denies == {said(reason, act, row)} with input as asked(match)
	answer.denies == {said(reason, act, row)} with input as asked(object.union(
		match,
		{"controller": "linkedin", "recipient": "linkedin_corporation"},
	))
	not answer with input as asked(object.union(match, {"age": "adult"}))
}

test_rows_on_advertising_and_sale_alone_do_not_reach_it[state] if {
	some state in {"US-CT", "US-DE", "US-NH", "US-MN", "US-MD", "US-CA"}
	not rule.in_scope with input as asked({"jurisdiction": state, "purpose": "recruiting_match", "data": "profile"})
}

test_other_rows_leave_other_uses_alone if {
	not rule.in_scope with input as asked({"purpose": "personalise_content", "data": "profile"})
	not rule.in_scope with input as asked({"jurisdiction": "US-CO", "age": "13", "purpose": "train_ai_content"})
}

test_a_row_on_sale_reaches_sale_outside_the_group if {
	sale := {"controller": "linkedin", "purpose": "sell_data", "data": "profile"}
	answer.denies == {said("no_consent", "us-nj-njdpa", "1")} with input as asked(sale)
	answer.denies == {said("no_consent", "us-de-dpdpa", "1")} with input as asked(object.union(sale, {"jurisdiction": "US-DE"}))
	not rule.in_scope with input as asked(object.union(sale, {"recipient": "microsoft"}))
}

test_a_ban_on_targeted_advertising_is_no_ban_on_sale[state] if {
	some state in {"US-NE", "US-SC", "US-AR", "US-LA"}
	not rule.in_scope with input as asked({"jurisdiction": state, "purpose": "sell_data"})
}

test_new_york_bans_the_sale_of_every_minor_s_data if {
	sale := {"jurisdiction": "US-NY", "purpose": "sell_data", "choices": {"consent_minor": "given"}}
	banned := asking.said("banned", "us-ny-cdpa", ["us-ny-cdpa-sale"])
	answer == {"denies": {banned}} with input as asked(object.union(sale, {"age": "12"}))
	answer == {
		"permits": {said("consent_given", "us-ny-cdpa", "1")},
		"denies": {banned},
	} with input as asked(object.union(sale, {"age": "13"}))
	not answer with input as asked(object.union(sale, {"on": "2025-06-19"}))
}

test_new_hampshire_bans_the_sale_of_children_s_data_from_2027 if {
	sale := {"jurisdiction": "US-NH", "age": "12", "purpose": "sell_data", "choices": {"consent_minor": "given"}}
	not answer with input as asked(object.union(sale, {"on": "2026-12-31"}))
	answer == {"denies": {asking.said("banned", "us-nh-nhdpa", ["us-nh-nhdpa-children-sale"])}} with input as asked(object.union(
		sale,
		{"on": "2027-01-01"},
	))
}

test_california_asks_consent_to_sale_from_2020[age] if {
	some age, row in {"0": "2", "12": "2", "13": "1", "15": "1"}
	sale := {"jurisdiction": "US-CA", "age": age, "purpose": "sell_data"}
	not answer with input as asked(object.union(sale, {"on": "2019-12-31"}))
	every day in {"2020-01-01", "2022-12-31", "2023-01-01"} {
		answer.denies == {said("no_consent", "us-ca-ccpa", row)} with input as asked(object.union(sale, {"on": day}))
	}
	not rule.in_scope with input as asked(object.union(sale, {"controller": "linkedin", "recipient": "linkedin_ireland"}))
}

test_california_asks_consent_to_sharing_with_another_brand_from_2023 if {
	sharing := {"jurisdiction": "US-CA", "controller": "linkedin", "data": "feed_activity"}
	answer.denies == {said("no_consent", "us-ca-ccpa", "1")} with input as asked(object.union(
		sharing,
		{"recipient": "microsoft", "on": "2023-01-01"},
	))
	not rule.in_scope with input as asked(object.union(sharing, {"recipient": "linkedin_corporation"}))
}

# Sharing is regulated from 2023-01-01; only sale was before.
test_california_asks_no_consent_to_sharing_before_2023 if {
	not answer with input as asked({"jurisdiction": "US-CA", "on": "2022-12-31"})
}

test_an_age_that_is_not_protected_is_out_of_scope[age] if {
	some age in {"12", "17", "adult", "unknown"}
	not rule.in_scope with input as asked({"age": age})
}

test_other_states_have_no_rows_of_their_own[place] if {
	some place in {"US-TX", "US-GA", "US-UT", "US", "GB"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

# Fifteen years old, in New Jersey.
asked(changes) := asking.about(object.union(
	{
		"controller": "generic",
		"recipient": "advertiser",
		"purpose": "ads_personalised",
		"data": "offsite_activity",
		"jurisdiction": "US-NJ",
		"age": "15",
	},
	changes,
))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

said(reason, act, row) := asking.said(reason, act, [concat("-", [act, "minors", row])])
