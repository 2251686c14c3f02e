"""`/v1/policies`, to change what decides: upload a candidate, activate it, roll back."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response

from mayuse import problem, recorded, strict_json
from mayuse.api import cached, filters, order_body, policies, problems, reading
from mayuse.api.access import needs
from mayuse.api.policies import SCOPES, Digest
from mayuse.api.schemas_policy import Ordered, PolicyActivations, PolicyCandidate
from mayuse.api.serving import NEXT_PAGE, answered, caller, page, service
from mayuse.catalog import receipt
from mayuse.policy_orders import Done, Order, PolicyOrders
from mayuse.store.policy_candidates import Candidate

POLICIES = "/v1/policies"
ACTIVATIONS = f"{POLICIES}:activations"
DEFAULT, MOST = 50, 500
"""Activations on a page."""

router = APIRouter(tags=["policies"])

Row = dict[str, Any]

_ACTIVATE = ("reason", "allow_removal", "if_active")
_ROLL_BACK = ("reason", "to", "if_active")
OF_HISTORY = filters.paging("Activations", MOST, DEFAULT, cursor="^[1-9][0-9]{0,8}$")
_EXAMINED = ("body_too_slow", "body_too_large", "unsupported_media_type", "invalid_parameter")
_ORDERED = (
    *("invalid_json", "invalid_order", "policy_refused", "policy_changed"),
    *_EXAMINED,
    *problem.UNRECORDED,
)


@router.post(
    POLICIES,
    operation_id="uploadPolicy",
    summary="Upload a policy bundle as a candidate",
    status_code=HTTPStatus.OK,
    response_model=PolicyCandidate,
    response_description="The candidate was kept already, and has been examined once more.",
    responses={
        201: {
            "model": PolicyCandidate,
            "description": "The candidate is kept.",
            "headers": {
                "Location": {
                    "description": "Where it is told of.",
                    "required": True,
                    "schema": {"type": "string", "format": "uri"},
                }
            },
        },
        **problems.responses(
            *("policy_refused", "policy_known", "too_many_candidates"),
            *(*_EXAMINED, *problems.UNREADABLE),
        ),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                reading.ARCHIVE: {
                    "schema": {
                        "type": "string",
                        "format": "binary",
                        "description": "What `mayuse policy build` writes.",
                    }
                }
            },
        }
    },
)
@needs("policy:write")
async def upload_policy(request: Request) -> Response:
    """Examines the bundle, which takes some seconds, and keeps it if it passes. It decides nothing.

    Looked at are its form and digest, its signature where keys are configured, its rules, and the
    answers to the worked cases it carries. Told are also the answers of the active bundle's own
    cases that would change, and the ids that would no longer be known.
    """
    reading.query(request)
    raw = await reading.archive_body(request, service(request).settings)
    kept, is_new = await _orders(request).upload(raw, by=caller(request))
    made = answered(_candidate(kept))
    if is_new:
        made.status_code = HTTPStatus.CREATED
        base = service(request).settings.own_address
        made.headers["Location"] = f"{base}{POLICIES}/{kept.digest}"
    return made


@router.delete(
    f"{POLICIES}/{{digest}}",
    operation_id="removePolicy",
    summary="Remove a candidate",
    status_code=HTTPStatus.NO_CONTENT,
    response_description="It is gone.",
    responses=problems.responses(
        *("invalid_parameter", "not_found", "policy_known", "precondition_failed"),
        *problems.UNREADABLE,
    ),
)
@needs("policy:write")
async def remove_policy(request: Request, digest: Digest) -> Response:
    """A bundle that has decided is kept for good, for the decisions made under it."""
    reading.query(request)
    removed = policies.known(digest)
    if cached.is_conditional(request):  # else a candidate that cannot be read can be removed, too
        shown = await policies.document_of(service(request), removed)
        cached.unchanged(request, cached.etag(strict_json.dumps(shown)))
    await _orders(request).remove(removed)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post(
    f"{POLICIES}/{{digest}}/activate",
    operation_id="activatePolicy",
    summary="Have a policy bundle decide",
    response_model=Ordered,
    response_description="It decides; in other processes within about a second.",
    responses=problems.responses(
        *("not_found", "policy_removes_ids", "policy_is_older"),
        *_ORDERED,
    ),
    openapi_extra=order_body.documented(_ACTIVATE, (), {"reason": "Maryland's act is in force"}),
)
@needs("policy:write")
async def activate_policy(request: Request, digest: Digest) -> Response:
    """Examines it once more, and has it decide from now on. The log says so, who ordered it, why.

    No decision is made under two bundles. What fails leaves the former one deciding. A bundle that
    decides already is answered at once and recorded no second time. There is no `If-Match` and no
    `Idempotency-Key`: `if_active` says on which bundle the order rests.
    """
    document = await _order(request, _ACTIVATE, ())
    order = Order(
        by=caller(request),
        because=document.get("reason"),
        if_active=document.get("if_active"),
        allow_removal=document.get("allow_removal", False),
    )
    return _ordered(await _orders(request).activate(policies.known(digest), order))


@router.post(
    f"{POLICIES}:rollback",
    operation_id="rollBackPolicy",
    summary="Have the policy bundle of before decide again",
    response_model=Ordered,
    response_description="It decides; in other processes within about a second.",
    responses=problems.responses("policy_never_active", *_ORDERED),
    openapi_extra=order_body.documented(
        _ROLL_BACK, ("reason",), {"reason": "the new one denies what it must not"}
    ),
)
@needs("policy:write")
async def roll_back_policy(request: Request) -> Response:
    """To the bundle that decided before the active one, or to the one named.

    Its digest and signature are checked anew, and no more: it has decided before, and a way back
    must not be shut by what has changed since. There is no `If-Match` and no `Idempotency-Key`:
    with `if_active` an order sent again is refused.
    """
    document = await _order(request, _ROLL_BACK, ("reason",))
    order = Order(
        by=caller(request), because=document["reason"], if_active=document.get("if_active")
    )
    return _ordered(await _orders(request).roll_back(document.get("to"), order))


@router.get(
    ACTIVATIONS,
    operation_id="listPolicyActivations",
    summary="Which policy bundle decided from when on",
    response_model=PolicyActivations,
    response_description="Activations and roll-backs, the newest first.",
    responses={
        200: {"headers": NEXT_PAGE},
        **problems.responses("invalid_parameter", *problems.UNREADABLE),
    },
    openapi_extra={"parameters": [parameter.as_document() for parameter in OF_HISTORY]},
)
@needs(*SCOPES)
async def list_activations(request: Request) -> Response:
    """Who ordered each, and why; each is a leaf of the log, too.

    `start` ordered what the settings or the package named.
    """
    asked = reading.query(request, [parameter.name for parameter in OF_HISTORY])
    filters.check(asked, OF_HISTORY)
    limit = int(asked.get("limit", DEFAULT))
    before = int(asked["cursor"]) if "cursor" in asked else None
    running = service(request)
    found = await running.activations.history(limit + 1, before=before)
    shown = found[:limit]
    document = {"activations": [recorded.activation(one) for one in shown]}
    cursor = str(shown[-1].number) if len(found) > limit else None
    return page(request, ACTIVATIONS, asked, document, cursor)


def _orders(request: Request) -> PolicyOrders:
    found: PolicyOrders = request.app.state.orders
    return found


async def _order(request: Request, members: Sequence[str], required: Sequence[str]) -> Row:
    reading.query(request)
    reading.unconditional(request)
    return await order_body.read(request, service(request).settings, members, required)


def _candidate(candidate: Candidate) -> Row:
    return {**policies.candidate(candidate), "examination": candidate.examination}


def _ordered(done: Done) -> Response:
    what = done.activation.what
    return answered(
        {
            "active": {"digest": what.policy, "version": what.version},
            "activation": recorded.activation(done.activation),
            **({} if done.receipt is None else {"receipt": receipt(done.receipt)}),
        }
    )
