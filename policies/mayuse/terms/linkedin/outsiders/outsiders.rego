# METADATA
# title: What outsiders receive from LinkedIn
# description: Advertisers receive device identifiers for advertising and nothing else about the member; the public sees what the member publishes.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     identifiers_for_ads: the terms give advertisers device identifiers for advertising
#     page_in_view: the page in view says nothing about the member
#     published_by_the_member: the member published this on the service
#     not_given_to_outsiders: the terms do not give this data to this recipient for this purpose
#     these_terms_not_yet_in_force: on that day these terms were not in force, and the earlier ones are not encoded
#     signal_is_honoured: the browser sends a Global Privacy Control signal, which LinkedIn honours in the whole United States
package mayuse.terms.linkedin.outsiders

import data.mayuse.facts.always
import data.mayuse.shared.linkedin
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if {
	not use.in_the_group
	not use.depicts
}

begun if input.on >= "2025-11-03"

identifiers if {
	input.recipient == "advertiser"
	input.data == "device_ids"
	input.purpose in {"ads_personalised", "ads_measurement"}
}

page if {
	input.recipient == "advertiser"
	input.data == "page_context"
	input.purpose in {"ads_contextual", "ads_measurement"}
}

published if {
	input.recipient == "public"
	input.data in {"profile", "public_posts"}
	input.purpose == "service_core"
}

given if identifiers

given if page

given if published

permits contains said("identifiers_for_ads") if {
	begun
	identifiers
}

permits contains said("page_in_view") if {
	begun
	page
}

permits contains said("published_by_the_member") if {
	begun
	published
}

denies contains said("not_given_to_outsiders") if {
	begun
	not given
}

denies contains said("these_terms_not_yet_in_force") if not begun

denies contains {
	"reason": "signal_is_honoured",
	"act": "linkedin-us-2025-11-03",
	"cites": ["linkedin-us-2025-11-03-gpc"],
} if {
	begun
	linkedin.signal
	use.profiling_ads
}

said(reason) := {"reason": reason, "act": "linkedin-pp-2025-11-03", "cites": ["linkedin-pp-2025-11-03-2.4"]}
