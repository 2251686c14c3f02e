# Every rule, asked in turn. Written by `mayuse policy index`: edit the rules, not this file.
package mayuse.main

said[rule] := says if {
	some rule, says in _law_ca
}

_law_ca["law/ca/child_ads"] := {
	"denies": data.mayuse.law.ca.child_ads.denies,
} if {
	data.mayuse.law.ca.child_ads.in_scope
	data.mayuse.law.ca.child_ads.in_place
	input.on >= data.mayuse.law.ca.child_ads.in_force.from
	input.on <= data.mayuse.law.ca.child_ads.in_force.until
}

said[rule] := says if {
	data.mayuse.areas.eu.in_place
	some rule, says in _law_eu
}

_law_eu["law/eu/dma_combination"] := {
	"permits": data.mayuse.law.eu.dma_combination.permits,
	"denies": data.mayuse.law.eu.dma_combination.denies,
	"obliges": data.mayuse.law.eu.dma_combination.obliges,
	"missing": data.mayuse.law.eu.dma_combination.missing,
} if {
	data.mayuse.law.eu.dma_combination.in_scope
	data.mayuse.law.eu.dma_combination.in_place
	input.on >= data.mayuse.law.eu.dma_combination.in_force.from
	input.on <= data.mayuse.law.eu.dma_combination.in_force.until
}

_law_eu["law/eu/dsa_minor_ads"] := {
	"denies": data.mayuse.law.eu.dsa_minor_ads.denies,
} if {
	data.mayuse.law.eu.dsa_minor_ads.in_scope
	data.mayuse.law.eu.dsa_minor_ads.in_place
	input.on >= data.mayuse.law.eu.dsa_minor_ads.in_force.from
	input.on <= data.mayuse.law.eu.dsa_minor_ads.in_force.until
}

_law_eu["law/eu/dsa_special_category_ads"] := {
	"denies": data.mayuse.law.eu.dsa_special_category_ads.denies,
} if {
	data.mayuse.law.eu.dsa_special_category_ads.in_scope
	data.mayuse.law.eu.dsa_special_category_ads.in_place
	input.on >= data.mayuse.law.eu.dsa_special_category_ads.in_force.from
	input.on <= data.mayuse.law.eu.dsa_special_category_ads.in_force.until
}

said[rule] := says if {
	data.mayuse.areas.unknown.in_place
	some rule, says in _law_unknown
}

_law_unknown["law/unknown/place_unknown"] := {
	"permits": data.mayuse.law.unknown.place_unknown.permits,
	"denies": data.mayuse.law.unknown.place_unknown.denies,
	"missing": data.mayuse.law.unknown.place_unknown.missing,
} if {
	data.mayuse.law.unknown.place_unknown.in_scope
	data.mayuse.law.unknown.place_unknown.in_place
	input.on >= data.mayuse.law.unknown.place_unknown.in_force.from
	input.on <= data.mayuse.law.unknown.place_unknown.in_force.until
}

said[rule] := says if {
	data.mayuse.areas.us.in_place
	some rule, says in _law_us
}

_law_us["law/us/baseline"] := {
	"permits": data.mayuse.law.us.baseline.permits,
	"obliges": data.mayuse.law.us.baseline.obliges,
} if {
	data.mayuse.law.us.baseline.in_scope
	data.mayuse.law.us.baseline.in_place
	input.on >= data.mayuse.law.us.baseline.in_force.from
	input.on <= data.mayuse.law.us.baseline.in_force.until
}

_law_us["law/us/biometric_release"] := {
	"permits": data.mayuse.law.us.biometric_release.permits,
	"denies": data.mayuse.law.us.biometric_release.denies,
	"missing": data.mayuse.law.us.biometric_release.missing,
} if {
	data.mayuse.law.us.biometric_release.in_scope
	data.mayuse.law.us.biometric_release.in_place
	input.on >= data.mayuse.law.us.biometric_release.in_force.from
	input.on <= data.mayuse.law.us.biometric_release.in_force.until
}

_law_us["law/us/broken_promise"] := {
	"permits": data.mayuse.law.us.broken_promise.permits,
	"denies": data.mayuse.law.us.broken_promise.denies,
} if {
	data.mayuse.law.us.broken_promise.in_scope
	data.mayuse.law.us.broken_promise.in_place
	input.on >= data.mayuse.law.us.broken_promise.in_force.from
	input.on <= data.mayuse.law.us.broken_promise.in_force.until
}

