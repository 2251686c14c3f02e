"""The query parameters of `GET /v1/decisions`: one table that is documented and checked.

A parameter whose value cannot be used is refused with the nearest known word, like a misspelt
field of a question: a filter that was dropped would show an auditor the wrong list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mayuse.answer import DIGEST
from mayuse.api.problems import Refusal, parameter_errors
from mayuse.errors import FieldError
from mayuse.intake import PLAIN_TEXT, SUBJECT_ID, TIME
from mayuse.intake_faults import MAX_SUBJECT_ID, NO_SUBJECT_ID, nearest
from mayuse.store.decisions import DEFAULT_LIMIT, MAX_LIMIT
from mayuse.store.search import Filters
from mayuse.vocabulary import Vocabulary

_PLAIN = (
    *("effect", "recipient", "purpose", "data", "jurisdiction"),
    *("rule", "act", "caller", "policy"),
)
NEWEST, OLDEST = "newest", "oldest"


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


@dataclass(frozen=True, slots=True)
class Listing:
    """Which part of which list is asked for."""

    filters: Filters
    cursor: str | None
    limit: int
    newest_first: bool


def narrowing(vocabulary: Vocabulary) -> tuple[Parameter, ...]:
    """The parameters that narrow whatever is asked of recorded decisions, under a vocabulary."""
    return (
        _text("since", "Made at this time or later.", TIME, "is not a time in UTC, like {}"),
        _text("until", "Made before this time.", TIME, "is not a time in UTC, like {}"),
        _id("effect", "The effect.", ("permit", "deny", "indeterminate")),
        _id("recipient", "Who wanted to use the data.", vocabulary.recipients),
        _id("purpose", "What for.", vocabulary.purposes),
        _id("data", "A category of data, among those asked about.", vocabulary.data),
        _id("jurisdiction", "Where the person was.", vocabulary.jurisdictions),
        _text(
            "rule",
            "A rule that forced the effect; `law` or `terms` alone where nothing permitted.",
            r"^(?:law|terms)(?:/[a-z0-9_]+/[a-z0-9_]+)?$",
            "is not a rule's id, like law/us/browser_signal",
        ),
        _text(
            "act",
            "A law, or a controller's terms, under which a reason lies that forced the effect.",
            r"^[a-z0-9][a-z0-9._-]{0,127}$",
            "is not an act's id, like us-ca-ccpa",
        ),
        _text("caller", "Who asked.", PLAIN_TEXT, "is not the name of a caller", MAX_SUBJECT_ID),
        _text("policy", "Digest of the bundle.", f"^{DIGEST}$", "is not a digest"),
        _text(
            "data_subject",
            "The caller's id of the person. It is neither logged nor sent back but in `Link`.",
            SUBJECT_ID,
            NO_SUBJECT_ID,
            MAX_SUBJECT_ID,
        ),
    )


def parameters(vocabulary: Vocabulary) -> tuple[Parameter, ...]:
    """The parameters of a list, under a vocabulary."""
    return (
        *narrowing(vocabulary),
        _id("order", f"By time. Default: {NEWEST} first.", (NEWEST, OLDEST)),
        *paging("Decisions", MAX_LIMIT, DEFAULT_LIMIT, provided=", all else unchanged"),
    )


def paging(
    what: str, most: int, default: int, *, provided: str = "", cursor: str = r"^[A-Za-z0-9_-]{43}$"
) -> tuple[Parameter, Parameter]:
    """The parameters that ask for a page of a list of `what`.

    `provided`, its `cursor` is good for a page; that is a pattern.
    """
    return (
        _text(
            "cursor",
            f"Where a page begins: `next_cursor` of the one before{provided}.",
            cursor,
            "is not a cursor of this list",
        ),
        Parameter(
            "limit",
            f"{what} on a page.",
            {"type": "integer", "minimum": 1, "maximum": most, "default": default},
            f"is not a whole number from 1 to {most}",
        ),
    )


def read(query: Mapping[str, str], known: Sequence[Parameter]) -> Listing:
    """Read the query of a list. Raises `Refusal` naming each faulty parameter."""
    return Listing(
        filters=read_filters(query, known),
        cursor=query.get("cursor"),
        limit=int(query.get("limit", DEFAULT_LIMIT)),
        newest_first=query.get("order", NEWEST) == NEWEST,
    )


def check(query: Mapping[str, str], known: Sequence[Parameter]) -> None:
    """Check all parameters. Raises `Refusal` naming each faulty one."""
    faults = [
        fault
        for parameter in known
        if parameter.name in query and (fault := parameter.fault(query[parameter.name]))
    ]
    if faults:
        raise refusal(faults)


def read_filters(query: Mapping[str, str], known: Sequence[Parameter]) -> Filters:
    """Check all parameters and read the filters among them. Raises `Refusal`, naming the faulty."""
    check(query, known)
    given: dict[str, Any] = {name: query[name] for name in _PLAIN if name in query}
    for name in ("since", "until"):
        if name in query:
            given[name] = datetime.fromisoformat(query[name])
    return Filters(**given, subject=query.get("data_subject"))


def refusal(faults: Iterable[FieldError]) -> Refusal:
    """Say faults of parameters as a problem; a fault's pointer is the parameter's name."""
    return parameter_errors(
        [
            {"parameter": fault.pointer.removeprefix("/"), "detail": fault.detail}
            | ({"nearest": fault.nearest} if fault.nearest else {})
            for fault in faults
        ]
    )


def _id(name: str, description: str, known: Iterable[str]) -> Parameter:
    schema = {"type": "string", "enum": list(known)}
    return Parameter(name, description, schema, f"is not a known {name}")


def _text(
    name: str, description: str, pattern: str, detail: str, longest: int | None = None
) -> Parameter:
    schema = {"type": "string", "pattern": pattern}
    return Parameter(
        name,
        description,
        schema | ({} if longest is None else {"maxLength": longest}),
        detail.format("2025-11-20T00:00:00Z"),
    )
