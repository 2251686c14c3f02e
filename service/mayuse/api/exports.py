"""All recorded decisions that match, sent as they are read: NDJSON or CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from mayuse import export
from mayuse.api import filters
from mayuse.api.serving import caller, service
from mayuse.errors import FieldError
from mayuse.store.decisions import Decisions
from mayuse.store.search import Filters

CONTENT: dict[str, Any] = {
    "application/x-ndjson": {
        "schema": {"type": "string", "description": "A whole decision a line."}
    },
    "text/csv": {
        "schema": {"type": "string", "description": f"Columns: {', '.join(export.COLUMNS)}."}
    },
}
_OF_PAGES = ("limit", "cursor", "order")


async def everything(
    request: Request, media_type: str, asked: Mapping[str, str], narrowed: Filters
) -> Response:
    """Send all that match, oldest first, once it is recorded that they are looked at.

    Raises `Refusal` for parameters of pages: here there are none.
    """
    if faults := [
        FieldError(name, "cannot be used: all that match are sent, oldest first")
        for name in _OF_PAGES
        if name in asked
    ]:
        raise filters.refusal(faults)
    running = service(request)
    now = datetime.now(UTC)
    counted = await running.counts.by(filters=export.bounded(narrowed, now))
    found = sum(item.decisions for item in counted)
    await running.searches.record("export", narrowed, found, caller=caller(request))
    suffix = "csv" if media_type == "text/csv" else "ndjson"
    return StreamingResponse(
        _sent(running.decisions, narrowed, now, suffix),
        media_type="text/csv; charset=utf-8; header=present" if suffix == "csv" else media_type,
        headers={
            "Cache-Control": "no-store",
            "Vary": "Accept",
            "Content-Disposition": f'attachment; filename="decisions.{suffix}"',
        },
    )


async def _sent(
    decisions: Decisions, narrowed: Filters, now: datetime, suffix: str
) -> AsyncIterator[bytes]:
    if suffix == "csv":
        yield export.csv_head()
    async for some in export.each(decisions, narrowed, now=now):
        yield export.csv_rows(some) if suffix == "csv" else export.ndjson(some)
