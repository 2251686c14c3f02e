package mayuse.shared.place_test

import data.mayuse.facts.places
import data.mayuse.facts.regimes
import data.mayuse.shared.asking
import data.mayuse.shared.place

test_a_place_has_its_regime[jurisdiction] if {
	some jurisdiction, regime in {"DE": "EEA", "RE": "EEA", "GB": "GB", "CA": "CA", "CA-QC": "CA-QC", "ZZ": "ZZ", "NO": "EEA"}
	place.regime_id == regime with input as asked(jurisdiction, "2026-11-23")
	place.regime == regimes[regime] with input as asked(jurisdiction, "2026-11-23")
}

test_india_changes_its_regime_in_may_2027 if {
	place.regime_id == "IN-2011" with input as asked("IN", "2027-05-13")
	place.regime_id == "IN-DPDP" with input as asked("IN", "2027-05-14")
	place.regime.name == "India" with input as asked("IN", "2027-05-14")
}

test_every_known_place_is_american_or_has_a_regime if {
	every jurisdiction, row in places {
		law_of_the_place == {row.regime} with input as asked(jurisdiction, "2026-11-23")
	}
}

law_of_the_place contains "US" if place.us

law_of_the_place contains place.regime_id if place.regime.from

test_every_state_and_nothing_else_has_a_state_s_row if {
	place.us_state.name == "California" with input as asked("US-CA", "2026-11-23")
	{jurisdiction |
		some jurisdiction, _ in places
		place.us_state.name with input as asked(jurisdiction, "2026-11-23")
	} == {jurisdiction | some jurisdiction, _ in places; startswith(jurisdiction, "US-")}
}

test_the_country_without_a_state_has_no_state_s_row if {
	place.us with input as asked("US", "2026-11-23")
	not place.us_state.name with input as asked("US", "2026-11-23")
}

test_an_unknown_place_has_nothing if {
	not place.us with input as asked("unknown", "2026-11-23")
	not place.row.regime with input as asked("unknown", "2026-11-23")
	not place.regime.from with input as asked("unknown", "2026-11-23")
	not place.us_state.name with input as asked("unknown", "2026-11-23")
	place.within == {} with input as asked("unknown", "2026-11-23")
}

asked(jurisdiction, day) := asking.about({"jurisdiction": jurisdiction, "on": day})
