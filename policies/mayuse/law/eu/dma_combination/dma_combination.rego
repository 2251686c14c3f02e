# METADATA
# title: Combination across a gatekeeper's services
# description: Data of the core platform service LinkedIn reaches other Microsoft services only with a consent made for that; contract and legitimate interests are no basis, and such a consent exists for advertising alone.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   overruled: [consent_given]
#   reasons:
#     consent_given: the person consented to the combination for advertising
#     no_consent: the person has not consented to the combination
#     no_such_consent: no consent to this combination can be recorded
#     disputed: whether the act binds in this country of the European Economic Area is not confirmed
#   obligations:
#     ask_once_a_year: after a refusal the question is put again at most once a year
package mayuse.law.eu.dma_combination

import data.mayuse.facts.acts
import data.mayuse.shared.place
import data.mayuse.shared.use

in_place if place.row.dma

in_force := acts["eu-dma"]

in_scope if {
	input.controller == "linkedin"
	input.recipient == "microsoft"
	use.about_the_person
	input.purpose != "legal_duty"
}

advertising if use.kinds.advertising_from_data

consented if {
	advertising
	input.choices.consent_dma_combination == "given"
}

binding if place.row.dma == "yes"

permits contains said("consent_given") if consented

denies contains said("no_consent") if {
	binding
	advertising
	not consented
}

denies contains said("no_such_consent") if {
	binding
	not advertising
}

denies contains said("disputed") if {
	not binding
	not consented
}

obliges contains {
	"obligation": "ask_once_a_year",
	"act": "eu-dma",
	"cites": ["eu-dma-5-2"],
} if {
	input.choices.consent_dma_combination in {"refused", "withdrawn"}
}

missing contains "choices.consent_dma_combination" if {
	advertising
	input.choices.consent_dma_combination == "none"
}

said(reason) := {"reason": reason, "act": "eu-dma", "cites": ["eu-dma-5-2"]}
