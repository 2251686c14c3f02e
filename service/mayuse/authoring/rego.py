"""Rego modules as OPA's own parser sees them, with lines, and where each reference leads.

Pure but for `parse`, which starts OPA.

The tree is OPA's JSON (`opa parse --format json --json-include locations`): terms are objects with
`type` and `value`, expressions are objects with `terms` and perhaps `negated`.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mayuse import bundle_rules, opa_binary, opa_words
from mayuse.errors import OpaFailed

Term = Mapping[str, Any]
Trail = tuple[str | None, ...]
"""Parts of a reference; None where a part is not known before evaluation."""

ANY = None
WORKERS = 4


@dataclass(frozen=True)
class Module:
    """One parsed file."""

    file: str
    """Relative to the policies folder."""

    package: tuple[str, ...]
    """Without `data`, e.g. `("mayuse", "law", "us", "coppa")`."""

    imported: Mapping[str, Term]
    """Name -> the reference it stands for."""

    rules: Sequence[Term]
    annotations: Mapping[str, Any]
    """The package's METADATA."""

    @property
    def rule(self) -> str | None:
        """The rule's id when the package is one of law or terms, else None."""
        path = self.package[1:]
        return "/".join(path) if path[0] in {"law", "terms"} else None

    @cached_property
    def imports(self) -> dict[str, tuple[str, ...]]:
        """Name -> path without `data`."""
        return {
            name: tuple(str(part["value"]) for part in node["value"][1:])
            for name, node in self.imported.items()
        }

    @cached_property
    def entry(self) -> dict[str, Any]:
        """The row of a rule in the catalogue of a bundle, as it would be built."""
        defines = sorted(map(name_of, self.rules))
        return bundle_rules.entry(self.rule or "", self.annotations, self.file, defines)

    def named(self, name: str) -> list[Term]:
        """The definitions of a name in this module."""
        return [rule for rule in self.rules if name_of(rule) == name]

    def strings(self) -> Iterator[str]:
        """Every literal string of the module's rules."""
        return (text for text, _ in strings(list(self.rules)))

    def names(self) -> list[str]:
        """Every name defined here, functions excepted, in the order of the file."""
        return list(dict.fromkeys(name_of(rule) for rule in self.rules if not is_function(rule)))


def parse(policies: Path, *, tests: bool = False) -> list[Module]:
    """Parse every module below `policies`, sorted by file.

    Raises `OpaFailed` with OPA's words for a file that is not Rego.
    """
    files = sorted(
        file.relative_to(policies)
        for file in policies.rglob("*.rego")
        if tests or not file.name.endswith("_test.rego")
    )
    program = opa_binary.find()
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda file: _parse(program, policies, file), files))


def name_of(rule: Term) -> str:
    """The name a rule defines; for `bases["x"] := …` it is `bases`."""
    return str(rule["head"]["ref"][0]["value"])


def is_function(rule: Term) -> bool:
    """Whether a rule takes arguments."""
    return "args" in rule["head"]


def line_of(node: Term) -> int:
    """The line a term, expression or rule starts on."""
    return int(node.get("location", {}).get("row", 1))


def text_of(node: Term) -> str:
    """The source text of a rule."""
    return base64.b64decode(node["location"]["text"]).decode()


def walk(node: object) -> Iterator[Term]:
    """Every object of a tree, itself first."""
    if isinstance(node, Mapping):
        yield node
        for name, item in node.items():
            if name != "location":
                yield from walk(item)
    elif isinstance(node, list):
        for item in node:
            yield from walk(item)


