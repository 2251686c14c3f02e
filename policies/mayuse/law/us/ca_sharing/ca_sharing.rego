# METADATA
# title: Sharing for cross-context advertising in California
# description: Passing data to a business with another brand to choose advertising is sharing, permitted until the person opts out, affiliates included.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     no_opt_out: the person has not opted out of sharing
#     opted_out: the person has opted out of sharing
#   obligations:
#     act_on_the_opt_out: the opt-out is carried out within 15 business days
package mayuse.law.us.ca_sharing

import data.mayuse.shared.place
import data.mayuse.shared.use

state := place.us_state

in_place if state.sharing

in_force := state.sharing

in_scope if use.shared

opted_out if input.choices.opt_out_targeted_ads == "requested"

# LinkedIn offers its two advertising settings as the opt-out of sharing.
opted_out if {
	input.controller == "linkedin"
	input.choices.share_with_affiliates == "off"
	not use.in_house
}

opted_out if {
	input.controller == "linkedin"
	use.off_site
	input.choices.data_from_others_for_ads == "off"
}

permits contains {"reason": "no_opt_out", "act": state.act, "cites": state.sharing.cites} if not opted_out

denies contains {"reason": "opted_out", "act": state.act, "cites": state.sharing.opt_out_cites} if opted_out

obliges contains {
	"obligation": "act_on_the_opt_out",
	"act": state.act,
	"cites": state.sharing.opt_out_cites,
	"within_days": state.response_days,
} if {
	opted_out
}
