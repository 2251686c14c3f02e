# METADATA
# title: Public content for Microsoft's services
# description: Outside Europe LinkedIn shares public content with its affiliates to provide and develop their services, and data to keep its own service safe.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     public_content: the terms share public content with affiliates for their services
#     security: the terms share data with affiliates to keep the service safe
#     not_public: only public content is shared with affiliates for their services
#     not_offered_here: the European notice has no such purpose
#     these_terms_not_yet_in_force: on that day these terms were not in force, and the earlier ones are not encoded
package mayuse.terms.linkedin.affiliates

import data.mayuse.facts.always
import data.mayuse.shared.linkedin

in_place if input.controller == "linkedin"

in_force := always

in_scope if {
	input.recipient == "microsoft"
	input.purpose in {"personalise_content", "improve_services", "service_core", "security_fraud"}
}

begun if input.on >= "2025-11-03"

security if input.purpose == "security_fraud"

european if linkedin.row.region in {"eea", "ch", "gb"}

public_content if input.data in {"public_posts", "page_context"}

permits contains said("security") if {
	begun
	security
}

permits contains said("public_content") if {
	begun
	not security
	public_content
	not european
}

denies contains said("not_public") if {
	begun
	not security
	not public_content
}

denies contains {
	"reason": "not_offered_here",
	"act": "linkedin-erpn-2025-11-03",
	"cites": ["linkedin-erpn-2025-11-03-rows"],
} if {
	begun
	not security
	european
}

denies contains said("these_terms_not_yet_in_force") if not begun

said(reason) := {"reason": reason, "act": "linkedin-pp-2025-11-03", "cites": ["linkedin-pp-2025-11-03-3.4"]}
