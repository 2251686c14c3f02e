"""What a reference in a rule can stand for: a field of the input, or values of the facts. Pure.

The parsed modules are read, not evaluated. A part that is known only when a question is asked
(`us_states[input.jurisdiction]`) stands for every row, a name for every value that its definitions
give it. What cannot be told stands for `UNKNOWN`, and nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mayuse.authoring import rego, terms
from mayuse.authoring.folder import Folder
from mayuse.authoring.input_form import Form, form_of
from mayuse.authoring.rego import ANY, Module, Term
from mayuse.authoring.terms import Binding

Path = tuple[str, ...]
UNKNOWN = None

MAIN = ("mayuse", "main")
FACTS = ("mayuse", "facts")


@dataclass(frozen=True)
class Field:
    """A part of the input document, and what stands there."""

    form: Form


@dataclass(frozen=True, eq=False)
class Value:
    """JSON: of the facts, or a literal of a rule."""

    json: Any
    place: Path | None = None
    """Where in the facts; None for a literal."""


@dataclass(frozen=True)
class Package:
    """A part of `data` that holds packages or the names of one."""

    path: Path


Meaning = Field | Value | Package | None


@dataclass(frozen=True)
class Scope:
    """Where a term stands."""

    module: Module
    rule: Term
    """Empty for an import."""


@dataclass(frozen=True)
class Missing:
    """The first part of a reference that leads nowhere."""

    at: int
    """Its index in the reference."""

    known: tuple[str, ...]
    """The names that would lead on."""


class Meanings:
    """The meanings of every term of a folder's modules."""

    def __init__(self, folder: Folder) -> None:
        self._facts = folder.facts
        self._input = Field(form_of(folder.facts))
        self._asked = Field({**form_of(folder.facts), "items": None})
        self._modules: dict[Path, list[Module]] = {}
        for module in folder.modules:
            self._modules.setdefault(module.package, []).append(module)
        self._named: dict[tuple[Path, str], list[Meaning]] = {}
        self._bound: dict[int, dict[str, list[Binding]]] = {}

    def of(self, scope: Scope, term: Term) -> list[Meaning]:
        """All that a term may stand for; empty when nothing."""
        if term["type"] == "ref":
            return self._followed(scope, term["value"])
        if term["type"] == "var":
            return self._head(scope, str(term["value"]))
        return [Value(terms.json_of(term))] if terms.is_ground(term) else [UNKNOWN]

    def missing(self, scope: Scope, reference: Term) -> Missing | None:
        """The part of a reference that does not exist, if there is one."""
        parts = reference["value"]
        for at in range(1, len(parts)):
            before = self._followed(scope, parts[:at])
            if parts[at]["type"] != "string" or self._followed(scope, parts[: at + 1]):
                continue
            known = {name for meaning in before for name in self._known(meaning)}
            return Missing(at, tuple(sorted(known))) if known else None
        return None

    def step(self, meaning: Meaning, part: str | None) -> list[Meaning]:
        """What a meaning's member stands for; of every member, where the part is not known."""
        match meaning:
            case Field(form) if isinstance(form, Mapping):
                inner = form.values() if part is ANY else [form[part]] if part in form else []
                return [UNKNOWN if item is None else Field(item) for item in inner]
            case Value(Mapping() as rows, place):
                return [
                    Value(row, None if place is None else (*place, name))
                    for name, row in rows.items()
                    if part in {ANY, name}
                ]
            case Value(list() as rows, place):
                inside = [None if place is None else (*place, str(i)) for i in range(len(rows))]
                return [Value(*pair) for pair in zip(rows, inside, strict=True)]
            case Package(path):
                return [UNKNOWN] if part is ANY else self._in_package((*path, part))
        return [UNKNOWN] if meaning is UNKNOWN else []

    def _followed(self, scope: Scope, parts: Sequence[Term]) -> list[Meaning]:
        head, *rest = parts
        found = self.of(scope, head)
        for part in rest:
            name = str(part["value"]) if part["type"] == "string" else ANY
            found = [inner for meaning in found for inner in self.step(meaning, name)]
        return found

    def _head(self, scope: Scope, name: str) -> list[Meaning]:
        module = scope.module
        if name == "input":
            return [self._asked if module.package == MAIN else self._input]
        if name == "data":
            return [Package(())]
        if bound := self._locals(scope.rule).get(name):
            return [found for one in bound for found in self._of_binding(scope, one)]
        if name in module.imported:
            return self._followed(Scope(module, {}), module.imported[name]["value"])
        if name in self._names(module.package):
            return self._defined(module.package, name)
        return [UNKNOWN]

    def _of_binding(self, scope: Scope, bound: Binding) -> list[Meaning]:
        if bound.term is None:
            return [UNKNOWN]
        found = self.of(scope, bound.term)
        return [it for one in found for it in self.step(one, ANY)] if bound.element else found

    def _locals(self, rule: Term) -> dict[str, list[Binding]]:
        if id(rule) not in self._bound:
            self._bound[id(rule)] = terms.bindings(rule)
        return self._bound[id(rule)]

    def _defined(self, package: Path, name: str) -> list[Meaning]:
        if (package, name) not in self._named:
            self._named[package, name] = [UNKNOWN]  # while it is looked for
            self._named[package, name] = [
                found
                for module in self._modules[package]
                for rule in module.named(name)
                for found in self._of_definition(module, rule)
            ]
        return self._named[package, name]

    def _of_definition(self, module: Module, rule: Term) -> list[Meaning]:
        head = rule["head"]
        if rego.is_function(rule) or "key" in head or "else" in rule or len(head["ref"]) > 1:
            return [UNKNOWN]
        return self.of(Scope(module, rule), head["value"])

    def _in_package(self, path: Path) -> list[Meaning]:
        if path == FACTS:
            return [Value(self._facts, ())]
        found: list[Meaning] = []
        if path[-1] in self._names(path[:-1]):
            found += self._defined(path[:-1], path[-1])
        if any(package[: len(path)] == path for package in (*self._modules, FACTS)):
            found.append(Package(path))
        return found

    def _names(self, package: Path) -> set[str]:
        return {
            rego.name_of(rule) for item in self._modules.get(package, ()) for rule in item.rules
        }

    def _known(self, meaning: Meaning) -> Iterator[str]:
        match meaning:
            case Field(form) if isinstance(form, Mapping):
                yield from form
            case Value(Mapping() as rows):
                yield from rows
            case Package(path):
                yield from self._names(path)
                for package in (*self._modules, FACTS):
                    if len(package) > len(path) and package[: len(path)] == path:
                        yield package[len(path)]
