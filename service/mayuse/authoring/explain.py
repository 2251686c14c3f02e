"""`mayuse policy explain`: how the rules came to their answer on one question.

For every rule: is it in place, in force, in scope; and for those that speak, each named condition
with the value it has on these facts and the Rego that says when it holds. Evaluated by OPA from
source, recorded nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mayuse import opa_binary
from mayuse.answer import Ruling, rule_on
from mayuse.authoring import rego
from mayuse.authoring.rego import Module
from mayuse.authoring.source import Source
from mayuse.errors import NotFound
from mayuse.intake_faults import nearest
from mayuse.question import Facts, Question

UNDEFINED = "undefined"
OFFERS = ("in_place", "in_force", "in_scope", "permits", "denies", "obliges", "missing")
"""What every rule offers to main; all other names are its own conditions."""

LAYERS_QUERY = '{"law": data.mayuse.law, "terms": data.mayuse.terms, "shared": data.mayuse.shared}'


@dataclass(frozen=True)
class Condition:
    """A named condition: what it is on these facts, and the Rego that defines it."""

    name: str
    value: object
    """What it evaluated to, or `undefined`: it does not hold."""

    file: str
    line: int
    rego: str

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "name": self.name,
            "value": self.value,
            "file": self.file,
            "line": self.line,
            "rego": self.rego,
        }


@dataclass(frozen=True)
class RuleSeen:
    """One rule on these facts."""

    rule: str
    title: str
    status: str
    """`speaks`, `not in scope`, `not in force` or `not in place`."""

    in_force: Mapping[str, str] | None
    permits: tuple[str, ...]
    denies: tuple[str, ...]
    conditions: tuple[Condition, ...]
    """Empty for a rule that does not speak."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "rule": self.rule,
            "title": self.title,
            "status": self.status,
            "in_force": self.in_force,
            "permits": list(self.permits),
            "denies": list(self.denies),
            "conditions": [condition.to_json() for condition in self.conditions],
        }


@dataclass(frozen=True)
class Explained:
    """One data category of a question: the facts as the rules saw them, and each rule."""

    facts: Facts
    ruling: Ruling
    rules: tuple[RuleSeen, ...]


async def explain(source: Source, question: Question) -> list[Explained]:
    """Explain a question, one entry per data category.

    Raises `OpaFailed` with OPA's own words.
    """
    modules = {module.package: module for module in rego.parse(source.policies)}
    found = []
    for facts in question.facts(source.engine.vocabulary):
        document = facts.as_input()
        [verdict] = (await source.engine.evaluate([facts])).verdicts
        values = source.query(LAYERS_QUERY, document)
        rules = tuple(_seen(row, values, modules, document) for row in source.bundle.rules)
        found.append(Explained(facts, rule_on([facts], [verdict]), rules))
    return found


def trace(source: Source, facts: Facts, rule: str) -> str:
    """OPA's own trace of what one rule permits and denies, with every expression tried.

    Raises `NotFound` for a rule the folder does not have.
    """
    row = next((row for row in source.bundle.rules if row["rule"] == rule), None)
    if row is None:
        near = nearest(rule, (row["rule"] for row in source.bundle.rules))
        hint = f"did you mean {near}?" if near else f"they are in {source.policies / 'mayuse'}"
        raise NotFound(f"there is no rule {rule} in {source.policies}; {hint}")
    package = "data.mayuse." + rule.replace("/", ".")
    names = [name for name in ("permits", "denies") if name in row["defines"]]
    query = "; ".join(f"{package}.{name}" for name in names)
    arguments: list[str | Path] = [
        *("eval", "--explain", "full", "--format", "pretty", "--stdin-input"),
        *("--bundle", source.archive, query),
    ]
    return opa_binary.run(arguments, stdin=facts.to_text())


def _seen(
    row: Mapping[str, Any],
    values: Mapping[str, Any],
    modules: Mapping[tuple[str, ...], Module],
    document: Mapping[str, Any],
) -> RuleSeen:
    layer, area, slug = row["rule"].split("/")
    said = values[layer].get(area, {}).get(slug, {})
    status = _status(said, document["on"])
    module = modules["mayuse", layer, area, slug]
    conditions = tuple(_conditions(module, values, modules)) if status == "speaks" else ()
    return RuleSeen(
        rule=row["rule"],
        title=row["title"],
        status=status,
        in_force=said.get("in_force"),
        permits=_reasons(said, "permits") if status == "speaks" else (),
        denies=_reasons(said, "denies") if status == "speaks" else (),
        conditions=conditions,
    )


def _status(said: Mapping[str, Any], on: str) -> str:
    span = said.get("in_force")
    if not said.get("in_place"):
        return "not in place"
    if not span or not span["from"] <= on <= span["until"]:
        return "not in force"
    return "speaks" if said.get("in_scope") else "not in scope"


def _reasons(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(sorted({item["reason"] for item in said.get(name, [])}))


def _conditions(
    module: Module, values: Mapping[str, Any], modules: Mapping[tuple[str, ...], Module]
) -> Iterator[Condition]:
    """The rule's own names, then the names of shared packages that it refers to."""
    for name in module.names():
        if name not in OFFERS:
            yield _condition(module, name, values, name)
    used = {rego.path_of(reference)[:2] for reference in rego.references(list(module.rules))}
    for alias, package in module.imports.items():
        shared = modules.get(package)
        if shared is not None and package[1] == "shared":
            for name in shared.names():
                if (alias, name) in used:
                    yield _condition(shared, name, values, f"{alias}.{name}")


def _condition(module: Module, name: str, values: Mapping[str, Any], shown: str) -> Condition:
    held: Any = values
    for part in module.package[1:]:
        held = held.get(part, {})
    definitions = module.named(name)
    return Condition(
        name=shown,
        value=held.get(name, UNDEFINED),
        file=module.file,
        line=rego.line_of(definitions[0]),
        rego="\n".join(rego.text_of(rule) for rule in definitions),
    )
