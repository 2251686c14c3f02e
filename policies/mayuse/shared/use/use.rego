# METADATA
# title: The kind of use
# description: Names for combinations of recipient, purpose, data and choices that several rules share. Each has a default, so that it is computed once.
package mayuse.shared.use

import data.mayuse.facts.vocabulary
import data.mayuse.shared.place

relation := vocabulary.recipients[input.recipient].relation

# What kinds of use the purpose is.
default kinds := {}

kinds := vocabulary.purposes[input.purpose].is

# The controller's own companies. A generic controller has none in the vocabulary: every recipient
# is another company.
default in_house := false

in_house if {
	input.controller == "linkedin"
	relation == "linkedin"
}

default in_the_group := false

in_the_group if in_house

in_the_group if affiliate

default affiliate := false

affiliate if {
	input.controller == "linkedin"
	relation == "affiliate"
}

# Advertising or profiling for it, by traits of this person.
default profiling_ads := false

profiling_ads if kinds.profiling_ads

default off_site := false

off_site if input.data == "offsite_activity"

default about_the_person := false

about_the_person if input.data != "page_context"

default special_category := false

special_category if vocabulary.data[input.data].special_category

default sensitive := false

sensitive if vocabulary.data[input.data].sensitive

# Needed to run the service, keep it safe or obey the law.
default necessary := false

necessary if kinds.necessary

# Keeping the service safe, or obeying the law.
default safety_or_duty := false

safety_or_duty if kinds.safety_or_duty

# The person asked to limit the use of sensitive data, which leaves what they asked for alone.
default limited := false

limited if {
	input.choices.limit_sensitive_data == "requested"
	not necessary
}

default depicts := false

depicts if kinds.depicts

# Virginia's model of targeted advertising: chosen from activity across companies that are not
# affiliated with each other.
default targeted := false

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
default shared := false

shared if {
	profiling_ads
	off_site
}

shared if {
	profiling_ads
	about_the_person
	not in_house
}

# A disclosure for value. Within the group it is none, save where the brand decides (California).
default sold := false

sold if {
	input.purpose == "sell_data"
	not in_the_group
}

sold if {
	input.purpose == "sell_data"
	affiliate
	place.us_state.sale.affiliates
}

default message_contents := false

message_contents if input.data in {"private_messages", "group_messages"}

default minor := false

minor if vocabulary.minors[input.age]
