package mayuse.law.world.ai_training_test

import data.mayuse.law.world.ai_training as rule
import data.mayuse.shared.asking

# Legitimate interests, or what has their effect, until the person switches training off.
test_an_opt_out_suffices_where_interests_carry_training[place] if {
	some place, [recipient, act, cites, days] in {
		"DE": ["linkedin_ireland", "eu-gdpr", ["eu-gdpr-6-1-f", "eu-gdpr-edpb-28-2024"], 30],
		"GB": ["linkedin_corporation", "uk-gdpr", ["uk-gdpr-6-1-f"], 30],
		"CH": ["linkedin_ireland", "ch-fadp", ["ch-fadp-30"], 30],
		"CA": ["linkedin_corporation", "ca-pipeda", ["ca-pipeda-4-3", "ca-pipeda-5-3"], 0],
		"HK": ["linkedin_corporation", "hk-pdpo", ["hk-pdpo-dpp3"], 40],
		"BR": ["linkedin_corporation", "br-lgpd", ["br-lgpd-7-ix"], 15],
		"KR": ["linkedin_corporation", "kr-pipa", ["kr-pipa-15"], 10],
		"AU": ["linkedin_corporation", "au-privacy", ["au-privacy-6"], 30],
		"MX": ["linkedin_corporation", "mx-lfpdppp", ["mx-lfpdppp-tacit"], 20],
	}
	here := {"jurisdiction": place, "recipient": recipient}
	answer == {
		"permits": {asking.said("no_opt_out", act, cites)},
		"obliges": {{"obligation": "offer_an_easy_opt_out", "act": act, "cites": cites}},
	} with input as asked(here)
	answer == {
		"denies": {asking.said("opted_out", act, cites)},
		"obliges": {{"obligation": "act_on_the_opt_out", "act": act, "cites": cites, "within_days": days}},
	} with input as asked(object.union(here, {"choices": {"ai_training": "off"}}))
}

# Where the act knows no objection of its own, one that is raised is an opt-out like the setting.
test_an_objection_is_an_opt_out_where_no_other_rule_hears_it[place] if {
	some place in {"CA", "HK", "AU", "MX", "SA"}
	{said.reason | some said in answer.denies} == {"opted_out"} with input as objecting(place, "raised")
	object.keys(answer) == {"permits", "obliges"} with input as objecting(place, "lifted")
}

test_where_another_rule_hears_the_objection_this_one_does_not if {
	object.keys(answer) == {"permits", "obliges"} with input as objecting("DE", "raised")
}

test_who_objects_has_not_left_the_switch_on if {
	objecting_on := {"ai_training": "on", "objection_legitimate_interest": "raised"}
	answer.denies with input as asked({"jurisdiction": "CA-QC", "choices": objecting_on})
	not answer.permits with input as asked({"jurisdiction": "CA-QC", "choices": objecting_on})
}

# Explicit consent to the use is a basis, also for strangers and beyond expectations; not after an opt-out.
test_explicit_consent_carries_sensitive_data if {
	consented := {"data": "health", "choices": {"consent_special_category": "given"}}
	every recipient in {"linkedin_ireland", "advertiser"} {
		use := object.union(consented, {"recipient": recipient})
		object.keys(answer) == {"permits", "obliges"} with input as asked(use)
		{said.reason | some said in answer.permits} == {"consented"} with input as asked(use)
	}
	{said.reason | some said in answer.denies} == {"opted_out"} with input as asked(object.union(
		consented,
		{"choices": {"ai_training": "off"}},
	))
	{said.reason | some said in answer.denies} == {"beyond_expectations"} with input as asked(object.union(
		consented,
		{"choices": {"consent_special_category": "withdrawn"}},
	))
}

test_notice_suffices_in_some_places_whatever_the_setting[place] if {
	some place, [act, cites] in {
		"IN": ["in-spdi", ["in-spdi-4"]],
		"JP": ["jp-appi", ["jp-appi-18"]],
		"ZZ": ["world-no-act", ["world-no-act-default"]],
	}
	permitted := {"permits": {asking.said("notice_suffices", act, cites)}}
	answer == permitted with input as asked({"jurisdiction": place})
	answer == permitted with input as asked({"jurisdiction": place, "choices": {"ai_training": "off"}})
}

test_quebec_asks_that_the_person_switch_training_on if {
	cites := ["ca-qc-p39-1-9-1", "ca-qc-p39-1-12"]
	denied := {asking.said("needs_counsel", "ca-qc-p39-1", cites)}
	answer == {"denies": denied, "missing": {"choices.ai_training"}} with input as asked({"jurisdiction": "CA-QC"})
	answer == {"denies": denied} with input as asked({"jurisdiction": "CA-QC", "choices": {"ai_training": "off"}})
	answer == {"permits": {asking.said("switched_on", "ca-qc-p39-1", cites)}} with input as asked({
		"jurisdiction": "CA-QC",
		"choices": {"ai_training": "on"},
	})
}

