# METADATA
# title: A state that is not known
# description: With the United States named but no state, a use is permitted only where the act of every state would permit it.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     every_state_permits: no state's act restricts this use
#     some_state_restricts: some state's act restricts this use, and the state is not known
package mayuse.law.us.state_unknown

import data.mayuse.facts.always
import data.mayuse.facts.unknown_place
import data.mayuse.shared.use

in_place if input.jurisdiction == "US"

in_force := always

in_scope := true

some_state_restricts if use.shared

some_state_restricts if input.purpose == "sell_data"

some_state_restricts if use.depicts

some_state_restricts if use.sensitive

# What some states alone count as sensitive.
some_state_restricts if {
	unknown_place.us_sensitive_in_some_states[input.data]
	not use.necessary
}

some_state_restricts if {
	unknown_place.us_limited_in_some_states[input.data]
	use.limited
}

some_state_restricts if {
	use.minor
	not use.necessary
}

permits contains said("every_state_permits") if not some_state_restricts

denies contains said("some_state_restricts") if some_state_restricts

missing contains "data_subject.jurisdiction" if some_state_restricts

said(reason) := {"reason": reason, "act": "us-ftc-act", "cites": ["us-ftc-act-5"]}
