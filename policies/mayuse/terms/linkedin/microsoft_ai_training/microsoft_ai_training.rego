# METADATA
# title: Microsoft trains AI on LinkedIn data
# description: LinkedIn shares public content with Microsoft for its models where its notices offer that, which is not the European Economic Area or Switzerland.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     setting_is_not_off: the member has not turned off training on their data
#     setting_is_off: the member turned off training on their data, which binds affiliates too
#     these_terms_not_yet_in_force: on that day LinkedIn's terms did not offer this in this place
#     not_offered_here: LinkedIn's notice for this place has no row that lets Microsoft train
#     disputed: whether LinkedIn shares with Microsoft for training in this place is not clear from its texts
#     data_is_not_shared: only public content is shared with Microsoft for training
#     data_is_never_trained_on: LinkedIn says that neither it nor its affiliates ever train on this data, whatever the setting
#     believed_under_18: LinkedIn does not train on members it believes to be under 18, even with the setting on
#     objected: the member objected to processing on legitimate interests
package mayuse.terms.linkedin.microsoft_ai_training

import data.mayuse.facts.always
import data.mayuse.facts.linkedin as terms
import data.mayuse.shared.linkedin
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if {
	input.purpose == "train_ai_content"
	input.recipient == "microsoft"
}

offer := linkedin.row.microsoft_trains

uk if linkedin.row.region == "gb"

setting_is_off if input.choices.ai_training == "off"

permits contains said("setting_is_not_off", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-uk"]) if {
	offered
	uk
	not setting_is_off
}

permits contains said("setting_is_not_off", "linkedin-pp-2024-09-18", ["linkedin-pp-2024-09-18-affiliates"]) if {
	offered
	not uk
	not setting_is_off
	input.on < "2025-11-03"
}

permits contains said("setting_is_not_off", "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-3.4"]) if {
	offered
	not uk
	not setting_is_off
	input.on >= "2025-11-03"
}

offered if {
	offer.status == "offered"
	input.on >= offer.from
}

denies contains said("setting_is_off", "linkedin-help-ai", ["linkedin-help-ai-setting"]) if setting_is_off

denies contains said("these_terms_not_yet_in_force", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-uk"]) if {
	uk
	input.on < offer.from
}

denies contains said("these_terms_not_yet_in_force", "linkedin-pp-2024-09-18", ["linkedin-pp-2024-09-18-affiliates"]) if {
	not uk
	offer.status == "offered"
	input.on < offer.from
}

denies contains said("not_offered_here", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-rows"]) if {
	offer.status == "not_offered"
}

denies contains said("disputed", "linkedin-regions", ["linkedin-regions-ads"]) if offer.status in {"disputed", "unknown"}

denies contains said("data_is_not_shared", "linkedin-pp-2024-09-18", ["linkedin-pp-2024-09-18-affiliates"]) if {
	not uk
	input.on < "2025-11-03"
	input.data != "public_posts"
}

denies contains said("data_is_not_shared", "linkedin-pp-2025-11-03", ["linkedin-pp-2025-11-03-3.4"]) if {
	not uk
	input.on >= "2025-11-03"
	input.data != "public_posts"
}

denies contains said("data_is_not_shared", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-uk"]) if {
	uk
	input.data != "public_posts"
}

denies contains said("data_is_never_trained_on", "linkedin-help-ai", ["linkedin-help-ai-data"]) if {
	terms.never_trained_on[input.data]
}

denies contains said("believed_under_18", "linkedin-help-ai", ["linkedin-help-ai-minors"]) if use.minor

denies contains said("objected", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-objection"]) if {
	uk
	input.choices.objection_legitimate_interest == "raised"
}

said(reason, act, cites) := {"reason": reason, "act": act, "cites": cites}
