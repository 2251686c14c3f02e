"""`POST /v1/decisions:batch`: many questions in one request, each with its own answer and receipt.

A JSON document of up to 10,000 items, or lines of JSON without end, answered while they arrive.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from mayuse import batch, problem, strict_json
from mayuse.active import Active
from mayuse.api import accepting, access, problems, reading
from mayuse.api.access import needs
from mayuse.api.examples import QUESTIONS
from mayuse.api.problems import Refusal
from mayuse.api.schemas import DecisionBatch
from mayuse.api.serving import active, caller
from mayuse.api.spool import Spool
from mayuse.api.turns import ALONE, Turns, turns
from mayuse.batch import Item, Line, Member, Summary
from mayuse.errors import FieldError, InvalidQuestion, LogUnavailable
from mayuse.problem import Problem
from mayuse.question import Question

router = APIRouter(prefix="/v1/decisions:batch", tags=["decisions"])

MAX_ITEMS = 10_000
MAX_HELD = 2**20
"""Bytes of lines that have arrived and wait to be answered."""

LINES = ("application/x-ndjson", "application/jsonl")
"""What a JSON document a line is called: neither name is registered, and both are in use."""

_LINES_SENT: dict[str, Any] = {"schema": {"type": "string", "description": "A question a line."}}
_LINES_ANSWERED: dict[str, Any] = {
    "schema": {
        "type": "string",
        "description": "A decision or problem a line; the last is the summary.",
    }
}

_SENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["items"],
                    "properties": {
                        "items": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MAX_ITEMS,
                            "description": "Questions. What is none gives a problem in its place.",
                            "items": {
                                "anyOf": [
                                    {"$ref": "#/components/schemas/Question"},
                                    {"$ref": "#/components/schemas/AnyJson"},
                                ]
                            },
                        }
                    },
                },
                "examples": {
                    "two": {
                        "summary": "Two questions",
                        "value": {"items": [row["value"] for row in QUESTIONS.values()][:2]},
                    }
                },
            },
            **dict.fromkeys(LINES, _LINES_SENT),
        },
    },
}


@router.post(
    "",
    operation_id="decideEach",
    summary="Many questions at once",
    response_model=DecisionBatch,
    response_description="An answer for each item, in order, and a summary at the end.",
    responses={
        200: {"content": dict.fromkeys(LINES, _LINES_ANSWERED)},
        **problems.responses(
            "invalid_json",
            "invalid_question",
            "invalid_parameter",
            "body_too_slow",
            "body_too_large",
            "unsupported_media_type",
        ),
    },
    openapi_extra=_SENT,
)
@needs("decide")
async def decide_each(request: Request) -> Response:
    """Decides and records each item on its own; the status says nothing of them.

    A faulty item gives a problem in its place and disturbs no other. What could not be recorded
    is not told: its place holds a problem, and it may be asked again. A browser's signal belongs to
    one person, so it is stated in each question and not as a header. No item is known again: there
    is no `Idempotency-Key`. The answer has the form of what was sent, unless `Accept` would rather
    have the other one. Lines end when their caller is no longer let in.
    """
    settings = active(request).current.settings
    who = caller(request)
    reading.query(request)
    if reading.gpc_header(request):
        raise problems.parameter_errors([reading.SIGNAL_OF_MANY])
    if "idempotency-key" in request.headers:
        raise problems.parameter_errors([reading.KEY_OF_MANY])
    if reading.announces_lines(request):
        lines = access.while_admitted(request, reading.lines(request, settings))
        media_type = accepting.first_taken(request, (*LINES, accepting.JSON))
        return _Answering(active(request), who, lines, turns(request), media_type)
    media_type = accepting.first_taken(request, (accepting.JSON, *LINES))
    items = _each(_members(await reading.batch_body(request, settings)))
    return _Answering(active(request), who, items, turns(request), media_type)


class _Answering(Response):
    """Answers items while they arrive, and sends the answers while the caller reads."""

    def __init__(
        self,
        under: Active,
        who: str,
        items: AsyncIterator[Item],
        turns: Turns,
        media_type: str,
    ) -> None:
        super().__init__(media_type=media_type, headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]  # nobody knows yet
        self._under, self._who, self._items = under, who, items
        self._turns, self._as_lines = turns, media_type in LINES
        self._arrived: asyncio.Queue[Item | None] = asyncio.Queue(ALONE)
        self._held, self._room = 0, asyncio.Event()
        self._room.set()
        self._spool = Spool()
        self._ended_by: Problem | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in, answer and send, all three at once."""
        del scope, receive  # the request is read by `reading`
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take_in())
            tasks.create_task(self._answer())
            await self._send(send)

    async def _take_in(self) -> None:
        try:
            async for item in self._items:
                await self._room.wait()
                self._hold(_size(item))
                await self._arrived.put(item)
        except Refusal as error:
            self._ended_by = error.problem
        except LogUnavailable as error:
            self._ended_by = problem.of(error)
        except ClientDisconnect:
            self._ended_by = Problem("body_too_slow", "the caller hung up")
        # Not in a `finally`: where answering failed, nobody takes anything any more.
        await self._arrived.put(None)

    async def _answer(self) -> None:
        summary, first = Summary(), True
        try:
            await self._spool.write(b"" if self._as_lines else b'{"items":[')
            while items := await self._slice():
                started = time.perf_counter()
                answers = await self._answers(items)
                summary.add(answers)
                text = await asyncio.to_thread(self._text, answers.bodies, first=first)
                await self._spool.write(text)
                first = False
                await self._turns.step_aside(time.perf_counter() - started)
            await self._spool.write(self._last(summary))
        finally:
            self._spool.end()

    async def _slice(self) -> Sequence[Item]:
        """Wait for an item, then take what else has arrived; empty at the end."""
        found: list[Item] = []
        while len(found) < self._turns.at_once():
            if found and self._arrived.empty():
                break
            item = await self._arrived.get()
            if item is None:
                self._arrived.put_nowait(None)  # found again by whoever asks again
                break
            self._hold(-_size(item))
            found.append(item)
        return found

    def _hold(self, more: int) -> None:
        """Take nothing in while so much waits; what waits at all can still be answered."""
        self._held += more
        if self._held < MAX_HELD:
            self._room.set()
        else:
            self._room.clear()

    async def _answers(self, items: Sequence[Item]) -> batch.Answers:
        """Answer a slice, all of it under the bundle that is active now."""
        with self._under.held() as running:

            async def each(questions: Sequence[Question], now: datetime) -> Sequence[batch.Body]:
                told = await running.may_each(questions, caller=self._who, now=now)
                return await asyncio.to_thread(lambda: [running.catalog.answer(it) for it in told])

            return await batch.answer(items, running.intake, each, datetime.now(UTC))

    def _text(self, bodies: Sequence[batch.Body], *, first: bool) -> bytes:
        texts = [strict_json.dumps(body) for body in bodies]
        if self._as_lines:
            return b"".join(text + b"\n" for text in texts)
        return (b"" if first else b",") + b",".join(texts)

    def _last(self, summary: Summary) -> bytes:
        document = summary.to_document(complete=self._ended_by is None)
        if self._ended_by is not None:
            document["problem"] = self._ended_by.as_document()
        if self._as_lines:
            return strict_json.dumps({"summary": document}) + b"\n"
        return b'],"summary":' + strict_json.dumps(document) + b"}"

    async def _send(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        async for chunk in self._spool.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _members(document: object) -> list[Member]:
    """The items of a batch. Raises `InvalidQuestion` for a document that is no batch."""
    fault = None
    if not isinstance(document, dict):
        fault = FieldError("", "is not an object with `items`")
    elif document.keys() - {"items"}:
        fault = FieldError("", "holds a member that is not known", "items")
    elif not isinstance(items := document.get("items"), list):
        fault = FieldError("/items", "is not a list of questions")
    elif not 1 <= len(items) <= MAX_ITEMS:
        fault = FieldError("/items", f"does not hold 1 to {MAX_ITEMS} questions")
    else:
        return [Member(number, item) for number, item in enumerate(items)]
    raise InvalidQuestion((fault,))


def _size(item: Item) -> int:
    """A member is in memory with its document, as long as that is."""
    return len(item.text or b"") if isinstance(item, Line) else 0


async def _each(members: Sequence[Member]) -> AsyncIterator[Item]:
    for member in members:
        yield member
