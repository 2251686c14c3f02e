"""Writes `policies/mayuse/main/rules.rego`: every rule, asked in turn by its literal name.

Adding a rule adds a folder and edits no other file; this index is derived from the folders. Asked
through variables (`data.mayuse.law[area][slug]`) the same rules cost about twice as much, on OPA
and in WebAssembly (ADR 0009).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

INDEX = Path("mayuse/main/rules.rego")
SAYS = ("permits", "denies", "obliges", "missing")
"""The sets a rule may offer, in the order they are written."""

_HEAD = """\
# Every rule, asked in turn. Written by `mayuse policy index`: edit the rules, not this file.
package mayuse.main
"""


def text(policies: Path) -> str:
    """The index of a `policies/` folder, as `opa fmt` leaves it."""
    return "\n".join([_HEAD, *(_entry(rule, says) for rule, says in _rules(policies))])


def write(policies: Path) -> bool:
    """Bring the index up to date; tells whether it had to change."""
    path = policies / INDEX
    wanted = text(policies)
    if path.is_file() and path.read_text(encoding="utf-8") == wanted:
        return False
    path.write_text(wanted, encoding="utf-8")
    return True


def is_current(policies: Path) -> bool:
    """Whether the index, where a policies folder has one, lists just the rules there are."""
    path = policies / INDEX
    return not path.is_file() or path.read_text(encoding="utf-8") == text(policies)


def _rules(policies: Path) -> Iterator[tuple[str, list[str]]]:
    root = policies / "mayuse"
    for layer in ("law", "terms"):
        for path in sorted((root / layer).glob("*/*/*.rego")):
            if not path.name.endswith("_test.rego"):
                source = path.read_text(encoding="utf-8")
                heads = set(re.findall(r"^(\w+) contains ", source, re.MULTILINE))
                yield (
                    path.parent.relative_to(root).as_posix(),
                    [name for name in SAYS if name in heads],
                )


def _entry(rule: str, says: list[str]) -> str:
    package = "data.mayuse." + rule.replace("/", ".")
    offered = "".join(f'\t"{name}": {package}.{name},\n' for name in says)
    return (
        f'said["{rule}"] := {{\n{offered}}} if {{\n'
        f"\t{package}.in_place\n"
        f"\tinput.on >= {package}.in_force.from\n"
        f"\tinput.on <= {package}.in_force.until\n"
        f"\t{package}.in_scope\n"
        "}\n"
    )
