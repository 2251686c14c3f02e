"""What `mayuse policy new` writes, and where: a rule and all that belongs to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mayuse.authoring.findings import PLACEHOLDER


@dataclass(frozen=True)
class Plan:
    """What is to be made."""

    policies: Path
    rule: str
    """`law/<area>/<slug>` or `terms/<controller>/<slug>`."""

    place: str
    begins: date
    last_read: date

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
    in_place = (
        "in_place if input.jurisdiction in act.places"
        if plan.layer == "law"
        else f'in_place if input.controller == "{plan.area}"'
    )
    return f"""# METADATA
# title: "{PLACEHOLDER}: what the rule is about, in a few words"
# description: "{PLACEHOLDER}: one sentence on how this code realises the text"
# custom:
#   owner: privacy-legal
#   last_read: "{plan.last_read}"
#   reasons:
#     not_opted_out: the person has not opted out of the sale of personal data
#     opted_out: the person has opted out of the sale of personal data
package mayuse.{plan.rule.replace("/", ".")}

import data.mayuse.facts.acts

act := acts["{plan.act}"]

{in_place}

in_force := {{"from": act.from, "until": act.until}}

in_scope if input.purpose == "sell_data"

opted_out if input.choices.opt_out_sale == "requested"

permits contains said("not_opted_out") if not opted_out

denies contains said("opted_out") if opted_out

said(reason) := {{"reason": reason, "act": "{plan.act}", "cites": ["{plan.provision}"]}}
"""


def _test(plan: Plan) -> str:
    said = f'"act": "{plan.act}", "cites": ["{plan.provision}"]'
    return f"""package mayuse.{plan.rule.replace("/", ".")}_test

import data.mayuse.{plan.rule.replace("/", ".")} as rule

test_permits_without_an_opt_out if {{
	rule.permits == {{{{"reason": "not_opted_out", {said}}}}} with input as asked("none")
	rule.denies == set() with input as asked("none")
}}

test_denies_after_an_opt_out if {{
	rule.permits == set() with input as asked("requested")
	rule.denies == {{{{"reason": "opted_out", {said}}}}} with input as asked("requested")
}}

asked(choice) := {{"purpose": "sell_data", "choices": {{"opt_out_sale": choice}}}}
"""


def _act(plan: Plan) -> str:
    places = f"places: [{plan.place}]\n" if plan.layer == "law" else ""
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
