# Every rule, asked in turn. Written by `mayuse policy index`: edit the rules, not this file.
package mayuse.main

said[rule] := says if {
	some rule, says in _law_ca
}

_law_ca[rule] := says if {
	data.mayuse.law.ca.child_ads.in_scope
	data.mayuse.law.ca.child_ads.in_place
	period := data.mayuse.law.ca.child_ads.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/ca/child_ads"
	says := {
		"denies": data.mayuse.law.ca.child_ads.denies,
	}
}

said[rule] := says if {
	data.mayuse.areas.eu.in_place
	some rule, says in _law_eu
}

_law_eu[rule] := says if {
	data.mayuse.law.eu.dma_combination.in_scope
	data.mayuse.law.eu.dma_combination.in_place
	period := data.mayuse.law.eu.dma_combination.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/eu/dma_combination"
	says := {
		"permits": data.mayuse.law.eu.dma_combination.permits,
		"denies": data.mayuse.law.eu.dma_combination.denies,
		"obliges": data.mayuse.law.eu.dma_combination.obliges,
		"missing": data.mayuse.law.eu.dma_combination.missing,
	}
}

_law_eu[rule] := says if {
	data.mayuse.law.eu.dsa_minor_ads.in_scope
	data.mayuse.law.eu.dsa_minor_ads.in_place
	period := data.mayuse.law.eu.dsa_minor_ads.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/eu/dsa_minor_ads"
	says := {
		"denies": data.mayuse.law.eu.dsa_minor_ads.denies,
	}
}

_law_eu[rule] := says if {
	data.mayuse.law.eu.dsa_special_category_ads.in_scope
	data.mayuse.law.eu.dsa_special_category_ads.in_place
	period := data.mayuse.law.eu.dsa_special_category_ads.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/eu/dsa_special_category_ads"
	says := {
		"denies": data.mayuse.law.eu.dsa_special_category_ads.denies,
	}
}

said[rule] := says if {
	data.mayuse.areas.unknown.in_place
	some rule, says in _law_unknown
}

_law_unknown[rule] := says if {
	data.mayuse.law.unknown.place_unknown.in_scope
	data.mayuse.law.unknown.place_unknown.in_place
	period := data.mayuse.law.unknown.place_unknown.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/unknown/place_unknown"
	says := {
		"permits": data.mayuse.law.unknown.place_unknown.permits,
		"denies": data.mayuse.law.unknown.place_unknown.denies,
		"missing": data.mayuse.law.unknown.place_unknown.missing,
	}
}

said[rule] := says if {
	data.mayuse.areas.us.in_place
	some rule, says in _law_us
}

