"""The query parameters of `GET /v1/decisions`: one table that is documented and checked.

A parameter whose value cannot be used is refused with the nearest known word, like a misspelt
field of a question: a filter that was dropped would show an auditor the wrong list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mayuse.api.problems import Refusal, parameter_errors
from mayuse.errors import FieldError
from mayuse.known_filters import faults_ever
from mayuse.narrowing import Parameter, faults_of, filters_of, known_id, narrowing, text
from mayuse.service import Records
from mayuse.store.decisions import DEFAULT_LIMIT, MAX_LIMIT
from mayuse.store.search import Filters
from mayuse.vocabulary import Vocabulary

NEWEST, OLDEST = "newest", "oldest"


@dataclass(frozen=True, slots=True)
class Listing:
    """Which part of which list is asked for."""

    filters: Filters
    cursor: str | None
    limit: int
    newest_first: bool


def parameters(vocabulary: Vocabulary) -> tuple[Parameter, ...]:
    """The parameters of a list, under a vocabulary."""
    return (
        *narrowing(vocabulary),
        known_id("order", f"By time. Default: {NEWEST} first.", (NEWEST, OLDEST)),
        *paging("Decisions", MAX_LIMIT, DEFAULT_LIMIT, provided=", all else unchanged"),
    )


def paging(
    what: str, most: int, default: int, *, provided: str = "", cursor: str = r"^[A-Za-z0-9_-]{43}$"
) -> tuple[Parameter, Parameter]:
    """The parameters that ask for a page of a list of `what`.

    `provided`, its `cursor` is good for a page; that is a pattern.
    """
    return (
        text(
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


async def read(query: Mapping[str, str], records: Records) -> Listing:
    """Read the query of a list. Raises `Refusal` naming each faulty parameter."""
    return Listing(
        filters=await read_filters(query, parameters, records),
        cursor=query.get("cursor"),
        limit=int(query.get("limit", DEFAULT_LIMIT)),
        newest_first=query.get("order", NEWEST) == NEWEST,
    )


def check(query: Mapping[str, str], known: Sequence[Parameter]) -> None:
    """Check all parameters. Raises `Refusal` naming each faulty one."""
    if faults := faults_of(query, known):
        raise refusal(faults)


async def read_filters(
    query: Mapping[str, str],
    parameters: Callable[[Vocabulary], Sequence[Parameter]],
    records: Records,
) -> Filters:
    """Check all parameters and read the filters among them. Raises `Refusal`, naming the faulty."""
    if faults := await faults_ever(query, parameters, records):
        raise refusal(faults)
    return filters_of(query)


def refusal(faults: Iterable[FieldError]) -> Refusal:
    """Say faults of parameters as a problem; a fault's pointer is the parameter's name."""
    return parameter_errors(
        [
            {"parameter": fault.pointer.removeprefix("/"), "detail": fault.detail}
            | ({"nearest": fault.nearest} if fault.nearest else {})
            for fault in faults
        ]
    )
