"""What an order of policy bundles says: one table of its members that is documented and checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fastapi import Request

from mayuse.answer import DIGEST
from mayuse.api import reading
from mayuse.api.problems import Refusal
from mayuse.intake_faults import is_plain, nearest
from mayuse.problem import Problem
from mayuse.settings import Settings

SHOWN = 32
"""Faults that are named."""

_DIGEST = {"type": "string", "pattern": f"^{DIGEST}$"}
MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "reason": {
        "type": "string",
        "minLength": 1,
        "maxLength": 500,
        "pattern": "^[^\\x00-\\x20\\x7f][^\\x00-\\x1f\\x7f]*$",
        "description": "Why, in words on one line. It stands in the log for good: name no person.",
    },
    "allow_removal": {
        "type": "boolean",
        "default": False,
        "description": "Also if ids that questions can use now are then no longer known.",
    },
    "to": {**_DIGEST, "description": "A bundle that once decided; by default the one before."},
    "if_active": {
        **_DIGEST,
        "description": "Only if the bundle of this digest decides now, else 412.",
    },
}
"""JSON Schema of each member; its type, pattern and length are what is checked."""

_FAULTS = {
    "reason": "is not a line of 1 to 500 characters that begins with a visible one",
    "allow_removal": "is not true or false",
    "to": "is not the digest of a policy bundle, sha256: and 64 hexadecimal digits",
    "if_active": "is not the digest of a policy bundle, sha256: and 64 hexadecimal digits",
}


def documented(
    members: Sequence[str], required: Sequence[str], example: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of an operation, for the OpenAPI document."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {name: dict(MEMBERS[name]) for name in members},
    }
    content = {"schema": schema, "examples": {"order": {"value": dict(example)}}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


async def read(
    request: Request, settings: Settings, members: Sequence[str], required: Sequence[str]
) -> dict[str, Any]:
    """The body of an order. Raises `Refusal` and `InvalidJSON`."""
    document = await reading.json_body(request, settings)
    if not isinstance(document, dict):
        raise _refusal([{"pointer": "", "detail": "is not an object"}])
    faults = [_unknown(name, members) for name in sorted(document.keys() - set(members))]
    faults += [_fault(name, "is missing") for name in required if name not in document]
    faults += [
        _fault(name, _FAULTS[name])
        for name in members
        if name in document and not _fits(document[name], MEMBERS[name])
    ]
    if faults:
        raise _refusal(faults)
    return document


def _fits(value: object, schema: Mapping[str, Any]) -> bool:
    if schema["type"] == "boolean":
        return isinstance(value, bool)
    return (
        isinstance(value, str)
        and len(value) <= schema.get("maxLength", len(value))
        and re.search(schema["pattern"], value) is not None
        and not value.endswith("\n")  # `$` lets one pass
    )


def _unknown(name: str, known: Collection[str]) -> dict[str, str]:
    fault = _fault(name if is_plain(name) else "", "is not a known member")
    near = nearest(name, known)
    return {**fault, "nearest": near} if near else fault


def _fault(name: str, detail: str) -> dict[str, str]:
    return {"pointer": f"/{name}" if name else "", "detail": detail}


def _refusal(faults: Sequence[Mapping[str, str]]) -> Refusal:
    told = "one member is faulty" if len(faults) == 1 else f"{len(faults)} members are faulty"
    return Refusal(Problem("invalid_order", told, tuple(faults[:SHOWN])))
