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
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import typer

from mayuse import batch, strict_json
from mayuse.batch import MAX_LINE, SLICE, Answers, Line

FALSE = 1

Answering = Callable[[Sequence[Line]], Awaitable[Answers]]
"""Answers a slice of lines."""


async def ask(file: Path, opening: AbstractAsyncContextManager[Answering], *, as_json: bool) -> int:
    """Answer every line of `file` (`-`: stdin). Returns 0 if all have a verdict, else 1.

    A faulty line gives a problem object in its place. When decisions cannot be recorded, the
    lines of that slice give that problem and the rest is not asked.
    """
    summary = batch.Summary()
    # Opened first: a file that cannot be read must not start the engine.
    source = nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb")
    with source as stream:
        async with opening as answer:
            incoming = _Incoming(stream)
            while lines := await asyncio.to_thread(incoming.slice):
                answers = await answer(lines)
                _print(lines, answers.bodies, as_json=as_json)
                summary.add(answers)
                if not answers.recorded:
                    message = f"line {lines[0].number} and what follows could not be recorded"
                    typer.echo(f"mayuse ask: {message}", err=True)
                    break
    decided = summary.counts["permit"] + summary.counts["deny"]
    return 0 if decided == summary.counts.total() else FALSE


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
