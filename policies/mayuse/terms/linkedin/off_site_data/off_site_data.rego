# METADATA
# title: Off-LinkedIn data for advertising
# description: Activity on the sites of others improves LinkedIn's ad tools and chooses ads, never predicts one person's interests; a setting, a signal in the United States and consent in Europe decide.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     setting_is_not_off: the member has not turned off data from others for advertising
#     setting_is_off: the member turned off data from others for advertising
#     signal_is_honoured: the browser sends a Global Privacy Control signal, which LinkedIn honours in the whole United States
#     never_predicts_interests: LinkedIn says it does not predict a person's interests from off-LinkedIn data
#     these_terms_not_yet_in_force: on that day the use described in these terms had not begun
#     consent_given: the member consented to advertising from off-LinkedIn data
#     no_consent: LinkedIn asks consent in Europe for advertising from off-LinkedIn data and the member has given none
#     needs_counsel: LinkedIn's text on off-LinkedIn data for this place was not read
package mayuse.terms.linkedin.off_site_data

import data.mayuse.facts.always
import data.mayuse.shared.linkedin
import data.mayuse.shared.use

in_place if input.controller == "linkedin"

in_force := always

in_scope if {
	linkedin.off_site_ads
	use.in_house
}

region := linkedin.row.region

european if region in {"eea", "ch", "gb"}

american if region == "us"

elsewhere if region in {"canada", "hong_kong", "china", "world"}

begun if input.on >= "2025-11-03"

begun if earlier_notice

# The consent that the European notice asks is older than the rest of these terms.
default earlier_notice := false

earlier_notice if linkedin.earlier_european_ads

notice := {"act": "linkedin-erpn-2025-02-27", "cites": ["linkedin-erpn-2025-02-27-ads"]} if earlier_notice

notice := {"act": "linkedin-erpn-2025-11-03", "cites": ["linkedin-erpn-2025-11-03-ads"]} if not earlier_notice

setting_is_off if input.choices.data_from_others_for_ads == "off"

consented if input.choices.consent_ads == "given"

permits contains said("setting_is_not_off", "linkedin-us-2025-11-03", ["linkedin-us-2025-11-03-targeted"]) if {
	american
	begun
	not setting_is_off
}

permits contains said("consent_given", notice.act, notice.cites) if {
	european
	begun
	consented
}

denies contains said("no_consent", notice.act, notice.cites) if {
	begun
	european
	not consented
}

denies contains said("setting_is_off", "linkedin-us-2025-11-03", ["linkedin-help-settings-others", "linkedin-us-2025-11-03-targeted"]) if {
	begun
	american
	setting_is_off
}

denies contains said("setting_is_off", "linkedin-help-settings", ["linkedin-help-settings-others"]) if {
	begun
	not american
	setting_is_off
}

denies contains said("signal_is_honoured", "linkedin-us-2025-11-03", ["linkedin-us-2025-11-03-gpc"]) if {
	begun
	linkedin.signal
}

denies contains said("never_predicts_interests", "linkedin-us-2025-11-03", ["linkedin-us-2025-11-03-targeted"]) if {
	begun
	american
	input.purpose == "ads_predict_interests"
}

denies contains said("never_predicts_interests", "linkedin-help-settings", ["linkedin-help-settings-inference"]) if {
	begun
	not american
	input.purpose == "ads_predict_interests"
}

denies contains said("these_terms_not_yet_in_force", "linkedin-erpn-2025-11-03", ["linkedin-erpn-2025-11-03-ads"]) if {
	european
	not begun
}

denies contains said("these_terms_not_yet_in_force", "linkedin-us-2025-11-03", ["linkedin-us-2025-11-03-targeted"]) if {
	american
	not begun
}

denies contains said("needs_counsel", "linkedin-regions", ["linkedin-regions-ads"]) if elsewhere

said(reason, act, cites) := {"reason": reason, "act": act, "cites": cites}
