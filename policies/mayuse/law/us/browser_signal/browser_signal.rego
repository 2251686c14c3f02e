# METADATA
# title: Browser opt-out signal
# description: Where the state obliges controllers to honour a signal, a signal is an opt-out of sale and of advertising across companies.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     signal_on: the browser sends an opt-out signal that this state makes binding
#     signal_off: no opt-out signal is sent
#     disputed: the browser sends an opt-out signal, and readings split on whether this state makes it binding
#   obligations:
#     show_that_the_signal_was_honoured: the site shows that it treated the signal as an opt-out
package mayuse.law.us.browser_signal

import data.mayuse.shared.place
import data.mayuse.shared.use

state := place.us_state

in_place if state.signal

in_force := state.signal

in_scope if use.sold

in_scope if {
	across_companies
	input.on >= state.signal.targeted_from
}

across_companies if use.targeted

across_companies if {
	state.sharing
	use.shared
}

signal_on if input.signals.gpc

permits contains said("signal_off") if not signal_on

denies contains said("signal_on") if {
	signal_on
	state.signal.model == "mandate"
}

denies contains said("disputed") if {
	signal_on
	state.signal.model == "disputed"
}

obliges contains {
	"obligation": "show_that_the_signal_was_honoured",
	"act": state.signal.act,
	"cites": state.signal.cites,
} if {
	signal_on
	state.signal.display_from <= input.on
}

said(reason) := {"reason": reason, "act": state.signal.act, "cites": state.signal.cites}
