package mayuse.law.unknown.place_unknown_test

import data.mayuse.law.unknown.place_unknown as rule
import data.mayuse.shared.asking

test_what_every_law_permits_is_permitted[purpose] if {
	some purpose in {"service_core", "security_fraud", "legal_duty"}
	every age in {"adult", "unknown"} {
		answer == {"permits": {said("every_law_permits")}} with input as asked({"purpose": purpose, "age": age})
	}
}

test_some_acts_ask_a_parent_for_what_the_service_needs[age] if {
	some age in {"0", "17"}
	object.keys(answer) == {"denies", "missing"} with input as asked({"purpose": "service_core", "age": age})
	every purpose in {"security_fraud", "legal_duty"} {
		answer == {"permits": {said("every_law_permits")}} with input as asked({"purpose": purpose, "age": age})
	}
}

test_everything_else_is_denied_and_the_place_is_missing[name] if {
	some name, use in {
		"advertising across companies": {"controller": "generic", "recipient": "advertiser", "purpose": "ads_personalised", "data": "offsite_activity"},
		"recommending": {"purpose": "personalise_content"},
		"training": {"purpose": "train_ai_content"},
		"marketing": {"purpose": "direct_marketing"},
		"a sale": {"purpose": "sell_data"},
		"impersonation": {"purpose": "impersonate"},
		"advertising by the page": {"purpose": "ads_contextual", "data": "page_context"},
		"sensitive data": {"data": "health"},
		"publication": {"recipient": "public"},
		"an affiliate": {"recipient": "microsoft"},
	}
	answer == {
		"denies": {said("some_law_may_deny")},
		"missing": {"data_subject.jurisdiction"},
	} with input as asked(use)
}

test_no_choice_of_the_person_makes_up_for_the_place if {
	answer.denies == {said("some_law_may_deny")} with input as asked({
		"purpose": "ads_personalised",
		"choices": {"consent_ads": "given", "consent_dma_combination": "given"},
	})
}

# The youngest regime begins on that day; before, some known place had no law that permits.
test_every_law_permits_from_the_day_the_youngest_regime_begins if {
	answer.denies == {said("some_law_may_deny")} with input as asked({"on": "2025-08-13"})
	answer == {"permits": {said("every_law_permits")}} with input as asked({"on": "2025-08-14"})
}

test_it_is_in_place_where_the_place_is_not_known if {
	not rule.in_place with input as asked({"jurisdiction": "ZZ"})
	not rule.in_place with input as asked({"jurisdiction": "US"})
	not rule.in_place with input as asked({"jurisdiction": "DE"})
}

test_it_speaks_for_every_question_on_every_day if {
	rule.in_scope
	rule.in_force == {"from": "1900-01-01", "until": "9999-12-31"}
}

asked(changes) := asking.about(object.union({"jurisdiction": "unknown"}, changes))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "eu-gdpr", ["eu-gdpr-6-1-a", "eu-gdpr-6-1-b"])
