package mayuse.law.world.general_purposes_test

import data.mayuse.law.world.general_purposes as rule
import data.mayuse.shared.asking

test_where_a_basis_is_asked_each_purpose_has_its_own[purpose] if {
	some purpose, [basis, cite] in {
		"service_core": ["contract", "eu-gdpr-6-1-b"],
		"legal_duty": ["legal_obligation", "eu-gdpr-6-1-c"],
		"security_fraud": ["legitimate_interests", "eu-gdpr-6-1-f"],
		"personalise_content": ["legitimate_interests", "eu-gdpr-6-1-f"],
		"recruiting_match": ["legitimate_interests", "eu-gdpr-6-1-f"],
		"improve_services": ["legitimate_interests", "eu-gdpr-6-1-f"],
		"ads_measurement": ["legitimate_interests", "eu-gdpr-6-1-f"],
		"ads_improve_tools": ["legitimate_interests", "eu-gdpr-6-1-f"],
		"direct_marketing": ["marketing_permitted", "eu-gdpr-6-1-f"],
	}
	answer == {"permits": {gdpr(basis, [cite])}} with input as asked({"purpose": purpose})
}

test_where_none_is_asked_uses_stay_within_the_stated_purpose[place] if {
	some place, [act, cite] in {
		"CH": ["ch-fadp", "ch-fadp-30"],
		"CA": ["ca-pipeda", "ca-pipeda-5-3"],
		"HK": ["hk-pdpo", "hk-pdpo-dpp1"],
		"JP": ["jp-appi", "jp-appi-17"],
		"ZZ": ["world-no-act", "world-no-act-default"],
	}
	every purpose in {"service_core", "legal_duty", "security_fraud", "personalise_content", "ads_contextual"} {
		answer == {"permits": {asking.said("within_the_stated_purpose", act, [cite])}} with input as asked({
			"jurisdiction": place,
			"purpose": purpose,
		})
	}
}

test_marketing_is_permitted_until_the_objection_where_that_is_settled[place] if {
	some place, [act, cite] in {
		"GB": ["uk-gdpr", "uk-gdpr-6-1-f"],
		"CH": ["ch-fadp", "ch-fadp-30"],
		"CA": ["ca-pipeda", "ca-pipeda-4-3"],
		"JP": ["jp-appi", "jp-appi-17"],
	}
	answer == {"permits": {asking.said("marketing_permitted", act, [cite])}} with input as asked({
		"jurisdiction": place,
		"purpose": "direct_marketing",
	})
}

test_marketing_waits_for_counsel_where_it_is_not_settled[place] if {
	some place, [act, cite] in {
		"HK": ["hk-pdpo", "hk-pdpo-dpp1"],
		"CA-QC": ["ca-qc-p39-1", "ca-qc-p39-1-12"],
		"TR": ["tr-kvkk", "tr-kvkk-5"],
	}
	answer == {"denies": {asking.said("needs_counsel", act, [cite])}} with input as asked({
		"jurisdiction": place,
		"purpose": "direct_marketing",
	})
}

test_nobody_else_markets_where_a_basis_is_asked[recipient] if {
	some recipient in {"microsoft", "advertiser"}
	answer == {"denies": {no_basis}} with input as asked({"recipient": recipient, "purpose": "direct_marketing"})
}

test_others_market_too_where_no_basis_is_asked[recipient] if {
	some recipient in {"microsoft", "advertiser"}
	answer == {"permits": {asking.said("marketing_permitted", "ch-fadp", ["ch-fadp-30"])}} with input as asked({
		"jurisdiction": "CH",
		"recipient": recipient,
		"purpose": "direct_marketing",
	})
}

# Japan asks consent before data is provided to a third party, for whatever purpose.
test_japan_gives_nothing_to_strangers_without_consent[purpose] if {
	some purpose in {"direct_marketing", "personalise_content", "improve_services"}
	answer == {"denies": {asking.said("no_legal_basis", "jp-appi", ["jp-appi-17"])}} with input as asked({
		"jurisdiction": "JP",
		"recipient": "advertiser",
		"purpose": purpose,
	})
}

