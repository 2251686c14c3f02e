# METADATA
# title: Commercial advertising to children in Quebec
# description: Quebec forbids commercial advertising directed at children under 13, whatever the consent.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     banned: Quebec forbids commercial advertising to children under 13
package mayuse.law.ca.child_ads

import data.mayuse.facts.acts
import data.mayuse.shared.place
import data.mayuse.shared.use

cell := place.regime.child_ads

in_place if cell

in_force := acts["ca-qc-cpa"]

in_scope if {
	use.profiling_ads
	cell.ages[input.age]
}

in_scope if {
	input.purpose == "ads_contextual"
	cell.ages[input.age]
}

denies contains {"reason": "banned", "act": cell.act, "cites": cell.cites}