_law_us[rule] := says if {
	data.mayuse.law.us.baseline.in_scope
	data.mayuse.law.us.baseline.in_place
	period := data.mayuse.law.us.baseline.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/baseline"
	says := {
		"permits": data.mayuse.law.us.baseline.permits,
		"obliges": data.mayuse.law.us.baseline.obliges,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.biometric_release.in_scope
	data.mayuse.law.us.biometric_release.in_place
	period := data.mayuse.law.us.biometric_release.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/biometric_release"
	says := {
		"permits": data.mayuse.law.us.biometric_release.permits,
		"denies": data.mayuse.law.us.biometric_release.denies,
		"missing": data.mayuse.law.us.biometric_release.missing,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.broken_promise.in_scope
	data.mayuse.law.us.broken_promise.in_place
	period := data.mayuse.law.us.broken_promise.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/broken_promise"
	says := {
		"permits": data.mayuse.law.us.broken_promise.permits,
		"denies": data.mayuse.law.us.broken_promise.denies,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.browser_signal.in_scope
	data.mayuse.law.us.browser_signal.in_place
	period := data.mayuse.law.us.browser_signal.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/browser_signal"
	says := {
		"permits": data.mayuse.law.us.browser_signal.permits,
		"denies": data.mayuse.law.us.browser_signal.denies,
		"obliges": data.mayuse.law.us.browser_signal.obliges,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.ca_sharing.in_scope
	data.mayuse.law.us.ca_sharing.in_place
	period := data.mayuse.law.us.ca_sharing.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/ca_sharing"
	says := {
		"permits": data.mayuse.law.us.ca_sharing.permits,
		"denies": data.mayuse.law.us.ca_sharing.denies,
		"obliges": data.mayuse.law.us.ca_sharing.obliges,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.coppa.in_scope
	data.mayuse.law.us.coppa.in_place
	period := data.mayuse.law.us.coppa.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/coppa"
	says := {
		"permits": data.mayuse.law.us.coppa.permits,
		"denies": data.mayuse.law.us.coppa.denies,
		"missing": data.mayuse.law.us.coppa.missing,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.geolocation_sale.in_scope
	data.mayuse.law.us.geolocation_sale.in_place
	period := data.mayuse.law.us.geolocation_sale.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/geolocation_sale"
	says := {
		"denies": data.mayuse.law.us.geolocation_sale.denies,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.health_data.in_scope
	data.mayuse.law.us.health_data.in_place
	period := data.mayuse.law.us.health_data.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/health_data"
	says := {
		"permits": data.mayuse.law.us.health_data.permits,
		"denies": data.mayuse.law.us.health_data.denies,
		"missing": data.mayuse.law.us.health_data.missing,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.likeness.in_scope
	data.mayuse.law.us.likeness.in_place
	period := data.mayuse.law.us.likeness.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/likeness"
	says := {
		"denies": data.mayuse.law.us.likeness.denies,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.message_contents.in_scope
	data.mayuse.law.us.message_contents.in_place
	period := data.mayuse.law.us.message_contents.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/message_contents"
	says := {
		"permits": data.mayuse.law.us.message_contents.permits,
		"denies": data.mayuse.law.us.message_contents.denies,
		"missing": data.mayuse.law.us.message_contents.missing,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.minors.in_scope
	data.mayuse.law.us.minors.in_place
	period := data.mayuse.law.us.minors.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/minors"
	says := {
		"permits": data.mayuse.law.us.minors.permits,
		"denies": data.mayuse.law.us.minors.denies,
		"missing": data.mayuse.law.us.minors.missing,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.sale.in_scope
	data.mayuse.law.us.sale.in_place
	period := data.mayuse.law.us.sale.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/sale"
	says := {
		"permits": data.mayuse.law.us.sale.permits,
		"denies": data.mayuse.law.us.sale.denies,
		"obliges": data.mayuse.law.us.sale.obliges,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.sensitive_data.in_scope
	data.mayuse.law.us.sensitive_data.in_place
	period := data.mayuse.law.us.sensitive_data.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/sensitive_data"
	says := {
		"permits": data.mayuse.law.us.sensitive_data.permits,
		"denies": data.mayuse.law.us.sensitive_data.denies,
		"missing": data.mayuse.law.us.sensitive_data.missing,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.state_unknown.in_scope
	data.mayuse.law.us.state_unknown.in_place
	period := data.mayuse.law.us.state_unknown.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/state_unknown"
	says := {
		"permits": data.mayuse.law.us.state_unknown.permits,
		"denies": data.mayuse.law.us.state_unknown.denies,
		"missing": data.mayuse.law.us.state_unknown.missing,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.targeted_advertising.in_scope
	data.mayuse.law.us.targeted_advertising.in_place
	period := data.mayuse.law.us.targeted_advertising.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/targeted_advertising"
	says := {
		"permits": data.mayuse.law.us.targeted_advertising.permits,
		"denies": data.mayuse.law.us.targeted_advertising.denies,
		"obliges": data.mayuse.law.us.targeted_advertising.obliges,
	}
}

_law_us[rule] := says if {
	data.mayuse.law.us.unsettled.in_scope
	data.mayuse.law.us.unsettled.in_place
	period := data.mayuse.law.us.unsettled.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/us/unsettled"
	says := {
		"denies": data.mayuse.law.us.unsettled.denies,
	}
}

said[rule] := says if {
	data.mayuse.areas.world.in_place
	some rule, says in _law_world
}

_law_world[rule] := says if {
	data.mayuse.law.world.ai_training.in_scope
	data.mayuse.law.world.ai_training.in_place
	period := data.mayuse.law.world.ai_training.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/ai_training"
	says := {
		"permits": data.mayuse.law.world.ai_training.permits,
		"denies": data.mayuse.law.world.ai_training.denies,
		"obliges": data.mayuse.law.world.ai_training.obliges,
		"missing": data.mayuse.law.world.ai_training.missing,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.child_consent.in_scope
	data.mayuse.law.world.child_consent.in_place
	period := data.mayuse.law.world.child_consent.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/child_consent"
	says := {
		"permits": data.mayuse.law.world.child_consent.permits,
		"denies": data.mayuse.law.world.child_consent.denies,
		"missing": data.mayuse.law.world.child_consent.missing,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.device_data.in_scope
	data.mayuse.law.world.device_data.in_place
	period := data.mayuse.law.world.device_data.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/device_data"
	says := {
		"permits": data.mayuse.law.world.device_data.permits,
		"denies": data.mayuse.law.world.device_data.denies,
		"missing": data.mayuse.law.world.device_data.missing,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.general_purposes.in_scope
	data.mayuse.law.world.general_purposes.in_place
	period := data.mayuse.law.world.general_purposes.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/general_purposes"
	says := {
		"permits": data.mayuse.law.world.general_purposes.permits,
		"denies": data.mayuse.law.world.general_purposes.denies,
		"missing": data.mayuse.law.world.general_purposes.missing,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.interest_objection.in_scope
	data.mayuse.law.world.interest_objection.in_place
	period := data.mayuse.law.world.interest_objection.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/interest_objection"
	says := {
		"permits": data.mayuse.law.world.interest_objection.permits,
		"denies": data.mayuse.law.world.interest_objection.denies,
		"obliges": data.mayuse.law.world.interest_objection.obliges,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.likeness.in_scope
	data.mayuse.law.world.likeness.in_place
	period := data.mayuse.law.world.likeness.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/likeness"
	says := {
		"denies": data.mayuse.law.world.likeness.denies,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.marketing_objection.in_scope
	data.mayuse.law.world.marketing_objection.in_place
	period := data.mayuse.law.world.marketing_objection.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/marketing_objection"
	says := {
		"permits": data.mayuse.law.world.marketing_objection.permits,
		"denies": data.mayuse.law.world.marketing_objection.denies,
		"obliges": data.mayuse.law.world.marketing_objection.obliges,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.minor_ads.in_scope
	data.mayuse.law.world.minor_ads.in_place
	period := data.mayuse.law.world.minor_ads.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/minor_ads"
	says := {
		"permits": data.mayuse.law.world.minor_ads.permits,
		"denies": data.mayuse.law.world.minor_ads.denies,
		"missing": data.mayuse.law.world.minor_ads.missing,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.personalised_ads.in_scope
	data.mayuse.law.world.personalised_ads.in_place
	period := data.mayuse.law.world.personalised_ads.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/personalised_ads"
	says := {
		"permits": data.mayuse.law.world.personalised_ads.permits,
		"denies": data.mayuse.law.world.personalised_ads.denies,
		"obliges": data.mayuse.law.world.personalised_ads.obliges,
		"missing": data.mayuse.law.world.personalised_ads.missing,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.sale.in_scope
	data.mayuse.law.world.sale.in_place
	period := data.mayuse.law.world.sale.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/sale"
	says := {
		"permits": data.mayuse.law.world.sale.permits,
		"denies": data.mayuse.law.world.sale.denies,
		"obliges": data.mayuse.law.world.sale.obliges,
	}
}

_law_world[rule] := says if {
	data.mayuse.law.world.special_category.in_scope
	data.mayuse.law.world.special_category.in_place
	period := data.mayuse.law.world.special_category.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "law/world/special_category"
	says := {
		"permits": data.mayuse.law.world.special_category.permits,
		"denies": data.mayuse.law.world.special_category.denies,
		"missing": data.mayuse.law.world.special_category.missing,
	}
}

said[rule] := says if {
	data.mayuse.areas.linkedin.in_place
	some rule, says in _terms_linkedin
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.affiliates.in_scope
	data.mayuse.terms.linkedin.affiliates.in_place
	period := data.mayuse.terms.linkedin.affiliates.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/affiliates"
	says := {
		"permits": data.mayuse.terms.linkedin.affiliates.permits,
		"denies": data.mayuse.terms.linkedin.affiliates.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.ai_training.in_scope
	data.mayuse.terms.linkedin.ai_training.in_place
	period := data.mayuse.terms.linkedin.ai_training.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/ai_training"
	says := {
		"permits": data.mayuse.terms.linkedin.ai_training.permits,
		"denies": data.mayuse.terms.linkedin.ai_training.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.microsoft_ads.in_scope
	data.mayuse.terms.linkedin.microsoft_ads.in_place
	period := data.mayuse.terms.linkedin.microsoft_ads.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/microsoft_ads"
	says := {
		"permits": data.mayuse.terms.linkedin.microsoft_ads.permits,
		"denies": data.mayuse.terms.linkedin.microsoft_ads.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.microsoft_ai_training.in_scope
	data.mayuse.terms.linkedin.microsoft_ai_training.in_place
	period := data.mayuse.terms.linkedin.microsoft_ai_training.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/microsoft_ai_training"
	says := {
		"permits": data.mayuse.terms.linkedin.microsoft_ai_training.permits,
		"denies": data.mayuse.terms.linkedin.microsoft_ai_training.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.minors.in_scope
	data.mayuse.terms.linkedin.minors.in_place
	period := data.mayuse.terms.linkedin.minors.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/minors"
	says := {
		"denies": data.mayuse.terms.linkedin.minors.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.off_site_data.in_scope
	data.mayuse.terms.linkedin.off_site_data.in_place
	period := data.mayuse.terms.linkedin.off_site_data.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/off_site_data"
	says := {
		"permits": data.mayuse.terms.linkedin.off_site_data.permits,
		"denies": data.mayuse.terms.linkedin.off_site_data.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.outsiders.in_scope
	data.mayuse.terms.linkedin.outsiders.in_place
	period := data.mayuse.terms.linkedin.outsiders.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/outsiders"
	says := {
		"permits": data.mayuse.terms.linkedin.outsiders.permits,
		"denies": data.mayuse.terms.linkedin.outsiders.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.own_ads.in_scope
	data.mayuse.terms.linkedin.own_ads.in_place
	period := data.mayuse.terms.linkedin.own_ads.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/own_ads"
	says := {
		"permits": data.mayuse.terms.linkedin.own_ads.permits,
		"denies": data.mayuse.terms.linkedin.own_ads.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.service.in_scope
	data.mayuse.terms.linkedin.service.in_place
	period := data.mayuse.terms.linkedin.service.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/service"
	says := {
		"permits": data.mayuse.terms.linkedin.service.permits,
		"denies": data.mayuse.terms.linkedin.service.denies,
	}
}

_terms_linkedin[rule] := says if {
	data.mayuse.terms.linkedin.wrongful_content.in_scope
	data.mayuse.terms.linkedin.wrongful_content.in_place
	period := data.mayuse.terms.linkedin.wrongful_content.in_force
	input.on >= period.from
	input.on <= period.until
	rule := "terms/linkedin/wrongful_content"
	says := {
		"denies": data.mayuse.terms.linkedin.wrongful_content.denies,
	}
}
