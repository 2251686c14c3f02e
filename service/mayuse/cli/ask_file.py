"""`mayuse ask --file`: questions as NDJSON in, decisions as NDJSON out, in the same order.

Lines are answered in slices, each with one evaluation and one commit, and a slice is whatever has
arrived when the last one is done: a file goes through at full speed, and a program that sends one
question and waits gets its answer at once.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import typer

from mayuse import problem, strict_json
from mayuse.cli.asking import Asker, asker
from mayuse.errors import InvalidJSON, InvalidQuestion, LogUnavailable
from mayuse.problem import Problem
from mayuse.question import Question

SLICE = 500
"""Lines answered at once, at most."""

MAX_LINE = 64 * 2**10
"""Bytes of one line, as of one request body."""

FALSE = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank; its text is None when it was too long to be kept."""

    number: int
    text: bytes | None


async def ask(file: Path, policies: Path | None, *, as_json: bool) -> int:
    """Answer every line of `file` (`-`: stdin). Returns 0 if all have a verdict, else 1.

    A faulty line gives a problem object in its place. When decisions cannot be recorded, the
    lines of that slice give that problem and the rest is not asked.
    """
    whole = True
    # Opened first: a file that cannot be read must not start the engine.
    source = nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb")
    with source as stream:
        async with asker(policies) as opened:
            incoming = _Incoming(stream)
            while lines := await asyncio.to_thread(incoming.slice):
                bodies, recorded = await _answer(opened, lines)
                _print(lines, bodies, as_json=as_json)
                whole = whole and all(body.get("effect") in {"permit", "deny"} for body in bodies)
                if not recorded:
                    message = f"line {lines[0].number} and what follows could not be recorded"
                    typer.echo(f"mayuse ask: {message}", err=True)
                    break
    return 0 if whole else FALSE


class _Incoming:
    """Reads ahead in a thread, so that a slow sender never waits for a slice to fill."""

    def __init__(self, stream: BinaryIO) -> None:
        self._lines: queue.Queue[Line | Exception | None] = queue.Queue(maxsize=2 * SLICE)
        self._ended = False
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def slice(self) -> list[Line]:
        """Wait for a line, then take what else is there; empty at the end. Raises `OSError`."""
        found: list[Line] = []
        while len(found) < SLICE and not self._ended:
            try:
                item = self._lines.get(block=not found)
            except queue.Empty:
                break
            if isinstance(item, Exception):
                raise item
            if item is None:
                self._ended = True
            else:
                found.append(item)
        return found

    def _read(self, stream: BinaryIO) -> None:
        try:
            for line in _lines(stream):
                self._lines.put(line)
        except (OSError, ValueError) as error:
            self._lines.put(error)
        else:
            self._lines.put(None)


def _lines(stream: BinaryIO) -> Iterator[Line]:
    number = 0
    while text := stream.readline(MAX_LINE + 1):
        number += 1
        if len(text) > MAX_LINE and not text.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Line(number, None)
        elif text.strip():
            yield Line(number, text)


async def _answer(opened: Asker, lines: Sequence[Line]) -> tuple[list[dict[str, Any]], bool]:
    """The body for each line, and whether the decisions among them were recorded."""
    now = datetime.now(UTC)
    read = [_read(opened, line, now) for line in lines]
    questions = [item for item in read if isinstance(item, Question)]
    try:
        answered = iter(await opened.each(questions, now) if questions else [])
    except LogUnavailable as error:
        lost = problem.of(error)
        return [
            _document(item if isinstance(item, Problem) else lost, line)
            for item, line in zip(read, lines, strict=True)
        ], False
    return [
        _document(item, line) if isinstance(item, Problem) else next(answered).body
        for item, line in zip(read, lines, strict=True)
    ], True


def _read(opened: Asker, line: Line, now: datetime) -> Question | Problem:
    if line.text is None:
        return Problem("body_too_large", f"the line is longer than {MAX_LINE} bytes")
    try:
        return opened.intake.read(strict_json.loads(line.text), today=now.date())
    except (InvalidJSON, InvalidQuestion) as error:
        return problem.of(error)


def _document(fault: Problem, line: Line) -> dict[str, Any]:
    return {**fault.as_document(), "line": line.number}


def _print(lines: Sequence[Line], bodies: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    for line, body in zip(lines, bodies, strict=True):
        if as_json:
            sys.stdout.buffer.write(strict_json.dumps(body) + b"\n")
        else:
            typer.echo(f"{line.number}\t{body.get('effect', 'problem')}\t{_gist(body)}")
    sys.stdout.flush()


def _gist(body: dict[str, Any]) -> str:
    if "effect" not in body:
        return str(body["detail"])
    says = "; ".join(
        reason["says"] for reason in body["reasons"] if reason["effect"] == body["effect"]
    )
    return says or ", ".join(fault["code"] for fault in body.get("faults", []))
