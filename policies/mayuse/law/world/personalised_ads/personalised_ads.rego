# METADATA
# title: Personalised advertising
# description: The regime asks consent, an opt-out or notice for advertising chosen for the person, and may ask more of other companies and of off-site data.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     consent_given: the person consented to this advertising
#     no_consent: the regime asks consent for this advertising and the person has given none
#     no_opt_out: the person has not opted out of this advertising
#     opted_out: the person has opted out of this advertising
#     notice_suffices: the regime asks notice, not consent, for this advertising
#     disputed: whether legitimate interests carry advertising from the typed profile is contested, so consent is asked
#     needs_counsel: what this regime asks for this advertising is not settled in our facts
#   obligations:
#     act_on_the_opt_out: the opt-out binds at once, and this is the outer limit for acting on it everywhere
#     make_withdrawal_easy: withdrawing consent is as easy as giving it
package mayuse.law.world.personalised_ads

import data.mayuse.shared.ads
import data.mayuse.shared.place
import data.mayuse.shared.use

regime := place.regime

in_place if regime.personalised_ads

in_force := regime

in_scope if use.profiling_ads

cell := ads.cell

consented if input.choices.consent_ads == "given"

opted_out if input.choices.opt_out_targeted_ads == "requested"

# Who was asked for consent and gave none has opted out. What the member typed is not what it was asked for.
opted_out if {
	input.choices.consent_ads in {"refused", "withdrawn"}
	input.data != "profile"
}

opted_out if {
	input.controller == "linkedin"
	input.recipient == "microsoft"
	input.choices.share_with_affiliates == "off"
}

opted_out if {
	input.controller == "linkedin"
	use.off_site
	input.choices.data_from_others_for_ads == "off"
}

# A request to stop binds, whatever was consented to.
default stopped := false

stopped if {
	cell.model == "opt_out"
	opted_out
}

stopped if {
	cell.model == "opt_in"
	consented
	opted_out
}

permits contains said("consent_given") if {
	cell.model == "opt_in"
	consented
	not opted_out
}

denies contains said("no_consent") if {
	cell.model == "opt_in"
	not consented
}

permits contains said("no_opt_out") if {
	cell.model == "opt_out"
	not opted_out
}

denies contains said("opted_out") if stopped

permits contains said("notice_suffices") if cell.model == "notice"

denies contains said("disputed") if cell.model == "disputed"

denies contains said("needs_counsel") if cell.model == "needs_counsel"

obliges contains {"obligation": "make_withdrawal_easy", "act": cell.act, "cites": cell.cites} if {
	cell.model == "opt_in"
	consented
	not opted_out
}

obliges contains object.union({"obligation": "act_on_the_opt_out", "act": cell.act, "cites": cell.cites}, place.within) if stopped

missing contains "choices.consent_ads" if {
	cell.model in {"opt_in", "disputed"}
	input.choices.consent_ads == "none"
}

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
