package mayuse.law.us.broken_promise_test

import data.mayuse.law.us.broken_promise as rule
import data.mayuse.shared.asking

kept := {"permits": {asking.said("promise_kept", "us-ftc-act", ["us-ftc-act-5"])}}

broken := {"denies": {asking.said("promise_broken", "us-ftc-act", ["us-ftc-act-5"])}}

test_a_promised_opt_out_binds_even_where_no_state_act_does[name] if {
	some name, [use, opt_out] in {
		"sharing with Microsoft": [microsoft_ads, {"choices": {"share_with_affiliates": "off"}}],
		"sharing with Microsoft, by signal": [microsoft_ads, {"signals": {"gpc": true}}],
		"off-site data": [off_site, {"choices": {"data_from_others_for_ads": "off"}}],
		"off-site data, by signal": [off_site, {"signals": {"gpc": true}}],
		"identifiers to a stranger, by signal": [outside_ads, {"signals": {"gpc": true}}],
		"training": [training, {"choices": {"ai_training": "off"}}],
		"training by an affiliate": [object.union(training, {"recipient": "microsoft"}), {"choices": {"ai_training": "off"}}],
	}
	answer == kept with input as asked(use)
	answer == broken with input as asked(object.union(use, opt_out))
}

test_a_signal_promises_nothing_about_training if {
	answer == kept with input as asked(object.union(training, {"signals": {"gpc": true}}))
}

test_one_setting_does_not_stop_the_use_of_another if {
	answer == kept with input as asked(object.union(training, {"choices": {"share_with_affiliates": "off"}}))
	answer == kept with input as asked(object.union(off_site, {"choices": {"ai_training": "off"}}))
	answer == kept with input as asked(object.union(microsoft_ads, {"choices": {"data_from_others_for_ads": "off"}}))
}

test_nothing_is_promised_about_other_uses if {
	not rule.in_scope with input as asked({"purpose": "personalise_content"})
	not rule.in_scope with input as asked({"purpose": "ads_personalised", "data": "feed_activity"})
}

test_only_linkedin_promised_and_only_in_the_united_states if {
	rule.in_place with input as asked({"jurisdiction": "US"})
	not rule.in_place with input as asked({"controller": "generic"})
	not rule.in_place with input as asked({"jurisdiction": "FR"})
	not rule.in_place with input as asked({"jurisdiction": "unknown"})
}

test_promises_are_known_from_the_policy_of_september_2024 if {
	not answer with input as asked(object.union(training, {"on": "2024-09-17"}))
	answer == kept with input as asked(object.union(training, {"on": "2024-09-18"}))
}

microsoft_ads := {"recipient": "microsoft", "purpose": "ads_personalised"}

off_site := {"data": "offsite_activity", "purpose": "ads_improve_tools"}

training := {"purpose": "train_ai_content"}

outside_ads := {"recipient": "advertiser", "purpose": "ads_personalised", "data": "device_ids"}

# Wyoming has no privacy act of its own.
asked(changes) := asking.about(object.union({"jurisdiction": "US-WY"}, changes))

answer := asking.heard(rule.in_force, {"permits": rule.permits, "denies": rule.denies}) if {
	rule.in_place
	rule.in_scope
}
