"""`/metrics`: what the service counts of itself, for Prometheus."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from mayuse import metrics
from mayuse.api import problems, reading
from mayuse.api.access import needs_any
from mayuse.api.serving import service
from mayuse.errors import LogUnavailable
from mayuse.service import Service

TEXT = "text/plain"
OPEN_METRICS = "application/openmetrics-text"
PATIENCE = 2.0
"""Seconds that the database may take; without it, all else is told."""

router = APIRouter(tags=["health"])

_EXAMPLE = """\
# HELP mayuse_decisions_total Decisions recorded.
# TYPE mayuse_decisions_total counter
mayuse_decisions_total{effect="permit",engine="embedded"} 41.0
"""


@router.get(
    "/metrics",
    operation_id="readMetrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    response_description="Prometheus' text format, or OpenMetrics where `Accept` prefers it.",
    responses={
        200: {
            "content": {
                TEXT: {"schema": {"type": "string"}, "example": _EXAMPLE},
                OPEN_METRICS: {"schema": {"type": "string"}},
            }
        },
        **problems.responses("invalid_parameter"),
    },
)
@needs_any
async def read_metrics(request: Request) -> Response:
    """Counts of all workers together, whichever of them answers; no number is about a person."""
    reading.query(request)
    await _ask_the_database(service(request))
    accept = ",".join(request.headers.getlist("accept"))
    content, media_type = await asyncio.to_thread(metrics.exposition, accept)
    return Response(
        content, headers={"Content-Type": media_type, "Cache-Control": "no-store", "Vary": "Accept"}
    )


async def _ask_the_database(running: Service) -> None:
    digest = running.bundle.digest
    try:
        async with asyncio.timeout(PATIENCE):
            standing = await running.standing()
    except (LogUnavailable, TimeoutError):
        metrics.UNSEALED.set(float("nan"))
        return
    metrics.UNSEALED.set(standing.unsealed)
    if standing.activated_us is not None:
        metrics.ACTIVATED.labels(digest).set(standing.activated_us / 1_000_000)
