package mayuse.shared.facts_test

import data.mayuse.facts.places
import data.mayuse.facts.vocabulary
import data.mayuse.shared.asking
import data.mayuse.shared.facts

test_whole_facts_are_well_formed if {
	facts.well_formed with input as asking.facts
}

test_a_field_that_is_missing_is_refused[field] if {
	some field in fields
	not facts.well_formed with input as json.remove(asking.facts, [field])
}

test_a_field_of_another_type_or_value_is_refused[field] if {
	some field in object.keys(asking.facts)
	every bad in {null, true, 1, "", "nonsense", [], {}} {
		not facts.well_formed with input as bent(field, bad)
	}
}

test_a_choice_of_another_value_is_refused[name] if {
	some name, _ in vocabulary.choices
	not facts.well_formed with input as choosing(name, "nonsense")
}

test_a_choice_of_another_type_is_refused if {
	every bad in {null, true, 0, "", "Default", ["default"], {"default": true}} {
		not facts.well_formed with input as choosing("ai_training", bad)
	}
}

# All choices at once: each takes its first value, then each its second, and so on.
test_a_choice_takes_each_of_its_values[turn] if {
	some turn in numbers.range(0, 3)
	facts.well_formed with input as bent("choices", {name: value |
		some name, choice in vocabulary.choices
		values := object.keys(choice.values)
		value := [value | some value in values][turn % count(values)]
	})
}

test_a_choice_takes_no_value_of_another_kind[name] if {
	some name, foreign in {
		"ai_training": "given",
		"consent_ads": "on",
		"opt_out_sale": "raised",
		"objection_direct_marketing": "requested",
	}
	not facts.well_formed with input as choosing(name, foreign)
}

test_a_signal_is_a_truth_value_and_nothing_that_looks_like_one if {
	every truth in {true, false} {
		facts.well_formed with input as bent("signals/gpc", truth)
	}
	every bad in {null, 0, 1, "", "1", "true", [], {}} {
		not facts.well_formed with input as bent("signals/gpc", bad)
	}
}

# All fields at once: each purpose, while the others go round their own ids.
test_ids_of_the_vocabulary_are_accepted if {
	every turn, purpose in [purpose | some purpose, _ in vocabulary.purposes] {
		facts.well_formed with input as asking.about({
			"purpose": purpose,
			"data": the_next(vocabulary.data, turn),
			"recipient": the_next(vocabulary.recipients, turn),
			"controller": the_next(vocabulary.controllers, turn),
		})
	}
}

the_next(words, turn) := ids[turn % count(ids)] if ids := [id | some id, _ in words]

test_every_place_is_known_and_so_is_that_none_is_known if {
	every place in object.keys(places) | {"unknown"} {
		facts.known_place with input as bent("jurisdiction", place)
	}
}

test_an_age_is_one_of_the_declared[age] if {
	some age in {"0", "17", "adult", "unknown"}
	facts.well_formed with input as bent("age", age)
}

test_another_age_is_refused[age] if {
	some age in {"-1", "18", "07", "1.0", "seven", "Adult"}
	not facts.well_formed with input as bent("age", age)
}

# An engine may take the number 7 for the key "7" of the facts; the other engine does not.
test_an_age_is_never_a_number if {
	every age in {0, 7, 17} {
		not facts.well_formed with input as bent("age", age)
	}
}

test_a_day_that_exists_is_accepted[day] if {
	some day in {
		"1900-01-01", "2000-02-29", "2024-02-29", "2025-02-28",
		"2025-04-30", "2025-12-31", "2199-12-31",
	}
	facts.known_day with input as asking.about({"on": day})
}

test_a_day_that_does_not_exist_is_refused[day] if {
	some day in {
		"1900-02-29", "2025-02-29", "2100-02-29", "2024-02-30", "2025-04-31", "2025-06-31",
		"2025-00-10", "2025-13-01", "2025-01-00", "2025-01-32", "1899-12-31", "2200-01-01",
	}
	not facts.known_day with input as asking.about({"on": day})
}

test_facts_on_a_day_that_does_not_exist_are_refused if {
	not facts.well_formed with input as asking.about({"on": "2025-02-29"})
	not facts.well_formed with input as asking.about({"on": "20251120"})
	not facts.well_formed with input as asking.about({"on": 20251120})
}

test_a_day_of_another_form_is_refused[name] if {
	some name, day in {
		"without hyphens": "20251120",
		"short day": "2025-11-3",
		"short month": "2025-1-03",
		"short year": "25-11-03",
		"day first": "20-11-2025",
		"slashes": "2025/11/20",
		"space before": " 2025-11-20",
		"space after": "2025-11-20 ",
		"time after": "2025-11-20T00:00:00Z",
		"a part too many": "2025-11-20-",
		"leap day and more": "2024-02-29-",
		"sign": "+2025-11-20",
		"number": 20251120,
		"list": ["2025", "11", "20"],
	}
	not facts.known_day with input as asking.about({"on": day})
}

# Paths of all fields, those within choices and signals too.
fields := (object.keys(asking.facts) | {concat("/", ["choices", name]) | some name, _ in vocabulary.choices}) | {"signals/gpc"}

bent(field, value) := json.patch(asking.facts, [{"op": "replace", "path": field, "value": value}])

choosing(name, value) := bent(concat("/", ["choices", name]), value)
