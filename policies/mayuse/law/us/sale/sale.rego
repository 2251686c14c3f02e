# METADATA
# title: Opting out of sale
# description: Selling personal data is permitted until the person opts out. A disclosure within one group is no sale, save in California where the brand decides.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     no_opt_out: the person has not opted out of sale
#     opted_out: the person has opted out of sale
package mayuse.law.us.sale

import data.mayuse.shared.place
import data.mayuse.shared.use

state := place.us_state

in_place if state.sale

in_force := state.sale

in_scope if {
	input.purpose == "sell_data"
	not use.in_the_group
}

in_scope if {
	input.purpose == "sell_data"
	state.sale.affiliates
	not use.in_house
}

opted_out if input.choices.opt_out_sale == "requested"

permits contains said("no_opt_out") if not opted_out

denies contains said("opted_out") if opted_out

said(reason) := {"reason": reason, "act": state.sale.act, "cites": state.sale.cites}
