"""What recorded decisions can be narrowed to: one table, for every door that asks.

A value that cannot be used is refused with the nearest known word, like a misspelt field of a
question: a filter that was dropped, or that nothing fits, would show an auditor the wrong list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mayuse.answer import DIGEST
from mayuse.errors import FieldError
from mayuse.intake import PLAIN_TEXT, SUBJECT_ID, TIME
from mayuse.intake_faults import MAX_SUBJECT_ID, NO_SUBJECT_ID, nearest
from mayuse.store.search import Filters
from mayuse.vocabulary import Vocabulary

_PLAIN = (
    *("effect", "recipient", "purpose", "data", "jurisdiction"),
    *("rule", "act", "caller", "policy"),
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter."""

    name: str
    description: str
    schema: Mapping[str, Any]
    """JSON Schema of its value; its `enum`, `pattern`, length and bounds are what is checked."""

    detail: str
    """What is wrong with a value that does not fit."""

    def as_document(self) -> dict[str, Any]:
        """The parameter object of OpenAPI."""
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": self.description,
            "schema": dict(self.schema),
        }

    def fault(self, text: str) -> FieldError | None:
        """What is wrong with this value, or None."""
        if self._fits(text):
            return None
        return FieldError(self.name, self.detail, nearest(text, self.schema.get("enum", ())))

    def _fits(self, text: str) -> bool:
        schema = self.schema
        if schema["type"] == "integer":
            plain = re.fullmatch(r"[0-9]{1,9}", text)
            return plain is not None and schema["minimum"] <= int(text) <= schema["maximum"]
        if "enum" in schema and text not in schema["enum"]:
            return False
        if len(text) > schema.get("maxLength", len(text)):
            return False
        return re.search(schema.get("pattern", ""), text) is not None and "\n" not in text


def narrowing(vocabulary: Vocabulary) -> tuple[Parameter, ...]:
    """The parameters that narrow whatever is asked of recorded decisions, under a vocabulary."""
    return (
        text("since", "Made at this time or later.", TIME, "is not a time in UTC, like {}"),
        text(
            "until",
            "Made before this time, no earlier than `since`.",
            TIME,
            "is not a time in UTC, like {}",
        ),
        known_id("effect", "The effect.", ("permit", "deny", "indeterminate")),
        known_id("recipient", "Who wanted to use the data.", vocabulary.recipients),
        known_id("purpose", "What for.", vocabulary.purposes),
        known_id("data", "A category of data, among those asked about.", vocabulary.data),
        known_id("jurisdiction", "Where the person was.", vocabulary.jurisdictions),
        text(
            "rule",
            "A rule that forced the effect; `law` or `terms` alone where nothing permitted.",
            r"^(?:law|terms)(?:/[a-z0-9_]+/[a-z0-9_]+)?$",
            "is not a rule's id, like law/us/browser_signal",
        ),
        text(
            "act",
            "A law, or a controller's terms, under which a reason lies that forced the effect.",
            r"^[a-z0-9][a-z0-9._-]{0,127}$",
            "is not an act's id, like us-ca-ccpa",
        ),
        text("caller", "Who asked.", PLAIN_TEXT, "is not the name of a caller", MAX_SUBJECT_ID),
        text("policy", "Digest of the bundle.", f"^{DIGEST}$", "is not a digest"),
        text(
            "data_subject",
            "The caller's id of the person. It is neither logged nor sent back but in `Link`.",
            SUBJECT_ID,
            NO_SUBJECT_ID,
            MAX_SUBJECT_ID,
        ),
    )


def faults_of(query: Mapping[str, str], known: Sequence[Parameter]) -> list[FieldError]:
    """What is wrong with the values of these parameters; a pointer is the parameter's name."""
    faults = [
        fault
        for parameter in known
        if parameter.name in query and (fault := parameter.fault(query[parameter.name]))
    ]
    if {"since", "until"} <= query.keys() - {fault.pointer for fault in faults}:
        since, until = (datetime.fromisoformat(query[name]) for name in ("since", "until"))
        if until < since:
            faults.append(FieldError("until", "lies before `since`"))
    return faults


def filters_of(query: Mapping[str, str]) -> Filters:
    """The filters among parameters that were checked."""
    given: dict[str, Any] = {name: query[name] for name in _PLAIN if name in query}
    for name in ("since", "until"):
        if name in query:
            given[name] = datetime.fromisoformat(query[name])
    return Filters(**given, subject=query.get("data_subject"))


def known_id(name: str, description: str, known: Iterable[str]) -> Parameter:
    """A parameter whose value is one of the known ids."""
    schema = {"type": "string", "enum": list(known)}
    return Parameter(name, description, schema, f"is not a known {name}")


def text(
    name: str, description: str, pattern: str, detail: str, longest: int | None = None
) -> Parameter:
    """A parameter whose value fits a pattern; `{}` in the detail becomes a time."""
    schema = {"type": "string", "pattern": pattern}
    return Parameter(
        name,
        description,
        schema | ({} if longest is None else {"maxLength": longest}),
        detail.format("2025-11-20T00:00:00Z"),
    )
