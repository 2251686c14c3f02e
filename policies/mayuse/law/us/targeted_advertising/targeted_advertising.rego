# METADATA
# title: Opting out of targeted advertising
# description: Advertising chosen from activity across companies that are not affiliated is permitted until the person opts out (the model of Virginia's act).
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     no_opt_out: the person has not opted out of targeted advertising
#     opted_out: the person has opted out of targeted advertising
#   obligations:
#     act_on_the_opt_out: the opt-out is carried out within the state's term
package mayuse.law.us.targeted_advertising

import data.mayuse.shared.place
import data.mayuse.shared.use

state := place.us_state

in_place if state.targeted_advertising

in_force := state

in_scope if use.targeted

opted_out if input.choices.opt_out_targeted_ads == "requested"

# LinkedIn files this setting under the opt-out of targeted advertising.
opted_out if {
	input.controller == "linkedin"
	use.off_site
	input.choices.data_from_others_for_ads == "off"
}

permits contains said("no_opt_out") if not opted_out

denies contains said("opted_out") if opted_out

obliges contains {
	"obligation": "act_on_the_opt_out",
	"act": state.act,
	"cites": state.targeted_advertising.cites,
	"within_days": state.response_days,
} if {
	opted_out
}

said(reason) := {"reason": reason, "act": state.act, "cites": state.targeted_advertising.cites}
