# METADATA
# title: Contents of messages
# description: A provider of messages gives their contents to no other company, not even of its group, without a party's consent, save to deliver them, protect the service or obey the law.
# custom:
#   owner: privacy-legal
#   last_read: "2026-11-23"
#   reasons:
#     party_consented: a party to the messages consented to the disclosure
#     no_party_consented: the contents of messages would go to another company without a party's consent
package mayuse.law.us.message_contents

import data.mayuse.facts.acts
import data.mayuse.shared.place
import data.mayuse.shared.use

in_place if place.us

in_force := acts["us-sca"]

in_scope if {
	use.message_contents
	another_company
	not excepted
}

# LinkedIn Corporation provides the service to members in the United States.
another_company if input.controller == "generic"

another_company if input.recipient != "linkedin_corporation"

# Delivering, protecting and obeying reach carriers and addressees, not everybody.
excepted if {
	use.necessary
	not input.recipient in {"advertiser", "public"}
}

consented if input.choices.consent_message_contents == "given"

permits contains said("party_consented") if consented

denies contains said("no_party_consented") if not consented

missing contains "choices.consent_message_contents" if input.choices.consent_message_contents == "none"

said(reason) := {"reason": reason, "act": "us-sca", "cites": ["us-sca-2702-a", "us-sca-2702-b"]}
