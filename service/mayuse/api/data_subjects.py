"""`/v1/data-subjects/{id}`: what was decided about a person, and to be forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator

from mayuse import problem, recorded, told_choices
from mayuse.api import filters, problems, reading
from mayuse.api.access import needs
from mayuse.api.heads import SLASH
from mayuse.api.schemas_people import ErasedPerson, PersonsDecisions
from mayuse.api.serving import answered, caller, page, service
from mayuse.errors import InvalidQuestion, NotFound
from mayuse.intake import is_subject
from mayuse.intake_faults import MAX_SUBJECT_ID, NO_SUBJECT_ID
from mayuse.store.search import Filters

router = APIRouter(prefix="/v1/data-subjects", tags=["data subjects"])

MAX_PAGE = 100
DEFAULT_PAGE = 20
PARAMETERS = filters.paging("Decisions", MAX_PAGE, DEFAULT_PAGE)
# Told, not checked: of any other id nothing is held.
SubjectId = Annotated[
    str,
    AfterValidator(lambda sent: sent.replace(SLASH, "/")),
    Path(
        description="The caller's id of the person, neither `.` nor `..`. It is neither logged "
        "nor sent back.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_SUBJECT_ID},
    ),
]


@router.get(
    "/{subject}/decisions",
    operation_id="listDecisionsAboutPerson",
    summary="What was decided about a person, in words",
    response_model=PersonsDecisions,
    response_description="A page of the decisions, newest first.",
    responses=problems.responses(
        "invalid_parameter", "not_found", "choices_unavailable", *problems.UNREADABLE
    ),
)
@needs("log:read")
async def list_decisions_about_person(request: Request, subject: SubjectId) -> Response:
    """For an access request: each decision as it would be told today, by its own bundle's words.

    Each is made again for that; `replay` says whether it came out the same. With the first page
    comes every event of the person's choices. Looking is itself recorded in the log, without the
    person's id.
    """
    asked = reading.query(request, [parameter.name for parameter in PARAMETERS])
    filters.check(asked, PARAMETERS)
    running = service(request)
    limit = int(asked.get("limit", DEFAULT_PAGE))
    try:
        found = await running.decisions.list(
            Filters(subject=known_subject(subject)), cursor=asked.get("cursor"), limit=limit
        )
    except InvalidQuestion as error:
        raise filters.refusal(error.errors) from None
    told = await running.teller.tell(found.items)
    document: dict[str, Any] = {"decisions": told}
    chosen = {} if "cursor" in asked else await running.choices.of([subject])
    if subject in chosen:
        document["choices"] = told_choices.events(reversed(chosen[subject]))
    await running.searches.record(
        "access_request", Filters(subject=subject), len(told), caller=caller(request)
    )
    path = f"/v1/data-subjects/{quote(subject, safe='')}/decisions"
    return page(request, path, asked, document, found.cursor)


@router.delete(
    "/{subject}",
    operation_id="erasePerson",
    summary="Forget a person",
    response_model=ErasedPerson,
    response_description="The person is forgotten; the receipt is of the record that says so.",
    responses=problems.responses("invalid_parameter", "not_found", *problem.UNRECORDED),
)
@needs("erase")
async def erase_person(request: Request, subject: SubjectId) -> Response:
    """Destroys the person's key, and all that ties decisions to it.

    The records stay in the log, which verifies as before; none of them can be tied to the person
    or to each other any more. A person who comes back gets another key. There is no `If-Match` and
    no `Idempotency-Key`: sent again, it forgets what was recorded meanwhile, or is 404.
    """
    reading.query(request)
    reading.unconditional(request)
    running = service(request)
    erased = await running.erasures.erase(
        known_subject(subject), caller=caller(request), at=datetime.now(UTC)
    )
    return answered(recorded.erased(erased))


def known_subject(subject: str) -> str:
    """The id, if a question could have named it. Raises `NotFound`: no other can be known."""
    if not is_subject(subject):
        raise NotFound(f"the id of the person {NO_SUBJECT_ID}")
    return subject
