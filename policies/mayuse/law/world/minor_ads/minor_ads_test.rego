package mayuse.law.world.minor_ads_test

import data.mayuse.law.world.minor_ads as rule
import data.mayuse.shared.asking

test_a_ban_holds_from_its_first_day_up_to_its_last_age[place] if {
	some place, [before, first, oldest, too_old, act, cite] in {
		"CA": ["2000-12-31", "2001-01-01", "12", "13", "ca-pipeda", "ca-pipeda-children"],
		"KR": ["2023-09-14", "2023-09-15", "13", "14", "kr-pipa", "kr-pipa-22-2"],
		"BR": ["2026-03-16", "2026-03-17", "17", "adult", "br-eca-digital", "br-eca-digital-ads"],
		"AE": ["2025-12-31", "2026-01-01", "17", "adult", "ae-child", "ae-child-ads"],
		"IN": ["2027-05-13", "2027-05-14", "17", "adult", "in-dpdp", "in-dpdp-9-3"],
	}
	minor := {"jurisdiction": place, "age": oldest, "choices": {"consent_minor": "given", "consent_ads": "given"}}
	not answer with input as asked(object.union(minor, {"on": before}))
	answer == {"denies": {asking.said("banned", act, [cite])}} with input as asked(object.union(minor, {"on": first}))
	not rule.in_scope with input as asked(object.union(minor, {"age": too_old, "on": first}))
}

# The Children's Code asks for the child's best interests and bans nothing; whom it lets through is not settled.
test_britain_weighs_the_child_s_interests_from_september_2021 if {
	minor := {"jurisdiction": "GB", "age": "17", "choices": {"consent_minor": "given", "consent_ads": "given"}}
	not answer with input as asked(object.union(minor, {"on": "2021-09-01"}))
	answer == {"denies": {asking.said("needs_counsel", "uk-gdpr", ["uk-gdpr-childrens-code"])}} with input as asked(object.union(
		minor,
		{"on": "2021-09-02"},
	))
	not rule.in_scope with input as asked(object.union(minor, {"age": "adult", "on": "2021-09-02"}))
}

test_a_parent_s_consent_decides_in_some_places[place] if {
	some place, [oldest, too_old, act, cite] in {
		"CA-QC": ["13", "14", "ca-qc-p39-1", "ca-qc-p39-1-14"],
		"ZA": ["17", "adult", "za-popia", "za-popia-34"],
		"SA": ["17", "adult", "sa-pdpl", "sa-pdpl-13"],
	}
	minor := {"jurisdiction": place, "age": oldest}
	denied := {asking.said("no_parental_consent", act, [cite])}
	answer == {"denies": denied, "missing": {"choices.consent_minor"}} with input as asked(minor)
	answer == {"denies": denied} with input as asked(object.union(minor, {"choices": {"consent_minor": "withdrawn"}}))
	answer == {"permits": {asking.said("parent_consented", act, [cite])}} with input as asked(object.union(
		minor,
		{"choices": {"consent_minor": "given"}},
	))
	not rule.in_scope with input as asked({"jurisdiction": place, "age": too_old})
}

test_what_is_not_settled_waits_for_counsel[place] if {
	some place, [act, cite] in {
		"AU": ["au-privacy", "au-privacy-children"],
		"SG": ["sg-pdpa", "sg-pdpa-children"],
		"TR": ["tr-kvkk", "tr-kvkk-children"],
		"ID": ["id-pdp", "id-pdp-25"],
	}
	answer == {"denies": {asking.said("needs_counsel", act, [cite])}} with input as asked({
		"jurisdiction": place,
		"choices": {"consent_minor": "given"},
	})
}

# The ban is in the regulations of 2024; the act itself asks for a parent below 14.
test_china_s_ban_begins_in_2024 if {
	minor := {"jurisdiction": "CN", "age": "17"}
	not answer with input as asked(object.union(minor, {"on": "2023-12-31"}))
	answer == {"denies": {asking.said("banned", "cn-minors-network", ["cn-minors-network-24"])}} with input as asked(object.union(
		minor,
		{"on": "2024-01-01"},
	))
}

test_where_no_act_is_known_minors_are_left_alone if {
	answer == {"denies": {asking.said("banned", "world-no-act", ["world-no-act-minors"])}} with input as asked({"jurisdiction": "ZZ"})
}

test_other_uses_the_page_in_view_and_unknown_ages_are_out_of_scope if {
	rule.in_scope with input as asked({"purpose": "ads_predict_interests"})
	not rule.in_scope with input as asked({"purpose": "ads_measurement"})
	not rule.in_scope with input as asked({"data": "page_context"})
	not rule.in_scope with input as asked({"age": "unknown"})
}

test_the_union_has_a_rule_of_its_own_and_other_places_none[place] if {
	some place in {"DE", "CH", "HK", "JP", "US-CA", "unknown"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "GB", "purpose": "ads_personalised", "data": "feed_activity", "age": "12"},
	changes,
))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}
