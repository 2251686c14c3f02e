# METADATA
# title: Deepfakes and impersonation in the United States
# description: Publishing a deepfake or impersonating somebody is deceptive and in part a crime; whether an exception applies cannot be seen from the facts, so counsel must look.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     needs_counsel: depicting or posing as the person is deceptive or a crime unless an exception applies that the facts do not show
package mayuse.law.us.likeness

import data.mayuse.facts.acts
import data.mayuse.shared.place
import data.mayuse.shared.use

in_place if place.us

in_force := acts["us-ftc-act"]

in_scope if use.depicts

denies contains {"reason": "needs_counsel", "act": "us-ftc-act", "cites": ["us-ftc-act-5"]}

denies contains {"reason": "needs_counsel", "act": "us-take-it-down", "cites": ["us-take-it-down-223h"]} if {
	input.purpose == "publish_synthetic_likeness"
	input.on >= "2025-05-19"
}

denies contains {"reason": "needs_counsel", "act": row.act, "cites": row.cites} if {
	input.purpose == "impersonate"
	row := place.us_state.impersonation
	input.on >= row.from
}
