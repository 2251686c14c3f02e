package mayuse.shared.use_test

import data.mayuse.facts.vocabulary
import data.mayuse.shared.asking
import data.mayuse.shared.use

test_linkedin_s_companies_are_its_house_and_microsoft_its_affiliate[recipient] if {
	some recipient, expected in {
		"linkedin_corporation": {"in_house", "in_the_group"},
		"linkedin_ireland": {"in_house", "in_the_group"},
		"linkedin_singapore": {"in_house", "in_the_group"},
		"microsoft": {"affiliate", "in_the_group"},
		"advertiser": set(),
		"public": set(),
	}
	ties == expected with input as asking.about({"recipient": recipient})
	ties == set() with input as asking.about({"recipient": recipient, "controller": "generic"})
}

ties contains "in_house" if use.in_house

ties contains "affiliate" if use.affiliate

ties contains "in_the_group" if use.in_the_group

test_each_purpose_is_of_its_kind[purpose] if {
	some purpose, _ in vocabulary.purposes
	kinds == object.get(expected_kinds, purpose, set()) with input as asking.about({"purpose": purpose})
}

expected_kinds := {
	"service_core": {"necessary"},
	"security_fraud": {"necessary"},
	"legal_duty": {"necessary"},
	"ads_personalised": {"profiling_ads"},
	"ads_predict_interests": {"profiling_ads"},
	"publish_synthetic_likeness": {"depicts"},
	"impersonate": {"depicts"},
}

kinds contains "necessary" if use.necessary

kinds contains "profiling_ads" if use.profiling_ads

kinds contains "depicts" if use.depicts

test_each_category_is_of_its_kind[category] if {
	some category, expected in {
		"profile": {"about_the_person"},
		"page_context": set(),
		"offsite_activity": {"about_the_person", "off_site"},
		"precise_location": {"about_the_person", "sensitive"},
		"health": {"about_the_person", "sensitive", "special_category"},
		"trade_union": {"about_the_person", "sensitive", "special_category"},
	}
	traits == expected with input as asking.about({"data": category})
}

traits contains "about_the_person" if use.about_the_person

traits contains "off_site" if use.off_site

traits contains "sensitive" if use.sensitive

traits contains "special_category" if use.special_category

# Whose data goes to whom, what Virginia's model calls it and what California does.
test_virginia_looks_at_the_group_and_california_at_the_brand[name] if {
	some name, [changes, targeted, shared] in {
		"own data, own service": [{}, false, false],
		"own data, an affiliate": [{"recipient": "microsoft"}, false, true],
		"own data, a stranger": [{"recipient": "advertiser"}, true, true],
		"another controller": [{"controller": "generic"}, true, true],
		"off-site data, own service": [{"data": "offsite_activity"}, true, true],
		"the page in view": [{"recipient": "advertiser", "data": "page_context"}, false, false],
		"measurement": [{"recipient": "advertiser", "purpose": "ads_measurement"}, false, false],
		"tools from off-site data": [{"data": "offsite_activity", "purpose": "ads_improve_tools"}, false, false],
		"predicting interests": [{"recipient": "advertiser", "purpose": "ads_predict_interests"}, true, true],
	}
	advertising := object.union({"purpose": "ads_personalised", "data": "feed_activity"}, changes)
	use.targeted == targeted with input as asking.about(advertising)
	use.shared == shared with input as asking.about(advertising)
}

test_a_minor_is_somebody_known_to_be_under_18[age] if {
	some age, minor in {"0": true, "12": true, "17": true, "adult": false, "unknown": false}
	use.minor == minor with input as asking.about({"age": age})
}

test_a_sale_is_a_disclosure_for_value_outside_the_group[name] if {
	some name, [changes, sold] in {
		"to a stranger": [{"recipient": "advertiser"}, true],
		"to an affiliate": [{"recipient": "microsoft"}, false],
		"to an affiliate in California": [{"recipient": "microsoft", "jurisdiction": "US-CA"}, true],
		"within the house in California": [{"recipient": "linkedin_ireland", "jurisdiction": "US-CA"}, false],
		"by another controller": [{"recipient": "microsoft", "controller": "generic"}, true],
		"for another purpose": [{"recipient": "advertiser", "purpose": "ads_personalised"}, false],
	}
	use.sold == sold with input as asking.about(object.union({"purpose": "sell_data"}, changes))
}

test_messages_have_contents[category] if {
	some category, contents in {"private_messages": true, "group_messages": true, "public_posts": false}
	use.message_contents == contents with input as asking.about({"data": category})
}
