"""AuthZEN 1.0: Access Evaluation, Access Evaluations, and the metadata that offers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from mayuse import authzen, problem, recorded, spans
from mayuse.api import cached, problems, reading
from mayuse.api.access import needs, public
from mayuse.api.schemas import AuthzenAnswer, AuthzenMetadata
from mayuse.api.serving import answered, caller, service
from mayuse.api.turns import turns
from mayuse.errors import FieldError, InvalidQuestion, LogUnavailable
from mayuse.question import Question
from mayuse.service import Service

router = APIRouter(tags=["authzen"])

EVALUATION, EVALUATIONS = "/access/v1/evaluation", "/access/v1/evaluations"
CONFIGURATION = "/.well-known/authzen-configuration"
MAX_EVALUATIONS = 1_000

ENDPOINTS = {
    "access_evaluation_endpoint": EVALUATION,
    "access_evaluations_endpoint": EVALUATIONS,
    "search_subject_endpoint": "/access/v1/search/subject",
    "search_resource_endpoint": "/access/v1/search/resource",
    "search_action_endpoint": "/access/v1/search/action",
}
"""The APIs that are offered, by their names in the metadata; the last three in `authzen_search`."""

_ENTITY: dict[str, Any] = {
    "type": "object",
    "required": ["type", "id"],
    "properties": {
        "type": {"type": "string"},
        "id": {"type": "string"},
        "properties": {"type": ["object", "null"]},
    },
}
PARTS: dict[str, Any] = {
    "subject": _ENTITY,
    "action": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "properties": {"type": ["object", "null"]}},
    },
    "resource": _ENTITY,
    "context": {"type": ["object", "null"]},
}
EXAMPLE: dict[str, Any] = {
    "subject": {"type": "recipient", "id": "microsoft"},
    "action": {"name": "ads_personalised"},
    "resource": {
        "type": "personal_data",
        "id": "profile",
        "properties": {"data_subject": {"jurisdiction": "US-CA", "age": 34}},
    },
    "context": {"choices": {"share_with_affiliates": "off"}, "on": "2025-11-20"},
}


def sent(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """The body of an operation, for the OpenAPI document."""
    content = {"schema": schema, "examples": {"ads": {"value": example}}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


SIGNAL: dict[str, Any] = {"parameters": [reading.documented_signal()]}


REFUSED = problems.responses(
    "invalid_json",
    "invalid_question",
    "invalid_parameter",
    "invalid_media_type",
    "body_too_slow",
    "body_too_large",
    *problem.INDETERMINATE,
    *problem.UNRECORDED,
)


@router.post(
    EVALUATION,
    operation_id="evaluate",
    summary="Access Evaluation",
    response_model=AuthzenAnswer,
    response_description="The decision. `false` must not be let through.",
    responses=REFUSED,
    openapi_extra=SIGNAL
    | sent(
        {"type": "object", "required": ["subject", "action", "resource"], "properties": PARTS},
        EXAMPLE,
    ),
)
@needs("decide")
async def evaluate(request: Request) -> Response:
    """One question as AuthZEN asks it: recipient, purpose, category of data.

    Recorded like any other. The header `Sec-GPC: 1` counts as `context.signals.gpc`. An id, choice
    or date that is not known is `false` with a reason in `context`; nothing was decided then. A
    question without a verdict is 503.
    """
    running, who = service(request), caller(request)
    with turns(request).single():
        signal = reading.gpc_header(request)
        document = await document_of(request, running)
        return await _one(running, who, document, signal=signal)


@router.post(
    EVALUATIONS,
    operation_id="evaluateEach",
    summary="Access Evaluations",
    response_model=AuthzenAnswer,
    response_description="A decision for each item, as far as they were evaluated.",
    responses=REFUSED,
    openapi_extra=sent(
        {
            "type": "object",
            "properties": {
                **{name: {**part, "type": ["object", "null"]} for name, part in PARTS.items()},
                "evaluations": {
                    "type": ["array", "null"],
                    "maxItems": MAX_EVALUATIONS,
                    "items": {"type": "object"},
                },
                "options": {
                    "type": ["object", "null"],
                    "properties": {
                        "evaluations_semantic": {
                            "type": ["string", "null"],
                            "enum": [*authzen.SEMANTICS, None],
                        }
                    },
                },
            },
            "anyOf": [
                {
                    "required": ["evaluations"],
                    "properties": {"evaluations": {"type": "array", "minItems": 1}},
                },
                {
                    "required": ["subject", "action", "resource"],
                    "properties": {
                        name: {"type": "object"} for name in ("subject", "action", "resource")
                    },
                },
            ],
        },
        {
            **EXAMPLE,
            "evaluations": [{}, {"action": {"name": "service_core"}}],
        },
    ),
)
@needs("decide")
async def evaluate_each(request: Request) -> Response:
    """Several questions; what an item leaves out is taken from the top.

    An item that cannot be decided is `false` with `context.error` and disturbs no other. Without
    `evaluations`, or with none in it, it is one Access Evaluation.
    """
    running, who = service(request), caller(request)
    signal = reading.gpc_header(request)
    document = await document_of(request, running, many=True)
    items = authzen.evaluations(document)
    stops_at = authzen.semantics(document)
    if not items:
        with turns(request).single():
            return await _one(running, who, document, signal=signal)
    if signal:
        raise problems.parameter_errors([reading.SIGNAL_OF_MANY])
    if len(items) > MAX_EVALUATIONS:
        fault = FieldError("/evaluations", f"holds more than {MAX_EVALUATIONS} evaluations")
        raise InvalidQuestion((fault,))
    with turns(request).single():
        if stops_at == authzen.EXECUTE_ALL:
            return answered({"evaluations": await _items(running, who, items)})
        decided: list[authzen.Body] = []
        for item in items:
            decided += await _items(running, who, [item])
            permitted = decided[-1]["decision"]
            if stops_at == (authzen.FIRST_PERMIT if permitted else authzen.FIRST_DENY):
                break
        return answered({"evaluations": decided})


@router.get(
    CONFIGURATION,
    operation_id="readAuthzenConfiguration",
    summary="AuthZEN metadata",
    response_model=AuthzenMetadata,
    response_description="Which endpoints are offered, and where.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter"),
)
@public
async def read_configuration(request: Request) -> Response:
    """The identifier is the configured public address, never taken from the request."""
    reading.query(request)
    base = service(request).settings.own_address
    return cached.reply(request, authzen.metadata(base, ENDPOINTS))


async def document_of(request: Request, running: Service, *, many: bool = False) -> dict[str, Any]:
    """The body of a request of AuthZEN. Raises `InvalidQuestion` when it is no object."""
    reading.query(request)
    document = await reading.authzen_body(request, running.settings, many=many)
    if not isinstance(document, dict):
        raise InvalidQuestion((FieldError("", "is not an object"),))
    return document


async def _one(
    running: Service, who: str, evaluation: Mapping[str, Any], *, signal: bool
) -> Response:
    now = datetime.now(UTC)
    with spans.span("intake"):
        asked = _question(running, evaluation, now, signal=signal)
    if not isinstance(asked, Question):
        return answered(asked)
    decision = await running.may(asked, caller=who, now=now)
    answer = running.catalog.answer(decision)
    if answer["effect"] == "indeterminate":
        return problems.reply(problem.indeterminate(answer))
    return answered(authzen.decision(answer, recorded.time(decision.draft.at)))


async def _items(
    running: Service, who: str, items: Sequence[Mapping[str, Any]]
) -> list[authzen.Body]:
    """Decide several items with one evaluation and one commit; none of them raises."""
    now = datetime.now(UTC)
    with spans.span("intake"):
        read = [_question_or_failure(running, item, now) for item in items]
    questions = [found for found in read if isinstance(found, Question)]
    try:
        decisions = await running.may_each(questions, caller=who, now=now)
    except LogUnavailable as error:
        lost = authzen.failure(HTTPStatus.SERVICE_UNAVAILABLE, error.detail, error.code)
        return [lost if isinstance(found, Question) else found for found in read]
    told = (_decision(running.catalog.answer(made), made.draft.at) for made in decisions)
    return [next(told) if isinstance(found, Question) else found for found in read]


def _decision(answer: dict[str, Any], at: datetime) -> authzen.Body:
    decision = authzen.decision(answer, recorded.time(at))
    for fault in answer.get("faults", ()):
        error = {"status": HTTPStatus.SERVICE_UNAVAILABLE, "message": fault["detail"]}
        decision["context"].setdefault("error", error)
    return decision


def _question_or_failure(
    running: Service, evaluation: Mapping[str, Any], now: datetime
) -> Question | authzen.Body:
    try:
        return _question(running, evaluation, now)
    except InvalidQuestion as error:
        return authzen.failure(HTTPStatus.BAD_REQUEST, str(error), "invalid_evaluation")


def _question(
    running: Service, evaluation: Mapping[str, Any], now: datetime, *, signal: bool = False
) -> Question | authzen.Body:
    """The question, or the denial of what is none. Raises `InvalidQuestion` for another shape."""
    document = authzen.question(evaluation)
    if why := authzen.stranger(evaluation):
        return authzen.refusal(why)
    try:
        return running.intake.read(document, today=now.date(), gpc_header=signal)
    except InvalidQuestion as error:
        return authzen.refusal(authzen.reason(error))
