package mayuse.law.eu.dma_combination_test

import data.mayuse.law.eu.dma_combination as rule
import data.mayuse.shared.asking

test_advertising_by_microsoft_waits_for_a_consent_to_combine[purpose] if {
	some purpose in {"ads_personalised", "ads_predict_interests", "ads_measurement", "ads_improve_tools"}
	answer == {
		"denies": {said("no_consent")},
		"missing": {"choices.consent_dma_combination"},
	} with input as asked({"purpose": purpose})
	answer == {"permits": {said("consent_given")}} with input as consenting("given", {"purpose": purpose})
}

test_a_consent_to_advertising_is_no_consent_to_combine if {
	answer.denies == {said("no_consent")} with input as asked({"choices": {"consent_ads": "given"}})
}

test_after_a_refusal_or_a_withdrawal_the_question_rests_for_a_year[choice] if {
	some choice in {"refused", "withdrawn"}
	answer == {
		"denies": {said("no_consent")},
		"obliges": {{"obligation": "ask_once_a_year", "act": "eu-dma", "cites": ["eu-dma-5-2"]}},
	} with input as consenting(choice, {})
}

test_no_consent_to_other_combinations_can_be_recorded[purpose] if {
	some purpose in {"train_ai_content", "personalise_content", "improve_services", "service_core", "sell_data"}
	answer == {"denies": {said("no_such_consent")}} with input as consenting("given", {"purpose": purpose})
	answer == {"denies": {said("no_such_consent")}} with input as asked({"purpose": purpose})
}

test_a_legal_duty_and_the_page_in_view_are_out_of_scope if {
	not rule.in_scope with input as asked({"purpose": "legal_duty"})
	not rule.in_scope with input as asked({"data": "page_context"})
}

# Of the bases, only legal duty, vital interests and public tasks remain; security rests on none of them.
test_security_is_no_way_round_the_consent if {
	answer == {"denies": {said("no_such_consent")}} with input as asked({"purpose": "security_fraud"})
}

test_where_the_act_is_not_confirmed_to_bind_it_is_disputed[place] if {
	some place in {"IS", "LI", "NO"}
	answer.denies == {said("disputed")} with input as asked({"jurisdiction": place})
	answer == {"denies": {said("disputed")}} with input as asked({"jurisdiction": place, "purpose": "train_ai_content"})
	answer == {"permits": {said("consent_given")}} with input as consenting("given", {"jurisdiction": place})
}

test_only_a_gatekeeper_s_other_services_are_in_scope if {
	not rule.in_scope with input as asked({"recipient": "linkedin_ireland"})
	not rule.in_scope with input as asked({"recipient": "advertiser"})
	not rule.in_scope with input as asked({"controller": "generic"})
}

test_the_duty_begins_in_march_2024 if {
	not answer with input as asked({"on": "2024-03-06"})
	answer.denies == {said("no_consent")} with input as asked({"on": "2024-03-07"})
}

test_it_is_in_place_in_the_union_and_its_outermost_regions if {
	rule.in_place with input as asked({"jurisdiction": "RE"})
	rule.in_place with input as asked({"jurisdiction": "AX"})
	not rule.in_place with input as asked({"jurisdiction": "CH"})
	not rule.in_place with input as asked({"jurisdiction": "GB"})
	not rule.in_place with input as asked({"jurisdiction": "US-CA"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "DE", "recipient": "microsoft", "purpose": "ads_personalised"},
	changes,
))

consenting(choice, changes) := asked(object.union({"choices": {"consent_dma_combination": choice}}, changes))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "eu-dma", ["eu-dma-5-2"])
