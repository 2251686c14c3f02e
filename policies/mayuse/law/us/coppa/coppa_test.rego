package mayuse.law.us.coppa_test

import data.mayuse.law.us.coppa as rule
import data.mayuse.shared.asking

test_a_child_s_data_waits_for_a_parent if {
	answer == {
		"denies": {said("no_parental_consent")},
		"missing": {"choices.consent_minor"},
	} with input as asked({})
}

test_a_parent_s_consent_permits if {
	answer == {"permits": {said("parent_consented")}} with input as consenting("given")
}

test_a_parent_s_refusal_denies_and_nothing_is_missing[choice] if {
	some choice in {"refused", "withdrawn"}
	answer == {"denies": {said("no_parental_consent")}} with input as consenting(choice)
}

test_the_act_protects_children_under_13[age] if {
	some age in {"0", "12"}
	rule.in_scope with input as asked({"age": age})
}

test_the_act_does_not_reach_older_or_unknown_ages[age] if {
	some age in {"13", "17", "adult", "unknown"}
	not rule.in_scope with input as asked({"age": age})
}

test_what_the_service_needs_waits_for_a_parent_as_well if {
	answer.denies == {said("no_parental_consent")} with input as asked({"purpose": "service_core"})
}

test_safety_duties_and_the_page_in_view_are_free if {
	not rule.in_scope with input as asked({"purpose": "security_fraud"})
	not rule.in_scope with input as asked({"purpose": "legal_duty"})
	not rule.in_scope with input as asked({"purpose": "ads_contextual", "data": "page_context"})
}

test_it_is_a_floor_in_the_whole_country[place] if {
	some place in {"US", "US-WY", "US-CA", "US-DC"}
	rule.in_place with input as asked({"jurisdiction": place})
}

test_it_is_not_in_place_abroad if {
	not rule.in_place with input as asked({"jurisdiction": "DE"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

test_it_binds_from_april_2000 if {
	not answer with input as asked({"on": "2000-04-20"})
	answer.denies == {said("no_parental_consent")} with input as asked({"on": "2000-04-21"})
}

asked(changes) := asking.about(object.union({"age": "12", "purpose": "personalise_content"}, changes))

consenting(choice) := asked({"choices": {"consent_minor": choice}})

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "us-coppa", ["us-coppa-6502"])
