"""`/v1/decisions:count`: how many decisions, by what, over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from fastapi import APIRouter, Request, Response

from mayuse import recorded
from mayuse.api import filters, problems, reading
from mayuse.api.access import needs
from mayuse.api.schemas_recorded import DecisionCounts
from mayuse.api.serving import answered, caller, service
from mayuse.errors import InvalidQuestion
from mayuse.narrowing import Parameter, narrowing
from mayuse.store.counts import DIMENSIONS, INTERVALS, MOST, Dimension, Interval
from mayuse.vocabulary import Vocabulary

router = APIRouter(prefix="/v1/decisions:count", tags=["decisions"])


@router.get(
    "",
    operation_id="countDecisions",
    summary="Recorded decisions, counted",
    response_model=DecisionCounts,
    response_description="The counts, in order of time and then of the groups.",
    responses=problems.responses("invalid_parameter", *problems.UNREADABLE),
)
@needs("log:read")
async def count_decisions(request: Request) -> Response:
    """Counts by up to two dimensions, over time if asked; everything named must hold.

    A decision counts once in each group it belongs to: one about two categories of data counts
    under both. Groups without a decision are left out. Ids that only a former bundle knew can be
    named as well.
    """
    running = service(request)
    known = parameters(running.intake.vocabulary)
    asked = reading.query(request, [parameter.name for parameter in known])
    narrowed = await filters.read_filters(asked, parameters, running)
    named = dict.fromkeys(asked[name] for name in ("by", "across") if name in asked)
    dimensions = [cast("Dimension", name) for name in named]
    interval = cast("Interval | None", asked.get("interval"))
    try:
        found = await running.counts.by(dimensions, interval, narrowed)
    except InvalidQuestion as error:
        raise filters.refusal(error.errors) from None
    await running.searches.record(
        "count", narrowed, sum(item.decisions for item in found), caller=caller(request)
    )
    return answered(recorded.counts(found, dimensions, interval))


def parameters(vocabulary: Vocabulary) -> Sequence[Parameter]:
    """The parameters of a count, under a vocabulary."""
    return (
        *narrowing(vocabulary),
        _one_of("by", "What to count by.", DIMENSIONS),
        _one_of("across", "What else to count by, beside `by`.", DIMENSIONS),
        _one_of(
            "interval",
            f"Count by calendar day, month or year (UTC); at most {MOST:,} counts are told.",
            INTERVALS,
        ),
    )


def _one_of(name: str, description: str, known: Sequence[str]) -> Parameter:
    schema: dict[str, Any] = {"type": "string", "enum": list(known)}
    return Parameter(name, description, schema, f"is not one of {', '.join(known)}")
