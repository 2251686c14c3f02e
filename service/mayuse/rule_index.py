"""Writes `policies/mayuse/main/rules.rego`: every rule, asked in turn by its literal name.

Adding a rule adds a folder and edits no other file; this index is derived from the folders. Asked
through variables (`data.mayuse.law[area][slug]`) the same rules cost about twice as much, on OPA
and in WebAssembly (ADR 0009); with their names in the head (`_law_us["law/us/x"]`) a tenth more,
for each entry is then a document of its own. The scope is asked first: most questions are outside
most rules, and it mostly looks at the question alone, where place and dates are looked up.
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
    return "\n".join([_HEAD, *(part for area in _areas(policies) for part in area)])


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


def _areas(policies: Path) -> Iterator[list[str]]:
    root = policies / "mayuse"
    for layer in ("law", "terms"):
        for folder in sorted(path for path in (root / layer).glob("*") if path.is_dir()):
            rules = [
                _entry(root, path) for path in sorted(folder.glob("*/*.rego")) if _is_rule(path)
            ]
            if rules:
                yield [_gate(folder), *rules]


def _is_rule(path: Path) -> bool:
    return not path.name.endswith("_test.rego")


def _gate(folder: Path) -> str:
    """Asks an area's rules only where `area.rego` says that the area is in place."""
    area = folder.name
    asked = f"\tdata.mayuse.areas.{area}.in_place\n" if (folder / "area.rego").is_file() else ""
    return (
        f"said[rule] := says if {{\n{asked}\tsome rule, says in _{folder.parent.name}_{area}\n}}\n"
    )


def _entry(root: Path, path: Path) -> str:
    rule = path.parent.relative_to(root).as_posix()
    layer, area, _ = rule.split("/")
    package = "data.mayuse." + rule.replace("/", ".")
    heads = set(re.findall(r"^(\w+) contains ", path.read_text(encoding="utf-8"), re.MULTILINE))
    offered = "".join(f'\t\t"{name}": {package}.{name},\n' for name in SAYS if name in heads)
    return (
        f"_{layer}_{area}[rule] := says if {{\n"
        f"\t{package}.in_scope\n"
        f"\t{package}.in_place\n"
        f"\tperiod := {package}.in_force\n"
        f"\tinput.on >= period.from\n"
        f"\tinput.on <= period.until\n"
        f'\trule := "{rule}"\n'
        f"\tsays := {{\n{offered}\t}}\n"
        "}\n"
    )
