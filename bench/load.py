"""A closed loop of HTTP requests over keep-alive connections: as fast as answers come, no faster.

Raw asyncio, because a client library would take more processor time than the servers it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Measured:
    """What came of one run."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    processor: float = 0.0
    """Seconds of processor time the server took."""

    failures: int = 0
    """Answers with another status than 200, or without the expected bytes; and lost connections."""

    failure: str = ""
    """The last of them."""

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which this share of good answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def request(port: int, path: str, body: bytes) -> bytes:
    """The bytes of one POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def run(
    port: int, requests: Iterator[bytes], *, connections: int, seconds: float, expect: bytes
) -> Measured:
    """Send `requests` over so many connections for so long; each answer must hold `expect`."""
    measured = Measured(seconds)
    started = time.perf_counter()
    deadline = started + seconds
    await asyncio.gather(
        *(_converse(port, requests, deadline, expect, measured) for _ in range(connections))
    )
    measured.seconds = time.perf_counter() - started
    return measured


async def _converse(
    port: int, requests: Iterator[bytes], deadline: float, expect: bytes, measured: Measured
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while (began := time.perf_counter()) < deadline:
            writer.write(next(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head.lower())
            if head.startswith(b"HTTP/1.1 200 ") and expect in body:
                measured.latencies.append(time.perf_counter() - began)
            else:
                measured.failures += 1
                measured.failure = (head + body).decode(errors="replace")[:1_000]
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        measured.failures += 1
        measured.failure = repr(error)
    finally:
        writer.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    _, found, rest = head.partition(b"content-length:")
    if found:
        return await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
    pieces = []  # chunked
    while size := int(await reader.readline(), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(pieces)
