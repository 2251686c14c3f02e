package mayuse.areas.world_test

import data.mayuse.areas.world as area
import data.mayuse.shared.asking

test_it_is_in_place_where_a_regime_is_known if {
	every place in {"DE", "GB", "CA-QC", "IN", "ZZ"} {
		area.in_place with input as asking.about({"jurisdiction": place})
	}
	every place in outside {
		not area.in_place with input as asking.about({"jurisdiction": place})
	}
}

outside := {"US", "US-CA", "US-WY", "unknown"}

test_none_of_its_rules_is_in_place_where_the_area_is_not if {
	every place in outside {
		not unheard with input as asking.about({"jurisdiction": place})
	}
}

unheard if {
	not area.in_place
	some slug
	data.mayuse.law.world[slug].in_place
}
