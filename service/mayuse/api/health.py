"""`/health`: whether the process runs, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from mayuse import strict_json
from mayuse.api import problems, reading
from mayuse.api.access import public
from mayuse.api.schemas import Live, Ready
from mayuse.api.serving import service
from mayuse.door import Door
from mayuse.problem import RETRY_AFTER, Problem

router = APIRouter(prefix="/health", tags=["health"])

_NO_STORE = {"Cache-Control": "no-store"}


@router.get(
    "/live",
    operation_id="readLiveness",
    summary="Does the process run?",
    response_model=Live,
    response_description="It does.",
    responses=problems.responses("invalid_parameter"),
)
@public
async def read_liveness(request: Request) -> Response:
    """Says nothing of policy or log: a process must not be killed because a database is down."""
    reading.query(request)
    return _answer({"status": "live"})


@router.get(
    "/ready",
    operation_id="readReadiness",
    summary="Can it answer questions now?",
    response_model=Ready,
    response_description="Every part is ready.",
    responses=problems.responses("invalid_parameter", "not_ready"),
)
@public
async def read_readiness(request: Request) -> Response:
    """Tells which part is not ready: the policy (its engine and bundle), the log, or access.

    `access` also says when this machine needs no credential yet.
    """
    reading.query(request)
    door: Door = request.app.state.door
    parts = [
        {"part": part.part, "ready": part.ready, "detail": part.detail}
        for part in [*await service(request).parts(), await door.part()]
    ]
    waiting = [str(part["part"]) for part in parts if not part["ready"]]
    if not waiting:
        return _answer({"status": "ready", "parts": parts})
    said = Problem("not_ready", f"not ready: {', '.join(waiting)}", retry_after=RETRY_AFTER)
    return problems.reply(said, parts=parts)


def _answer(document: object) -> Response:
    return Response(strict_json.dumps(document), media_type="application/json", headers=_NO_STORE)
