"""A fault that nobody foresaw, in the real application: a problem, or an answer broken off."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from contextlib import contextmanager

import httpx
import pytest
import structlog
import uvicorn
from fastapi import Request, Response
from http_asking import problem
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from wire_asking import code, headers, status, talk

from mayuse.api.access import public
from mayuse.api.app import create_app
from mayuse.cli.serve import PROTOCOL

CANARY = "member-7 is 34"
BEGUN = b'{"items":['


@public
async def breaks() -> Response:
    raise RuntimeError(CANARY)


@public
async def is_a_teapot() -> Response:
    raise HTTPException(418, CANARY)


@public
async def breaks_in_the_middle() -> Response:
    async def content():
        yield BEGUN
        raise RuntimeError(CANARY)

    return StreamingResponse(content(), media_type="application/json")


@public
async def reads_all(request: Request) -> Response:
    return Response(await request.body())


@pytest.fixture
def app(settings):
    """The application, with routes that fail."""
    made = create_app(settings)
    made.add_api_route("/breaks", breaks)
    made.add_api_route("/teapot", is_a_teapot)
    made.add_api_route("/middle", breaks_in_the_middle)
    made.add_api_route("/reads", reads_all, methods=["POST"])
    yield made
    structlog.reset_defaults()
    logging.basicConfig(force=True)


@pytest.fixture
def events(capsys):
    """The lines of the log since, each one event."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@contextmanager
def served(app):
    """The application behind the server that `mayuse serve` starts, in a thread of this process."""
    options = {"http": PROTOCOL, "ws": "none", "log_config": None, "access_log": False}
    server = uvicorn.Server(uvicorn.Config(app, lifespan="on", server_header=False, **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.02)
            yield server
        finally:
            server.should_exit = True
            thread.join()


def get(path, *more):
    head = [f"GET {path} HTTP/1.1", "Host: localhost", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n"


@pytest.mark.parametrize("path", ["/breaks", "/teapot"])
async def test_it_is_a_problem_and_is_logged_once(app, events, path):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost"
    ) as client:
        answer = await client.get(path, headers={"X-Request-ID": "r-1"})
    problem(answer, 500, "internal_error")
    assert answer.headers.get_list("x-request-id") == ["r-1"]
    failed, request = events()
    assert (failed["event"], failed["request_id"]) == ("request_failed", "r-1")
    assert (request["event"], request["route"], request["status"]) == ("request", path, 500)
    assert CANARY not in answer.text + json.dumps([failed, request])


def test_over_the_wire_it_is_a_problem_and_the_connection_is_kept(app, events):
    with served(app) as server:
        answers = talk(server, get("/breaks"), get("/breaks", "Connection: close"))
        head = talk(server, get("/breaks", "Connection: close").replace(b"GET", b"HEAD"))
    assert answers.count(b"HTTP/1.1 500") == 2
    last = answers[answers.rindex(b"HTTP/1.1") :]
    assert code(last) == "internal_error"
    assert headers(last)["content-type"] == b"application/problem+json"
    assert headers(last)["x-request-id"]
    assert (status(head), head.partition(b"\r\n\r\n")[2]) == (500, b"")
    told = events()
    assert [it["event"] for it in told].count("request_failed") == 3
    assert CANARY not in json.dumps(told)
    assert CANARY.encode() not in answers


def test_over_the_wire_an_answer_that_has_begun_is_broken_off(app, events):
    with served(app) as server:
        answer = talk(server, get("/middle"))
    head, _, content = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert content == b"a\r\n" + BEGUN + b"\r\n", "no last chunk, and nothing after the first"
    told = events()
    assert [it["event"] for it in told].count("request_failed") == 1
    assert CANARY not in json.dumps(told)


def test_a_caller_who_hangs_up_is_no_fault(app, events):
    with served(app) as server:
        head = b"POST /reads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf"
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head)
    told = events()
    assert "request_failed" not in {it["event"] for it in told}
    assert [it["status"] for it in told if it["event"] == "request"] == [499]
