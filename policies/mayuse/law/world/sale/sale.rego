# METADATA
# title: Sale of personal data outside the United States
# description: Most regimes give no basis for selling personal data; a few permit it until the person objects.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     no_opt_out: the person has not asked to stop the sale
#     opted_out: the person has asked to stop the sale
#     no_legal_basis: no basis of this regime carries the sale, and no consent to it can be recorded
#     needs_counsel: whether this regime permits the sale is not settled in our facts
#   obligations:
#     act_on_the_opt_out: the opt-out binds at once, and this is the outer limit for acting on it everywhere
package mayuse.law.world.sale

import data.mayuse.shared.place

regime := place.regime

cell := regime.sale

in_place if cell

in_force := regime

in_scope if input.purpose == "sell_data"

opted_out if input.choices.opt_out_sale == "requested"

# An opt-out by another name: where a sale needs no consent, an objection is enough to stop it.
opted_out if input.choices.objection_legitimate_interest == "raised"

permits contains said("no_opt_out") if {
	cell.model == "opt_out"
	not opted_out
}

denies contains said("opted_out") if {
	cell.model == "opt_out"
	opted_out
}

denies contains said("no_legal_basis") if cell.model == "none"

denies contains said("needs_counsel") if cell.model == "needs_counsel"

obliges contains object.union({"obligation": "act_on_the_opt_out", "act": cell.act, "cites": cell.cites}, place.within) if {
	cell.model == "opt_out"
	opted_out
}

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
