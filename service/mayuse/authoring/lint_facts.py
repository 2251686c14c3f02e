"""Lint of facts: acts and provisions without source, citations that lead nowhere. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from mayuse.authoring.findings import FAULT, NOTE, PLACEHOLDER, Finding
from mayuse.authoring.folder import Folder

CITABLE = {
    "acts": ("title", "source", "confidence"),
    "provisions": ("title", "source", "confidence"),
}
WITHOUT_LAW = {"acts", "provisions", "vocabulary", "calendar"}
"""Topics whose rows are not legal values, or are checked as citable rows."""

Path_ = tuple[str, ...]


def check(folder: Folder) -> Iterator[Finding]:
    """Every finding in the facts of a folder."""
    yield from _rows_without_source(folder)
    yield from _acts_without_dates(folder)
    yield from _citations_to_nowhere(folder)
    yield from _confidence_without_source(folder)
    yield from _never_cited(folder)


def _rows_without_source(folder: Folder) -> Iterator[Finding]:
    for topic, wanted in CITABLE.items():
        for name, row in folder.facts.get(topic, {}).items():
            for member in wanted:
                if not str(row.get(member) or "").strip():
                    yield _finding(
                        folder,
                        (topic, name),
                        "facts-source",
                        f"{name} has no {member}",
                        f"write `{member}:`; where it was read, and how sure we are, belong to it",
                    )
            if left := [member for member, text in row.items() if PLACEHOLDER in str(text)]:
                yield _finding(
                    folder,
                    (topic, name),
                    "placeholder",
                    f"{name} still reads {PLACEHOLDER} in {', '.join(left)}",
                    "write it",
                )
    for name, row in folder.facts.get("provisions", {}).items():
        if row.get("act") not in folder.facts.get("acts", {}):
            yield _finding(
                folder,
                ("provisions", name),
                "missing-citation",
                f"{name} is a provision of {row.get('act')}, which is no act",
                "name an act of mayuse/facts/acts",
            )


def _acts_without_dates(folder: Folder) -> Iterator[Finding]:
    for name, row in folder.facts.get("acts", {}).items():
        first, last = str(row.get("from") or ""), str(row.get("until") or "")
        if not first or not last or first > last:
            yield _finding(
                folder,
                ("acts", name),
                "missing-dates",
                f"{name} does not say from when until when it reaches processing",
                'write `from: "YYYY-MM-DD"` and `until: "9999-12-31"`',
            )
        if row.get("layer") == "law" and not row.get("places") and not row.get("regimes"):
            yield _finding(
                folder,
                ("acts", name),
                "missing-places",
                f"{name} says neither in which places nor in which regimes it is law",
                "write `places: [US-CA]` or `regimes: [EEA]`; without, no answer lists the act",
            )


def _citations_to_nowhere(folder: Folder) -> Iterator[Finding]:
    acts, provisions = folder.facts.get("acts", {}), folder.facts.get("provisions", {})
    for path, node in _objects(folder):
        cites = [
            cited
            for member, value in node.items()
            if member == "cites" or member.endswith("_cites")
            for cited in (value if isinstance(value, list) else [value])
        ]
        unknown = [cited for cited in cites if cited not in provisions]
        if isinstance(node.get("act"), str) and node["act"] not in acts:
            unknown.append(node["act"])
        for cited in unknown:
            yield _finding(
                folder,
                path,
                "missing-citation",
                f"{'.'.join(path)} cites {cited}, which the facts do not have",
                "add it to mayuse/facts/acts or mayuse/facts/provisions, with its source",
            )


def _confidence_without_source(folder: Folder) -> Iterator[Finding]:
    """One finding a kind of value: tables repeat the same omission in every row."""
    found: dict[tuple[str, str], list[Path_]] = defaultdict(list)
    for path, node in _objects(folder):
        if "confidence" in node and not node.get("source") and not node.get("cites"):
            found[path[0], path[-1]].append(path)
    for (topic, member), paths in found.items():
        yield _finding(
            folder,
            paths[0],
            "facts-source",
            f"{member} has neither source nor cites, in {len(paths)} rows of {topic}",
            "write `source:` or `cites:` beside the value",
        )


def _never_cited(folder: Folder) -> Iterator[Finding]:
    """Provisions that neither a row of facts nor a module names; none can be cited."""
    named = {text for _, node in _objects(folder) for text in _texts(node)}
    named |= {text for module in folder.modules for text in module.strings()}
    for name in folder.facts.get("provisions", {}):
        if name not in named:
            yield _finding(
                folder,
                ("provisions", name),
                "unreachable",
                f"no rule and no row of facts cites {name}",
                "cite it where it decides something, or remove it",
                kind=NOTE,
            )


def _objects(folder: Folder) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
    """Every object of the topics that hold law, with its path."""
    for topic, rows in folder.facts.items():
        if topic not in WITHOUT_LAW:
            yield from _below(rows, (topic,))


def _below(node: object, path: Path_) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        yield path, node
        for name, item in node.items():
            yield from _below(item, (*path, name))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _below(item, (*path, str(index)))


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    for value in node.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                yield item


def _finding(  # noqa: PLR0913, PLR0917 - one argument per member of a finding
    folder: Folder, path: Path_, check_name: str, says: str, mend: str, kind: str = FAULT
) -> Finding:
    file, line = folder.place_of_fact(path)
    return Finding(file, line, check_name, says, mend, kind)