_law_us["law/us/browser_signal"] := {
	"permits": data.mayuse.law.us.browser_signal.permits,
	"denies": data.mayuse.law.us.browser_signal.denies,
	"obliges": data.mayuse.law.us.browser_signal.obliges,
} if {
	data.mayuse.law.us.browser_signal.in_scope
	data.mayuse.law.us.browser_signal.in_place
	input.on >= data.mayuse.law.us.browser_signal.in_force.from
	input.on <= data.mayuse.law.us.browser_signal.in_force.until
}

_law_us["law/us/ca_sharing"] := {
	"permits": data.mayuse.law.us.ca_sharing.permits,
	"denies": data.mayuse.law.us.ca_sharing.denies,
	"obliges": data.mayuse.law.us.ca_sharing.obliges,
} if {
	data.mayuse.law.us.ca_sharing.in_scope
	data.mayuse.law.us.ca_sharing.in_place
	input.on >= data.mayuse.law.us.ca_sharing.in_force.from
	input.on <= data.mayuse.law.us.ca_sharing.in_force.until
}

_law_us["law/us/coppa"] := {
	"permits": data.mayuse.law.us.coppa.permits,
	"denies": data.mayuse.law.us.coppa.denies,
	"missing": data.mayuse.law.us.coppa.missing,
} if {
	data.mayuse.law.us.coppa.in_scope
	data.mayuse.law.us.coppa.in_place
	input.on >= data.mayuse.law.us.coppa.in_force.from
	input.on <= data.mayuse.law.us.coppa.in_force.until
}

_law_us["law/us/geolocation_sale"] := {
	"denies": data.mayuse.law.us.geolocation_sale.denies,
} if {
	data.mayuse.law.us.geolocation_sale.in_scope
	data.mayuse.law.us.geolocation_sale.in_place
	input.on >= data.mayuse.law.us.geolocation_sale.in_force.from
	input.on <= data.mayuse.law.us.geolocation_sale.in_force.until
}

_law_us["law/us/health_data"] := {
	"permits": data.mayuse.law.us.health_data.permits,
	"denies": data.mayuse.law.us.health_data.denies,
	"missing": data.mayuse.law.us.health_data.missing,
} if {
	data.mayuse.law.us.health_data.in_scope
	data.mayuse.law.us.health_data.in_place
	input.on >= data.mayuse.law.us.health_data.in_force.from
	input.on <= data.mayuse.law.us.health_data.in_force.until
}

_law_us["law/us/likeness"] := {
	"denies": data.mayuse.law.us.likeness.denies,
} if {
	data.mayuse.law.us.likeness.in_scope
	data.mayuse.law.us.likeness.in_place
	input.on >= data.mayuse.law.us.likeness.in_force.from
	input.on <= data.mayuse.law.us.likeness.in_force.until
}

_law_us["law/us/message_contents"] := {
	"permits": data.mayuse.law.us.message_contents.permits,
	"denies": data.mayuse.law.us.message_contents.denies,
	"missing": data.mayuse.law.us.message_contents.missing,
} if {
	data.mayuse.law.us.message_contents.in_scope
	data.mayuse.law.us.message_contents.in_place
	input.on >= data.mayuse.law.us.message_contents.in_force.from
	input.on <= data.mayuse.law.us.message_contents.in_force.until
}

_law_us["law/us/minors"] := {
	"permits": data.mayuse.law.us.minors.permits,
	"denies": data.mayuse.law.us.minors.denies,
	"missing": data.mayuse.law.us.minors.missing,
} if {
	data.mayuse.law.us.minors.in_scope
	data.mayuse.law.us.minors.in_place
	input.on >= data.mayuse.law.us.minors.in_force.from
	input.on <= data.mayuse.law.us.minors.in_force.until
}

_law_us["law/us/sale"] := {
	"permits": data.mayuse.law.us.sale.permits,
	"denies": data.mayuse.law.us.sale.denies,
	"obliges": data.mayuse.law.us.sale.obliges,
} if {
	data.mayuse.law.us.sale.in_scope
	data.mayuse.law.us.sale.in_place
	input.on >= data.mayuse.law.us.sale.in_force.from
	input.on <= data.mayuse.law.us.sale.in_force.until
}

