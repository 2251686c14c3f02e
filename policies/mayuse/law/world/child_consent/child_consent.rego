# METADATA
# title: Consent of a child
# description: Below the age the place sets, a consent counts only when it is given or authorised by a parent.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     parent_consented: a parent gave or authorised the consent
#     no_parental_consent: the person is below the age of consent and no parent authorised it
#     needs_counsel: below which age a consent needs a parent is not settled here, no parent authorised it, and the person may be too young
package mayuse.law.world.child_consent

import data.mayuse.facts.vocabulary
import data.mayuse.shared.ads
import data.mayuse.shared.place
import data.mayuse.shared.use

regime := place.regime

cell := regime.child_consent

in_place if cell

in_force := regime

in_scope if {
	relies_on_consent
	vocabulary.ages_under[age_of_consent][input.age]
}

age_of_consent := place.row.child_consent_age.before.age if input.on <= place.row.child_consent_age.before.until

age_of_consent := place.row.child_consent_age.age if input.on > object.get(
	place.row.child_consent_age,
	["before", "until"],
	"",
)

relies_on_consent if {
	ads.cell.model == "opt_in"
	input.choices.consent_ads == "given"
}

# The consent that lets a device be read is a consent like another.
relies_on_consent if {
	regime.device
	input.data in {"device_ids", "offsite_activity"}
	not use.necessary
	input.choices.consent_ads == "given"
}

# So is the switch that lets models be trained, where it must be on first.
relies_on_consent if {
	input.purpose == "train_ai_content"
	regime.ai_training.model == "setting_on"
	input.choices.ai_training == "on"
}

relies_on_consent if {
	use.special_category
	input.purpose != "legal_duty"
	input.choices.consent_special_category == "given"
}

# Some acts ask the parent whatever the basis is.
relies_on_consent if {
	cell.any_processing
	use.about_the_person
	not use.safety_or_duty
}

# Not to have opted out is a consent as well, where the act takes it for one.
relies_on_consent if {
	cell.tacit
	use.about_the_person
	not use.necessary
}

consented if input.choices.consent_minor == "given"

permits contains said("parent_consented") if consented

denies contains said("no_parental_consent") if {
	cell.model == "parental"
	not consented
}

denies contains said("needs_counsel") if {
	cell.model == "needs_counsel"
	not consented
}

missing contains "choices.consent_minor" if input.choices.consent_minor == "none"

said(reason) := {"reason": reason, "act": cell.act, "cites": cell.cites}
