# METADATA
# title: Browser opt-out signal
# description: A signal is an opt-out from sale.
# custom:
#   owner: tests
#   last_read: "2026-11-23"
#   reasons:
#     signal_on: the browser sends an opt-out signal
#     signal_off: no opt-out signal is sent
package mayuse.law.world.signal

in_place if input.jurisdiction == "AA"

in_force := {"from": "2020-01-01", "until": "9999-12-31"}

in_scope if input.purpose == "sell"

signal_off if input.signals.gpc == false

permits contains {"reason": "signal_off", "act": "act-a", "cites": ["act-a-2", "act-a-1"]} if signal_off

denies contains {"reason": "signal_on", "act": "act-a", "cites": ["act-a-1", "act-a-2"]} if not signal_off
