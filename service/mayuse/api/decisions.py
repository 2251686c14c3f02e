"""`/v1/decisions`: ask, and read what was decided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Request, Response

from mayuse import problem, recorded, spans, strict_json
from mayuse.answer import Decision as Decided
from mayuse.api import accepting, exports, filters, problems, reading
from mayuse.api import log as log_files
from mayuse.api.access import needs
from mayuse.api.examples import QUESTIONS
from mayuse.api.schemas import Decision
from mayuse.api.schemas_recorded import RecordedDecision, RecordedDecisions, ReplayedDecision
from mayuse.api.serving import NEXT_PAGE, answered, caller, page, service
from mayuse.api.turns import turns
from mayuse.counterfactual import would_permit
from mayuse.decide import Log
from mayuse.errors import FieldError, InvalidQuestion

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])

COUNTERFACTUAL = "counterfactual"
MEDIA_TYPES = ("application/json", *exports.CONTENT)

# Told, not checked: any other address is simply not there.
DecisionId = Annotated[str, Path(json_schema_extra={"format": "uuid"})]

_ASKED: dict[str, Any] = {
    "parameters": [
        {
            "name": "explain",
            "in": "query",
            "required": False,
            "description": "`counterfactual` adds `would_permit` to a deny: the smallest changes "
            "of choices or signal under which the answer would be a permit.",
            "schema": {"type": "string", "enum": [COUNTERFACTUAL]},
        },
        reading.documented_signal(),
        reading.documented_key(
            "A name of this question and its retries, for 24 hours: whoever sends "
            "it again hears the first answer. A random UUID does well."
        ),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Question"},
                "examples": QUESTIONS,
            }
        },
    },
}
_AFTERWARDS = {
    "readDecision": "The decision as it was recorded.",
    "proveDecision": "That it is in the log.",
    "replayDecision": "The decision made once more.",
}
_LINKS = {
    name: {
        "operationId": name,
        "parameters": {"decision_id": "$response.body#/decision_id"},
        "description": description,
    }
    for name, description in _AFTERWARDS.items()
}


@router.post(
    "",
    operation_id="decide",
    summary="May RECIPIENT use this person's DATA for PURPOSE?",
    response_model=Decision,
    response_description="The decision; it was recorded before it is told.",
    responses={
        200: {"links": _LINKS},
        **problems.responses(
            "invalid_json",
            "invalid_question",
            "invalid_parameter",
            "body_too_slow",
            "idempotency_key_reused",
            "erased",
            "body_too_large",
            "unsupported_media_type",
            *problem.INDETERMINATE,
            *problem.UNRECORDED,
        ),
    },
    openapi_extra=_ASKED,
)
@needs("decide")
async def decide(request: Request) -> Response:
    """Decides and records. Asking changes nothing else and may be repeated freely.

    A question without a verdict is recorded as `indeterminate` and answered 503 with its
    `decision_id`; a decision that cannot be recorded is never told. With an `Idempotency-Key` a
    retry hears the first answer; a question without a verdict is decided anew.
    """
    with turns(request).single():
        return await _decide(request)


async def _decide(request: Request) -> Response:
    running = service(request)
    who = caller(request)
    to_explain = _explanation(request)
    signal = reading.gpc_header(request)
    key = reading.idempotency_key(request)
    with spans.span("intake"):
        document = await reading.json_body(request, running.settings)
        now = datetime.now(UTC)  # the one reading of the clock, when all that is asked has arrived
        question = running.intake.read(document, today=now.date(), gpc_header=signal)

    async def ask(log: Log) -> Decided:
        return await running.may(question, caller=who, now=now, log=log)

    if key is None:
        decision = await ask(running.log)
    else:
        asked = strict_json.canonical([document, signal])
        decision = await running.repeats.once(question, ask, caller=who, key=key, asked=asked)
    structlog.contextvars.bind_contextvars(decision_id=decision.draft.id)
    words = await running.words_of(decision)
    answer = words.answer(decision)
    if answer["effect"] == "indeterminate":
        return problems.reply(problem.indeterminate(answer))
    # A former bundle's deny is not explained by what would help under the one of now.
    if to_explain and words is running.catalog and answer["effect"] == "deny":
        answer["would_permit"] = await would_permit(decision.draft.question, running.engine)
    return answered(answer)


@router.get(
    "",
    operation_id="listDecisions",
    summary="Recorded decisions",
    response_model=RecordedDecisions,
    response_description="A page of the list.",
    responses={
        200: {
            "headers": NEXT_PAGE,
            "content": exports.CONTENT,
            "links": {
                "readFirst": {
                    "operationId": "readDecision",
                    "parameters": {"decision_id": "$response.body#/decisions/0/decision_id"},
                },
            },
        },
        **problems.responses("invalid_parameter", *problems.UNREADABLE),
    },
)
@needs("log:read")
async def list_decisions(request: Request) -> Response:
    """Filters narrow the list; everything named must hold. Looking is itself recorded.

    Ids that only a former bundle knew can be named as well: its decisions are in the log.

    With `Accept: application/x-ndjson` or `text/csv` all that match are sent, oldest first, and
    `limit`, `cursor` and `order` are refused. A download that breaks off is not complete.

    Decisions recorded between two pages neither repeat nor hide others. In a large log in which
    little matches, a page tells what was found so far, which may be nothing: as long as there is
    a `next_cursor`, the list goes on.
    """
    running = service(request)
    known = filters.parameters(running.intake.vocabulary)
    asked = reading.query(request, [parameter.name for parameter in known])
    listing = await filters.read(asked, running)
    if (media_type := accepting.preferred(request, MEDIA_TYPES)) != MEDIA_TYPES[0]:
        return await exports.everything(request, media_type, asked, listing.filters)
    try:
        found = await running.decisions.list(
            listing.filters,
            cursor=listing.cursor,
            limit=listing.limit,
            newest_first=listing.newest_first,
        )
    except InvalidQuestion as error:
        raise filters.refusal(error.errors) from None
    await running.searches.record("list", listing.filters, len(found.items), caller=caller(request))
    document = {"decisions": [recorded.summary(item) for item in found.items]}
    shown = page(request, router.prefix, asked, document, found.cursor)
    shown.headers["Vary"] = "Accept"
    return shown


@router.get(
    "/{decision_id}",
    operation_id="readDecision",
    summary="One recorded decision",
    response_model=RecordedDecision,
    response_description="The decision.",
    responses={
        200: {"links": {name: _LINKS[name] for name in ("proveDecision", "replayDecision")}},
        **problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE),
    },
)
@needs("log:read")
async def read_decision(request: Request, decision_id: DecisionId) -> Response:
    """What the log has of a decision: its record, which rules forced it, and what they saw.

    `receipt.record` are the bytes that were hashed, in base64url; their RFC 9162 leaf hash is
    `receipt.leaf_hash`. `detail` lies beside the record, which has keyed tags of it alone. After an
    erasure `detail` is gone and the rest remains.
    """
    reading.query(request)
    running = service(request)
    found = await running.decisions.get(decision_id)
    return answered(recorded.decision(found, running.catalog, running.bundle.digest))


@router.get(
    "/{decision_id}/proof",
    operation_id="proveDecision",
    summary="That a decision is in the log",
    response_class=Response,
    response_description="C2SP tlog-proof: the index of its leaf, hashes, and the checkpoint.",
    responses=log_files.text_response(log_files.PROOF)
    | problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE, "log_rolled_back"),
)
@needs("decide", "log:read")
async def prove_decision(request: Request, decision_id: DecisionId) -> Response:
    """For the leaf that `receipt.record` of the decision is: its bytes, from base64url.

    Together with the record and a verifier key of the log it proves, without this service, that
    the log holds this record, which says: id, time by the writer's clock, caller, recipient,
    purpose, effect, the reasons that forced it, faults, policy digest and engine. It does not prove
    what is in no record: categories of data and their effects, facts, the person, other reasons,
    obligations, laws and sentences. 503 for the moment between recording and sealing.
    """
    reading.query(request)
    proven = await service(request).published.of_decision(decision_id)
    return log_files.text(proven.proof.to_text())


@router.post(
    "/{decision_id}/replay",
    operation_id="replayDecision",
    summary="Make one recorded decision again",
    response_model=ReplayedDecision,
    response_description="Whether it comes out the same.",
    responses=problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE),
)
@needs("log:read")
async def replay_decision(request: Request, decision_id: DecisionId) -> Response:
    """From the stored bundle and the stored facts, byte for byte; nothing is recorded.

    What was erased cannot be made again, nor what never had a verdict because the engine could
    not be asked; `outcome` says so. It is this service's word: nobody else has the keys of the
    record's tags.
    """
    reading.query(request)
    running = service(request)
    replayed = await running.replayer.one(await running.evidence.of(decision_id))
    return answered(recorded.replayed(replayed))


def _explanation(request: Request) -> bool:
    """Whether a deny is to be explained by what would turn it into a permit."""
    wanted = reading.query(request, ("explain",)).get("explain", COUNTERFACTUAL)
    if wanted != COUNTERFACTUAL:
        fault = FieldError("explain", "is not a known explanation", COUNTERFACTUAL)
        raise filters.refusal([fault])
    return "explain" in request.query_params
