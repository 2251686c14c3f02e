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

import data.mayuse.shared.place

cell := place.regime.child_ads

in_place if cell

in_force := {"from": "1980-04-30", "until": "9999-12-31"}

in_scope if {
	input.purpose in {"ads_personalised", "ads_predict_interests", "ads_contextual"}
	cell.ages[input.age]
}

denies contains {"reason": "banned", "act": cell.act, "cites": cell.cites}
