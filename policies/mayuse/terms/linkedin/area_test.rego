package mayuse.areas.linkedin_test

import data.mayuse.areas.linkedin as area
import data.mayuse.shared.asking

test_it_is_in_place_for_linkedin_alone if {
	area.in_place with input as asking.facts
	not area.in_place with input as asking.about({"controller": "generic"})
}

test_none_of_its_rules_is_in_place_where_the_area_is_not if {
	not unheard with input as asking.about({"controller": "generic"})
	not unheard with input as asking.facts
}

unheard if {
	not area.in_place
	some slug
	data.mayuse.terms.linkedin[slug].in_place
}
