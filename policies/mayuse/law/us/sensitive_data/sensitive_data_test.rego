package mayuse.law.us.sensitive_data_test

import data.mayuse.law.us.sensitive_data as rule
import data.mayuse.shared.asking

test_most_acts_ask_consent[state] if {
	some state in {
		"US-AL", "US-CO", "US-CT", "US-DE", "US-FL", "US-IN", "US-KY", "US-LA", "US-MN", "US-MT",
		"US-NE", "US-NH", "US-NJ", "US-OK", "US-OR", "US-RI", "US-TN", "US-TX", "US-VA", "US-VT",
	}
	reasons == {"denies": {"no_consent"}} with input as asked({"jurisdiction": state})
}

test_consent_permits if {
	answer == {"permits": {virginia("consent_given")}} with input as asked({"choices": {"consent_special_category": "given"}})
}

test_without_consent_the_use_is_denied_and_the_consent_is_missing if {
	answer == {
		"denies": {virginia("no_consent")},
		"missing": {"choices.consent_special_category"},
	} with input as asked({})
}

test_a_refusal_denies_and_nothing_is_missing[choice] if {
	some choice in {"refused", "withdrawn"}
	answer == {"denies": {virginia("no_consent")}} with input as asked({"choices": {"consent_special_category": choice}})
}

test_even_the_service_itself_asks_consent if {
	reasons == {"denies": {"no_consent"}} with input as asked({"purpose": "service_core"})
}

test_some_acts_permit_until_the_person_limits_the_use[state] if {
	some state, [act, cite] in {
		"US-CA": ["us-ca-ccpa", "us-ca-ccpa-sensitive"],
		"US-IA": ["us-ia-icdpa", "us-ia-icdpa-sensitive"],
		"US-UT": ["us-ut-ucpa", "us-ut-ucpa-sensitive"],
	}
	limited := {"jurisdiction": state, "choices": {"limit_sensitive_data": "requested"}}
	answer == {"permits": {asking.said("no_limit_requested", act, [cite])}} with input as asked({"jurisdiction": state})
	answer == {"denies": {asking.said("limit_requested", act, [cite])}} with input as asked(limited)
}

test_florida_lets_the_person_opt_out_of_what_they_consented_to if {
	both := {"consent_special_category": "given", "limit_sensitive_data": "requested"}
	opted_out := asking.said("limit_requested", "us-fl-fdbr", ["us-fl-fdbr-sensitive-opt-out"])
	answer == {"denies": {opted_out}} with input as asked({"jurisdiction": "US-FL", "choices": both})
	reasons == {"permits": {"consent_given"}} with input as asked({
		"jurisdiction": "US-FL",
		"purpose": "service_core",
		"choices": both,
	})
}

# To ask for a limit is to take back what was consented to, whether or not the act knows the request.
test_a_limit_ends_a_consent_where_the_act_asks_for_one if {
	both := {"consent_special_category": "given", "limit_sensitive_data": "requested"}
	answer == {"denies": {virginia("limit_requested")}} with input as asked({"choices": both})
	reasons == {"permits": {"consent_given"}} with input as asked({"purpose": "service_core", "choices": both})
	alone := {"limit_sensitive_data": "requested"}
	answer.denies == {virginia("no_consent")} with input as asked({"choices": alone})
}

test_a_limit_leaves_the_service_itself_alone if {
	reasons == {"permits": {"no_limit_requested"}} with input as asked({
		"jurisdiction": "US-CA",
		"purpose": "service_core",
		"choices": {"limit_sensitive_data": "requested"},
	})
}

test_maryland_asks_strict_necessity_whatever_the_consent if {
	answer == {"denies": {maryland("not_strictly_necessary")}} with input as asked({
		"jurisdiction": "US-MD",
		"choices": {"consent_special_category": "given"},
	})
	answer == {"permits": {maryland("strictly_necessary")}} with input as asked({
		"jurisdiction": "US-MD",
		"purpose": "service_core",
	})
}

test_every_sensitive_category_is_in_scope[category] if {
	some category in {
		"precise_location", "health", "religion", "political_opinion", "sexual_orientation",
		"ethnicity", "trade_union", "biometric", "genetic",
	}
	rule.in_scope with input as asked({"data": category})
}

test_ordinary_data_fraud_prevention_and_legal_duties_are_out_of_scope if {
	not rule.in_scope with input as asked({"data": "coarse_location"})
	not rule.in_scope with input as asked({"data": "salary"})
	not rule.in_scope with input as asked({"purpose": "security_fraud"})
	not rule.in_scope with input as asked({"purpose": "legal_duty"})
}

