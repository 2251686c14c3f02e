# METADATA
# title: The law of places outside the United States
# description: Its rules are asked only where a regime is known.
package mayuse.areas.world

import data.mayuse.shared.place

in_place if place.regime.from
