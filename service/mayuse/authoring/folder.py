"""A policies folder as its author left it: modules, facts and cases, whether or not it builds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from mayuse import opa_binary, policy_lines
from mayuse.authoring import rego
from mayuse.authoring.rego import Module
from mayuse.question import Question
from mayuse.vocabulary import Vocabulary

ANY_DAY = date(2025, 11, 20)
"""Where a rule is in place, and when in force, must not depend on the day asked about."""

SPANS = """[[["law", area, slug], item.jurisdiction, span] |
	some item in input.items
	some area, slug
	data.mayuse.law[area][slug].in_place with input as item
	span := data.mayuse.law[area][slug].in_force with input as item
]"""
"""Where and when each rule of a layer is in force; the layer must stand literally in a rule."""

UNASKED = """{[["law", area, slug], item.jurisdiction] |
	some item in input.items
	some area, slug
	data.mayuse.law[area][slug].in_place with input as item
	data.mayuse.areas[area]
	asked := [true | data.mayuse.areas[area].in_place with input as item]
	asked != [true]
}"""
"""Where a rule is in place and main does not ask it, as its area is not: it is silent there."""


@dataclass(frozen=True)
class Span:
    """A rule is in force in a place, from the first day to the last."""

    place: str
    first: str
    last: str


@dataclass(frozen=True)
class Folder:
    """What the lint, the scaffold and the pages read."""

    policies: Path
    modules: tuple[Module, ...]
    facts: Mapping[str, Any]
    """`data.mayuse.facts`, as OPA reads it."""

    @classmethod
    def read(cls, policies: Path) -> Folder:
        """Parse the modules and read the facts. Raises `OpaFailed` or `OpaMissing`."""
        facts = query(policies, "data.mayuse.facts", {})
        return cls(policies, tuple(rego.parse(policies)), facts or {})

    @cached_property
    def by_package(self) -> dict[tuple[str, ...], Module]:
        """Package -> module."""
        return {module.package: module for module in self.modules}

    @cached_property
    def rules(self) -> list[Module]:
        """The modules that are rules, by id."""
        return sorted(
            (module for module in self.modules if module.rule), key=lambda item: item.rule or ""
        )

    @cached_property
    def spans(self) -> dict[str, list[Span]]:
        """Rule -> where and when it is in force, for any controller. Raises `OpaFailed`."""
        found: dict[str, dict[Span, None]] = {}
        for path, place, span in self._of_each_layer(SPANS):
            if {"from", "until"} <= span.keys():
                held = Span(place, span["from"], span["until"])
                found.setdefault("/".join(path), {})[held] = None
        return {rule: list(spans) for rule, spans in found.items()}

    @cached_property
    def unasked(self) -> dict[str, list[str]]:
        """Rule -> places where it is in place and its area is not. Raises `OpaFailed`."""
        found: dict[str, list[str]] = {}
        for path, place in self._of_each_layer(UNASKED):
            found.setdefault("/".join(path), []).append(place)
        return found

    def _of_each_layer(self, text: str) -> Iterator[list[Any]]:
        items = {"items": list(_one_question_a_place(self.facts))}
        for layer in ("law", "terms"):
            asked = text.replace('"law"', f'"{layer}"').replace(".law[", f".{layer}[")
            yield from query(self.policies, asked, items) or []

    def place_of_fact(self, path: tuple[str, ...]) -> tuple[str, int]:
        """The file and line of a row of facts, e.g. `("acts", "eu-gdpr")`."""
        return policy_lines.of_fact(self.policies, path)

    def line_of_metadata(self, module: Module, *path: str) -> int:
        """The line of a word of a module's METADATA, e.g. `"custom", "owner"`."""
        return policy_lines.of_metadata(self.policies / module.file, path)


def query(policies: Path, query: str, document: object) -> Any:  # noqa: ANN401 - any JSON
    """Evaluate a Rego query on a folder, tests left out; None when it is undefined.

    Raises `OpaFailed` with OPA's own words, e.g. that a file does not compile.
    """
    arguments: list[str | Path] = [
        *("eval", "--format", "json", "--stdin-input"),
        *("--bundle", ".", "--ignore", "*_test.rego", query),
    ]
    said = json.loads(opa_binary.run(arguments, cwd=policies, stdin=json.dumps(document)))
    rows = said.get("result", [])
    return rows[0]["expressions"][0]["value"] if rows else None


def _one_question_a_place(facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    words = Vocabulary.from_facts(facts)
    for controller in words.controllers:
        for place in words.jurisdictions:
            question = Question(
                controller=controller,
                recipient=next(iter(words.recipients)),
                purpose=next(iter(words.purposes)),
                data=(next(iter(words.data)),),
                jurisdiction=place,
                on=ANY_DAY,
            )
            [asked] = question.facts(words)
            yield asked.as_input()
