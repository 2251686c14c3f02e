package mayuse.areas.eu_test

import data.mayuse.areas.eu as area
import data.mayuse.shared.asking

test_it_is_in_place_in_the_european_economic_area_alone if {
	every place in {"DE", "NO", "RE", "AX"} {
		area.in_place with input as asking.about({"jurisdiction": place})
	}
	every place in outside {
		not area.in_place with input as asking.about({"jurisdiction": place})
	}
}

outside := {"GB", "CH", "CA-QC", "IN", "ZZ", "US", "US-CA", "unknown"}

test_none_of_its_rules_is_in_place_where_the_area_is_not if {
	every place in outside {
		not unheard with input as asking.about({"jurisdiction": place})
	}
}

unheard if {
	not area.in_place
	some slug
	data.mayuse.law.eu[slug].in_place
}
