# METADATA
# title: Opt-outs that LinkedIn promises
# description: Its settings, and in the United States the browser signal, and which uses each of them stops.
package mayuse.shared.linkedin

import data.mayuse.facts.linkedin as terms
import data.mayuse.shared.place
import data.mayuse.shared.use

default row := {}

row := terms.places[input.jurisdiction]

# Advertising by Microsoft from LinkedIn data.
default microsoft_ads := false

microsoft_ads if {
	input.recipient == "microsoft"
	use.kinds.advertising_from_data
	use.about_the_person
}

default off_site_ads := false

off_site_ads if {
	input.data == "offsite_activity"
	use.kinds.advertising_from_data
}

# What the European notice of February 2025 already said of ads chosen for a person.
default earlier_european_ads := false

earlier_european_ads if {
	row.region in {"eea", "ch"}
	use.profiling_ads
	input.on >= "2025-02-27"
	input.on < "2025-11-03"
}

default training := false

training if {
	input.purpose == "train_ai_content"
	use.in_the_group
}

# Identifiers for advertising by companies outside the group.
default outside_ads := false

outside_ads if {
	use.profiling_ads
	use.about_the_person
	not use.in_the_group
}

default promised := false

promised if microsoft_ads

promised if off_site_ads

promised if training

promised if outside_ads

default opted_out := false

opted_out if {
	microsoft_ads
	input.choices.share_with_affiliates == "off"
}

opted_out if {
	microsoft_ads
	signal
}

opted_out if {
	off_site_ads
	input.choices.data_from_others_for_ads == "off"
}

opted_out if {
	off_site_ads
	signal
}

opted_out if {
	outside_ads
	signal
}

opted_out if {
	training
	input.choices.ai_training == "off"
}

# The signal is honoured in the whole of the United States.
default signal := false

signal if {
	place.us
	input.signals.gpc
}
