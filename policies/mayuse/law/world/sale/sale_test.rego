package mayuse.law.world.sale_test

import data.mayuse.law.world.sale as rule
import data.mayuse.shared.asking

test_most_regimes_give_no_basis_for_a_sale[place] if {
	some place, [act, cites] in {
		"DE": ["eu-gdpr", ["eu-gdpr-6-1-a", "eu-gdpr-6-1-f"]],
		"GB": ["uk-gdpr", ["uk-gdpr-6-1-a", "uk-gdpr-6-1-f"]],
		"CA": ["ca-pipeda", ["ca-pipeda-4-3"]],
		"JP": ["jp-appi", ["jp-appi-27"]],
	}
	answer == {"denies": {asking.said("no_legal_basis", act, cites)}} with input as asked({
		"jurisdiction": place,
		"choices": {"consent_ads": "given"},
	})
}

test_a_few_permit_it_until_the_opt_out[place] if {
	some place, [act, cite] in {
		"CH": ["ch-fadp", "ch-fadp-30"],
		"ZZ": ["world-no-act", "world-no-act-default"],
	}
	answer == {"permits": {asking.said("no_opt_out", act, [cite])}} with input as asked({"jurisdiction": place})
	answer == {
		"denies": {asking.said("opted_out", act, [cite])},
		"obliges": {{"obligation": "act_on_the_opt_out", "act": act, "cites": [cite], "within_days": 30}},
	} with input as asked({"jurisdiction": place, "choices": {"opt_out_sale": "requested"}})
	object.keys(answer) == {"denies", "obliges"} with input as asked({
		"jurisdiction": place,
		"choices": {"objection_legitimate_interest": "raised"},
	})
}

test_india_s_older_rules_wait_for_counsel if {
	answer == {"denies": {asking.said("needs_counsel", "in-spdi", ["in-spdi-4"])}} with input as asked({"jurisdiction": "IN"})
}

test_other_purposes_and_the_united_states_are_out if {
	not rule.in_scope with input as asked({"purpose": "ads_personalised"})
	not rule.in_place with input as asked({"jurisdiction": "US-CA"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

test_it_binds_from_the_first_day_of_the_regime if {
	not answer with input as asked({"on": "2018-05-24"})
	answer with input as asked({"on": "2018-05-25"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "DE", "recipient": "advertiser", "purpose": "sell_data"},
	changes,
))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges}) if {
	rule.in_place
	rule.in_scope
}
