# METADATA
# title: Training of content-generating AI
# description: The regime lets models be trained on legitimate interests with an opt-out, after notice, or only once the person switched it on.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     no_opt_out: the person has not opted out of training, and legitimate interests or their like carry it
#     consented: the person consented to this use of sensitive data and has not opted out of training
#     opted_out: the person has opted out of training
#     notice_suffices: the regime asks notice, not consent, for training
#     switched_on: the person switched training on
#     not_switched_on: the regime asks that the person switch training on first
#     made_public: the person made this data public, which takes it out of the act
#     beyond_expectations: this data goes beyond what a person can expect to be trained on
#     no_legal_basis: no basis carries training by this recipient
#     needs_counsel: what this regime asks for training is not settled in our facts
#   obligations:
#     act_on_the_opt_out: the opt-out binds at once, and this is the outer limit for acting on it everywhere
#     offer_an_easy_opt_out: an opt-out that is easy and unconditional is offered before training
package mayuse.law.world.ai_training

import data.mayuse.facts.linkedin
import data.mayuse.shared.place
import data.mayuse.shared.use

regime := place.regime

cell := regime.ai_training

in_place if cell

in_force := regime

in_scope if input.purpose == "train_ai_content"

opted_out if input.choices.ai_training == "off"

# An opt-out by another name; where the act knows the objection as such, law/world/interest_objection hears it.
opted_out if {
	not heard_elsewhere
	input.choices.objection_legitimate_interest == "raised"
}

default heard_elsewhere := false

heard_elsewhere if regime.objection

# Consent to this very use carries it where interests do not reach.
default consented := false

consented if {
	use.special_category
	input.choices.consent_special_category == "given"
}

# Who objects has not left it on, and it is switched on for the controller's own group.
switched_on if {
	use.in_the_group
	input.choices.ai_training == "on"
	input.choices.objection_legitimate_interest != "raised"
}

unsettled_default if cell.unsettled_default

made_public if {
	cell.public_data
	input.data == "public_posts"
}

unexpected if {
	cell.named_data_only
	not linkedin.trained_on[input.data]
	use.about_the_person
	not consented
}

default strange := false

# What asks for consent before other companies are given data asks it here, too.
strange if {
	place.asks_before_disclosure
	cell.model in {"interest", "notice"}
	not use.in_the_group
	not consented
}

permits contains said("no_opt_out") if {
	cell.model == "interest"
	not opted_out
	not consented
}

permits contains said("consented") if {
	cell.model == "interest"
	not opted_out
	consented
}

denies contains said("opted_out") if {
	cell.model == "interest"
	opted_out
}

permits contains said("notice_suffices") if cell.model == "notice"

permits contains said("switched_on") if {
	cell.model == "setting_on"
	not made_public
	switched_on
}

denies contains said("not_switched_on") if {
	cell.model == "setting_on"
	not unsettled_default
	not made_public
	not switched_on
}

# Quebec: whether a switch that is on by default can be implied consent has not been decided.
denies contains said("needs_counsel") if {
	unsettled_default
	not switched_on
}

permits contains {"reason": "made_public", "act": cell.act, "cites": cell.public_data} if {
	cell.model == "setting_on"
	made_public
}

denies contains {"reason": "beyond_expectations", "act": cell.act, "cites": cell.named_data_only} if unexpected

denies contains said("no_legal_basis") if strange

denies contains said("needs_counsel") if cell.model == "needs_counsel"

obliges contains {"obligation": "offer_an_easy_opt_out", "act": cell.act, "cites": cell.cites} if {
	cell.model == "interest"
	not opted_out
}

obliges contains object.union({"obligation": "act_on_the_opt_out", "act": cell.act, "cites": cell.cites}, place.within) if {
	cell.model == "interest"
	opted_out
}

missing contains "choices.ai_training" if {
	cell.model == "setting_on"
	not made_public
	use.in_the_group
	input.choices.ai_training == "default"
}

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
