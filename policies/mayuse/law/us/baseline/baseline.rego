# METADATA
# title: What no act of the state restricts
# description: American law permits a use that none of its acts restricts, so this rule speaks for every question in a state and leaves denying to the rules on each obligation.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: permit
#   reasons:
#     not_restricted: the state's privacy act puts no restriction of its own on this use
#     act_not_yet_in_force: the state's privacy act does not reach processing on that day
#     no_state_act: the state has no comprehensive privacy act, and federal law permits what is not unfair or deceptive
#   obligations:
#     say_whether_data_trains_llms: the privacy notice says whether personal data is collected, used or sold to train large language models
package mayuse.law.us.baseline

import data.mayuse.facts.acts
import data.mayuse.shared.place

state := place.us_state

in_place if state.name

in_force := acts["us-ftc-act"]

in_scope := true

permits contains {"reason": "not_restricted", "act": state.act, "cites": state.cites} if input.on >= state.from

permits contains {"reason": "act_not_yet_in_force", "act": state.act, "cites": state.cites} if input.on < state.from

permits contains {"reason": "no_state_act", "act": "us-ftc-act", "cites": ["us-ftc-act-5"]} if state.no_act

permits contains {"reason": "no_state_act", "act": because.act, "cites": because.cites} if because := state.no_act_because

obliges contains {"obligation": "say_whether_data_trains_llms", "act": state.act, "cites": state.llm_notice.cites} if {
	input.purpose == "train_ai_content"
	input.on >= state.llm_notice.from
}
