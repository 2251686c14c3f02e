# METADATA
# title: Are the facts whole?
# description: |
#   Every field is there and holds one of its declared values. Rules may rely on it, so that a
#   condition that is false is false, and never merely undefined.
package mayuse.shared.facts

import data.mayuse.facts.calendar
import data.mayuse.facts.places
import data.mayuse.facts.vocabulary

well_formed if {
	vocabulary.controllers[input.controller]
	vocabulary.recipients[input.recipient]
	vocabulary.purposes[input.purpose]
	vocabulary.data[input.data]
	known_place
	known_age
	is_boolean(input.signals.gpc)
	known_day
	known_choices
}

# Text only: OPA finds the row "5" of base data by the number 5, WebAssembly does not.
known_age if {
	is_string(input.age)
	vocabulary.ages[input.age]
}

# Counted in one comprehension: `every` opens a scope per choice, which OPA takes twice as long for.
known_choices if {
	known := vocabulary.choices
	count([name | some name, value in input.choices; known[name].values[value]]) == count(known)
}

known_place if places[input.jurisdiction]

known_place if input.jurisdiction == "unknown"

# A day that exists, as YYYY-MM-DD: text of any other form would still compare with dates.
known_day if {
	[year, month, day] := split(input.on, "-")
	calendar.years[year]
	calendar.days[month][day]
}

known_day if {
	[year, "02", "29"] = split(input.on, "-")
	calendar.leap_years[year]
}
