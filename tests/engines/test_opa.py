from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import orjson
import pytest
from opentelemetry import context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from mayuse import bundle
from mayuse.bundle import Bundle
from mayuse.engines import opa_client
from mayuse.engines.opa import OpaEngine
from mayuse.errors import SettingsError
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict
from opa_server import free_port, serving

Ask = Callable[..., Facts]
Reply = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def codes(verdicts: tuple[Verdict | Fault, ...]) -> list[str]:
    return [item.code if isinstance(item, Fault) else "verdict" for item in verdicts]


async def outcome(url: str, small: Bundle, facts: list[Facts], timeout_s: float = 30) -> list[str]:
    engine = OpaEngine(url, small, timeout=timeout_s)
    try:
        return codes((await engine.evaluate(facts)).verdicts)
    finally:
        await engine.close()


@contextlib.asynccontextmanager
async def impostor(reply: Reply) -> AsyncIterator[str]:
    """Something else on OPA's port."""

    handlers: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.current_task())
        try:
            await reply(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in filter(None, handlers):
            task.cancel()
        await asyncio.gather(*filter(None, handlers))


def saying(body: bytes, status: str = "200 OK", extra: str = "") -> Reply:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{extra}Connection: close\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        await writer.drain()

    return reply


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(
        int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length")
    )
    return await reader.readexactly(length)


async def test_nobody_on_the_port(small: Bundle, ask: Ask) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    started = time.monotonic()
    assert await outcome(url, small, [ask()] * 3) == ["policy_unavailable"] * 3
    assert time.monotonic() - started < 5


async def test_an_opa_without_bundle(small: Bundle, ask: Ask) -> None:
    with serving() as url:
        assert await outcome(url, small, [ask()]) == ["policy_unavailable"]


async def test_an_opa_with_another_bundle(small: Bundle, packaged_opa: str, ask: Ask) -> None:
    assert await outcome(packaged_opa, small, [ask()]) == ["stale_policy"]
    assert await outcome(packaged_opa, small, [ask()] * 10) == ["stale_policy"] * 10


async def test_an_opa_with_the_policies_but_no_bundle(
    small: Bundle, policies: Path, ask: Ask
) -> None:
    with serving(policies / "mayuse") as url:
        assert await outcome(url, small, [ask()]) == ["policy_unavailable"]


async def test_an_opa_that_never_answers(small: Bundle, ask: Ask) -> None:
    async def reply(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    async with impostor(reply) as url:
        started = time.monotonic()
        assert await outcome(url, small, [ask()] * 50, timeout_s=0.3) == ["policy_timeout"] * 50
        assert time.monotonic() - started < 3


async def test_an_opa_whose_policy_runs_on(small: Bundle, small_opa: str, ask: Ask) -> None:
    started = time.monotonic()
    facts = [ask(data="slow"), ask()]
    assert await outcome(small_opa, small, facts, timeout_s=0.3) == ["policy_timeout"] * 2
    assert time.monotonic() - started < 3


async def test_an_opa_that_drips_its_answer(small: Bundle, ask: Ask) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with impostor(reply) as url:
        assert await outcome(url, small, [ask()], timeout_s=0.3) == ["policy_timeout"]


async def test_an_answer_without_end(small: Bundle, ask: Ask) -> None:
    sent = 0

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"100000\r\n" + b" " * 2**20 + b"\r\n")
            await writer.drain()
            sent += 2**20

    async with impostor(reply) as url:
        assert await outcome(url, small, [ask()]) == ["malformed_verdict"]
    assert sent < opa_client.MAX_ANSWER + 16 * 2**20


def genuine(small: Bundle, **members: object) -> bytes:
    """An answer with the right provenance."""
    bundles = {"b": {"revision": small.digest}}
    return orjson.dumps({"provenance": {"version": "1.22.2", "bundles": bundles}, **members})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_verdict"),
        (b"<html>", "malformed_verdict"),
        (b"[" * 100_000, "malformed_verdict"),
        (b'{"result": NaN}', "malformed_verdict"),
        (b"[]", "malformed_verdict"),
        (b"null", "malformed_verdict"),
        (b"{}", "policy_unavailable"),
        (b'{"result": {"permits": []}}', "policy_unavailable"),
        (b'{"provenance": []}', "policy_unavailable"),
        (b'{"provenance": {"bundles": {}}}', "policy_unavailable"),
        (b'{"provenance": {"bundles": {"b": {"revision": ""}}}}', "stale_policy"),
        (b'{"provenance": {"bundles": {"b": null}}}', "stale_policy"),
    ],
)
async def test_garbage_with_status_200(small: Bundle, ask: Ask, body: bytes, code: str) -> None:
    async with impostor(saying(body)) as url:
        assert await outcome(url, small, [ask()]) == [code]
        assert await outcome(url, small, [ask(), ask()]) == [code] * 2


REASON = {"reason": "signal_off", "act": "act-a", "cites": ["act-a-1"]}


@pytest.mark.parametrize(
    "result",
    [
        None,
        True,
        "permit",
        [],
        {"law/world/signal": None},
        {"law/world/signal": {"permits": None}},
        {"law/world/signal": {"permits": ["signal_off"]}},
        {"law/world/signal": {"permits": [{"reason": "signal_off"}]}},
        {"law/world/signal": {"permits": [], "surplus": []}},
        {"law/world/signal": {"permits": [{"reason": "signal_off", "act": "act-a", "cites": []}]}},
        {"law/world/signal": {"obliges": [""]}},
        {"law/nowhere/rule": {"permits": [REASON]}},
        {"law/world/signal/more": {"permits": [REASON]}},
        {"law/world/signal": {"permits": [REASON | {"reason": "made_up"}]}},
    ],
)
async def test_a_result_of_another_shape(small: Bundle, ask: Ask, result: object) -> None:
    async with impostor(saying(genuine(small, result=result))) as url:
        assert await outcome(url, small, [ask()]) == ["malformed_verdict"]


