package mayuse.law.world.special_category_test

import data.mayuse.law.world.special_category as rule
import data.mayuse.shared.asking

test_special_categories_wait_for_explicit_consent[place] if {
	some place, [act, cite] in {
		"DE": ["eu-gdpr", "eu-gdpr-9"],
		"GB": ["uk-gdpr", "uk-gdpr-9"],
		"CH": ["ch-fadp", "ch-fadp-30-c"],
		"CA": ["ca-pipeda", "ca-pipeda-4-3-4"],
		"BR": ["br-lgpd", "br-lgpd-11"],
		"ZZ": ["world-no-act", "world-no-act-special"],
	}
	denied := {asking.said("no_explicit_consent", act, [cite])}
	answer == {"denies": denied, "missing": {"choices.consent_special_category"}} with input as asked({"jurisdiction": place})
	answer == {"denies": denied} with input as consenting(place, "refused")
	answer == {"permits": {asking.said("explicit_consent", act, [cite])}} with input as consenting(place, "given")
}

test_a_request_to_limit_ends_a_consent_but_for_the_service_itself if {
	both := {"choices": {"consent_special_category": "given", "limit_sensitive_data": "requested"}}
	answer == {"denies": {asking.said("limit_requested", "eu-gdpr", ["eu-gdpr-9"])}} with input as asked(both)
	object.keys(answer) == {"permits"} with input as asked(object.union(both, {"purpose": "service_core"}))
	answer.denies == {asking.said("no_explicit_consent", "eu-gdpr", ["eu-gdpr-9"])} with input as asked({"choices": {
		"consent_special_category": "refused",
		"limit_sensitive_data": "requested",
	}})
}

test_every_special_category_is_in_scope_for_every_use_but_a_legal_duty if {
	every category in {
		"health", "religion", "political_opinion", "sexual_orientation",
		"ethnicity", "trade_union", "biometric", "genetic",
	} {
		rule.in_scope with input as asked({"data": category})
	}
	rule.in_scope with input as asked({"purpose": "service_core"})
	not rule.in_scope with input as asked({"purpose": "legal_duty"})
}

test_other_data_is_out_of_scope[category] if {
	some category in {"profile", "precise_location", "salary", "likeness"}
	not rule.in_scope with input as asked({"data": category})
}

test_regimes_without_such_a_class_are_out_of_place[place] if {
	some place in {"HK", "NZ", "US-CA", "unknown"}
	not rule.in_place with input as asked({"jurisdiction": place})
}

test_it_binds_from_the_first_day_of_the_regime if {
	not answer with input as asked({"on": "2018-05-24"})
	answer with input as asked({"on": "2018-05-25"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "DE", "purpose": "personalise_content", "data": "health"},
	changes,
))

consenting(place, choice) := asked({
	"jurisdiction": place,
	"choices": {"consent_special_category": choice},
})

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "missing": rule.missing},
) if {
	rule.in_place
	rule.in_scope
}
