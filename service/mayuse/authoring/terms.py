"""Terms of a parsed rule: what its variables are bound to, and the JSON of its literals. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mayuse.authoring import rego
from mayuse.authoring.rego import Term

ASSIGN = {"assign", "eq"}
ELEMENT_OF = {"internal.member_2", "internal.member_3"}
LITERALS = {"string", "number", "boolean", "null"}


@dataclass(frozen=True, eq=False)
class Binding:
    """What a variable stands for."""

    term: Term | None
    """None when it is not told: of arguments, and of what is made of itself."""

    element: bool = False
    """Whether the variable is an element of the term."""


def bindings(rule: Term) -> dict[str, list[Binding]]:
    """Variable -> what it is bound to, for a rule's arguments, `:=`, `=`, `some` and `every`.

    The scopes of one rule are taken together: a name used twice stands for both.
    """
    bound: dict[str, list[Binding]] = {}
    for name, binding in _each_binding(rule):
        bound.setdefault(name, []).append(binding)
    return {
        name: [Binding(None)] if _is_made_of_itself(name, bound) else found
        for name, found in bound.items()
    }


def _each_binding(rule: Term) -> Iterator[tuple[str, Binding]]:
    for argument in rule.get("head", {}).get("args", []):
        yield from ((name, Binding(None)) for name in _variables(argument))
    for called, _, arguments in rego.calls(rule):
        *before, source = arguments or [{}]
        variable = before[-1] if before else {}
        if variable.get("type") == "var" and called in ASSIGN | ELEMENT_OF:
            yield str(variable["value"]), Binding(source, called in ELEMENT_OF)
    for item in rego.walk(rule):
        if "domain" in item and item["value"].get("type") == "var":
            yield str(item["value"]["value"]), Binding(item["domain"], element=True)


def _is_made_of_itself(name: str, bound: dict[str, list[Binding]]) -> bool:
    seen: set[str] = set()
    leads = {name}
    while leads:
        used = {it for lead in leads for one in bound.get(lead, ()) for it in _variables(one.term)}
        if name in used:
            return True
        seen |= leads
        leads = used - seen
    return False


def _variables(term: object) -> Iterator[str]:
    return (str(item["value"]) for item in rego.walk(term) if item.get("type") == "var")


def is_ground(term: Term) -> bool:
    """Whether a term is JSON as it stands."""
    match term["type"]:
        case "array" | "set":
            return all(map(is_ground, term["value"]))
        case "object":
            return all(key["type"] == "string" and is_ground(item) for key, item in term["value"])
    return term["type"] in LITERALS


def json_of(term: Term) -> Any:  # noqa: ANN401 - any JSON
    """The JSON that a ground term writes; a set is a list."""
    match term["type"]:
        case "array" | "set":
            return [json_of(item) for item in term["value"]]
        case "object":
            return {key["value"]: json_of(item) for key, item in term["value"]}
    return term.get("value")
