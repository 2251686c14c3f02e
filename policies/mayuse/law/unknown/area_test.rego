package mayuse.areas.unknown_test

import data.mayuse.areas.unknown as area
import data.mayuse.shared.asking

test_it_is_in_place_where_the_place_is_not_known if {
	every place in {"unknown"} {
		area.in_place with input as asking.about({"jurisdiction": place})
	}
	every place in outside {
		not area.in_place with input as asking.about({"jurisdiction": place})
	}
}

outside := {"US", "US-CA", "DE", "GB", "ZZ"}

test_none_of_its_rules_is_in_place_where_the_area_is_not if {
	every place in outside {
		not unheard with input as asking.about({"jurisdiction": place})
	}
}

unheard if {
	not area.in_place
	some slug
	data.mayuse.law.unknown[slug].in_place
}
