package mayuse.law.us.baseline_test

import data.mayuse.law.us.baseline as rule
import data.mayuse.shared.asking

test_an_act_reaches_processing_from_its_first_day[state] if {
	some state, [before, first, act, cites] in {
		"US-VA": ["2022-12-31", "2023-01-01", "us-va-vcdpa", ["us-va-vcdpa-definitions"]],
		"US-CO": ["2023-06-30", "2023-07-01", "us-co-cpa", ["us-co-cpa-definitions"]],
		"US-UT": ["2023-12-30", "2023-12-31", "us-ut-ucpa", ["us-ut-ucpa-act"]],
		"US-NJ": ["2025-01-14", "2025-01-15", "us-nj-njdpa", ["us-nj-njdpa-act"]],
		"US-RI": ["2025-12-31", "2026-01-01", "us-ri-ridtppa", ["us-ri-ridtppa-act"]],
		"US-OK": ["2026-12-31", "2027-01-01", "us-ok-okcdpa", ["us-ok-okcdpa-act"]],
	}
	answer == {"permits": {asking.said("act_not_yet_in_force", act, cites)}} with input as asked({
		"jurisdiction": state,
		"on": before,
	})
	answer == {"permits": {asking.said("not_restricted", act, cites)}} with input as asked({
		"jurisdiction": state,
		"on": first,
	})
}

# In force from 2025-10-01, Maryland's act does not reach processing before 2026-04-01.
test_maryland_waits_for_its_application_to_processing if {
	cites := ["us-md-modpa-act", "us-md-modpa-applicability"]
	answer == {"permits": {asking.said("act_not_yet_in_force", "us-md-modpa", cites)}} with input as asked({
		"jurisdiction": "US-MD",
		"on": "2026-03-31",
	})
	answer == {"permits": {asking.said("not_restricted", "us-md-modpa", cites)}} with input as asked({
		"jurisdiction": "US-MD",
		"on": "2026-04-01",
	})
}

test_without_a_state_act_federal_law_permits[state] if {
	some state in {"US-WY", "US-DC", "US-WA", "US-NV", "US-IL", "US-MA"}
	answer == {"permits": {no_state_act}} with input as asked({"jurisdiction": state})
}

test_new_york_has_a_law_on_deception_as_well if {
	answer == {"permits": {
		no_state_act,
		asking.said("no_state_act", "us-ny-gbl", ["us-ny-gbl-349"]),
	}} with input as asked({"jurisdiction": "US-NY"})
}

test_connecticut_asks_a_notice_on_training_from_july_2026 if {
	permitted := {asking.said("not_restricted", "us-ct-ctdpa", ["us-ct-ctdpa-definitions"])}
	training := {"jurisdiction": "US-CT", "purpose": "train_ai_content"}
	answer == {"permits": permitted} with input as asked(object.union(training, {"on": "2026-06-30"}))
	answer == {
		"permits": permitted,
		"obliges": {{
			"obligation": "say_whether_data_trains_llms",
			"act": "us-ct-ctdpa",
			"cites": ["us-ct-ctdpa-llm-notice"],
		}},
	} with input as asked(object.union(training, {"on": "2026-07-01"}))
	answer == {"permits": permitted} with input as asked({"jurisdiction": "US-CT", "purpose": "service_core"})
}

test_vermont_asks_a_like_notice_from_2028 if {
	training := {"jurisdiction": "US-VT", "purpose": "train_ai_content"}
	object.keys(answer) == {"permits"} with input as asked(object.union(training, {"on": "2027-12-31"}))
	answer.obliges == {{
		"obligation": "say_whether_data_trains_llms",
		"act": "us-vt-vdposa",
		"cites": ["us-vt-vdposa-llm-notice"],
	}} with input as asked(object.union(training, {"on": "2028-01-01"}))
}

test_it_speaks_for_every_question_in_a_state if {
	rule.in_scope
	rule.in_force.from == "1938-03-21"
	rule.in_place with input as asked({"jurisdiction": "US-CA"})
}

test_it_is_not_in_place_without_a_state[place] if {
	some place in {"US", "unknown", "FR", "ZZ"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

no_state_act := asking.said("no_state_act", "us-ftc-act", ["us-ftc-act-5"])

asked(changes) := asking.about(changes)

answer := asking.heard(rule.in_force, {"permits": rule.permits, "obliges": rule.obliges}) if {
	rule.in_place
	rule.in_scope
}