test_interests_that_are_not_settled_wait_for_counsel[place] if {
	some place, [act, cite] in {
		"CA-QC": ["ca-qc-p39-1", "ca-qc-p39-1-12"],
		"CN": ["cn-pipl", "cn-pipl-13"],
		"AR": ["ar-25326", "ar-25326-5"],
		"AE": ["ae-pdpl", "ae-pdpl-4"],
	}
	answer == {"denies": {asking.said("needs_counsel", act, [cite])}} with input as asked({"jurisdiction": place})
	answer == {"denies": {asking.said("no_legal_basis", act, [cite])}} with input as asked({
		"jurisdiction": place,
		"recipient": "advertiser",
	})
}

test_interests_carry_no_disclosure_to_outsiders[recipient] if {
	some recipient in {"advertiser", "public"}
	answer == {"denies": {no_basis}} with input as asked({"recipient": recipient})
	answer == {"permits": {gdpr("legitimate_interests", ["eu-gdpr-6-1-f"])}} with input as asked({
		"recipient": recipient,
		"data": "page_context",
	})
}

test_the_service_publishes_posts_and_profiles_and_nothing_else if {
	publishing := {"recipient": "public", "purpose": "service_core"}
	every category in {"profile", "public_posts"} {
		answer == {"permits": {gdpr("contract", ["eu-gdpr-6-1-b"])}} with input as asked(object.union(publishing, {"data": category}))
	}
	every category in {"private_messages", "salary", "resume"} {
		answer == {"denies": {no_basis}} with input as asked(object.union(publishing, {"data": category}))
	}
	answer == {"permits": {gdpr("legal_obligation", ["eu-gdpr-6-1-c"])}} with input as asked({
		"recipient": "public",
		"purpose": "legal_duty",
		"data": "salary",
	})
}

test_contextual_advertising_uses_the_page_and_a_coarse_location_at_most if {
	every category in {"page_context", "coarse_location"} {
		answer == {"permits": {gdpr("legitimate_interests", ["eu-gdpr-6-1-f"])}} with input as asked({
			"purpose": "ads_contextual",
			"data": category,
		})
	}
	answer == {"denies": {no_basis}} with input as asked({"purpose": "ads_contextual"})
}

test_off_site_data_is_measured_and_tools_improved_with_it_only_by_consent[purpose] if {
	some purpose in {"ads_measurement", "ads_improve_tools"}
	off_site := {"purpose": purpose, "data": "offsite_activity"}
	answer == {"denies": {no_basis}, "missing": {"choices.consent_ads"}} with input as asked(off_site)
	answer == {"denies": {no_basis}} with input as asked(object.union(off_site, {"choices": {"consent_ads": "refused"}}))
	object.keys(answer) == {"permits"} with input as asked(object.union(off_site, {"choices": {"consent_ads": "given"}}))
}

test_off_site_data_for_other_uses_waits_for_no_consent_here if {
	answer == {"permits": {gdpr("legitimate_interests", ["eu-gdpr-6-1-f"])}} with input as asked({"data": "offsite_activity"})
}

test_where_off_site_data_asks_no_consent_its_measurement_asks_none[place] if {
	some place in {"CH", "CA", "HK", "ZA", "MX", "ZZ"}
	object.keys(answer) == {"permits"} with input as asked({
		"jurisdiction": place,
		"purpose": "ads_measurement",
		"data": "offsite_activity",
	})
}

# Both regimes ask consent for off-site data, with low confidence.
test_unsettled_off_site_data_is_not_measured_on_interests[place] if {
	some place, [act, cite] in {"TH": ["th-pdpa", "th-pdpa-24"], "ID": ["id-pdp", "id-pdp-20"]}
	every choice in {"none", "given"} {
		answer.denies[asking.said("no_legal_basis", act, [cite])] with input as asked({
			"jurisdiction": place,
			"purpose": "ads_measurement",
			"data": "offsite_activity",
			"choices": {"consent_ads": choice},
		})
	}
}

