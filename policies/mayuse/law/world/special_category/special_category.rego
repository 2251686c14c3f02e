# METADATA
# title: Special categories of personal data
# description: Health, belief, origin and the like are used only with explicit consent, save to comply with a legal obligation.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     explicit_consent: the person gave explicit consent to this use
#     no_explicit_consent: the person gave no explicit consent to this use
#     limit_requested: the person asked to limit the use of sensitive data, which ends the consent to it
package mayuse.law.world.special_category

import data.mayuse.shared.place
import data.mayuse.shared.use

regime := place.regime

cell := regime.special_category

in_place if cell

in_force := regime

in_scope if {
	use.special_category
	input.purpose != "legal_duty"
}

consented if input.choices.consent_special_category == "given"

permits contains said("explicit_consent") if {
	consented
	not use.limited
}

denies contains said("no_explicit_consent") if not consented

# A request to limit ends what was consented to.
denies contains said("limit_requested") if {
	consented
	use.limited
}

missing contains "choices.consent_special_category" if input.choices.consent_special_category == "none"

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
