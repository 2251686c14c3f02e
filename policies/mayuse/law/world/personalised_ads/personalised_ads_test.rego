package mayuse.law.world.personalised_ads_test

import data.mayuse.law.world.personalised_ads as rule
import data.mayuse.shared.asking

in_house := {"data": "feed_activity"}

third_party := {"recipient": "microsoft", "data": "feed_activity"}

off_site := {"data": "offsite_activity"}

# What each regime makes of the three kinds: by default, with consent, and after an opt-out.
test_own_advertising_by_regime[place] if {
	some place, [model, act, cites] in {
		"IT": ["consent", "eu-gdpr", ["eu-gdpr-6-1-a"]],
		"GB": ["opt_out", "uk-gdpr", ["uk-gdpr-6-1-f"]],
		"CH": ["opt_out", "ch-fadp", ["ch-fadp-30"]],
		"CA": ["opt_out", "ca-pipeda", ["ca-pipeda-4-3"]],
		"CA-QC": ["consent", "ca-qc-p39-1", ["ca-qc-p39-1-8-1", "ca-qc-p39-1-9-1", "ca-qc-p39-1-12"]],
		"HK": ["notice", "hk-pdpo", ["hk-pdpo-dpp1"]],
		"BR": ["opt_out", "br-lgpd", ["br-lgpd-7-ix", "br-lgpd-18-2"]],
		"JP": ["notice", "jp-appi", ["jp-appi-17"]],
		"KR": ["consent", "kr-pipa", ["kr-pipa-22"]],
		"ZZ": ["notice", "world-no-act", ["world-no-act-default"]],
		"SG": ["counsel", "sg-pdpa", ["sg-pdpa-13"]],
	}
	turns(object.union(in_house, {"jurisdiction": place})) == expectations(place, act, cites)[model]
}

test_advertising_by_others_by_regime[place] if {
	some place, [model, act, cites] in {
		"IT": ["consent", "eu-gdpr", ["eu-gdpr-6-1-a"]],
		"GB": ["consent", "uk-gdpr", ["uk-gdpr-6-1-a"]],
		"CA": ["opt_out", "ca-pipeda", ["ca-pipeda-4-3"]],
		"CA-QC": ["consent", "ca-qc-p39-1", ["ca-qc-p39-1-8-1", "ca-qc-p39-1-12"]],
		"HK": ["consent", "hk-pdpo", ["hk-pdpo-dpp3"]],
		"IN": ["notice", "in-spdi", ["in-spdi-4"]],
		"JP": ["consent", "jp-appi", ["jp-appi-27"]],
		"AU": ["opt_out", "au-privacy", ["au-privacy-7"]],
		"ZA": ["consent", "za-popia", ["za-popia-12"]],
		"ZZ": ["opt_out", "world-no-act", ["world-no-act-default"]],
		"CN": ["counsel", "cn-pipl", ["cn-pipl-23"]],
	}
	turns(object.union(third_party, {"jurisdiction": place})) == expectations(place, act, cites)[model]
}

test_advertising_from_off_site_data_by_regime[place] if {
	some place, [model, act, cites] in {
		"IT": ["consent", "eu-gdpr", ["eu-gdpr-6-1-a"]],
		"GB": ["consent", "uk-gdpr", ["uk-gdpr-6-1-a"]],
		"CH": ["opt_out", "ch-fadp", ["ch-fadp-30"]],
		"HK": ["notice", "hk-pdpo", ["hk-pdpo-dpp1"]],
		"BR": ["consent", "br-lgpd", ["br-lgpd-7-i"]],
	}
	turns(object.union(off_site, {"jurisdiction": place})) == expectations(place, act, cites)[model]
}

turns(use) := {"by_default": by_default, "consented": consented, "opted_out": opted_out} if {
	by_default := answer with input as asked(use)
	consented := answer with input as asked(object.union(use, {"choices": {"consent_ads": "given"}}))
	opted_out := answer with input as asked(object.union(use, {"choices": {"opt_out_targeted_ads": "requested"}}))
}

