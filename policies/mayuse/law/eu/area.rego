# METADATA
# title: The law of the European Economic Area
# description: Its rules are asked only of persons there.
package mayuse.areas.eu

import data.mayuse.shared.place

in_place if place.row.regime == "EEA"
