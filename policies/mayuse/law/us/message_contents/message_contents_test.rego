package mayuse.law.us.message_contents_test

import data.mayuse.law.us.message_contents as rule
import data.mayuse.shared.asking

test_contents_go_to_no_other_company_without_a_party_s_consent[name] if {
	some name, disclosure in {
		"training by Microsoft": {},
		"advertising by Microsoft": {"purpose": "ads_personalised"},
		"messages in groups": {"data": "group_messages"},
		"another company of LinkedIn's name": {"recipient": "linkedin_ireland"},
		"a sale": {"recipient": "advertiser", "purpose": "sell_data"},
		"another controller": {"controller": "generic", "recipient": "linkedin_corporation"},
	}
	answer == {
		"denies": {said("no_party_consented")},
		"missing": {"choices.consent_message_contents"},
	} with input as asked(disclosure)
}

test_a_party_s_consent_permits if {
	answer == {"permits": {said("party_consented")}} with input as consenting("given")
}

test_a_refusal_denies_and_nothing_is_missing[choice] if {
	some choice in {"refused", "withdrawn"}
	answer == {"denies": {said("no_party_consented")}} with input as consenting(choice)
}

test_the_provider_s_own_use_is_out_of_scope if {
	not rule.in_scope with input as asked({"recipient": "linkedin_corporation"})
}

test_public_posts_are_out_of_scope if {
	not rule.in_scope with input as asked({"data": "public_posts"})
}

test_delivery_protection_and_legal_duties_are_out_of_scope[purpose] if {
	some purpose in {"service_core", "security_fraud", "legal_duty"}
	not rule.in_scope with input as asked({"purpose": purpose})
}

# The exceptions reach addressees and carriers, not everybody.
test_running_the_service_shows_no_messages_to_strangers[recipient] if {
	some recipient in {"public", "advertiser"}
	answer.denies == {said("no_party_consented")} with input as asked({
		"recipient": recipient,
		"purpose": "service_core",
	})
}

test_it_is_federal_law if {
	rule.in_place with input as asked({"jurisdiction": "US"})
	rule.in_place with input as asked({"jurisdiction": "US-WY"})
	not rule.in_place with input as asked({"jurisdiction": "FR"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

test_it_binds_from_october_1986 if {
	not answer with input as asked({"on": "1986-10-20"})
	answer.denies == {said("no_party_consented")} with input as asked({"on": "1986-10-21"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "US-TX", "recipient": "microsoft", "purpose": "train_ai_content", "data": "private_messages"},
	changes,
))

consenting(choice) := asked({"choices": {"consent_message_contents": choice}})

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

said(reason) := asking.said(reason, "us-sca", ["us-sca-2702-a", "us-sca-2702-b"])
