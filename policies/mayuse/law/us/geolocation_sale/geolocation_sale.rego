# METADATA
# title: Sale of precise geolocation
# description: Some states forbid the sale of precise geolocation whatever the consent.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     sale_is_banned: this state forbids the sale of precise geolocation
package mayuse.law.us.geolocation_sale

import data.mayuse.shared.place
import data.mayuse.shared.use

state := place.us_state

in_place if state.geolocation_sale

in_force := state.geolocation_sale

in_scope if {
	input.data == "precise_location"
	input.purpose == "sell_data"
	not use.in_the_group
}

denies contains {"reason": "sale_is_banned", "act": state.act, "cites": state.geolocation_sale.cites}
