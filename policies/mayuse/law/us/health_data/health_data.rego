# METADATA
# title: Consumer health data
# description: Consent is needed to collect or share health data beyond the service the person asked for.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     consent_given: the person consented to this use
#     no_consent: the person has not consented to this use
#     no_authorization: a sale takes a signed authorization, which no choice records
package mayuse.law.us.health_data

import data.mayuse.shared.place
import data.mayuse.shared.use

row := place.us_state.health

in_place if row

in_force := row

in_scope if {
	input.data == "health"
	not use.necessary
}

consented if input.choices.consent_special_category == "given"

permits contains said("consent_given") if consented

denies contains said("no_consent") if not consented

denies contains said("no_authorization") if {
	row.sale_needs_authorization
	input.purpose == "sell_data"
}

missing contains "choices.consent_special_category" if input.choices.consent_special_category == "none"

said(reason) := {"reason": reason, "act": row.act, "cites": row.cites}
