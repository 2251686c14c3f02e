"""Lint of conditions: `not` over what may be undefined, builtins that rules do without. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mayuse.authoring import rego
from mayuse.authoring.findings import Finding
from mayuse.authoring.folder import Folder
from mayuse.authoring.rego import ANY, Module, Term, Trail

FORBIDDEN = {
    "time.": "reads the clock or computes with it; policies have no clock",
    "http.": "goes to the network",
    "net.": "goes to the network",
    "rand.": "is random",
    "uuid.": "is random",
    "opa.runtime": "reads the environment",
    "regex.": "matches patterns, which cannot be proved over all inputs",
    "glob.": "matches patterns, which cannot be proved over all inputs",
}
TEXT_SURGERY = {
    *("concat", "contains", "endswith", "format_int", "indexof", "indexof_n", "lower", "replace"),
    *("split", "sprintf", "startswith", "strings.replace_n", "strings.reverse", "substring"),
    *("trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix", "upper"),
}


def check(folder: Folder) -> Iterator[Finding]:
    """Every finding in the conditions of every module, shared ones included."""
    for module in folder.modules:
        yield from _undefined_nots(module, folder)
        yield from _forbidden_builtins(module)


def _undefined_nots(module: Module, folder: Folder) -> Iterator[Finding]:
    for rule in module.rules:
        for expression in rego.walk(rule):
            if not expression.get("negated"):
                continue
            for reference in rego.references(dict(expression)):
                trail = rego.resolve(module, reference, folder.by_package)
                if _may_be_undefined(trail, folder):
                    yield Finding(
                        module.file,
                        rego.line_of(expression),
                        "undefined-not",
                        f"`not` over {_written(reference)}, which may be undefined: then it holds",
                        "give every row of facts a value, or name the condition "
                        "(`has_x if row.x`) and write `not has_x`",
                    )


def _may_be_undefined(trail: Trail, folder: Folder) -> bool:
    head, *rest = trail
    if head == "input":
        return not _declared(rest, folder.facts)
    if head != "data":
        return bool(rest)
    if tuple(rest[:2]) == ("mayuse", "facts"):
        return not _defined_in_every_row(folder.facts, rest[2:])
    for cut in range(len(rest), 0, -1):
        if tuple(rest[:cut]) in folder.by_package:
            return len(rest) - cut > 1
    return True


def _declared(path: Sequence[str | None], facts: Mapping[str, Any]) -> bool:
    """Whether a field of the facts has a value in every question."""
    match path:
        case ["choices", str(name)]:
            return name in facts["vocabulary"]["choices"]
        case ["signals", "gpc"]:
            return True
        case [str(name)]:
            return name in _FIELDS
    return False


_FIELDS = {"controller", "recipient", "purpose", "data", "jurisdiction", "on", "age"}


def _defined_in_every_row(node: object, path: Sequence[str | None]) -> bool:
    if not path:
        return True
    part, *rest = path
    if isinstance(node, Mapping):
        if part is ANY:
            return bool(node) and all(_defined_in_every_row(row, rest) for row in node.values())
        return part in node and _defined_in_every_row(node[part], rest)
    if isinstance(node, list) and part is ANY:
        return all(_defined_in_every_row(row, rest) for row in node)
    return False


def _forbidden_builtins(module: Module) -> Iterator[Finding]:
    for name, where, _ in rego.calls(list(module.rules)):
        line = rego.line_of(where)
        for prefix, why in FORBIDDEN.items():
            if name.startswith(prefix):
                yield Finding(
                    module.file,
                    line,
                    "forbidden-builtin",
                    f"`{name}` {why}",
                    "compare fields of the facts with values of the facts data instead",
                )
        if name in TEXT_SURGERY and module.rule:
            yield Finding(
                module.file,
                line,
                "forbidden-builtin",
                f"`{name}` takes text apart or puts it together; rules compare whole values",
                "put the value it makes into the facts data, and look it up",
            )


def _written(reference: Term) -> str:
    return ".".join("[…]" if part is ANY else part for part in rego.path_of(reference))
