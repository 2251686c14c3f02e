# METADATA
# title: Data of minors by state
# description: For a person known to be of the ages a state protects, its row asks consent or bans the use; rows follow one another as the law changes.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     consent_given: consent was given by, or for, the minor as the state asks
#     no_consent: no consent was given by, or for, the minor
#     device_refuses: the device signals a refusal, after which the state bars even asking for consent
#     banned: the state forbids this use of a minor's data whatever the consent
package mayuse.law.us.minors

import data.mayuse.facts.us_minors
import data.mayuse.shared.use

state := us_minors[input.jurisdiction]

in_place if state

in_force := state

in_scope if count(applicable) > 0

applicable contains row if {
	some row in state.rows
	row.ages[input.age]
	input.on >= row.from
	input.on <= row.until
	reached(row.scope)
}

reached("targeted") if use.targeted

reached("targeted_and_sale") if use.targeted

reached("targeted_and_sale") if use.sold

reached("targeted_sale_and_profiling") if use.targeted

reached("targeted_sale_and_profiling") if use.sold

# Who is matched with work is a decision that weighs.
reached("targeted_sale_and_profiling") if input.purpose == "recruiting_match"

reached("sharing_and_sale") if use.shared

reached("sharing_and_sale") if use.sold

reached("sale") if use.sold

reached("not_necessary") if {
	use.about_the_person
	not use.necessary
}

consented if input.choices.consent_minor == "given"

# In New York a signal of refusal is final: what consent says is not asked any more.
default device_refuses := false

device_refuses if {
	some row in applicable
	row.refusal_signal
	input.signals.gpc
}

permits contains said(row, "consent_given") if {
	some row in applicable
	row.model == "consent"
	consented
	not device_refuses
}

denies contains {"reason": "device_refuses", "act": row.act, "cites": row.refusal_signal} if {
	some row in applicable
	device_refuses
}

denies contains said(row, "no_consent") if {
	some row in applicable
	row.model == "consent"
	not consented
}

denies contains said(row, "banned") if {
	some row in applicable
	row.model == "banned"
}

missing contains "choices.consent_minor" if {
	some row in applicable
	row.model == "consent"
	input.choices.consent_minor == "none"
	not device_refuses
}

said(row, reason) := {"reason": reason, "act": row.act, "cites": row.cites}
