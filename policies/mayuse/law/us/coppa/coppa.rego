# METADATA
# title: Children under 13 (COPPA)
# description: Data of a child known to be under 13 is used only with a parent's verifiable consent, save to keep the service safe and to obey the law.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     parent_consented: a parent gave verifiable consent
#     no_parental_consent: no parent gave verifiable consent
package mayuse.law.us.coppa

import data.mayuse.facts.acts
import data.mayuse.facts.vocabulary
import data.mayuse.shared.place
import data.mayuse.shared.use

in_place if place.us

in_force := acts["us-coppa"]

in_scope if {
	vocabulary.ages_under["13"][input.age]
	use.about_the_person
	not use.safety_or_duty
}

consented if input.choices.consent_minor == "given"

permits contains said("parent_consented") if consented

denies contains said("no_parental_consent") if not consented

missing contains "choices.consent_minor" if input.choices.consent_minor == "none"

said(reason) := {"reason": reason, "act": "us-coppa", "cites": ["us-coppa-6502"]}