_law_us["law/us/sensitive_data"] := {
	"permits": data.mayuse.law.us.sensitive_data.permits,
	"denies": data.mayuse.law.us.sensitive_data.denies,
	"missing": data.mayuse.law.us.sensitive_data.missing,
} if {
	data.mayuse.law.us.sensitive_data.in_scope
	data.mayuse.law.us.sensitive_data.in_place
	input.on >= data.mayuse.law.us.sensitive_data.in_force.from
	input.on <= data.mayuse.law.us.sensitive_data.in_force.until
}

_law_us["law/us/state_unknown"] := {
	"permits": data.mayuse.law.us.state_unknown.permits,
	"denies": data.mayuse.law.us.state_unknown.denies,
	"missing": data.mayuse.law.us.state_unknown.missing,
} if {
	data.mayuse.law.us.state_unknown.in_scope
	data.mayuse.law.us.state_unknown.in_place
	input.on >= data.mayuse.law.us.state_unknown.in_force.from
	input.on <= data.mayuse.law.us.state_unknown.in_force.until
}

_law_us["law/us/targeted_advertising"] := {
	"permits": data.mayuse.law.us.targeted_advertising.permits,
	"denies": data.mayuse.law.us.targeted_advertising.denies,
	"obliges": data.mayuse.law.us.targeted_advertising.obliges,
} if {
	data.mayuse.law.us.targeted_advertising.in_scope
	data.mayuse.law.us.targeted_advertising.in_place
	input.on >= data.mayuse.law.us.targeted_advertising.in_force.from
	input.on <= data.mayuse.law.us.targeted_advertising.in_force.until
}

_law_us["law/us/unsettled"] := {
	"denies": data.mayuse.law.us.unsettled.denies,
} if {
	data.mayuse.law.us.unsettled.in_scope
	data.mayuse.law.us.unsettled.in_place
	input.on >= data.mayuse.law.us.unsettled.in_force.from
	input.on <= data.mayuse.law.us.unsettled.in_force.until
}

said[rule] := says if {
	data.mayuse.areas.world.in_place
	some rule, says in _law_world
}

_law_world["law/world/ai_training"] := {
	"permits": data.mayuse.law.world.ai_training.permits,
	"denies": data.mayuse.law.world.ai_training.denies,
	"obliges": data.mayuse.law.world.ai_training.obliges,
	"missing": data.mayuse.law.world.ai_training.missing,
} if {
	data.mayuse.law.world.ai_training.in_scope
	data.mayuse.law.world.ai_training.in_place
	input.on >= data.mayuse.law.world.ai_training.in_force.from
	input.on <= data.mayuse.law.world.ai_training.in_force.until
}

_law_world["law/world/child_consent"] := {
	"permits": data.mayuse.law.world.child_consent.permits,
	"denies": data.mayuse.law.world.child_consent.denies,
	"missing": data.mayuse.law.world.child_consent.missing,
} if {
	data.mayuse.law.world.child_consent.in_scope
	data.mayuse.law.world.child_consent.in_place
	input.on >= data.mayuse.law.world.child_consent.in_force.from
	input.on <= data.mayuse.law.world.child_consent.in_force.until
}

_law_world["law/world/device_data"] := {
	"permits": data.mayuse.law.world.device_data.permits,
	"denies": data.mayuse.law.world.device_data.denies,
	"missing": data.mayuse.law.world.device_data.missing,
} if {
	data.mayuse.law.world.device_data.in_scope
	data.mayuse.law.world.device_data.in_place
	input.on >= data.mayuse.law.world.device_data.in_force.from
	input.on <= data.mayuse.law.world.device_data.in_force.until
}

_law_world["law/world/general_purposes"] := {
	"permits": data.mayuse.law.world.general_purposes.permits,
	"denies": data.mayuse.law.world.general_purposes.denies,
	"missing": data.mayuse.law.world.general_purposes.missing,
} if {
	data.mayuse.law.world.general_purposes.in_scope
	data.mayuse.law.world.general_purposes.in_place
	input.on >= data.mayuse.law.world.general_purposes.in_force.from
	input.on <= data.mayuse.law.world.general_purposes.in_force.until
}

