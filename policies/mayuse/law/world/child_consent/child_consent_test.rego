package mayuse.law.world.child_consent_test

import data.mayuse.law.world.child_consent as rule
import data.mayuse.shared.asking

test_a_consent_below_the_age_of_the_place_needs_a_parent[place] if {
	some place, [below, at_the_age] in {
		"BE": ["12", "13"], "AT": ["13", "14"], "FR": ["14", "15"], "DE": ["15", "16"], "ES": ["13", "14"],
		"NO": ["12", "13"], "RE": ["14", "15"], "DK": ["14", "15"],
	}
	answer.denies == {said("no_parental_consent", place)} with input as asked({"jurisdiction": place, "age": below})
	not rule.in_scope with input as asked({"jurisdiction": place, "age": at_the_age})
}

# Where advertising rests on interests a child's consent carries nothing, and does not stand in the way.
test_in_the_united_kingdom_it_is_asked_where_advertising_needs_consent if {
	outside := {"jurisdiction": "GB", "recipient": "advertiser"}
	answer.denies == {said("no_parental_consent", "GB")} with input as asked(object.union(outside, {"age": "12"}))
	not rule.in_scope with input as asked(object.union(outside, {"age": "13"}))
	not rule.in_scope with input as asked({"jurisdiction": "GB", "age": "12"})
}

test_a_legal_duty_asks_nobody if {
	not rule.in_scope with input as asked({
		"purpose": "legal_duty",
		"data": "health",
		"choices": {"consent_special_category": "given"},
	})
}

# Where the age is a guess, who may be too young is not taken at their word.
test_where_the_age_is_not_settled_counsel_is_asked[place] if {
	some place, [below, at_the_age, act, cite] in {
		"CA": ["12", "13", "ca-pipeda", "ca-pipeda-children"],
		"JP": ["14", "15", "jp-appi", "jp-appi-20"],
		"AU": ["14", "15", "au-privacy", "au-privacy-children"],
		"SG": ["12", "13", "sg-pdpa", "sg-pdpa-children"],
		"TR": ["17", "adult", "tr-kvkk", "tr-kvkk-children"],
		"IL": ["17", "adult", "il-ppl", "il-ppl-1"],
		"MX": ["17", "adult", "mx-lfpdppp", "mx-lfpdppp-sensitive"],
		"AR": ["15", "16", "ar-25326", "ar-25326-7"],
		"AE": ["12", "13", "ae-pdpl", "ae-pdpl-sensitive"],
		"IN": ["17", "adult", "in-spdi", "in-spdi-5"],
		"ZZ": ["15", "16", "world-no-act", "world-no-act-minors"],
	}
	consenting := {
		"jurisdiction": place,
		"on": "2026-02-01",
		"purpose": "service_core",
		"data": "health",
		"choices": {"consent_special_category": "given"},
	}
	young := object.union(consenting, {"age": below})
	parents := object.union(young, {"choices": {"consent_special_category": "given", "consent_minor": "given"}})
	answer == {
		"denies": {asking.said("needs_counsel", act, [cite])},
		"missing": {"choices.consent_minor"},
	} with input as asked(young)
	answer == {"permits": {asking.said("parent_consented", act, [cite])}} with input as asked(parents)
	not rule.in_scope with input as asked(object.union(consenting, {"age": at_the_age}))
}

test_denmark_raised_the_age_in_2024 if {
	not rule.in_scope with input as asked({"jurisdiction": "DK", "age": "13", "on": "2023-12-31"})
	rule.in_scope with input as asked({"jurisdiction": "DK", "age": "12", "on": "2023-12-31"})
	rule.in_scope with input as asked({"jurisdiction": "DK", "age": "13", "on": "2024-01-01"})
	rule.in_scope with input as asked({"jurisdiction": "DK", "age": "14", "on": "2024-01-01"})
}

test_a_parent_s_consent_permits_and_its_absence_is_missing if {
	answer == {
		"denies": {said("no_parental_consent", "DE")},
		"missing": {"choices.consent_minor"},
	} with input as asked({})
	answer == {"denies": {said("no_parental_consent", "DE")}} with input as asked({"choices": {"consent_minor": "refused"}})
	answer == {"permits": {said("parent_consented", "DE")}} with input as asked({"choices": {"consent_minor": "given"}})
}

test_explicit_consent_to_special_data_is_a_consent_too if {
	special := {"purpose": "personalise_content", "data": "health", "choices": {"consent_ads": "none"}}
	not rule.in_scope with input as asked(special)
	rule.in_scope with input as asked(object.union(special, {"choices": {"consent_special_category": "given"}}))
}

test_where_nothing_rests_on_consent_it_is_out_of_scope[name] if {
	some name, changes in {
		"no consent was given": {"choices": {"consent_ads": "refused"}},
		"another purpose": {"purpose": "service_core"},
		"a grown-up": {"age": "adult"},
		"an unknown age": {"age": "unknown"},
	}
	not rule.in_scope with input as asked(changes)
}

# The consent that lets a device be read is a consent like another.
test_a_consent_to_reading_the_device_needs_a_parent_too[category] if {
	some category in {"device_ids", "offsite_activity"}
	answer.denies == {said("no_parental_consent", "DE")} with input as asked({
		"purpose": "ads_measurement",
		"data": category,
	})
	not rule.in_scope with input as asked({"purpose": "security_fraud", "data": category})
}

