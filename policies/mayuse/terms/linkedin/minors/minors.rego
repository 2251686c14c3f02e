# METADATA
# title: Members under 18
# description: LinkedIn's minimum age is 16; what protects members of 16 and 17 in advertising stands on a page that was not read, so it is denied until somebody does.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     under_the_minimum_age: the person is under LinkedIn's minimum age of 16
#     needs_counsel: LinkedIn's protections of members aged 16 and 17 in advertising were not read
package mayuse.terms.linkedin.minors

import data.mayuse.facts.always
import data.mayuse.facts.vocabulary
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if {
	under_the_minimum_age
	not use.safety_or_duty
}

in_scope if {
	input.age in {"16", "17"}
	use.profiling_ads
	use.about_the_person
}

under_the_minimum_age if vocabulary.ages_under["16"][input.age]

denies contains {
	"reason": "under_the_minimum_age",
	"act": "linkedin-ua-2025-11-03",
	"cites": ["linkedin-ua-2025-11-03-2.1"],
} if {
	under_the_minimum_age
	input.on >= "2025-11-03"
}

# The age is no news of that day: the agreement before it had the same.
denies contains {
	"reason": "under_the_minimum_age",
	"act": "linkedin-ua-2024-11-20",
	"cites": ["linkedin-ua-2024-11-20-2.1"],
} if {
	under_the_minimum_age
	input.on < "2025-11-03"
}

denies contains {
	"reason": "needs_counsel",
	"act": "linkedin-help-minors",
	"cites": ["linkedin-help-minors-16-17"],
} if {
	not under_the_minimum_age
}
