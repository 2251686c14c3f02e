# METADATA
# title: No advertising by profiling with special categories
# description: An online platform shows no advertising chosen by profiling with special categories of personal data, whatever the consent.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   only: deny
#   reasons:
#     banned: advertising on platforms must not be chosen by profiling with special categories of data
#     disputed: advertising on platforms must not be chosen by profiling with special categories of data, but whether the act binds in this country of the European Economic Area is not confirmed
package mayuse.law.eu.dsa_special_category_ads

import data.mayuse.facts.acts
import data.mayuse.shared.place
import data.mayuse.shared.use

in_place if place.row.dsa

in_force := acts["eu-dsa"]

in_scope if {
	use.profiling_ads
	use.about_the_person
	use.special_category
	bound
}

# LinkedIn was bound early, as a very large platform; others from the general date.
bound if input.controller == "linkedin"

bound if input.on >= "2024-02-17"

denies contains said("banned") if place.row.dsa == "yes"

denies contains said("disputed") if place.row.dsa == "unconfirmed"

said(reason) := {"reason": reason, "act": "eu-dsa", "cites": ["eu-dsa-26-3"]}
