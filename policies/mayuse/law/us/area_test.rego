package mayuse.areas.us_test

import data.mayuse.areas.us as area
import data.mayuse.shared.asking

test_it_is_in_place_in_the_country_and_each_of_its_states if {
	every place in {"US", "US-CA", "US-WY", "US-DC"} {
		area.in_place with input as asking.about({"jurisdiction": place})
	}
	every place in outside {
		not area.in_place with input as asking.about({"jurisdiction": place})
	}
}

outside := {"CA", "CA-QC", "DE", "GB", "IN", "ZZ", "unknown"}

test_none_of_its_rules_is_in_place_where_the_area_is_not if {
	every place in outside {
		not unheard with input as asking.about({"jurisdiction": place})
	}
}

unheard if {
	not area.in_place
	some slug
	data.mayuse.law.us[slug].in_place
}
