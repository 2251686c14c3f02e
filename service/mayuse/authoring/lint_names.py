"""Lint of names: fields, values and facts that rules speak of and that do not exist. Pure.

A misspelt name is no fault of Rego: the condition is undefined, and what rests on its `not` holds.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mayuse import rule_index
from mayuse.authoring import rego, terms
from mayuse.authoring.findings import Finding
from mayuse.authoring.folder import Folder
from mayuse.authoring.input_form import Days
from mayuse.authoring.meanings import Field, Meanings, Scope, Value
from mayuse.authoring.rego import Term
from mayuse.intake_faults import nearest

EQUALITIES = {"equal", "eq", "neq"}
ORDERS = {"lt", "lte", "gt", "gte"}
MEMBER = "internal.member_2"
GET = "object.get"

SHOWN = 8
"""So many names are listed where none is near."""


def check(folder: Folder) -> Iterator[Finding]:
    """Every name in the modules that does not exist, but for the index, which is written."""
    meanings = Meanings(folder)
    for module in folder.modules:
        if module.file != rule_index.INDEX.as_posix():
            for path in module.imported.values():
                yield from _missing(Scope(module, {}), path, meanings)
            for rule in module.rules:
                yield from _of_rule(Scope(module, rule), meanings, folder)


def _of_rule(scope: Scope, meanings: Meanings, folder: Folder) -> Iterator[Finding]:
    for item in rego.walk(scope.rule):
        if item.get("type") == "ref":
            yield from _missing(scope, item, meanings)
            yield from _keys(scope, item, meanings, folder)
    for name, _, arguments in rego.calls(scope.rule):
        if name == GET:
            yield from _missing(scope, _gotten(arguments), meanings)
        elif name in ORDERS | EQUALITIES:
            one, other = arguments
            unordered = list(_unordered(scope, arguments, meanings)) if name in ORDERS else []
            yield from unordered or _never(scope, one, [other], meanings)
            yield from unordered or _never(scope, other, [one], meanings)
        elif name == MEMBER and arguments[1]["type"] in {"array", "set"}:
            yield from _never(scope, arguments[0], arguments[1]["value"], meanings)


def _missing(scope: Scope, reference: Term, meanings: Meanings) -> Iterator[Finding]:
    if lacking := meanings.missing(scope, reference):
        part = reference["value"][lacking.at]
        name = str(part["value"])
        says = f"`{_written(reference, lacking.at)}` has no {name}"
        yield _finding(scope, part, "unknown-name", says, _instead(name, lacking.known))


def _gotten(arguments: Sequence[Term]) -> Term:
    """`object.get(x, ["a", "b"], …)` as the reference `x.a.b`."""
    whole, key, _ = arguments
    parts = whole["value"] if whole["type"] == "ref" else [whole]
    return {"type": "ref", "value": [*parts, *(key["value"] if key["type"] == "array" else [key])]}


def _unordered(scope: Scope, compared: Sequence[Term], meanings: Meanings) -> Iterator[Finding]:
    for term in compared:
        values = _values(scope, term, meanings)
        if values is not None and not isinstance(values, Days):
            says = f"the values of `{_written(term)}` have no order: as text, 9 comes after 13"
            mend = "name the values with `in {…}`, or look them up in the facts"
            yield _finding(scope, term, "impossible-value", says, mend)


def _never(
    scope: Scope, field: Term, others: Sequence[Term], meanings: Meanings
) -> Iterator[Finding]:
    """Literals that are compared with a field of the input that never has them."""
    values = _values(scope, field, meanings)
    for literal in others:
        value = terms.json_of(literal)
        if values is not None and literal["type"] in terms.LITERALS and not _has(values, value):
            says = f"`{_written(field)}` is never {json.dumps(value)}"
            yield _finding(scope, literal, "impossible-value", says, _instead_of(value, values))


def _keys(scope: Scope, reference: Term, meanings: Meanings, folder: Folder) -> Iterator[Finding]:
    """Rows of a table that is looked up by a field, under keys that the field never has."""
    parts = reference["value"]
    for at, part in enumerate(parts[1:], start=1):
        values = _values(scope, part, meanings)
        if values is None:
            continue
        where = f"{scope.module.file}:{rego.line_of(part)}"
        for table in meanings.of(scope, {"type": "ref", "value": parts[:at]}):
            if not isinstance(table, Value) or not isinstance(table.json, Mapping):
                continue
            for key in (key for key in table.json if not _has(values, key)):
                says = f"`{_written(part)}`, by which {where} looks here, is never {key}"
                found = _finding(scope, part, "impossible-value", says, _instead_of(key, values))
                if table.place is not None:
                    file, line = folder.place_of_fact((*table.place, key))
                    found = replace(found, file=file, line=line)
                yield found


def _values(scope: Scope, term: Term, meanings: Meanings) -> Container[Any] | None:
    """The values of the field of the input that a term is; None where it is none."""
    found = meanings.of(scope, term) if term.get("type") in {"ref", "var"} else []
    forms = [one.form if isinstance(one, Field) else None for one in found]
    if len(forms) == 1 and not isinstance(forms[0], Mapping):
        return forms[0]
    told = [form for form in forms if isinstance(form, tuple)]
    return sum(told, ()) if told and len(told) == len(forms) else None


def _has(values: Container[Any], value: object) -> bool:
    """As JSON has it: true is not 1."""
    return value in values and isinstance(value, bool) == (True in values)


def _instead_of(value: object, values: Container[Any]) -> str:
    if not isinstance(values, Iterable):
        return "write a day that exists, as YYYY-MM-DD"
    written = [item if isinstance(item, str) else json.dumps(item) for item in values]
    return _instead(str(value), written)


def _instead(name: str, known: Sequence[str]) -> str:
    if near := nearest(name, known):
        return f"did you mean `{near}`?"
    more = ", …" if len(known) > SHOWN else ""
    return f"write one of: {', '.join(known[:SHOWN])}{more}"


def _written(reference: Term, end: int | None = None) -> str:
    path = rego.path_of(reference)[:end]
    return ".".join("[…]" if part is None else part for part in path).replace(".[", "[")


def _finding(scope: Scope, where: Term, check_name: str, says: str, mend: str) -> Finding:
    return Finding(scope.module.file, rego.line_of(where), check_name, says, mend)
