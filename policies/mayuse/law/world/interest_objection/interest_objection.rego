# METADATA
# title: Objection to legitimate interests
# description: A person who objects to processing on legitimate interests is left alone, as long as nobody has shown compelling grounds.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     no_objection: the person has not objected to processing on legitimate interests
#     objected: the person objected to processing on legitimate interests
#   obligations:
#     answer_the_objection: the use stops meanwhile, and this is the outer limit for the answer
package mayuse.law.world.interest_objection

import data.mayuse.shared.place
import data.mayuse.shared.use

cell := place.regime.objection

in_place if cell

in_force := place.regime

in_scope if use.kinds.on_interests

in_scope if {
	input.purpose == "ads_contextual"
	use.about_the_person
}

# Advertising rests on interests where the regime asks no consent for it.
in_scope if {
	use.profiling_ads
	place.regime.personalised_ads.model == "opt_out"
	input.choices.consent_ads != "given"
}

objected if input.choices.objection_legitimate_interest == "raised"

permits contains said("no_objection") if not objected

denies contains said("objected") if objected

obliges contains object.union({"obligation": "answer_the_objection", "act": cell.act, "cites": cell.cites}, place.within) if objected

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