async def test_a_result_without_any_rule_is_a_verdict(small: Bundle, ask: Ask) -> None:
    async with impostor(saying(genuine(small, result={}))) as url:
        assert await outcome(url, small, [ask()]) == ["verdict"]


async def test_answers_shifted_onto_other_questions(small: Bundle, ask: Ask) -> None:
    body = genuine(small, result={"0": {}, "2": {}})
    async with impostor(saying(body)) as url:
        assert await outcome(url, small, [ask(), ask()]) == ["malformed_verdict"] * 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("401 Unauthorized", b"{}"),
        ("404 Not Found", b"{}"),
        ("400 Bad Request", b'{"code": "invalid_parameter"}'),
        ("500 Internal Server Error", b"{}"),
        ("500 Internal Server Error", b'{"errors": [1]}'),
        ("502 Bad Gateway", b"<html>"),
        ("503 Service Unavailable", b""),
    ],
)
async def test_a_status_that_is_no_answer(
    small: Bundle, ask: Ask, status: str, body: bytes
) -> None:
    async with impostor(saying(body, status)) as url:
        assert await outcome(url, small, [ask()] * 4) == ["policy_unavailable"] * 4


async def test_opa_is_asked_within_the_callers_trace(small: Bundle, ask: Ask) -> None:
    heard: list[bytes] = []

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\r\n\r\n")).lower())
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    traced = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    given = TraceContextTextMapPropagator().extract({"traceparent": traced})
    async with impostor(reply) as url:
        await outcome(url, small, [ask()])
        token = context.attach(given)
        await outcome(url, small, [ask()])
        context.detach(token)
    untold, told = heard
    assert b"traceparent" not in untold
    assert f"traceparent: {traced}".encode() in told


async def test_a_redirect_is_not_followed(small: Bundle, small_opa: str, ask: Ask) -> None:
    away = saying(b"", "307 Temporary Redirect", f"Location: {small_opa}/v1/data\r\n")
    async with impostor(away) as url:
        assert await outcome(url, small, [ask()]) == ["policy_unavailable"]


async def test_no_http_at_all(small: Bundle, ask: Ask) -> None:
    async def reply(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        await writer.drain()

    async with impostor(reply) as url:
        assert await outcome(url, small, [ask()]) == ["policy_unavailable"]


async def test_a_lost_connection_is_tried_once_more(small: Bundle, ask: Ask) -> None:
    good = saying(genuine(small))
    for lost, code in ((1, "undefined"), (2, "policy_unavailable")):
        seen = 0

        async def reply(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, lost: int = lost
        ) -> None:
            nonlocal seen
            seen += 1
            if seen > lost:
                await good(reader, writer)

        async with impostor(reply) as url:
            assert await outcome(url, small, [ask()]) == [code]
            assert seen == 2


async def test_it_answers_again_when_opa_comes_back(
    small: Bundle, tmp_path: Path, ask: Ask
) -> None:
    file, port = tmp_path / "small.tar.gz", free_port()
    file.write_bytes(small.raw)
    engine = OpaEngine(f"http://127.0.0.1:{port}", small, timeout=30)
    seen = []
    for _ in range(2):
        seen.append(await engine.ready() is None)
        seen += codes((await engine.evaluate([ask()])).verdicts)
        with serving("--bundle", file, port=port):
            seen.append(await engine.ready() is None)
            seen += codes((await engine.evaluate([ask()])).verdicts)
    await engine.close()
    assert seen == [False, "policy_unavailable", True, "verdict"] * 2


async def test_readiness_tells_why_not(small: Bundle, packaged_opa: str) -> None:
    for url, code in ((packaged_opa, "stale_policy"), ("http://127.0.0.1:9", "policy_unavailable")):
        engine = OpaEngine(url, small, timeout=30)
        fault = await engine.ready()
        await engine.close()
        assert fault is not None
        assert fault.code == code


async def test_a_hundred_at_once_over_few_connections(
    small: Bundle, small_opa: str, ask: Ask
) -> None:
    engine = OpaEngine(small_opa, small, timeout=60)
    facts = [[ask(gpc=number % 2 == 0)] for number in range(100)]
    answers = await asyncio.gather(*map(engine.evaluate, facts))
    await engine.close()
    denied = [bool(v.denies) for a in answers for v in a.verdicts if isinstance(v, Verdict)]
    assert denied == [number % 2 == 0 for number in range(100)]


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8181",
        "unix:///run/opa.sock",
        "http://",
        "http://opa:8181/v1",
        "http://user:secret@opa:8181",
        "http://opa:8181?x=y",
    ],
)
def test_an_address_that_is_no_opas(small: Bundle, url: str) -> None:
    with pytest.raises(SettingsError, match="MAYUSE_OPA_URL") as refused:
        OpaEngine(url, small)
    assert "secret" not in str(refused.value)


async def test_ipv6_and_https_addresses(small: Bundle) -> None:
    client = OpaEngine("https://[::1]", small)._client  # noqa: SLF001 - no public way to see it
    assert client.root_url == "https://[::1]:443/v1"


async def test_the_packaged_bundle_is_recognised_by_opa(packaged_opa: str) -> None:
    engine = OpaEngine(packaged_opa, bundle.packaged(), timeout=30)
    assert await engine.ready() is None
    assert engine.info.version == "1.22.2"
    await engine.close()
