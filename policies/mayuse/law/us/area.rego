# METADATA
# title: The law of the United States
# description: Its rules are asked only of persons there.
package mayuse.areas.us

import data.mayuse.shared.place

in_place if place.us
