# METADATA
# title: Advertising to minors
# description: For a person known to be of the ages the regime protects, advertising chosen for them is banned or asks the consent of a parent.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     parent_consented: a parent or guardian consented
#     no_parental_consent: no parent or guardian consented
#     banned: the regime bans or advises against advertising chosen for minors, whatever the consent
#     needs_counsel: what this regime asks for advertising to minors is not settled in our facts
package mayuse.law.world.minor_ads

import data.mayuse.shared.place
import data.mayuse.shared.use

regime := place.regime

cell := regime.minor_ads

in_place if cell

in_force := cell

in_scope if {
	use.profiling_ads
	use.about_the_person
	cell.ages[input.age]
}

consented if input.choices.consent_minor == "given"

permits contains said("parent_consented") if {
	cell.model == "parental_consent"
	consented
}

denies contains said("no_parental_consent") if {
	cell.model == "parental_consent"
	not consented
}

denies contains said("banned") if cell.model == "banned"

denies contains said("needs_counsel") if cell.model == "needs_counsel"

missing contains "choices.consent_minor" if {
	cell.model == "parental_consent"
	input.choices.consent_minor == "none"
}

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
