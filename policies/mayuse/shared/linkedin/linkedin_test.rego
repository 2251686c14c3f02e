package mayuse.shared.linkedin_test

import data.mayuse.shared.asking
import data.mayuse.shared.linkedin

microsoft_ads := {"recipient": "microsoft", "purpose": "ads_measurement"}

off_site := {"purpose": "ads_improve_tools", "data": "offsite_activity"}

training := {"purpose": "train_ai_content"}

outside_ads := {"recipient": "advertiser", "purpose": "ads_personalised", "data": "device_ids"}

test_an_opt_out_is_promised_for_some_uses[name] if {
	some name, use in {
		"advertising by Microsoft": microsoft_ads,
		"off-site data": off_site,
		"training": training,
		"training by an affiliate": object.union(training, {"recipient": "microsoft"}),
		"advertising by a stranger": outside_ads,
	}
	linkedin.promised with input as asking.about(use)
}

test_none_is_promised_for_others[name] if {
	some name, use in {
		"the page in view at Microsoft": {"recipient": "microsoft", "purpose": "ads_personalised", "data": "page_context"},
		"off-site data for something else": {"purpose": "improve_services", "data": "offsite_activity"},
		"measurement by a stranger": object.union(outside_ads, {"purpose": "ads_measurement"}),
		"the page in view at a stranger": object.union(outside_ads, {"data": "page_context"}),
		"training by a stranger": {"purpose": "train_ai_content", "recipient": "advertiser"},
		"own advertising": {"purpose": "ads_personalised"},
	}
	not linkedin.promised with input as asking.about(use)
}

test_each_setting_stops_its_own_use_and_no_other[setting] if {
	some setting, stopped in {
		"share_with_affiliates": "advertising by Microsoft",
		"data_from_others_for_ads": "off-site data",
		"ai_training": "training",
	}
	stopped_by({"choices": {setting: "off"}}) == {stopped}
	stopped_by({"choices": {setting: "on"}}) == set()
}

test_a_signal_stops_advertising_in_the_united_states_alone if {
	advertising := {"advertising by Microsoft", "off-site data", "advertising by a stranger"}
	stopped_by({"jurisdiction": "US-WY", "signals": {"gpc": true}}) == advertising
	stopped_by({"jurisdiction": "US", "signals": {"gpc": true}}) == advertising
	stopped_by({"jurisdiction": "BR", "signals": {"gpc": true}}) == set()
}

test_by_default_nobody_has_opted_out if {
	stopped_by({}) == set()
}

stopped_by(changes) := {name |
	some name, use in {
		"advertising by Microsoft": microsoft_ads,
		"off-site data": off_site,
		"training": training,
		"advertising by a stranger": outside_ads,
	}
	linkedin.opted_out with input as asking.about(object.union(use, changes))
}

test_a_place_has_its_region[jurisdiction] if {
	some jurisdiction, region in {"FR": "eea", "CH": "ch", "GB": "gb", "US-CA": "us", "CA-QC": "canada", "HK": "hong_kong", "ZZ": "world"}
	linkedin.row.region == region with input as asking.about({"jurisdiction": jurisdiction})
}

test_a_place_that_its_texts_do_not_list_has_no_region if {
	linkedin.row == {} with input as asking.about({"jurisdiction": "XX"})
}
