# METADATA
# title: Objection to direct marketing
# description: A person who objects to direct marketing, profiling for it included, must not be marketed to; the objection is absolute.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     no_objection: the person has not objected to direct marketing
#     objected: the person objected to direct marketing
#   obligations:
#     stop_at_once: the use for direct marketing stops at once
package mayuse.law.world.marketing_objection

import data.mayuse.shared.place
import data.mayuse.shared.use

cell := place.regime.marketing_objection

in_place if cell

in_force := place.regime

in_scope if input.purpose == "direct_marketing"

in_scope if use.profiling_ads

objected if input.choices.objection_direct_marketing == "raised"

permits contains said("no_objection") if not objected

denies contains said("objected") if objected

obliges contains {"obligation": "stop_at_once", "act": cell.act, "cites": cell.cites} if objected

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
