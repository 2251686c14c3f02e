"""`mayuse ask --server`: the same questions, asked of a running service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from mayuse import batch
from mayuse.batch import Answers, Line
from mayuse.cli.ask_file import Answering
from mayuse.cli.remote import address, credential
from mayuse.client import AsyncClient, Client, CutOff, Decision, ItemProblem, Problem
from mayuse.errors import FieldError, InvalidQuestion
from mayuse.problem import UNRECORDED
from mayuse.settings import Settings

YES_OR_NO = {"permit": "Yes", "deny": "No"}


def one(document: Mapping[str, Any], chosen: Settings) -> Decision:
    """Ask one question. Raises `ClientError`."""
    with Client(address(chosen), key=credential(chosen)) as client:
        return client.decide(document)


@asynccontextmanager
async def answering(chosen: Settings) -> AsyncIterator[Answering]:
    """Answers lines of a file, a request for each slice."""
    async with AsyncClient(address(chosen), key=credential(chosen)) as client:

        async def answer(lines: Sequence[Line]) -> Answers:
            return await _slice(client, lines)

        yield answer


def faults(error: Problem) -> InvalidQuestion | None:
    """The faulty fields that a problem names, if that is what it says."""
    if error.said.code != "invalid_question":
        return None
    named = [
        FieldError(str(row.get("pointer", "")), str(row.get("detail", "")), row.get("nearest"))
        for row in error.said.errors
    ]
    return InvalidQuestion(tuple(named))


def in_words(document: Mapping[str, Any], told: Decision, chosen: Settings) -> tuple[str, str]:
    """What was asked of whom, and the answer, as sentences. The labels of ids stay with it."""
    data = document.get("data", "")
    asked = (
        f"May {document.get('recipient')} use this person's "
        f"{', '.join([data] if isinstance(data, str) else data)} for {document.get('purpose')}? "
        f"Asked of {chosen.server}."
    )
    clauses = dict.fromkeys(it.says for it in told.reasons if it.effect == told.effect)
    return asked, f"{YES_OR_NO[told.effect]}: {'; '.join(clauses)}."


async def _slice(client: AsyncClient, lines: Sequence[Line]) -> Answers:
    """One batch. Where its answer breaks off, what is missing is said in each line's place."""
    bodies: list[dict[str, Any]] = []
    try:
        async for item in client.batch(line.text or _NO_QUESTION for line in lines):
            bodies.append(_body(item, lines[len(bodies)]))
    except CutOff as error:
        missing = {"code": "no_answer", "detail": f"{error}; it may have been decided"}
        bodies += [{**missing, "line": line.number} for line in lines[len(bodies) :]]
        return Answers(bodies, recorded=False)
    return Answers(bodies, recorded=all(body.get("code") not in UNRECORDED for body in bodies))


_NO_QUESTION = b"null"
"""Sent in the place of a line that was too long to be kept."""


def _body(item: Decision | ItemProblem, line: Line) -> dict[str, Any]:
    if line.text is None:
        return {**batch.too_long().as_document(), "line": line.number}
    return dict(item.document) | ({} if isinstance(item, Decision) else {"line": line.number})
