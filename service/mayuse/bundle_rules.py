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

_HEADS = (
    "{path: heads | some path, source in input;"
    " heads := [[part.value | some part in rule.head.ref] |"
    " some rule in rego.parse_module(path, source).rules]}"
)
"""The head of every Rego rule by module, e.g. `["_law_us", "law/us/browser_signal"]`."""


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
    heads = _heads(modules)
    entries = []
    for package, located in sorted(inspected["namespaces"].items()):
        rule = package.removeprefix("data.mayuse.").replace(".", "/")
        if rule.split("/")[0] in LAYERS:
            paths = sorted(path.lstrip("/") for path in located)
            defines = sorted({head[0] for path in paths for head in heads[path]})
            entries.append(entry(rule, words.get(rule, {}), paths[0], defines))
    _check_asked({item["rule"] for item in entries}, heads)
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


def _heads(modules: Mapping[str, str]) -> dict[str, list[list[Any]]]:
    sources = orjson.dumps(dict(modules)).decode()
    said = opa_binary.run(["eval", "--stdin-input", "--format", "raw", _HEADS], stdin=sources)
    heads: dict[str, list[list[Any]]] = orjson.loads(said)
    return heads


def _check_asked(rules: set[str], heads: Mapping[str, list[list[Any]]]) -> None:
    asked = {
        head[1]
        for path, found in heads.items()
        for head in found
        if path.startswith("mayuse/main/") and len(head) > 1
    }
    if unasked := sorted(rules - asked):
        raise BundleError(f"main does not ask {', '.join(unasked)}: run `mayuse policy index`")
