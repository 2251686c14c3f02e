# METADATA
# title: No place
# description: Its rule is asked only where the person's place is not known.
package mayuse.areas.unknown

in_place if input.jurisdiction == "unknown"