_law_world["law/world/interest_objection"] := {
	"permits": data.mayuse.law.world.interest_objection.permits,
	"denies": data.mayuse.law.world.interest_objection.denies,
	"obliges": data.mayuse.law.world.interest_objection.obliges,
} if {
	data.mayuse.law.world.interest_objection.in_scope
	data.mayuse.law.world.interest_objection.in_place
	input.on >= data.mayuse.law.world.interest_objection.in_force.from
	input.on <= data.mayuse.law.world.interest_objection.in_force.until
}

_law_world["law/world/likeness"] := {
	"denies": data.mayuse.law.world.likeness.denies,
} if {
	data.mayuse.law.world.likeness.in_scope
	data.mayuse.law.world.likeness.in_place
	input.on >= data.mayuse.law.world.likeness.in_force.from
	input.on <= data.mayuse.law.world.likeness.in_force.until
}

_law_world["law/world/marketing_objection"] := {
	"permits": data.mayuse.law.world.marketing_objection.permits,
	"denies": data.mayuse.law.world.marketing_objection.denies,
	"obliges": data.mayuse.law.world.marketing_objection.obliges,
} if {
	data.mayuse.law.world.marketing_objection.in_scope
	data.mayuse.law.world.marketing_objection.in_place
	input.on >= data.mayuse.law.world.marketing_objection.in_force.from
	input.on <= data.mayuse.law.world.marketing_objection.in_force.until
}

_law_world["law/world/minor_ads"] := {
	"permits": data.mayuse.law.world.minor_ads.permits,
	"denies": data.mayuse.law.world.minor_ads.denies,
	"missing": data.mayuse.law.world.minor_ads.missing,
} if {
	data.mayuse.law.world.minor_ads.in_scope
	data.mayuse.law.world.minor_ads.in_place
	input.on >= data.mayuse.law.world.minor_ads.in_force.from
	input.on <= data.mayuse.law.world.minor_ads.in_force.until
}

_law_world["law/world/personalised_ads"] := {
	"permits": data.mayuse.law.world.personalised_ads.permits,
	"denies": data.mayuse.law.world.personalised_ads.denies,
	"obliges": data.mayuse.law.world.personalised_ads.obliges,
	"missing": data.mayuse.law.world.personalised_ads.missing,
} if {
	data.mayuse.law.world.personalised_ads.in_scope
	data.mayuse.law.world.personalised_ads.in_place
	input.on >= data.mayuse.law.world.personalised_ads.in_force.from
	input.on <= data.mayuse.law.world.personalised_ads.in_force.until
}

_law_world["law/world/sale"] := {
	"permits": data.mayuse.law.world.sale.permits,
	"denies": data.mayuse.law.world.sale.denies,
	"obliges": data.mayuse.law.world.sale.obliges,
} if {
	data.mayuse.law.world.sale.in_scope
	data.mayuse.law.world.sale.in_place
	input.on >= data.mayuse.law.world.sale.in_force.from
	input.on <= data.mayuse.law.world.sale.in_force.until
}

_law_world["law/world/special_category"] := {
	"permits": data.mayuse.law.world.special_category.permits,
	"denies": data.mayuse.law.world.special_category.denies,
	"missing": data.mayuse.law.world.special_category.missing,
} if {
	data.mayuse.law.world.special_category.in_scope
	data.mayuse.law.world.special_category.in_place
	input.on >= data.mayuse.law.world.special_category.in_force.from
	input.on <= data.mayuse.law.world.special_category.in_force.until
}

said[rule] := says if {
	data.mayuse.areas.linkedin.in_place
	some rule, says in _terms_linkedin
}

_terms_linkedin["terms/linkedin/affiliates"] := {
	"permits": data.mayuse.terms.linkedin.affiliates.permits,
	"denies": data.mayuse.terms.linkedin.affiliates.denies,
} if {
	data.mayuse.terms.linkedin.affiliates.in_scope
	data.mayuse.terms.linkedin.affiliates.in_place
	input.on >= data.mayuse.terms.linkedin.affiliates.in_force.from
	input.on <= data.mayuse.terms.linkedin.affiliates.in_force.until
}

_terms_linkedin["terms/linkedin/ai_training"] := {
	"permits": data.mayuse.terms.linkedin.ai_training.permits,
	"denies": data.mayuse.terms.linkedin.ai_training.denies,
} if {
	data.mayuse.terms.linkedin.ai_training.in_scope
	data.mayuse.terms.linkedin.ai_training.in_place
	input.on >= data.mayuse.terms.linkedin.ai_training.in_force.from
	input.on <= data.mayuse.terms.linkedin.ai_training.in_force.until
}

