# METADATA
# title: Nothing forbids
# description: Where no act is known, the use is not restricted.
# custom: {owner: tests, last_read: "2026-11-23", only: permit, reasons: {nothing_forbids: no act of this place restricts the use}}
package mayuse.law.world.baseline

in_place := true

in_force := {"from": "1900-01-01", "until": "9999-12-31"}

in_scope := true

permits contains {"reason": "nothing_forbids", "act": "act-a", "cites": ["act-a-1"]}
