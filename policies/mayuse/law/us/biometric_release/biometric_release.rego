# METADATA
# title: Release for biometric identifiers
# description: Biometric identifiers are used only with a written release.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     consent_given: the person consented to this use
#     no_consent: the person has not consented to this use
package mayuse.law.us.biometric_release

import data.mayuse.shared.place

row := place.us_state.biometric

in_place if row

in_force := row

in_scope if {
	input.data == "biometric"
	input.purpose != "legal_duty"
}

consented if input.choices.consent_special_category == "given"

permits contains said("consent_given") if consented

denies contains said("no_consent") if not consented

missing contains "choices.consent_special_category" if input.choices.consent_special_category == "none"

said(reason) := {"reason": reason, "act": row.act, "cites": row.cites}
