"""Whatever the application does, the response leaves in the envelope and the log stays clean."""

import asyncio
import json
import logging

import pytest
import structlog
from fastapi import FastAPI
from starlette.requests import ClientDisconnect

from mayuse import journal
from mayuse.api.envelope import Envelope

CANARY = "member-7 is 34"


async def exchange(app, method="GET", headers=()):
    """Run one request through the envelope; gives status, headers and body."""
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    head = [(b"host", b"mayuse.test"), *headers]
    scope = {"type": "http", "http_version": "1.1", "method": method, "path": "/", "headers": head}
    await Envelope(app)(scope, receive, send)
    if not sent:
        return None, {}, b""
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


async def hello(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def broken(_scope, _receive, _send):
    try:
        {}[CANARY]
    except KeyError as error:
        raise RuntimeError(f"no such person: {CANARY}") from error


async def breaks_in_the_middle(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError(CANARY)


async def hung_up(_scope, _receive, _send):
    raise ClientDisconnect


@pytest.fixture
def events(capsys):
    """The lines written to the log since, each one event."""
    journal.configure("info")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.reset_defaults()
    logging.basicConfig(force=True)


async def test_an_unforeseen_fault_is_a_problem_without_a_trace(events):
    status, headers, body = await exchange(broken, headers=[(b"x-request-id", b"r-1")])
    assert status == 500
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"x-request-id"] == b"r-1"
    assert json.loads(body)["code"] == "internal_error"
    assert CANARY not in body.decode()
    failed, request = events()
    assert failed["event"] == "request_failed"
    assert failed["request_id"] == request["request_id"] == "r-1"
    assert (failed["error"], failed["cause"]) == ("builtins.RuntimeError", "builtins.KeyError")
    assert failed["raised_at"][-1].endswith(" broken")
    assert CANARY not in json.dumps([failed, request])
    assert request["status"] == 500


async def test_a_fault_after_the_first_byte_ends_the_answer(events):
    status, _headers, body = await exchange(breaks_in_the_middle)
    assert (status, body) == (200, b"")
    assert events()[0]["event"] == "request_failed"


async def test_a_caller_who_hangs_up_is_no_fault_of_ours(events):
    assert await exchange(hung_up) == (None, {}, b"")
    [request] = events()
    assert request["status"] == 499


async def test_the_log_has_one_line_a_request(events):
    await exchange(hello)
    [request] = events()
    assert (request["event"], request["method"], request["status"]) == ("request", "GET", 200)
    assert request["at"].endswith("Z")


async def test_head_is_asked_as_get_and_sent_without_content(events):
    async def says_its_method(scope, receive, send):
        assert scope["method"] == "GET"
        await hello(scope, receive, send)

    assert (await exchange(says_its_method, method="HEAD"))[::2] == (200, b"")
    assert events()[0]["method"] == "HEAD"


async def test_two_request_ids_are_none(events):
    twice = [(b"x-request-id", b"a"), (b"x-request-id", b"b")]
    _status, headers, _body = await exchange(hello, headers=twice)
    assert len(headers[b"x-request-id"]) == 36
    events()


async def test_a_library_that_logs_says_where_but_not_what(events):
    def log_of_a_library():
        try:
            int(CANARY)
        except ValueError:
            logging.getLogger("library").exception("it failed\nbadly")

    await asyncio.to_thread(log_of_a_library)
    [event] = events()
    assert (event["event"], event["logger"]) == ("it failed\nbadly", "library")
    assert event["error"] == "builtins.ValueError"
    assert CANARY not in json.dumps(event)


def test_a_long_text_is_cut(events):
    structlog.get_logger().info("x" * 1000)
    assert len(events()[0]["event"]) == journal.MAX_TEXT + 1


def test_what_is_no_json_is_named_by_its_type(events):
    structlog.get_logger().info("odd", app=FastAPI())
    assert events()[0]["app"] == "FastAPI"
