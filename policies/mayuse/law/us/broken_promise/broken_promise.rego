# METADATA
# title: A promise that would be broken
# description: Using data against an opt-out that the controller itself promised is a deceptive practice, whatever the state's act says.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     promise_kept: no opt-out that the controller promised stands against this use
#     promise_broken: the use would break an opt-out that the controller promised
package mayuse.law.us.broken_promise

import data.mayuse.shared.linkedin
import data.mayuse.shared.place

in_place if {
	place.us
	input.controller == "linkedin"
}

in_force := {"from": "2024-09-18", "until": "9999-12-31"}

in_scope if linkedin.promised

permits contains said("promise_kept") if not linkedin.opted_out

denies contains said("promise_broken") if linkedin.opted_out

said(reason) := {"reason": reason, "act": "us-ftc-act", "cites": ["us-ftc-act-5"]}
