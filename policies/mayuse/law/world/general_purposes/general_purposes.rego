# METADATA
# title: Uses that every service has
# description: Running the service, keeping it safe, obeying the law, recommending and improving need a basis where the regime asks for one, and are free elsewhere within the stated purpose.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     contract: the use is needed for the service the person asked for
#     legal_obligation: the use is needed to comply with a legal obligation
#     security: keeping the service and its people safe is among the uses this regime carries
#     legitimate_interests: legitimate interests carry the use
#     within_the_stated_purpose: the use stays within what the person was told
#     marketing_permitted: direct marketing is permitted until the person objects
#     no_legal_basis: no basis of this regime carries the use
#     needs_counsel: whether this regime carries the use is not settled in our facts
package mayuse.law.world.general_purposes

import data.mayuse.shared.place
import data.mayuse.shared.use

regime := place.regime

general := regime.general

in_place if general

in_force := regime

# Every purpose but those that have a rule of their own.
in_scope if use.kinds.general

permits contains said(basis, cites) if {
	reachable
	some basis, cites in bases
}

permits contains {"reason": "marketing_permitted", "act": marketing.act, "cites": marketing.cites} if {
	markets
	marketing.model != "needs_counsel"
}

denies contains {"reason": "needs_counsel", "act": marketing.act, "cites": marketing.cites} if {
	markets
	marketing.model == "needs_counsel"
}

denies contains said("needs_counsel", general.interest) if {
	reachable
	interest_unsettled
}

denies contains said("no_legal_basis", general.none) if {
	not reachable
	not markets
}

default asks_for_basis := false

asks_for_basis if regime.asks_for_basis

default knows_no_interests := false

knows_no_interests if general.interest_model

marketing := regime.direct_marketing

default markets := false

markets if {
	input.purpose == "direct_marketing"
	use.in_house
}

markets if {
	input.purpose == "direct_marketing"
	not asks_for_basis
	not given_to_strangers
}

bases["contract"] := general.contract if {
	input.purpose == "service_core"
	asks_for_basis
}

bases["legal_obligation"] := general.legal_obligation if {
	input.purpose == "legal_duty"
	asks_for_basis
}

bases["legitimate_interests"] := general.interest if {
	asks_for_basis
	input.purpose == "security_fraud"
	not knows_no_interests
}

bases["security"] := general.interest if {
	asks_for_basis
	input.purpose == "security_fraud"
	knows_no_interests
}

bases["legitimate_interests"] := general.interest if {
	asks_for_basis
	interested
	not knows_no_interests
}

bases["within_the_stated_purpose"] := general.interest if {
	not asks_for_basis
	not interest_unsettled
	input.purpose != "direct_marketing"
}

default interested := false

interested if use.kinds.general_interest

default interest_unsettled := false

interest_unsettled if {
	interested
	knows_no_interests
}

# Data that only ads by consent may use, and publication to everybody, are out of reach of these bases.
default out_of_reach := false

out_of_reach if {
	asks_for_basis
	input.recipient == "public"
	not input.data in {"public_posts", "profile", "page_context"}
	input.purpose != "legal_duty"
}

out_of_reach if {
	interested
	given_to_strangers
}

out_of_reach if {
	asks_for_basis
	input.purpose == "ads_contextual"
	not input.data in {"page_context", "coarse_location"}
}

# Of the purposes here, those that use data for advertising measure it or improve its tools.
out_of_reach if {
	use.kinds.advertising_from_data
	use.off_site
	regime.off_site_ads.model == "opt_in"
	input.choices.consent_ads != "given"
}

out_of_reach if {
	use.kinds.advertising_from_data
	use.off_site
	regime.off_site_ads.model == "needs_counsel"
}

# Where another company's ads need consent, so does what it is given to measure or improve them.
out_of_reach if affiliate_ads

out_of_reach if {
	input.purpose == "direct_marketing"
	asks_for_basis
}

out_of_reach if {
	input.purpose == "direct_marketing"
	given_to_strangers
}

default given_to_strangers := false

given_to_strangers if {
	place.asks_before_disclosure
	not use.in_the_group
	use.about_the_person
}

default affiliate_ads := false

affiliate_ads if {
	use.kinds.advertising_from_data
	use.affiliate
	use.about_the_person
	regime.third_party_ads.model in {"opt_in", "needs_counsel"}
	input.choices.consent_ads != "given"
}

default reachable := false

reachable if not out_of_reach

missing contains "choices.consent_ads" if {
	out_of_reach
	use.off_site
	regime.off_site_ads.model == "opt_in"
	input.choices.consent_ads == "none"
}

missing contains "choices.consent_ads" if {
	affiliate_ads
	regime.third_party_ads.model == "opt_in"
	input.choices.consent_ads == "none"
}

said(reason, cites) := {"reason": reason, "act": general.act, "cites": cites}
