"""Examples of answers in the OpenAPI document: what a service really answered, kept in a file.

Lists are cut to their first members. A test holds each example against the schema of its place.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

_NAMED = {
    "decision_id": "01981c1e-5d5c-7c1d-9d2a-5f5f0f0e4c11",
    "subject": "member-7",
    "layer": "law",
    "area": "us",
    "slug": "browser_signal",
    "index": "0",
    "code": "invalid_question",
    "digest": "sha256:" + "0" * 64,
}
"""What stands for each part of an address."""


def add_to(document: dict[str, Any]) -> None:
    """Put the examples into a document, each in the operation and media type it is of."""
    answers = json.loads(files("mayuse.api").joinpath("shown.json").read_text(encoding="utf-8"))
    for operations in document["paths"].values():
        for operation in operations.values():
            for media_type, value in answers.get(operation["operationId"], {}).items():
                content = operation["responses"]["200"]["content"][media_type]
                content["examples"] = {"answered": {"value": value}}
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] in _NAMED:
                    parameter["example"] = _NAMED[parameter["name"]]