# LinkedIn's switch is thrown for LinkedIn's group.
test_a_stranger_is_not_let_in_by_the_switch[place] if {
	some place in {"CA-QC", "IN"}
	every setting in {"default", "on"} {
		object.keys(answer) == {"denies"} with input as asked({
			"jurisdiction": place,
			"on": "2027-05-14",
			"recipient": "advertiser",
			"choices": {"ai_training": setting},
		})
	}
}

test_india_asks_consent_from_may_2027_but_not_for_what_the_person_made_public if {
	before := {"jurisdiction": "IN", "on": "2027-05-13"}
	first := {"jurisdiction": "IN", "on": "2027-05-14"}
	answer == {"permits": {asking.said("notice_suffices", "in-spdi", ["in-spdi-4"])}} with input as asked(before)
	answer == {
		"denies": {asking.said("not_switched_on", "in-dpdp", ["in-dpdp-6"])},
		"missing": {"choices.ai_training"},
	} with input as asked(first)
	every setting in {"default", "on", "off"} {
		answer == {"permits": {asking.said("made_public", "in-dpdp", ["in-dpdp-3"])}} with input as asked(object.union(
			first,
			{"data": "public_posts", "choices": {"ai_training": setting}},
		))
	}
}

test_data_nobody_expects_to_be_trained_on_is_denied_in_europe[place] if {
	some place, [act, interests, expectations] in {
		"FR": ["eu-gdpr", ["eu-gdpr-6-1-f", "eu-gdpr-edpb-28-2024"], ["eu-gdpr-edpb-28-2024"]],
		"GB": ["uk-gdpr", ["uk-gdpr-6-1-f"], ["uk-gdpr-6-1-f"]],
	}
	every category in {"private_messages", "feed_activity"} {
		answer == {
			"permits": {asking.said("no_opt_out", act, interests)},
			"denies": {asking.said("beyond_expectations", act, expectations)},
			"obliges": {{"obligation": "offer_an_easy_opt_out", "act": act, "cites": interests}},
		} with input as asked({"jurisdiction": place, "data": category})
	}
	every category in {"group_messages", "resume", "likeness", "page_context"} {
		object.keys(answer) == {"permits", "obliges"} with input as asked({"jurisdiction": place, "data": category})
	}
}

test_interests_carry_no_stranger_s_training if {
	answer.denies == {asking.said("no_legal_basis", "br-lgpd", ["br-lgpd-7-ix"])} with input as asked({
		"jurisdiction": "BR",
		"recipient": "advertiser",
	})
	object.keys(answer) == {"permits", "obliges"} with input as asked({"jurisdiction": "BR", "recipient": "microsoft"})
	object.keys(answer) == {"permits", "obliges"} with input as asked({"jurisdiction": "AU", "recipient": "advertiser"})
}

# What needs consent before another company has it for its ads is not had for its models by notice alone.
test_strangers_need_a_basis_where_a_disclosure_asks_for_consent[place] if {
	some place, [act, cites] in {
		"HK": ["hk-pdpo", ["hk-pdpo-dpp3"]],
		"JP": ["jp-appi", ["jp-appi-18"]],
	}
	every recipient in {"advertiser", "public"} {
		{asking.said("no_legal_basis", act, cites)} == answer.denies with input as asked({
			"jurisdiction": place,
			"recipient": recipient,
		})
	}
	not answer.denies with input as asked({"jurisdiction": place, "recipient": "microsoft"})
}

test_what_is_not_settled_waits_for_counsel[place] if {
	some place, [act, cite] in {
		"CN": ["cn-pipl", "cn-pipl-13"],
		"SG": ["sg-pdpa", "sg-pdpa-13"],
		"IL": ["il-ppl", "il-ppl-1"],
		"AE": ["ae-pdpl", "ae-pdpl-4"],
	}
	answer == {"denies": {asking.said("needs_counsel", act, [cite])}} with input as asked({
		"jurisdiction": place,
		"choices": {"ai_training": "on"},
	})
}

test_it_binds_from_the_first_day_of_the_regime[place] if {
	some place, [before, first] in {
		"DE": ["2018-05-24", "2018-05-25"],
		"CH": ["2023-08-31", "2023-09-01"],
		"CA-QC": ["2023-09-21", "2023-09-22"],
		"MX": ["2025-03-20", "2025-03-21"],
	}
	not answer with input as asked({"jurisdiction": place, "on": before})
	answer with input as asked({"jurisdiction": place, "on": first})
}

test_the_united_states_and_unknown_places_are_out_of_place if {
	not rule.in_place with input as asked({"jurisdiction": "US-CA"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

test_other_purposes_are_out_of_scope if {
	not rule.in_scope with input as asked({"purpose": "improve_services"})
}

asked(changes) := asking.about(object.union({"jurisdiction": "DE", "purpose": "train_ai_content"}, changes))

objecting(place, choice) := asked({
	"jurisdiction": place,
	"choices": {"objection_legitimate_interest": choice},
})

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}
