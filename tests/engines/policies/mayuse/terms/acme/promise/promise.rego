# METADATA
# title: What Acme promises
# description: Acme sells nothing of whoever switched it off.
# custom:
#   owner: tests
#   last_read: "2026-11-23"
#   only: permit
#   reasons: {allowed_to_sell: "the setting allows it – „so“, sagt Acme"}
package mayuse.terms.acme.promise

in_place if input.controller == "acme"

in_force := {"from": "2020-01-01", "until": "9999-12-31"}

in_scope if input.choices.selling == "on"

permits contains {"reason": "allowed_to_sell", "act": "acme-terms", "cites": ["acme-terms-1"]}