def references(node: object) -> Iterator[Term]:
    """Every reference and every bare variable of a tree, operators and functions excepted."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
        return
    if not isinstance(node, Mapping):
        return
    kind = node.get("type")
    if kind in {"ref", "var"}:
        yield node
        if kind == "ref":
            yield from references([part for part in node["value"][1:] if part["type"] == "ref"])
    elif kind == "call":
        yield from references(node["value"][1:])
    elif "terms" in node:
        terms = node["terms"]
        yield from references(terms[1:] if isinstance(terms, list) else terms)
    else:
        for name, item in node.items():
            if name != "location":
                yield from references(item)


def calls(node: object) -> Iterator[tuple[str, Term, Sequence[Term]]]:
    """(function's dotted name, where it stands, arguments) of every call in a tree."""
    for item in walk(node):
        called = None
        if item.get("type") == "call":
            called = item["value"]
        elif isinstance(item.get("terms"), list):
            called = item["terms"]
        if called and called[0].get("type") == "ref":
            name = ".".join(str(part["value"]) for part in called[0]["value"])
            yield name, item, called[1:]


def strings(node: object) -> Iterator[tuple[str, Term]]:
    """Every literal string of a tree that is not a part of a reference."""
    if isinstance(node, list):
        for item in node:
            yield from strings(item)
    elif isinstance(node, Mapping):
        if node.get("type") == "string":
            yield str(node["value"]), node
        elif node.get("type") != "ref":
            for name, item in node.items():
                if name != "location":
                    yield from strings(item)


def path_of(reference: Term) -> Trail:
    """A reference as a path: `input.choices[x]` -> `("input", "choices", None)`."""
    if reference["type"] == "var":
        return (str(reference["value"]),)
    first, *rest = reference["value"]
    head = str(first["value"]) if first["type"] == "var" else ANY
    return (head, *(str(part["value"]) if part["type"] == "string" else ANY for part in rest))


def resolve(module: Module, reference: Term, modules: Mapping[tuple[str, ...], Module]) -> Trail:
    """Follow imports and plain aliases (`state := us_states[input.jurisdiction]`) to the end.

    The path begins with `input`, `data` or a variable of the rule's body.
    """
    return _resolve(module, path_of(reference), modules, depth=8)


def _resolve(
    module: Module, path: Trail, modules: Mapping[tuple[str, ...], Module], depth: int
) -> Trail:
    head = path[0]
    if head == "data":
        target, name = modules.get(tuple(map(str, path[1:-1]))), path[-1]
        for cut in range(len(path) - 1, 1, -1):
            target = modules.get(tuple(map(str, path[1:cut])))
            if target is not None:
                name, rest = path[cut], path[cut + 1 :]
                break
        else:
            return path
        followed = _alias(target, name) if depth else None
        return (
            path if followed is None else _resolve(target, (*followed, *rest), modules, depth - 1)
        )
    if head in module.imports:
        full = ("data", *module.imports[str(head)], *path[1:])
        return _resolve(module, full, modules, depth) if depth else full
    if head is not None and module.named(head):
        followed = _alias(module, head) if depth else None
        if followed is not None:
            return _resolve(module, (*followed, *path[1:]), modules, depth - 1)
        return ("data", *module.package, *path)
    return path


def _alias(module: Module, name: str | None) -> Trail | None:
    """The path that a name stands for, when it is one definition without conditions."""
    definitions = module.named(name) if name is not None else []
    if len(definitions) != 1 or is_function(definitions[0]):
        return None
    [rule] = definitions
    value = rule["head"].get("value", {})
    unconditional = all(expression.get("generated") for expression in rule.get("body", []))
    return path_of(value) if unconditional and value.get("type") == "ref" else None


def _parse(program: Path, policies: Path, file: Path) -> Module:
    # One process a file: looking for the program, and asking its version, each time doubles it.
    done = subprocess.run(  # noqa: S603 - the pinned program, our own arguments
        [program, "parse", "--format", "json", "--json-include", "locations", file],
        cwd=policies,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise OpaFailed("\n".join([f"{file} is not Rego:", *opa_words.faults(said, policies)]))
    tree = json.loads(done.stdout)
    package = tuple(part["value"] for part in tree["package"]["path"][1:])
    return Module(
        file=file.as_posix(),
        package=package,
        imported=dict(map(_import, tree.get("imports", []))),
        rules=tree.get("rules", []),
        annotations=_package_metadata(tree),
    )


def _import(node: Term) -> tuple[str, Term]:
    return node.get("alias") or str(node["path"]["value"][-1]["value"]), node["path"]


def _package_metadata(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    before = line_of(tree["package"])
    found: Mapping[str, Any] = {}
    for annotation in tree.get("annotations", []):
        if annotation.get("scope", "package") == "package" and line_of(annotation) < before:
            found = annotation
    return found