# Ages below which the person alone cannot consent, by the acts of these places.
test_other_regimes_ask_a_parent_too[place] if {
	some place, [below, at_the_age, act, cite] in {
		"CA-QC": ["13", "14", "ca-qc-p39-1", "ca-qc-p39-1-14"],
		"BR": ["11", "12", "br-lgpd", "br-lgpd-14"],
		"KR": ["13", "14", "kr-pipa", "kr-pipa-22-2"],
		"CN": ["13", "14", "cn-pipl", "cn-pipl-31"],
		"ZA": ["17", "adult", "za-popia", "za-popia-34"],
		"SA": ["17", "adult", "sa-pdpl", "sa-pdpl-13"],
	}
	consenting := {
		"jurisdiction": place,
		"purpose": "personalise_content",
		"data": "health",
		"choices": {"consent_special_category": "given"},
	}
	answer.denies == {asking.said("no_parental_consent", act, [cite])} with input as asked(object.union(
		consenting,
		{"age": below},
	))
	not rule.in_scope with input as asked(object.union(consenting, {"age": at_the_age}))
}

test_india_asks_a_parent_of_everybody_under_18_from_may_2027 if {
	advertising := {"jurisdiction": "IN", "age": "17"}
	not rule.in_scope with input as asked(object.union(advertising, {"on": "2027-05-13"}))
	answer.denies == {asking.said("no_parental_consent", "in-dpdp", ["in-dpdp-9"])} with input as asked(object.union(
		advertising,
		{"on": "2027-05-14"},
	))
}

# Where training rests on the person's switching it on, that is a consent as well.
test_a_child_does_not_switch_training_on_alone[place] if {
	some place, [age, act, cite] in {
		"CA-QC": ["13", "ca-qc-p39-1", "ca-qc-p39-1-14"],
		"IN": ["17", "in-dpdp", "in-dpdp-9"],
	}
	training := {
		"jurisdiction": place,
		"on": "2027-05-14",
		"age": age,
		"purpose": "train_ai_content",
		"data": "profile",
		"choices": {"ai_training": "on", "consent_ads": "none"},
	}
	answer.denies == {asking.said("no_parental_consent", act, [cite])} with input as asked(training)
	not rule.in_scope with input as asked(object.union(training, {"jurisdiction": "DE", "age": "13"}))
}

test_where_training_is_not_switched_on_no_consent_is_asked_for if {
	not rule.in_scope with input as asked({
		"jurisdiction": "CA-QC",
		"age": "13",
		"purpose": "train_ai_content",
		"data": "profile",
		"choices": {"ai_training": "default", "consent_ads": "none"},
	})
}

test_some_acts_ask_the_parent_whatever_the_basis[place] if {
	some place, [act, cite] in {"IN": ["in-dpdp", "in-dpdp-9"], "ZA": ["za-popia", "za-popia-34"]}
	child := {"jurisdiction": place, "on": "2027-05-14", "age": "16", "choices": {"consent_ads": "none"}}
	every purpose in {"service_core", "personalise_content", "train_ai_content"} {
		answer.denies == {asking.said("no_parental_consent", act, [cite])} with input as asked(object.union(
			child,
			{"purpose": purpose, "data": "profile"},
		))
	}
	every purpose in {"security_fraud", "legal_duty"} {
		not rule.in_scope with input as asked(object.union(child, {"purpose": purpose}))
	}
	not rule.in_scope with input as asked(object.union(child, {"age": "adult"}))
	not rule.in_scope with input as asked(object.union(child, {"purpose": "ads_contextual", "data": "page_context"}))
}

# Silence of somebody who cannot consent is no consent.
test_a_child_does_not_consent_by_silence[place] if {
	some place, [below, at_the_age] in {"CA": ["12", "13"], "MX": ["17", "adult"]}
	silent := {"jurisdiction": place, "purpose": "train_ai_content", "data": "profile", "choices": {"consent_ads": "none"}}
	{said.reason | some said in answer.denies} == {"needs_counsel"} with input as asked(object.union(
		silent,
		{"age": below},
	))
	not rule.in_scope with input as asked(object.union(silent, {"age": at_the_age}))
	not rule.in_scope with input as asked(object.union(silent, {"age": below, "purpose": "service_core"}))
}

test_it_binds_from_the_first_day_of_the_regulation if {
	not answer with input as asked({"on": "2018-05-24"})
	answer with input as asked({"on": "2018-05-25"})
}

test_other_regimes_are_out_of_place[place] if {
	some place in {"CH", "US-CA", "unknown"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

asked(changes) := asking.about(object.union(
	{
		"jurisdiction": "DE",
		"recipient": "linkedin_ireland",
		"purpose": "ads_personalised",
		"data": "feed_activity",
		"age": "15",
		"choices": {"consent_ads": "given"},
	},
	changes,
))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

said(reason, "GB") := asking.said(reason, "uk-gdpr", ["uk-gdpr-8"])

said(reason, place) := asking.said(reason, "eu-gdpr", ["eu-gdpr-8"]) if place != "GB"
