# METADATA
# title: Information on the person's device
# description: Identifiers read from a device, and activity tracked with them, are used beyond what the service needs only with consent.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     consent_given: the person consented to the reading of the device
#     no_consent: the person has not consented to the reading of the device
package mayuse.law.world.device_data

import data.mayuse.shared.place
import data.mayuse.shared.use

cell := place.regime.device

in_place if cell

in_force := place.regime

in_scope if {
	input.data in {"device_ids", "offsite_activity"}
	not use.necessary
}

consented if input.choices.consent_ads == "given"

permits contains said("consent_given") if consented

denies contains said("no_consent") if not consented

missing contains "choices.consent_ads" if input.choices.consent_ads == "none"

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
