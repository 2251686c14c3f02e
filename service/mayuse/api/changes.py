"""`/v1/changes`: on which days the law changes, as far as the active bundle knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter, Request, Response

from mayuse.api import cached, filters, problems, reading
from mayuse.api.access import needs_any
from mayuse.api.schemas_policy import ChangeCalendar
from mayuse.api.serving import service
from mayuse.changes import Changes
from mayuse.intake import DAY
from mayuse.narrowing import Parameter
from mayuse.vocabulary import Vocabulary

A_YEAR = timedelta(days=365)

router = APIRouter(tags=["rules"])


@router.get(
    "/v1/changes",
    operation_id="listChanges",
    summary="What changes when",
    response_model=ChangeCalendar,
    response_description="The days on which something changes, the first one first.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter"),
)
@needs_any
async def list_changes(request: Request) -> Response:
    """Acts that begin or have ended, and the facts and rules of the bundle that name a day.

    On every other day each answer is as on the day before. Which answers turn, and for whom, is
    told by asking for the day before and the day, or by `mayuse policy calendar`.
    """
    running = service(request)
    known = parameters(running.intake.vocabulary)
    asked = reading.query(request, [parameter.name for parameter in known])
    filters.check(asked, known)
    first, last = _period(asked, datetime.now(UTC).date())
    if last < first:
        raise problems.parameter_errors([{"parameter": "to", "detail": "lies before `from`"}])
    calendar = Changes(running.bundle.facts, running.bundle.modules)
    return cached.reply(
        request,
        {
            "policy": {"digest": running.bundle.digest, "version": running.bundle.version},
            "from": first.isoformat(),
            "to": last.isoformat(),
            "days": calendar.between(first, last, asked.get("jurisdiction")),
        },
    )


def _period(asked: Mapping[str, str], today: date) -> tuple[date, date]:
    """A year, where only one of its days is given: from that one on, or up to one that is past."""
    given = {name: date.fromisoformat(asked[name]) for name in ("from", "to") if name in asked}
    first = given.get("from", today)
    last = given.get("to", first + A_YEAR)
    return (last - A_YEAR if "from" not in given and last < today else first), last


def parameters(vocabulary: Vocabulary) -> Sequence[Parameter]:
    """The parameters, under a vocabulary."""
    day = {"type": "string", "format": "date", "pattern": DAY}
    return (
        Parameter(
            "from",
            "The first day. Default: today (UTC), or a year before a last day that is past.",
            day,
            "is no day, as 2027-01-01",
        ),
        Parameter("to", "The last day. Default: a year later.", day, "is no day, as 2027-01-01"),
        Parameter(
            "jurisdiction",
            "Only what concerns this place, and what names none.",
            {"type": "string", "enum": list(vocabulary.jurisdictions)},
            "is not a known jurisdiction",
        ),
    )
