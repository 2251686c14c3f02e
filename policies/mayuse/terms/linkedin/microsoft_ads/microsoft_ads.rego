# METADATA
# title: Microsoft advertises from LinkedIn data
# description: From 3 November 2025 LinkedIn shares profile, feed and ad-engagement data with Microsoft for advertising where it offers that, unless the member's setting is off or, in the United States, the browser sends a signal.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     sharing_is_not_off: the member has not turned off sharing with affiliates and partners
#     sharing_is_off: the member turned off sharing with affiliates and partners
#     signal_is_honoured: the browser sends a Global Privacy Control signal, which LinkedIn honours in the whole United States
#     these_terms_not_yet_in_force: on that day the sharing described in these terms had not begun
#     not_offered_here: LinkedIn's notice for this place has no purpose of sharing data with Microsoft for advertising
#     disputed: sources differ on whether LinkedIn shares advertising data with Microsoft in this place
#     data_is_not_shared: only profile, feed-activity and ad-engagement data is shared for advertising
package mayuse.terms.linkedin.microsoft_ads

import data.mayuse.facts.always
import data.mayuse.facts.linkedin as terms
import data.mayuse.shared.linkedin
import data.mayuse.shared.place

in_place if input.controller == "linkedin"

in_force := always

in_scope if linkedin.microsoft_ads

status := linkedin.row.microsoft_ads.status

begun if input.on >= "2025-11-03"

sharing_is_off if input.choices.share_with_affiliates == "off"

permits contains said("sharing_is_not_off", base_act, base_cites) if {
	status == "offered"
	begun
	not sharing_is_off
}

denies contains said("sharing_is_off", base_act, off_cites) if {
	begun
	sharing_is_off
}

denies contains said("signal_is_honoured", "linkedin-us-2025-11-03", ["linkedin-us-2025-11-03-gpc"]) if {
	begun
	linkedin.signal
}

denies contains said("these_terms_not_yet_in_force", "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-3.4"]) if not begun

denies contains said("not_offered_here", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-rows"]) if {
	begun
	status == "not_offered"
}

denies contains said("disputed", "linkedin-regions", ["linkedin-regions-ads"]) if {
	begun
	status in {"disputed", "unknown"}
}

denies contains said("data_is_not_shared", "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-3.4"]) if {
	begun
	not terms.shared_with_microsoft_for_ads[input.data]
}

base_act := "linkedin-us-2025-11-03" if place.us

base_act := "linkedin-pp-2025-11-03" if not place.us

base_cites := ["linkedin-pp-2025-11-03-3.4", "linkedin-us-2025-11-03-sharing"] if place.us

base_cites := ["linkedin-pp-2025-11-03-3.4"] if not place.us

off_cites := ["linkedin-help-settings-sharing", "linkedin-us-2025-11-03-sharing"] if place.us

off_cites := ["linkedin-help-settings-sharing", "linkedin-pp-2025-11-03-3.4"] if not place.us

said(reason, act, cites) := {"reason": reason, "act": act, "cites": cites}