test_it_binds_from_the_first_day_of_the_act[state] if {
	some state, [before, first, expected] in {
		"US-VA": ["2022-12-31", "2023-01-01", "no_consent"],
		"US-TX": ["2024-06-30", "2024-07-01", "no_consent"],
		"US-KY": ["2025-12-31", "2026-01-01", "no_consent"],
		"US-MD": ["2026-03-31", "2026-04-01", "not_strictly_necessary"],
	}
	not reasons with input as asked({"jurisdiction": state, "on": before})
	reasons == {"denies": {expected}} with input as asked({"jurisdiction": state, "on": first})
}

# The right to limit came with the amendment that took effect in 2023, not with the act of 2020.
test_california_knows_no_limit_before_2023 if {
	limited := {"jurisdiction": "US-CA", "choices": {"limit_sensitive_data": "requested"}}
	not answer with input as asked(object.union(limited, {"on": "2022-12-31"}))
	answer.denies with input as asked(object.union(limited, {"on": "2023-01-01"}))
}

# Since 2026-01-01 the regulations treat all data of a consumer known to be under 16 as sensitive.
test_california_counts_a_child_s_data_as_sensitive_from_2026 if {
	child := {
		"jurisdiction": "US-CA",
		"data": "profile",
		"age": "15",
		"choices": {"limit_sensitive_data": "requested"},
	}
	not rule.in_scope with input as asked(object.union(child, {"on": "2025-12-31"}))
	answer == {"denies": {asking.said("limit_requested", "us-ca-ccpa", ["us-ca-ccpa-7001-minors"])}} with input as asked(object.union(
		child,
		{"on": "2026-01-01"},
	))
	reasons == {"permits": {"no_limit_requested"}} with input as asked(object.union(child, {"choices": {"limit_sensitive_data": "none"}}))
	not rule.in_scope with input as asked(object.union(child, {"age": "16"}))
	not rule.in_scope with input as asked(object.union(child, {"data": "page_context"}))
	not rule.in_scope with input as asked(object.union(child, {"jurisdiction": "US-VA"}))
}

# What one state alone counts as sensitive, from a day on.
test_some_states_count_more_as_sensitive[name] if {
	some name, [state, category, before, first, cite] in {
		"Connecticut, financial accounts": ["US-CT", "payment", "2026-06-30", "2026-07-01", "us-ct-ctdpa-sensitive-financial"],
		"New Jersey, financial information": ["US-NJ", "payment", "2025-01-14", "2025-01-15", "us-nj-njdpa-sensitive-financial"],
	}
	here := {"jurisdiction": state, "data": category}
	consented := object.union(here, {"choices": {"consent_special_category": "given"}})
	not answer with input as asked(object.union(here, {"on": before}))
	{said.cites | some said in answer.denies} == {[cite]} with input as asked(object.union(here, {"on": first}))
	{said.cites | some said in answer.permits} == {[cite]} with input as asked(object.union(consented, {"on": first}))
	not answer with input as asked(object.union(here, {"purpose": "service_core"}))
	not answer with input as asked({"jurisdiction": "US-VA", "data": category})
}

# The contents of messages, unless the business was meant to receive them: so the service itself stays free.
test_california_limits_the_contents_of_messages[category] if {
	some category in {"private_messages", "group_messages"}
	limited := {"jurisdiction": "US-CA", "data": category, "choices": {"limit_sensitive_data": "requested"}}
	denied := {asking.said("limit_requested", "us-ca-ccpa", ["us-ca-ccpa-sensitive-messages"])}
	answer == {"denies": denied} with input as asked(limited)
	answer == {"denies": denied} with input as asked(object.union(limited, {"age": "15"}))
	not answer with input as asked(object.union(limited, {"purpose": "service_core"}))
	reasons == {"permits": {"no_limit_requested"}} with input as asked({"jurisdiction": "US-CA", "data": category})
	not answer with input as asked(object.union(limited, {"on": "2022-12-31"}))
}

# Colorado came to count precise geolocation by an amendment of 2025; the other classes are older.
test_colorado_counts_precise_location_from_2025 if {
	here := {"jurisdiction": "US-CO", "data": "precise_location"}
	not answer with input as asked(object.union(here, {"on": "2024-12-31"}))
	answer.denies == {asking.said("no_consent", "us-co-cpa", ["us-co-cpa-sb-25-276"])} with input as asked(object.union(here, {"on": "2025-01-01"}))
	answer.denies with input as asked({"jurisdiction": "US-CO", "data": "health", "on": "2023-07-01"})
}

test_places_without_such_an_act_are_out[place] if {
	some place in {"US-WY", "US-NY", "US-NV", "US", "FR"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

asked(changes) := asking.about(object.union(
	{"purpose": "train_ai_content", "data": "religion", "on": "2028-01-01"},
	changes,
))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}

# The same by the ids of its reasons.
reasons := {effect: {each.reason | some each in members} |
	some effect, members in object.remove(answer, ["missing"])
} if {
	answer
}

virginia(reason) := asking.said(reason, "us-va-vcdpa", ["us-va-vcdpa-sensitive"])

maryland(reason) := asking.said(reason, "us-md-modpa", ["us-md-modpa-sensitive"])
