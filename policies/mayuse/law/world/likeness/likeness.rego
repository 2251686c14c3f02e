# METADATA
# title: Deepfakes and impersonation outside the United States
# description: No basis carries depicting somebody falsely or posing as them; where the regime asks for none, counsel must look.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     no_legal_basis: no basis of this regime carries depicting or posing as the person
#     needs_counsel: whether this regime permits depicting or posing as the person is not settled in our facts
package mayuse.law.world.likeness

import data.mayuse.shared.place
import data.mayuse.shared.use

regime := place.regime

cell := regime.likeness

in_place if cell

in_force := regime

in_scope if use.depicts

denies contains said("no_legal_basis") if cell.model == "none"

denies contains said("needs_counsel") if cell.model == "needs_counsel"

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
