# METADATA
# title: A state whose act is unsettled
# description: Where a bill was on its way and its outcome was not found, uses that such acts restrict are denied until somebody looks.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     needs_counsel: a comprehensive privacy act may have come into force and its outcome was not found
package mayuse.law.us.unsettled

import data.mayuse.shared.place
import data.mayuse.shared.use

row := place.us_state.unsettled

in_place if row

in_force := row

# The widest of what other states' acts ask, as it is not known which of them it will be like.
in_scope if use.shared

in_scope if input.purpose == "sell_data"

in_scope if use.sensitive

denies contains {"reason": "needs_counsel", "act": row.act, "cites": row.cites}
