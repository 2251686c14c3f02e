# METADATA
# title: LinkedIn's own advertising from its own data
# description: LinkedIn chooses, measures and improves ads on its service from profile and activity by default; in the European Economic Area and Switzerland consent is asked for all but the typed profile.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     by_default: LinkedIn uses this data for advertising on its service by default
#     consent_given: the member consented to advertising from this data
#     no_consent: LinkedIn's European notice asks consent for advertising from this data and the member has given none
#     these_terms_not_yet_in_force: on that day these terms were not in force, and the earlier ones are not encoded
#     data_is_not_used: LinkedIn's terms do not use this data for advertising
#     objected: the member objected to direct marketing
package mayuse.terms.linkedin.own_ads

import data.mayuse.facts.always
import data.mayuse.facts.linkedin as terms
import data.mayuse.shared.linkedin
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if {
	use.kinds.advertising
	use.in_house
	not use.off_site
}

begun if input.on >= "2025-11-03"

begun if earlier_notice

# The consent that the European notice asks is older than the rest of these terms.
default earlier_notice := false

earlier_notice if linkedin.earlier_european_ads

region := linkedin.row.region

asks_consent if {
	region in {"eea", "ch"}
	use.profiling_ads
	not input.data in {"profile", "page_context"}
}

european if region in {"eea", "ch", "gb"}

used if terms.advertised_from[input.data]

consented if input.choices.consent_ads == "given"

permits contains said("by_default", act, cites) if {
	begun
	used
	not asks_consent
}

permits contains said("consent_given", act, cites) if {
	begun
	used
	asks_consent
	consented
}

denies contains said("no_consent", act, cites) if {
	begun
	asks_consent
	not consented
}

denies contains said("these_terms_not_yet_in_force", act, cites) if not begun

denies contains said("data_is_not_used", act, cites) if {
	begun
	not used
}

denies contains said("objected", act, objection_cites) if {
	begun
	european
	use.profiling_ads
	input.choices.objection_direct_marketing == "raised"
}

act := "linkedin-erpn-2025-02-27" if earlier_notice

act := "linkedin-erpn-2025-11-03" if {
	european
	not earlier_notice
}

act := "linkedin-pp-2025-11-03" if not european

cites := ["linkedin-erpn-2025-02-27-ads"] if earlier_notice

cites := ["linkedin-erpn-2025-11-03-ads"] if {
	european
	not earlier_notice
}

cites := ["linkedin-pp-2025-11-03-2.4"] if not european

objection_cites := ["linkedin-erpn-2025-02-27-ads"] if earlier_notice

objection_cites := ["linkedin-erpn-2025-11-03-objection"] if not earlier_notice

said(reason, act_id, provisions) := {"reason": reason, "act": act_id, "cites": provisions}
