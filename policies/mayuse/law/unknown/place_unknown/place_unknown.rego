# METADATA
# title: A place that is not known
# description: Without the person's place a use is judged by the strictest law; only what every law of this bundle permits is permitted.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     every_law_permits: every law of this bundle permits this use
#     some_law_may_deny: some law of this bundle may deny this use, and the place is not known
package mayuse.law.unknown.place_unknown

import data.mayuse.facts.always
import data.mayuse.facts.unknown_place
import data.mayuse.shared.use

in_place if input.jurisdiction == "unknown"

in_force := always

in_scope := true

every_law_permits if {
	input.purpose in unknown_place.permitted_purposes
	not use.sensitive
	input.recipient != "public"
	not use.affiliate
	not use.message_contents
	not some_parent_is_asked
	input.on >= unknown_place.from
}

# Some acts ask a parent of everybody under 18, also for what the service needs.
some_parent_is_asked if {
	use.minor
	not use.safety_or_duty
}

permits contains said("every_law_permits") if every_law_permits

denies contains said("some_law_may_deny") if not every_law_permits

missing contains "data_subject.jurisdiction" if not every_law_permits

said(reason) := {"reason": reason, "act": "eu-gdpr", "cites": ["eu-gdpr-6-1-a", "eu-gdpr-6-1-b"]}