# The outer limits that the acts or their practice name for acting on an opt-out.
days := {"IT": 30, "KR": 10, "GB": 30, "CH": 30, "CA": 0, "BR": 15, "AU": 30, "ZZ": 30}

acting(place, act, cites) := {{
	"obligation": "act_on_the_opt_out",
	"act": act,
	"cites": cites,
	"within_days": object.get(days, place, "none named"),
}}

expectations(place, act, cites) := {
	"consent": {
		"by_default": no_consent,
		"consented": {
			"permits": {asking.said("consent_given", act, cites)},
			"obliges": {{"obligation": "make_withdrawal_easy", "act": act, "cites": cites}},
		},
		"opted_out": no_consent,
	},
	"opt_out": {
		"by_default": {"permits": {asking.said("no_opt_out", act, cites)}},
		"consented": {"permits": {asking.said("no_opt_out", act, cites)}},
		"opted_out": {"denies": {asking.said("opted_out", act, cites)}, "obliges": acting(place, act, cites)},
	},
	"notice": always({"permits": {asking.said("notice_suffices", act, cites)}}),
	"counsel": always({"denies": {asking.said("needs_counsel", act, cites)}}),
} if {
	no_consent := {
		"denies": {asking.said("no_consent", act, cites)},
		"missing": {"choices.consent_ads"},
	}
}

always(expected) := {"by_default": expected, "consented": expected, "opted_out": expected}

# Off-site data that goes to another company meets two cells; the one that asks more decides.
test_off_site_data_at_others_meets_the_stricter_cell[place] if {
	some place, [reason, act, cites] in {
		"HK": ["no_consent", "hk-pdpo", ["hk-pdpo-dpp3"]],
		"ZA": ["no_consent", "za-popia", ["za-popia-12"]],
		"AU": ["needs_counsel", "au-privacy", ["au-privacy-6"]],
		"BR": ["no_consent", "br-lgpd", ["br-lgpd-7-i"]],
		"CH": ["no_opt_out", "ch-fadp", ["ch-fadp-30"]],
		"IN": ["notice_suffices", "in-spdi", ["in-spdi-4"]],
	}
	rule.permits | rule.denies == {asking.said(reason, act, cites)} with input as asked(object.union(
		off_site,
		{"jurisdiction": place, "recipient": "advertiser"},
	))
}

test_a_refusal_denies_and_nothing_is_missing[choice] if {
	some choice in {"refused", "withdrawn"}
	answer == {"denies": {asking.said("no_consent", "eu-gdpr", ["eu-gdpr-6-1-a"])}} with input as asked(object.union(
		in_house,
		{"choices": {"consent_ads": choice}},
	))
}

# A request to stop binds whatever was consented to, and nothing is said of withdrawing.
test_a_request_to_stop_ends_a_consent[place] if {
	some place, [act, cite] in {"IT": ["eu-gdpr", "eu-gdpr-6-1-a"], "KR": ["kr-pipa", "kr-pipa-22"]}
	both := {"consent_ads": "given", "opt_out_targeted_ads": "requested"}
	answer == {
		"denies": {asking.said("opted_out", act, [cite])},
		"obliges": acting(place, act, [cite]),
	} with input as asked(object.union(in_house, {"jurisdiction": place, "choices": both}))
}

# Where silence counts as consent, a refusal is an opt-out; of what it was not asked for it says nothing.
test_a_refusal_is_an_opt_out_where_none_is_needed[place] if {
	some place, [act, cite] in {
		"CA": ["ca-pipeda", "ca-pipeda-4-3"],
		"CH": ["ch-fadp", "ch-fadp-30"],
		"MX": ["mx-lfpdppp", "mx-lfpdppp-tacit"],
	}
	every choice in {"refused", "withdrawn"} {
		refusing := {"jurisdiction": place, "choices": {"consent_ads": choice}}
		answer.denies == {asking.said("opted_out", act, [cite])} with input as asked(object.union(in_house, refusing))
		answer == {"permits": {asking.said("no_opt_out", act, [cite])}} with input as asked(object.union(
			{"data": "profile"},
			refusing,
		))
	}
}

