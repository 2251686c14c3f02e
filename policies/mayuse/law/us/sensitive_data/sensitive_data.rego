# METADATA
# title: Sensitive data by state
# description: Most acts ask consent before sensitive data is used, some an opt-out or a limit on request, and Maryland strict necessity for what the person asked for, whatever the consent.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     consent_given: the person consented to this use of sensitive data
#     no_consent: the person has not consented to this use of sensitive data
#     no_limit_requested: the person has not asked to limit the use of sensitive data
#     limit_requested: the person asked to limit the use of sensitive data
#     strictly_necessary: the use is strictly necessary for the service the person asked for
#     not_strictly_necessary: the use is not strictly necessary for the service the person asked for, and consent does not cure that
package mayuse.law.us.sensitive_data

import data.mayuse.shared.place
import data.mayuse.shared.use

state := place.us_state

model := state.sensitive.model

in_place if state.sensitive

in_force := state.sensitive

# The acts leave fraud prevention and legal duties free.
in_scope if {
	sensitive_here
	not use.safety_or_duty
}

sensitive_here if {
	use.sensitive
	not counted_later
}

# A category that the state came to count as sensitive by an amendment.
default counted_later := false

counted_later if input.on < state.sensitive.later[input.data].from

# A category that is sensitive in this state alone, once it serves more than what the person asked for.
default counted_here := false

counted_here if {
	input.on >= state.sensitive.also[input.data].from
	not use.necessary
}

sensitive_here if counted_here

# California counts all that is known of a child under 16.
sensitive_here if {
	use.about_the_person
	state.sensitive.minors.ages[input.age]
	input.on >= state.sensitive.minors.from
}

consented if input.choices.consent_special_category == "given"

# Florida gives an opt-out as well, which ends what was consented to.
default opted_out := false

opted_out if {
	state.sensitive.opt_out_too
	use.limited
}

permits contains said("consent_given") if {
	model == "opt_in"
	consented
	not use.limited
}

# Elsewhere a request to limit is consent withdrawn.
denies contains said("limit_requested") if {
	model == "opt_in"
	consented
	use.limited
	not opted_out
}

denies contains {"reason": "limit_requested", "act": state.act, "cites": state.sensitive.opt_out_too} if opted_out

denies contains said("no_consent") if {
	model == "opt_in"
	not consented
}

permits contains said("no_limit_requested") if {
	model == "opt_out"
	not use.limited
}

denies contains said("limit_requested") if {
	model == "opt_out"
	use.limited
}

permits contains said("strictly_necessary") if {
	model == "strictly_necessary"
	use.necessary
}

denies contains said("not_strictly_necessary") if {
	model == "strictly_necessary"
	not use.necessary
}

missing contains "choices.consent_special_category" if {
	model == "opt_in"
	input.choices.consent_special_category == "none"
}

cites := object.get(state.sensitive, ["later", input.data, "cites"], state.sensitive.cites) if use.sensitive

cites := state.sensitive.also[input.data].cites if {
	not use.sensitive
	counted_here
}

cites := state.sensitive.minors.cites if {
	not use.sensitive
	not counted_here
}

said(reason) := {"reason": reason, "act": state.act, "cites": cites}
