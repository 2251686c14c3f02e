# METADATA
# title: LinkedIn runs its service
# description: LinkedIn's companies use member data to run, secure, recommend and improve; ranking is outside the AI setting and the browser signal. Members in Europe may object.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     part_of_the_service: the terms describe this use as part of the service
#     these_terms_not_yet_in_force: on that day these terms were not in force, and the earlier ones are not encoded
#     data_is_not_used: the terms do not use this data for this purpose
#     objected: the member objected to this use
package mayuse.terms.linkedin.service

import data.mayuse.facts.always
import data.mayuse.facts.linkedin as terms
import data.mayuse.shared.linkedin
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if {
	use.necessary
	use.in_house
}

in_scope if {
	chosen
	use.in_house
}

chosen if use.kinds.chosen_by_the_service

begun if input.on >= "2025-11-03"

european if linkedin.row.region in {"eea", "ch", "gb"}

used if use.necessary

used if terms.served_from[input.data]

used if {
	input.purpose == "recruiting_match"
	input.data == "job_application"
}

objected if {
	european
	chosen
	input.choices.objection_legitimate_interest == "raised"
}

objected if {
	input.purpose == "direct_marketing"
	input.choices.objection_direct_marketing == "raised"
}

permits contains said("part_of_the_service", cites) if {
	begun
	used
	not objected
}

denies contains said("these_terms_not_yet_in_force", cites) if not begun

denies contains said("data_is_not_used", cites) if {
	begun
	not used
}

denies contains said("objected", ["linkedin-pp-2025-11-03-2"]) if {
	begun
	objected
}

cites := ["linkedin-pp-2025-11-03-2"]

said(reason, provisions) := {"reason": reason, "act": "linkedin-pp-2025-11-03", "cites": provisions}
