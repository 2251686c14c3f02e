# METADATA
# title: Deepfakes and impersonation on LinkedIn
# description: The User Agreement forbids manipulated media that wrongfully depicts a person, and posing as somebody else.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     wrongful_depiction: the terms forbid manipulated media that wrongfully depicts a person
#     impersonation: the terms forbid a false identity and posing as somebody else
package mayuse.terms.linkedin.wrongful_content

import data.mayuse.facts.always
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if use.depicts

denies contains {
	"reason": "wrongful_depiction",
	"act": "linkedin-ua-2025-11-03",
	"cites": ["linkedin-ua-2025-11-03-8.2-18"],
} if {
	input.purpose == "publish_synthetic_likeness"
}

denies contains {
	"reason": "impersonation",
	"act": "linkedin-ua-2025-11-03",
	"cites": ["linkedin-ua-2025-11-03-8.2-1"],
} if {
	input.purpose == "impersonate"
}
