# METADATA
# title: Opt-outs that LinkedIn promises
# description: Its settings, and in the United States the browser signal, and which uses each of them stops.
package mayuse.shared.linkedin

import data.mayuse.facts.linkedin as terms
import data.mayuse.shared.place
import data.mayuse.shared.use

row := terms.places[input.jurisdiction]

# Advertising by Microsoft from LinkedIn data.
microsoft_ads if {
	input.recipient == "microsoft"
	input.purpose in {"ads_personalised", "ads_predict_interests", "ads_measurement", "ads_improve_tools"}
	use.about_the_person
}

off_site_ads if {
	input.data == "offsite_activity"
	input.purpose in {"ads_personalised", "ads_predict_interests", "ads_improve_tools", "ads_measurement"}
}

training if {
	input.purpose == "train_ai_content"
	use.in_the_group
}

promised if microsoft_ads

promised if off_site_ads

promised if training

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
	training
	input.choices.ai_training == "off"
}

# The signal is honoured in the whole of the United States.
signal if {
	place.us
	input.signals.gpc
}
