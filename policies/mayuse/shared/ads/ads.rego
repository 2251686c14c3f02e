# METADATA
# title: What a regime asks of advertising chosen for a person
# description: Which cell of the regime governs such advertising by this recipient with this data.
package mayuse.shared.ads

import data.mayuse.shared.place
import data.mayuse.shared.use

regime := place.regime

# Of two cells the one that asks more of the recipient.
kind := "off_site_ads" if {
	use.off_site
	not third_party_asks_more
}

kind := "third_party_ads" if {
	use.off_site
	third_party_asks_more
}

third_party_asks_more if {
	not use.in_house
	regime.off_site_ads.model == "notice"
	regime.third_party_ads.model in {"opt_in", "opt_out"}
}

third_party_asks_more if {
	not use.in_house
	regime.off_site_ads.model == "opt_out"
	regime.third_party_ads.model == "opt_in"
}

kind := "third_party_ads" if {
	not use.off_site
	not use.in_house
}

kind := "personalised_ads" if {
	not use.off_site
	use.in_house
	not profile_alone
}

kind := "profile_ads" if {
	not use.off_site
	use.in_house
	profile_alone
}

# What the member typed, where a separate reading exists for it and consent does not settle it.
profile_alone if {
	regime.profile_ads
	input.data == "profile"
	input.choices.consent_ads != "given"
}

default cell := {}

cell := regime[kind] if use.profiling_ads