# What these regimes ask for Microsoft's ads they ask for measuring and improving them.
test_an_affiliate_s_ads_are_not_improved_without_the_consent_they_need[place] if {
	some place in {"BR", "HK", "JP", "KR", "SA", "TR", "ZA"}
	every purpose in {"ads_measurement", "ads_improve_tools"} {
		measuring := {"jurisdiction": place, "recipient": "microsoft", "purpose": purpose, "data": "profile"}
		every choice in {"none", "refused", "withdrawn"} {
			answer.denies with input as asked(object.union(measuring, {"choices": {"consent_ads": choice}}))
		}
		object.keys(answer) == {"permits"} with input as asked(object.union(
			measuring,
			{"choices": {"consent_ads": "given"}},
		))
		object.keys(answer) == {"permits"} with input as asked(object.union(measuring, {"recipient": "linkedin_corporation"}))
	}
}

# What is known of these acts is of low confidence.
test_interests_that_are_not_settled_carry_nothing[place] if {
	some place in {"ID", "IL", "NZ", "SG", "TH"}
	every purpose in {"personalise_content", "improve_services", "ads_measurement"} {
		answer.denies with input as asked({"jurisdiction": place, "purpose": purpose})
	}
	every purpose in {"service_core", "security_fraud", "legal_duty"} {
		object.keys(answer) == {"permits"} with input as asked({"jurisdiction": place, "purpose": purpose})
	}
}

test_marketing_that_is_not_settled_is_not_sent[place] if {
	some place in {"AR", "NZ", "TH", "ZA"}
	{said.reason | some said in answer.denies} == {"needs_counsel"} with input as asked({
		"jurisdiction": place,
		"purpose": "direct_marketing",
	})
}

# To a company outside the vocabulary's group every recipient is another company.
test_whatever_is_given_to_strangers_needs_more_than_interests[place] if {
	some place in {"DE", "GB", "JP", "KR"}
	every recipient in {"advertiser", "linkedin_corporation", "microsoft"} {
		answer.denies with input as asked({
			"controller": "generic",
			"recipient": recipient,
			"jurisdiction": place,
			"purpose": "improve_services",
			"data": "feed_activity",
		})
	}
}

# These regimes know no legitimate interests, so no use is permitted by that name.
test_security_does_not_rest_on_interests_the_regime_does_not_know[place] if {
	some place, [act, cite] in {
		"AE": ["ae-pdpl", "ae-pdpl-4"],
		"CN": ["cn-pipl", "cn-pipl-13"],
		"AR": ["ar-25326", "ar-25326-5"],
	}
	answer == {"permits": {asking.said("security", act, [cite])}} with input as asked({
		"jurisdiction": place,
		"purpose": "security_fraud",
	})
}

test_purposes_with_a_rule_of_their_own_are_out_of_scope[purpose] if {
	some purpose in {
		"ads_personalised", "ads_predict_interests", "train_ai_content", "sell_data",
		"publish_synthetic_likeness", "impersonate",
	}
	not rule.in_scope with input as asked({"purpose": purpose})
}

test_it_binds_from_the_first_day_of_the_regime[place] if {
	some place, [before, first] in {
		"DE": ["2018-05-24", "2018-05-25"],
		"BR": ["2020-09-17", "2020-09-18"],
		"IL": ["2025-08-13", "2025-08-14"],
	}
	not answer with input as asked({"jurisdiction": place, "on": before})
	answer with input as asked({"jurisdiction": place, "on": first})
}

test_india_changes_its_regime_in_may_2027 if {
	service := {"jurisdiction": "IN", "purpose": "service_core"}
	answer == {"permits": {asking.said("within_the_stated_purpose", "in-spdi", ["in-spdi-4"])}} with input as asked(object.union(
		service,
		{"on": "2027-05-13"},
	))
	answer == {"permits": {asking.said("contract", "in-dpdp", ["in-dpdp-7"])}} with input as asked(object.union(
		service,
		{"on": "2027-05-14"},
	))
}

test_the_united_states_and_unknown_places_are_out_of_place if {
	not rule.in_place with input as asked({"jurisdiction": "US-CA"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

gdpr(reason, cites) := asking.said(reason, "eu-gdpr", cites)

no_basis := gdpr("no_legal_basis", ["eu-gdpr-6-1-a", "eu-gdpr-6-1-f"])

asked(changes) := asking.about(object.union(
	{"jurisdiction": "DE", "recipient": "linkedin_ireland", "purpose": "personalise_content"},
	changes,
))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}
