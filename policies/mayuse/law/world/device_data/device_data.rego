# METADATA
# title: Information on the person's device
# description: Identifiers read from a device, and activity tracked with them, are used beyond what the service needs only with consent.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     consent_given: the person consented to the reading of the device
#     statistics: reading the device for statistics that improve the service needs no consent any more
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

# The United Kingdom exempts a service's own statistics; the person may object to them as to other interests.
default exempt := false

exempt if {
	input.on >= cell.statistics.from
	input.purpose == "improve_services"
	input.data == "device_ids"
	use.in_house
}

permits contains {"reason": "statistics", "act": cell.act, "cites": cell.statistics.cites} if exempt

denies contains said("no_consent") if {
	not consented
	not exempt
}

missing contains "choices.consent_ads" if {
	input.choices.consent_ads == "none"
	not exempt
}

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
