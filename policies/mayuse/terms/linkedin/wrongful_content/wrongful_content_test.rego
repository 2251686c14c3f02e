package mayuse.terms.linkedin.wrongful_content_test

import data.mayuse.shared.asking
import data.mayuse.terms.linkedin.wrongful_content as rule

test_the_terms_forbid_wrongful_depiction_and_impersonation[purpose] if {
	some purpose, [reason, cite] in {
		"publish_synthetic_likeness": ["wrongful_depiction", "linkedin-ua-2025-11-03-8.2-18"],
		"impersonate": ["impersonation", "linkedin-ua-2025-11-03-8.2-1"],
	}
	every place in {"US-TX", "FR", "unknown"} {
		answer == {"denies": {asking.said(reason, "linkedin-ua-2025-11-03", [cite])}} with input as asked({
			"jurisdiction": place,
			"purpose": purpose,
		})
	}
}

test_no_recipient_and_no_choice_is_excepted if {
	answer.denies with input as asked({"recipient": "linkedin_corporation", "choices": {"consent_ads": "given"}})
}

# The words on manipulated media are new in the agreement of 2025-11-03; those on impersonation are older.
test_the_clause_on_manipulated_media_is_not_cited_before_it_existed if {
	earlier := "linkedin-ua-2024-11-20"
	answer == {"denies": {asking.said("these_terms_not_yet_in_force", earlier, ["linkedin-ua-2024-11-20-8.2"])}} with input as asked({"on": "2025-11-02"})
	answer == {"denies": {asking.said("impersonation", earlier, ["linkedin-ua-2024-11-20-8.2-1"])}} with input as asked({
		"purpose": "impersonate",
		"on": "2025-11-02",
	})
	answer == {"denies": {asking.said(
		"wrongful_depiction",
		"linkedin-ua-2025-11-03",
		["linkedin-ua-2025-11-03-8.2-18"],
	)}} with input as asked({"on": "2025-11-03"})
}

test_other_purposes_are_out_of_scope if {
	not rule.in_scope with input as asked({"purpose": "train_ai_content"})
}

test_other_controllers_promised_nothing if {
	not rule.in_place with input as asked({"controller": "generic"})
}

asked(changes) := asking.about(object.union(
	{"recipient": "public", "purpose": "publish_synthetic_likeness", "data": "likeness"},
	changes,
))

answer := asking.heard(rule.in_force, {"denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}