_terms_linkedin["terms/linkedin/microsoft_ads"] := {
	"permits": data.mayuse.terms.linkedin.microsoft_ads.permits,
	"denies": data.mayuse.terms.linkedin.microsoft_ads.denies,
} if {
	data.mayuse.terms.linkedin.microsoft_ads.in_scope
	data.mayuse.terms.linkedin.microsoft_ads.in_place
	input.on >= data.mayuse.terms.linkedin.microsoft_ads.in_force.from
	input.on <= data.mayuse.terms.linkedin.microsoft_ads.in_force.until
}

_terms_linkedin["terms/linkedin/microsoft_ai_training"] := {
	"permits": data.mayuse.terms.linkedin.microsoft_ai_training.permits,
	"denies": data.mayuse.terms.linkedin.microsoft_ai_training.denies,
} if {
	data.mayuse.terms.linkedin.microsoft_ai_training.in_scope
	data.mayuse.terms.linkedin.microsoft_ai_training.in_place
	input.on >= data.mayuse.terms.linkedin.microsoft_ai_training.in_force.from
	input.on <= data.mayuse.terms.linkedin.microsoft_ai_training.in_force.until
}

_terms_linkedin["terms/linkedin/minors"] := {
	"denies": data.mayuse.terms.linkedin.minors.denies,
} if {
	data.mayuse.terms.linkedin.minors.in_scope
	data.mayuse.terms.linkedin.minors.in_place
	input.on >= data.mayuse.terms.linkedin.minors.in_force.from
	input.on <= data.mayuse.terms.linkedin.minors.in_force.until
}

_terms_linkedin["terms/linkedin/off_site_data"] := {
	"permits": data.mayuse.terms.linkedin.off_site_data.permits,
	"denies": data.mayuse.terms.linkedin.off_site_data.denies,
} if {
	data.mayuse.terms.linkedin.off_site_data.in_scope
	data.mayuse.terms.linkedin.off_site_data.in_place
	input.on >= data.mayuse.terms.linkedin.off_site_data.in_force.from
	input.on <= data.mayuse.terms.linkedin.off_site_data.in_force.until
}

_terms_linkedin["terms/linkedin/outsiders"] := {
	"permits": data.mayuse.terms.linkedin.outsiders.permits,
	"denies": data.mayuse.terms.linkedin.outsiders.denies,
} if {
	data.mayuse.terms.linkedin.outsiders.in_scope
	data.mayuse.terms.linkedin.outsiders.in_place
	input.on >= data.mayuse.terms.linkedin.outsiders.in_force.from
	input.on <= data.mayuse.terms.linkedin.outsiders.in_force.until
}

_terms_linkedin["terms/linkedin/own_ads"] := {
	"permits": data.mayuse.terms.linkedin.own_ads.permits,
	"denies": data.mayuse.terms.linkedin.own_ads.denies,
} if {
	data.mayuse.terms.linkedin.own_ads.in_scope
	data.mayuse.terms.linkedin.own_ads.in_place
	input.on >= data.mayuse.terms.linkedin.own_ads.in_force.from
	input.on <= data.mayuse.terms.linkedin.own_ads.in_force.until
}

_terms_linkedin["terms/linkedin/service"] := {
	"permits": data.mayuse.terms.linkedin.service.permits,
	"denies": data.mayuse.terms.linkedin.service.denies,
} if {
	data.mayuse.terms.linkedin.service.in_scope
	data.mayuse.terms.linkedin.service.in_place
	input.on >= data.mayuse.terms.linkedin.service.in_force.from
	input.on <= data.mayuse.terms.linkedin.service.in_force.until
}

_terms_linkedin["terms/linkedin/wrongful_content"] := {
	"denies": data.mayuse.terms.linkedin.wrongful_content.denies,
} if {
	data.mayuse.terms.linkedin.wrongful_content.in_scope
	data.mayuse.terms.linkedin.wrongful_content.in_place
	input.on >= data.mayuse.terms.linkedin.wrongful_content.in_force.from
	input.on <= data.mayuse.terms.linkedin.wrongful_content.in_force.until
}
