package mayuse.law.us.ca_sharing_test

import data.mayuse.law.us.ca_sharing as rule
import data.mayuse.shared.asking

permitted := {"permits": {asking.said("no_opt_out", "us-ca-ccpa", ["us-ca-ccpa-1798.120"])}}

denied := {
	"denies": {asking.said("opted_out", "us-ca-ccpa", opt_out_cites)},
	"obliges": {{
		"obligation": "act_on_the_opt_out",
		"act": "us-ca-ccpa",
		"cites": opt_out_cites,
		"within_days": 15,
	}},
}

opt_out_cites := ["us-ca-ccpa-1798.120", "us-ca-ccpa-7026"]

test_sharing_with_an_affiliate_of_another_brand_is_permitted_until_the_opt_out if {
	answer == permitted with input as asked({})
	answer == denied with input as asked({"choices": {"opt_out_targeted_ads": "requested"}})
}

test_the_sharing_setting_is_an_opt_out_of_sharing if {
	answer == denied with input as asked({"choices": {"share_with_affiliates": "off"}})
	answer == permitted with input as asked({"choices": {"share_with_affiliates": "on"}})
}

test_the_setting_on_data_from_others_is_an_opt_out_for_off_site_data if {
	off := {"choices": {"data_from_others_for_ads": "off"}}
	answer == denied with input as in_house(off)
	answer == permitted with input as asked(off)
}

test_the_sharing_setting_says_nothing_of_linkedin_s_own_use if {
	answer == permitted with input as in_house({"choices": {"share_with_affiliates": "off"}})
}

test_settings_of_linkedin_bind_no_other_company if {
	generic := {"controller": "generic", "recipient": "advertiser", "data": "offsite_activity"}
	answer == permitted with input as asked(object.union(generic, {"choices": {
		"share_with_affiliates": "off",
		"data_from_others_for_ads": "off",
	}}))
	answer == denied with input as asked(object.union(generic, {"choices": {"opt_out_targeted_ads": "requested"}}))
}

test_advertising_on_the_own_service_from_its_own_data_is_not_sharing if {
	not rule.in_scope with input as asked({"recipient": "linkedin_corporation"})
}

test_other_purposes_are_not_sharing if {
	not rule.in_scope with input as asked({"purpose": "ads_measurement"})
	not rule.in_scope with input as asked({"purpose": "ads_contextual", "data": "page_context"})
}

test_sharing_is_regulated_from_2023_in_california_alone if {
	not answer with input as asked({"on": "2022-12-31"})
	answer == permitted with input as asked({"on": "2023-01-01"})
	not rule.in_place with input as asked({"jurisdiction": "US-VA"})
	not rule.in_place with input as asked({"jurisdiction": "US"})
}

asked(changes) := asking.about(object.union(
	{"jurisdiction": "US-CA", "recipient": "microsoft", "purpose": "ads_personalised", "data": "feed_activity"},
	changes,
))

in_house(changes) := asked(object.union(
	{"recipient": "linkedin_corporation", "data": "offsite_activity"},
	changes,
))

answer := asking.heard(
	rule.in_force,
	{"permits": rule.permits, "denies": rule.denies, "obliges": rule.obliges},
) if {
	rule.in_place
	rule.in_scope
}
