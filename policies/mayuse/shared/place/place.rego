# METADATA
# title: The place of the person
# description: |
#   Which regime outside the United States governs there on the day asked about. The defaults are
#   not for safety but for speed: a value is computed once, an undefined one by every rule anew.
package mayuse.shared.place

import data.mayuse.facts.places
import data.mayuse.facts.regimes
import data.mayuse.facts.us_states

# The law of the place changes on a day we know.
changes if row.regime_next

default row := {}

row := places[input.jurisdiction]

regime_id := row.regime if not changes

regime_id := row.regime if input.on < row.regime_next.from

regime_id := row.regime_next.regime if input.on >= row.regime_next.from

default regime := {}

regime := regimes[regime_id]

# Whether another company may have data about the person only with consent, or on a basis of its own.
default asks_before_disclosure := false

asks_before_disclosure if regime.asks_for_basis

asks_before_disclosure if regime.third_party_ads.model in {"opt_in", "needs_counsel"}

# The outer limit for acting on what the person asked, where the act or its practice names one.
default within := {}

within := {"within_days": regime.response_days}

# In the United States, the state known or not.
default us := false

us if row.regime == "US"

default us_state := {}

us_state := us_states[input.jurisdiction]