test_advertising_from_the_typed_profile_is_disputed_in_the_union_until_consent if {
	profile := {"data": "profile"}
	disputed := {asking.said("disputed", "eu-gdpr", ["eu-gdpr-6-1-f-profile-ads"])}
	answer == {"denies": disputed, "missing": {"choices.consent_ads"}} with input as asked(profile)
	answer == {"denies": disputed} with input as asked(object.union(profile, {"choices": {"consent_ads": "refused"}}))
	answer.permits == {asking.said("consent_given", "eu-gdpr", ["eu-gdpr-6-1-a"])} with input as asked(object.union(
		profile,
		{"choices": {"consent_ads": "given"}},
	))
}

test_the_profile_is_no_special_case_elsewhere_nor_with_others if {
	answer.permits == {asking.said("no_opt_out", "uk-gdpr", ["uk-gdpr-6-1-f"])} with input as asked({
		"jurisdiction": "GB",
		"data": "profile",
	})
	answer.denies == {asking.said("no_consent", "eu-gdpr", ["eu-gdpr-6-1-a"])} with input as asked({
		"recipient": "microsoft",
		"data": "profile",
	})
}

test_linkedin_s_settings_are_opt_outs_where_an_opt_out_suffices if {
	opted_out := {
		"denies": {asking.said("opted_out", "ca-pipeda", ["ca-pipeda-4-3"])},
		"obliges": acting("CA", "ca-pipeda", ["ca-pipeda-4-3"]),
	}
	permitted := {"permits": {asking.said("no_opt_out", "ca-pipeda", ["ca-pipeda-4-3"])}}
	sharing_off := {"jurisdiction": "CA", "choices": {"share_with_affiliates": "off"}}
	others_off := {"jurisdiction": "CA", "choices": {"data_from_others_for_ads": "off"}}
	answer == opted_out with input as asked(object.union(third_party, sharing_off))
	answer == permitted with input as asked(object.union(in_house, sharing_off))
	answer == opted_out with input as asked(object.union(off_site, others_off))
	answer == permitted with input as asked(object.union(third_party, others_off))
	answer == permitted with input as asked(object.union(off_site, object.union(others_off, {"controller": "generic"})))
	answer == permitted with input as asked(object.union(third_party, object.union(sharing_off, {"controller": "generic"})))
}

test_no_recipient_is_another_controller_s_own if {
	answer.denies == {asking.said("no_consent", "uk-gdpr", ["uk-gdpr-6-1-a"])} with input as asked(object.union(
		in_house,
		{"jurisdiction": "GB", "controller": "generic"},
	))
}

test_india_asks_consent_from_may_2027 if {
	answer == {"permits": {asking.said("notice_suffices", "in-spdi", ["in-spdi-4"])}} with input as asked({
		"jurisdiction": "IN",
		"data": "profile",
		"on": "2027-05-13",
	})
	answer.denies == {asking.said("no_consent", "in-dpdp", ["in-dpdp-6"])} with input as asked({
		"jurisdiction": "IN",
		"data": "profile",
		"on": "2027-05-14",
	})
}

test_it_binds_from_the_first_day_of_the_regime if {
	not answer with input as asked({"on": "2018-05-24"})
	answer with input as asked({"on": "2018-05-25"})
}

test_predicting_interests_is_in_scope_and_other_advertising_is_not if {
	rule.in_scope with input as asked({"purpose": "ads_predict_interests"})
	not rule.in_scope with input as asked({"purpose": "ads_measurement"})
	not rule.in_scope with input as asked({"purpose": "direct_marketing"})
}

test_the_united_states_and_unknown_places_are_out_of_place if {
	not rule.in_place with input as asked({"jurisdiction": "US-CA"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

asked(changes) := asking.about(object.union({"jurisdiction": "IT", "purpose": "ads_personalised"}, changes))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}
