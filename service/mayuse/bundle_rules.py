"""The rule catalogue of a bundle: what its Rego says of itself, as OPA reads it.

Made when a bundle is built and packed into it, so that reading a bundle needs no OPA.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from mayuse import opa_binary
from mayuse.errors import BundleError

LAYERS = ("law", "terms")

_PARSED = (
    "[[defines, words] |"
    " modules := {path: rego.parse_module(path, source) | some path, source in input};"
    " defines := {path: {rule.head.ref[0].value | some rule in module.rules} |"
    " some path, module in modules};"
    " words := {word | some path, module in modules; startswith(path, `mayuse/main/`);"
    ' walk(module, [_, {"type": "string", "value": word}])}]'
)


def catalogue(rego: Path, modules: Mapping[str, str]) -> list[dict[str, Any]]:
    """One entry per package under law/ and terms/, whether or not it has METADATA.

    `rego` is the bundle OPA built, `modules` its Rego by path. Raises `BundleError` for a rule
    that main does not ask: it would be silent for ever. Raises `OpaMissing`, `OpaFailed`.
    """
    inspected = orjson.loads(opa_binary.run(["inspect", "-a", rego, "-f", "json"]))
    words = {
        "/".join(part["value"] for part in item["path"][2:]): item["annotations"]
        for item in inspected.get("annotations", [])
        if item["annotations"]["scope"] == "package"
    }
    heads, asked = _read(modules)
    entries = []
    for package, located in sorted(inspected["namespaces"].items()):
        rule = package.removeprefix("data.mayuse.").replace(".", "/")
        if rule.split("/")[0] in LAYERS:
            paths = sorted(path.lstrip("/") for path in located)
            defines = sorted({head for path in paths for head in heads[path]})
            entries.append(entry(rule, words.get(rule, {}), paths[0], defines))
    if unasked := [item["rule"] for item in entries if item["rule"] not in asked]:
        raise BundleError(f"main does not ask {', '.join(unasked)}: run `mayuse policy index`")
    return entries


def entry(rule: str, words: Mapping[str, Any], file: str, defines: list[str]) -> dict[str, Any]:
    """A rule's row in the catalogue, from the METADATA of its package."""
    custom = words.get("custom", {})
    return {
        "rule": rule,
        "title": words.get("title"),
        "description": words.get("description"),
        "owner": custom.get("owner"),
        "last_read": custom.get("last_read"),
        "reasons": custom.get("reasons", {}),
        "obligations": custom.get("obligations", {}),
        "only": custom.get("only"),
        "file": file,
        "defines": defines,
    }


FIELDS = frozenset(entry("", {}, "", []))


def _read(modules: Mapping[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """The names each module defines, and every text that stands in main.

    Whatever rule main asks, it names by such a text.
    """
    sources = orjson.dumps(dict(modules)).decode()
    said = opa_binary.run(["eval", "--stdin-input", "--format", "raw", _PARSED], stdin=sources)
    [[defines, words]] = orjson.loads(said)
    return defines, words
