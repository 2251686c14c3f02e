# METADATA
# title: Opting out of sale
# description: Selling personal data is permitted until the person opts out. A disclosure within one group is no sale, save in California where the brand decides.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     no_opt_out: the person has not opted out of sale
#     opted_out: the person has opted out of sale
#   obligations:
#     act_on_the_opt_out: the opt-out is carried out within the state's term
package mayuse.law.us.sale

import data.mayuse.shared.place
import data.mayuse.shared.use

state := place.us_state

in_place if state.sale

in_force := state.sale

in_scope if use.sold

opted_out if input.choices.opt_out_sale == "requested"

permits contains said("no_opt_out") if not opted_out

denies contains said("opted_out") if opted_out

obliges contains {
	"obligation": "act_on_the_opt_out",
	"act": state.sale.act,
	"cites": state.sale.cites,
	"within_days": state.sale.response_days,
} if {
	opted_out
}

said(reason) := {"reason": reason, "act": state.sale.act, "cites": state.sale.cites}
