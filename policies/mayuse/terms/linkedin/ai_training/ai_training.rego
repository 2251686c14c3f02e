# METADATA
# title: LinkedIn trains content-generating AI
# description: LinkedIn and its affiliates train on the data its notices name, from a day that differs by place, unless the member's setting is off, the member objected or may be under 18.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     setting_is_not_off: the member has not turned off training on their data
#     setting_is_off: the member turned off training on their data
#     these_terms_not_yet_in_force: on that day LinkedIn's terms did not offer this in this place
#     training_is_paused: on that day LinkedIn had paused training in this place
#     data_is_never_trained_on: LinkedIn says it never trains on this data, whatever the setting
#     data_is_not_named: LinkedIn's notices do not name this data for training
#     believed_under_18: LinkedIn does not train on members it believes to be under 18, even with the setting on
#     objected: the member objected to processing on legitimate interests
#     no_sign_of_training: no text of LinkedIn on training in this place was found
package mayuse.terms.linkedin.ai_training

import data.mayuse.facts.always
import data.mayuse.facts.linkedin as terms
import data.mayuse.shared.linkedin
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if {
	input.purpose == "train_ai_content"
	use.in_house
}

trains := linkedin.row.trains

european if linkedin.row.region in {"eea", "ch", "gb"}

known_to_train if trains

started if input.on >= trains.from

pauses contains pause if {
	some pause in trains.pauses
	input.on >= pause.from
	input.on <= pause.until
}

setting_is_off if input.choices.ai_training == "off"

permits contains said("setting_is_not_off", "linkedin-pp-2024-09-18", ["linkedin-help-ai-setting", "linkedin-pp-2024-09-18-ai"]) if {
	started
	not setting_is_off
	not european
	input.on < "2025-11-03"
}

permits contains said("setting_is_not_off", "linkedin-pp-2025-11-03", ["linkedin-help-ai-setting", "linkedin-pp-2025-11-03-5.3"]) if {
	started
	not setting_is_off
	not european
	input.on >= "2025-11-03"
}

permits contains said("setting_is_not_off", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-ai"]) if {
	started
	not setting_is_off
	european
}

denies contains said("setting_is_off", "linkedin-help-ai", ["linkedin-help-ai-setting"]) if setting_is_off

denies contains said("these_terms_not_yet_in_force", begins.act, [begins.cite]) if input.on < trains.from

# Said by the regulator that LinkedIn told it.
denies contains said("training_is_paused", pause.act, pause.cites) if some pause in pauses

denies contains said("data_is_never_trained_on", "linkedin-help-ai", ["linkedin-help-ai-data"]) if {
	terms.never_trained_on[input.data]
}

denies contains said("data_is_not_named", notice.act, [notice.cite]) if {
	not terms.never_trained_on[input.data]
	not terms.trained_on[input.data]
}

denies contains said("believed_under_18", "linkedin-help-ai", ["linkedin-help-ai-minors"]) if use.minor

denies contains said("objected", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-objection"]) if {
	european
	input.choices.objection_legitimate_interest == "raised"
}

denies contains said("no_sign_of_training", "linkedin-regions", ["linkedin-regions-ads"]) if not known_to_train

european_notice := {"act": "linkedin-erpn-2025-11-03", "cite": "linkedin-erpn-2025-11-03-ai"}

policy_2024 := {"act": "linkedin-pp-2024-09-18", "cite": "linkedin-pp-2024-09-18-ai"}

policy_2025 := {"act": "linkedin-pp-2025-11-03", "cite": "linkedin-pp-2025-11-03-5.3"}

# The text that began training in this place.
begins := european_notice if european

begins := policy_2024 if {
	not european
	trains.from < "2025-11-03"
}

begins := policy_2025 if {
	not european
	trains.from >= "2025-11-03"
}

# The text that names the data on that day.
notice := european_notice if european

notice := policy_2024 if {
	not european
	input.on < "2025-11-03"
}

notice := policy_2025 if {
	not european
	input.on >= "2025-11-03"
}

said(reason, act, cites) := {"reason": reason, "act": act, "cites": cites}
