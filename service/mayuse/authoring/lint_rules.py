"""Lint of what a rule says of itself: METADATA, reasons, citations, dates, its test. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mayuse import bundle_check
from mayuse.authoring import rego
from mayuse.authoring.findings import PLACEHOLDER, Finding
from mayuse.authoring.folder import Folder
from mayuse.authoring.rego import Module, Term


def check(folder: Folder) -> Iterator[Finding]:
    """Every finding in the rules of a folder."""
    for module in folder.rules:
        yield from _refused(module, folder)
        yield from _placeholders(module, folder)
        yield from _reasons(module, folder)
        yield from _citations(module, folder.facts)
        yield from _dates(module)
        yield from _tests(module, folder)


def _refused(module: Module, folder: Folder) -> Iterator[Finding]:
    """What the build would refuse, with its words."""
    for fault in bundle_check.faults_of_rule(module.entry, folder.facts):
        of_words = fault.path[0] == "METADATA"
        yield Finding(
            module.file,
            folder.line_of_metadata(module, *fault.path[1:]),
            "missing-metadata" if of_words else "incomplete-rule",
            fault.to_text(""),
            f"write `# {fault.path[-1]}: …` in the METADATA above the package"
            if of_words
            else "look at the rules beside it; `mayuse policy new` starts a rule with all of it",
        )


def _placeholders(module: Module, folder: Folder) -> Iterator[Finding]:
    for path, text in _texts(module.annotations):
        if PLACEHOLDER in text:
            yield Finding(
                module.file,
                folder.line_of_metadata(module, *path),
                "placeholder",
                f"METADATA {'.'.join(path)} still reads {PLACEHOLDER}",
                "write it",
            )


def _texts(node: object, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Mapping):
        for key, item in node.items():
            if key != "location":
                yield from _texts(item, *path, key)
    elif isinstance(node, str):
        yield path, node


def _reasons(module: Module, folder: Folder) -> Iterator[Finding]:
    sentences = set(module.annotations.get("custom", {}).get("reasons", {}))
    written = {text for text, _ in rego.strings(list(module.rules))}
    for reason, where in _written_values(module, "reason"):
        if reason not in sentences:
            yield Finding(
                module.file,
                rego.line_of(where),
                "missing-sentence",
                f"the reason {reason} has no sentence",
                f"write `{reason}: …` under custom.reasons: a clause that completes “because …”",
            )
    for reason in sorted(sentences - written):
        yield Finding(
            module.file,
            folder.line_of_metadata(module, "custom", "reasons", reason),
            "unused-sentence",
            f"the reason {reason} has a sentence and the rule never gives it",
            "remove the sentence, or give the reason",
        )


def _citations(module: Module, facts: Mapping[str, Any]) -> Iterator[Finding]:
    for name, topic in (("act", "acts"), ("cites", "provisions")):
        for cited, where in _written_values(module, name):
            if cited not in facts.get(topic, {}):
                yield Finding(
                    module.file,
                    rego.line_of(where),
                    "missing-citation",
                    f"{cited} is none of the {topic}",
                    f"add it to mayuse/facts/{topic}, with its source and confidence",
                )
    for item in _said_objects(module):
        members = dict(_members(item))
        for name in ("act", "cites"):
            value = members.get(name)
            if value is None or (value["type"] == "array" and not value["value"]):
                yield Finding(
                    module.file,
                    rego.line_of(item),
                    "missing-citation",
                    f"a reason has no {name}",
                    f"say `{name}`: which {'act' if name == 'act' else 'provisions'} it rests on",
                )


def _dates(module: Module) -> Iterator[Finding]:
    for definition in module.named("in_force"):
        value = definition["head"].get("value", {})
        names = {name for name, _ in _members(value)} if value.get("type") == "object" else None
        if names is not None and names != {"from", "until"}:
            yield Finding(
                module.file,
                rego.line_of(definition),
                "missing-dates",
                "in_force has not exactly `from` and `until`",
                "an open end is `9999-12-31`",
            )


def _tests(module: Module, folder: Folder) -> Iterator[Finding]:
    test = module.file.removesuffix(".rego") + "_test.rego"
    if not (folder.policies / test).is_file():
        yield Finding(
            module.file, 1, "missing-test", "the rule has no test beside it", f"write {test}"
        )


# Reading what reasons are made of


def _said_objects(module: Module) -> Iterator[Term]:
    """Every object literal with a `reason`."""
    for item in rego.walk(list(module.rules)):
        if item.get("type") == "object" and "reason" in dict(_members(item)):
            yield item


def _members(item: Term) -> Iterator[tuple[str, Term]]:
    for key, value in item.get("value", []):
        if key["type"] == "string":
            yield str(key["value"]), value


def _written_values(module: Module, member: str) -> Iterator[tuple[str, Term]]:
    """Every literal that becomes `member` of a reason: in the object, or handed to its helper."""
    places: dict[str, set[int]] = {}
    for rule in module.rules:
        for item in rego.walk(rule):
            if item.get("type") != "object" or "reason" not in dict(_members(item)):
                continue
            value = dict(_members(item)).get(member)
            if value is None:
                continue
            yield from _literals(value)
            parameters = [str(argument.get("value")) for argument in rule["head"].get("args", [])]
            if value["type"] == "var" and value["value"] in parameters:
                places.setdefault(rego.name_of(rule), set()).add(parameters.index(value["value"]))
    for name, _, arguments in rego.calls(list(module.rules)):
        for position in places.get(name, ()):
            if position < len(arguments):
                yield from _literals(arguments[position])


def _literals(value: Term) -> Iterable[tuple[str, Term]]:
    if value["type"] == "string":
        return [(str(value["value"]), value)]
    if value["type"] in {"array", "set"}:
        return [pair for item in value["value"] for pair in _literals(item)]
    return []
