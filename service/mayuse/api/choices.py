"""`/v1/data-subjects/{id}/choices`: what a person chose, to record and to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from mayuse import strict_json, told_choices
from mayuse.api import cached, filters, problems, reading
from mayuse.api.access import needs
from mayuse.api.data_subjects import SubjectId, known_subject
from mayuse.api.problems import Refusal
from mayuse.api.schemas_people import ChoiceHistory, ChoicesRecorded, ChoicesState
from mayuse.api.serving import caller, page, service
from mayuse.api.turns import turns
from mayuse.choices import Event, state
from mayuse.errors import InvalidQuestion
from mayuse.intake import DAY, TIME
from mayuse.ledger import MAX_PAGE
from mayuse.narrowing import Parameter
from mayuse.service import Service

router = APIRouter(prefix="/v1/data-subjects", tags=["choices"])

DEFAULT_PAGE = 50
OF_STATE = (
    Parameter(
        "on",
        "The day (UTC). Absent: today.",
        {"type": "string", "format": "date", "pattern": DAY},
        "is not a date that exists, written YYYY-MM-DD, from the year 1900 to 2199",
    ),
    Parameter(
        "known_at",
        "As far as it was recorded by then. Absent: all that is recorded.",
        {"type": "string", "format": "date-time", "pattern": TIME},
        "is not a time in UTC, like 2025-11-20T09:30:00Z",
    ),
)
OF_HISTORY = filters.paging("Events", MAX_PAGE, DEFAULT_PAGE)
UNREADABLE = ("choices_unavailable",)

_WITH_ETAG: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "ETag": {
                "description": "Of the state on that day, and of all events: each that is "
                "recorded gives another. Of today's, for `If-Match`.",
                "required": True,
                "schema": {"type": "string"},
            }
        }
    }
}
_SENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": "The ETag of the state of today that these choices were made upon; "
            "with another one nothing is recorded.",
            "schema": {"type": "string"},
        },
        reading.documented_signal("; it is recorded as of now"),
        reading.documented_key(
            "A name of this request and its retries: sent again, it records "
            "nothing more. It stands for as long as what it recorded."
        ),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Choosing"},
                "examples": {
                    "opt_out": {
                        "summary": "The person turned sharing off on the settings page",
                        "value": {
                            "choices": {"share_with_affiliates": "off"},
                            "source": "settings_page",
                        },
                    },
                    "letter": {
                        "summary": "A letter that came on Thursday is recorded on Monday",
                        "value": {
                            "choices": {
                                "consent_ads": "withdrawn",
                                "objection_direct_marketing": "raised",
                            },
                            "effective_at": "2025-11-20T00:00:00Z",
                            "source": "letter",
                        },
                    },
                },
            }
        },
    },
}


@router.get(
    "/{subject}/choices",
    operation_id="readChoices",
    summary="What a person's choices are on a day",
    response_model=ChoicesState,
    response_description="The choices of which something is recorded.",
    responses=_WITH_ETAG
    | cached.NOT_MODIFIED
    | problems.responses("invalid_parameter", "not_found", *UNREADABLE),
)
@needs("log:read", "choices:write")
async def read_choices(request: Request, subject: SubjectId) -> Response:
    """For each choice the most protective value that held at any moment of the day (UTC).

    A choice that is not there has no record, and what a question asserts of it stands.
    """
    asked = reading.query(request, [parameter.name for parameter in OF_STATE])
    filters.check(asked, OF_STATE)
    person = known_subject(subject)
    running = service(request)
    known = asked.get("known_at")
    on = date.fromisoformat(asked["on"]) if "on" in asked else datetime.now(UTC).date()
    events = (await running.choices.of([person])).get(person, ())
    content = _state(running, events, on, datetime.fromisoformat(known) if known else None)
    keeping = f"private, {cached.REVALIDATE}"
    current = _etag(content, events)
    return cached.reply_bytes(request, content, "application/json", keeping, current)


@router.put(
    "/{subject}/choices",
    operation_id="recordChoices",
    summary="Record what a person chose",
    response_model=ChoicesRecorded,
    response_description="What was recorded, all of it or none.",
    responses=_WITH_ETAG
    | problems.responses(
        "invalid_json",
        "invalid_choices",
        "invalid_parameter",
        "not_found",
        "body_too_slow",
        "idempotency_key_reused",
        "precondition_failed",
        "body_too_large",
        "unsupported_media_type",
        "storage_full",
        *UNREADABLE,
    ),
    openapi_extra=_SENT,
)
@needs("choices:write")
async def record_choices(request: Request, subject: SubjectId) -> Response:
    """Adds events; choices that are not named stay as they are. To take back is to record again.

    Each choice holds from `effective_at` on and never before. What `Sec-GPC: 1` says is recorded
    with them, as of now and with the source `browser_signal`.
    """
    running = service(request)
    who = caller(request)
    reading.query(request)
    signal = reading.gpc_header(request)
    key = reading.idempotency_key(request)
    person = known_subject(subject)
    document = await reading.json_body(request, running.settings)
    today = datetime.now(UTC).date()

    def unchanged(events: Sequence[Event]) -> None:
        cached.unchanged(request, _etag(_state(running, events, today, None), events))

    try:
        with turns(request).single():
            made = await running.choices.record(
                person,
                running.choices_intake.read(document, gpc_header=signal),
                actor=who,
                clock=lambda: datetime.now(UTC),
                key=key,
                asked=strict_json.canonical([document, signal]),
                check=unchanged,
            )
    except InvalidQuestion as error:
        raise Refusal(problems.of_choices(error)) from None
    return Response(
        strict_json.dumps({"recorded": told_choices.events(made.events)}),
        media_type="application/json",
        headers={
            "ETag": _etag(_state(running, made.all, today, None), made.all),
            "Cache-Control": "no-store",
        },
    )


@router.get(
    "/{subject}/choices/history",
    operation_id="listChoices",
    summary="What was recorded of a person's choices",
    response_model=ChoiceHistory,
    response_description="A page of the events, newest first.",
    responses=problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE),
)
@needs("log:read", "choices:write")
async def list_choices(request: Request, subject: SubjectId) -> Response:
    """Every event in the order it was recorded, with both of its times."""
    asked = reading.query(request, [parameter.name for parameter in OF_HISTORY])
    filters.check(asked, OF_HISTORY)
    person = known_subject(subject)
    try:
        found = await service(request).choices.history(
            person, cursor=asked.get("cursor"), limit=int(asked.get("limit", DEFAULT_PAGE))
        )
    except InvalidQuestion as error:
        raise filters.refusal(error.errors) from None
    path = f"/v1/data-subjects/{quote(subject, safe='')}/choices/history"
    return page(request, path, asked, {"events": told_choices.events(found.events)}, found.cursor)


def _state(running: Service, events: Sequence[Event], on: date, known_at: datetime | None) -> bytes:
    held = state(events, on, known_at, running.engine.vocabulary)
    return strict_json.dumps(told_choices.state(held, on, known_at))


def _etag(content: bytes, events: Sequence[Event]) -> str:
    """Of a state and of what is recorded: an event may show on another day only."""
    return cached.etag(content + "".join(event.id for event in events[-1:]).encode())
