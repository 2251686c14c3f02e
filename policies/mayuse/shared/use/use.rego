# METADATA
# title: The kind of use
# description: Names for combinations of recipient, purpose and data that several rules share.
package mayuse.shared.use

import data.mayuse.facts.vocabulary

relation := vocabulary.recipients[input.recipient].relation

# The controller's own companies. A generic controller has none in the vocabulary: every recipient
# is another company.
in_house if {
	input.controller == "linkedin"
	relation == "linkedin"
}

in_the_group if in_house

in_the_group if affiliate

affiliate if {
	input.controller == "linkedin"
	relation == "affiliate"
}

# Advertising or profiling for it, by traits of this person.
profiling_ads if input.purpose in {"ads_personalised", "ads_predict_interests"}

off_site if input.data == "offsite_activity"

about_the_person if input.data != "page_context"

special_category if vocabulary.data[input.data].special_category

sensitive if vocabulary.data[input.data].sensitive

# Needed to run the service, keep it safe or obey the law.
necessary if input.purpose in {"service_core", "security_fraud", "legal_duty"}

depicts if input.purpose in {"publish_synthetic_likeness", "impersonate"}

# Virginia's model of targeted advertising: chosen from activity across companies that are not
# affiliated with each other.
targeted if {
	profiling_ads
	off_site
}

targeted if {
	profiling_ads
	about_the_person
	not in_the_group
}

# California's cross-context behavioural advertising: across distinctly branded businesses, so an
# affiliate with another brand is a third party.
shared if {
	profiling_ads
	off_site
}

shared if {
	profiling_ads
	about_the_person
	not in_house
}

minor if vocabulary.minors[input.age]

adult_or_unknown if input.age in {"adult", "unknown"}
