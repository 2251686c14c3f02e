"""Lint of facts: acts and provisions without source, citations that lead nowhere. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from mayuse import facts_check, policy_lines
from mayuse.authoring.findings import FAULT, NOTE, PLACEHOLDER, Finding
from mayuse.authoring.folder import Folder
from mayuse.incomplete import A_DAY, Incomplete, given, is_day

WITHOUT_LAW = {"acts", "provisions", "vocabulary", "calendar"}
"""Topics whose rows are not legal values, or are checked as citable rows."""

CHECKS = {
    **dict.fromkeys(("title", "source", "confidence", "url", "provision"), "facts-source"),
    **dict.fromkeys(("from", "until"), "missing-dates"),
    "act": "missing-citation",
}
"""Field -> the check that finds what the build would refuse in it; any other is of shape."""

MENDS = {
    "facts-source": "write it; where it was read, and how sure we are, belong to every row",
    "missing-dates": 'write `from: "YYYY-MM-DD"` and `until: "9999-12-31"`',
    "missing-citation": "name an act of mayuse/facts/acts",
    "facts-shape": "write it as the rows beside it do",
}
DAYS = ("from", "until")

Path_ = tuple[str, ...]


def check(folder: Folder) -> Iterator[Finding]:
    """Every finding in the facts of a folder."""
    yield from (_refused(folder, fault) for fault in facts_check.faults(folder.facts))
    yield from _repeated(folder)
    yield from _placeholders(folder)
    yield from _days(folder)
    yield from _acts_without_places(folder)
    yield from _citations_to_nowhere(folder)
    yield from _confidence_without_source(folder)
    yield from _never_cited(folder)


def unreadable(folder: Folder) -> Iterator[Finding]:
    """What must be mended before anything else can be looked at."""
    faults = filter(facts_check.unreadable, facts_check.faults(folder.facts))
    return (_refused(folder, fault) for fault in faults)


def _refused(folder: Folder, fault: Incomplete) -> Finding:
    """What the build would refuse, with its words."""
    check_name = CHECKS.get(fault.path[-1], "facts-shape")
    says = fault.to_text("") if len(fault.path) > 1 else f"{fault.file} {fault.wrong}"
    return _finding(folder, fault.path, check_name, says, MENDS[check_name])


def _repeated(folder: Folder) -> Iterator[Finding]:
    for file, line, key, first in policy_lines.repeated(folder.policies):
        says = f"{key} stands here and in line {first}: only the last counts"
        yield Finding(file, line, "facts-repeated", says, "keep one of the two")


def _placeholders(folder: Folder) -> Iterator[Finding]:
    for topic in ("acts", "provisions"):
        for path, row in _below(folder.facts.get(topic, {}), (topic,)):
            for member, text in row.items():
                if isinstance(text, str) and PLACEHOLDER in text:
                    says = f"{path[-1]} still reads {PLACEHOLDER} in {member}"
                    yield _finding(folder, (*path, member), "placeholder", says, "write it")


def _days(folder: Folder) -> Iterator[Finding]:
    for path, node in _objects(folder):
        for member in DAYS:
            if member in node and not is_day(node[member]):
                says = f"{'.'.join((*path, member))} {A_DAY} in quotes{given(node[member])}"
                mend = f'write `{member}: "YYYY-MM-DD"`'
                yield _finding(folder, (*path, member), "missing-dates", says, mend)


def _acts_without_places(folder: Folder) -> Iterator[Finding]:
    for name, row in folder.facts.get("acts", {}).items():
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
