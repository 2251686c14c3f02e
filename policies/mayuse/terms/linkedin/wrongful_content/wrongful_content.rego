# METADATA
# title: Deepfakes and impersonation on LinkedIn
# description: The User Agreement forbids manipulated media that wrongfully depicts a person, and posing as somebody else.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     wrongful_depiction: the terms forbid manipulated media that wrongfully depicts a person
#     these_terms_not_yet_in_force: on that day the terms did not name manipulated media, and permitted nothing of the kind
#     impersonation: the terms forbid a false identity and posing as somebody else
package mayuse.terms.linkedin.wrongful_content

import data.mayuse.facts.always
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if use.depicts

named if input.on >= "2025-11-03"

denies contains said("wrongful_depiction", "linkedin-ua-2025-11-03", "linkedin-ua-2025-11-03-8.2-18") if {
	input.purpose == "publish_synthetic_likeness"
	named
}

denies contains said("these_terms_not_yet_in_force", "linkedin-ua-2024-11-20", "linkedin-ua-2024-11-20-8.2") if {
	input.purpose == "publish_synthetic_likeness"
	not named
}

denies contains said("impersonation", "linkedin-ua-2025-11-03", "linkedin-ua-2025-11-03-8.2-1") if {
	input.purpose == "impersonate"
	named
}

denies contains said("impersonation", "linkedin-ua-2024-11-20", "linkedin-ua-2024-11-20-8.2-1") if {
	input.purpose == "impersonate"
	not named
}

said(reason, act, provision) := {"reason": reason, "act": act, "cites": [provision]}
