"""What `mayuse policy new` writes, and where: a rule and all that belongs to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mayuse.authoring.findings import PLACEHOLDER
from mayuse.authoring.scaffold_draft import SALE, Draft
from mayuse.vocabulary import UNKNOWN


@dataclass(frozen=True)
class Plan:
    """What is to be made."""

    policies: Path
    rule: str
    """`law/<area>/<slug>` or `terms/<controller>/<slug>`."""

    place: str
    begins: date
    last_read: date
    draft: Draft = SALE

    @property
    def layer(self) -> str:
        """`law` or `terms`."""
        return self.rule.split("/")[0]

    @property
    def area(self) -> str:
        """The area of a law, or the controller of terms."""
        return self.rule.split("/")[1]

    @property
    def slug(self) -> str:
        """The rule's own name."""
        return self.rule.split("/")[2]

    @property
    def act(self) -> str:
        """The id of the new act."""
        return f"{self.area}-{self.slug}".replace("_", "-")

    @property
    def provision(self) -> str:
        """The id of the new provision."""
        return f"{self.act}-1"

    @property
    def folder(self) -> Path:
        """Where the rule stands."""
        return self.policies / "mayuse" / self.rule

    @property
    def case_file(self) -> Path:
        """Where its cases stand."""
        return self.policies / "cases" / f"{self.area}_{self.slug}.cases.yaml"

    def files(self) -> dict[Path, str]:
        """Every file but the cases, with its text."""
        facts = self.policies / "mayuse" / "facts"
        return {
            self.folder / f"{self.slug}.rego": _rego(self),
            self.folder / f"{self.slug}_test.rego": _test(self),
            facts / "acts" / self.act / "data.yaml": _act(self),
            facts / "provisions" / self.provision / "data.yaml": _provision(self),
        }


def _rego(plan: Plan) -> str:
    draft, permits, denies = plan.draft, plan.draft.permits, plan.draft.denies
    return f"""# METADATA
# title: "{PLACEHOLDER}: what the rule is about, in a few words"
# description: "{PLACEHOLDER}: one sentence on how this code realises the text"
# custom:
#   owner: privacy-legal
#   last_read: "{plan.last_read}"
#   reasons:
#     {permits.reason}: {permits.sentence}
#     {denies.reason}: {denies.sentence}
package mayuse.{plan.rule.replace("/", ".")}

import data.mayuse.facts.acts

act := acts["{plan.act}"]

{_in_place(plan)}

in_force := {{"from": act.from, "until": act.until}}

in_scope if input.purpose == "{draft.purpose}"

{denies.reason} if input.choices.{draft.choice} == "{draft.value}"

permits contains said("{permits.reason}") if not {denies.reason}

denies contains said("{denies.reason}") if {denies.reason}

said(reason) := {{"reason": reason, "act": "{plan.act}", "cites": ["{plan.provision}"]}}
"""


def _in_place(plan: Plan) -> str:
    if plan.layer == "terms":
        return f'in_place if input.controller == "{plan.area}"'
    if plan.place == UNKNOWN:
        return f'in_place if input.jurisdiction == "{UNKNOWN}"'
    return "in_place if input.jurisdiction in act.places"


def _test(plan: Plan) -> str:
    draft, permits, denies = plan.draft, plan.draft.permits.reason, plan.draft.denies.reason
    said = f'"act": "{plan.act}", "cites": ["{plan.provision}"]'
    return f"""package mayuse.{plan.rule.replace("/", ".")}_test

import data.mayuse.{plan.rule.replace("/", ".")} as rule

test_permits_when_{permits} if {{
	rule.permits == {{{{"reason": "{permits}", {said}}}}} with input as asked("none")
	rule.denies == set() with input as asked("none")
}}

test_denies_when_{denies} if {{
	rule.permits == set() with input as asked("{draft.value}")
	rule.denies == {{{{"reason": "{denies}", {said}}}}} with input as asked("{draft.value}")
}}

asked(choice) := {{"purpose": "{draft.purpose}", "choices": {{"{draft.choice}": choice}}}}
"""


def _act(plan: Plan) -> str:
    # No act binds in a place that is not known: the lint asks for those in which this one does.
    known = plan.layer == "law" and plan.place != UNKNOWN
    places = f"places: [{plan.place}]\n" if known else ""
    return f"""# An act a rule can cite. It binds from `from` until `until`, both included.
title: "{PLACEHOLDER}: the act's title"
layer: {plan.layer}
from: "{plan.begins}"
until: "9999-12-31"
{places}confidence: low
source: "{PLACEHOLDER}: where the text was read, and when"
"""


def _provision(plan: Plan) -> str:
    return f"""# A provision a reason can cite, with our confidence in it and where it was read.
act: {plan.act}
provision: "{PLACEHOLDER}: § 1"
title: "{PLACEHOLDER}: what it provides"
confidence: low
source: "{PLACEHOLDER}: where the text was read, and when"
"""
