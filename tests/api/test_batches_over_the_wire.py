"""A stream of lines over a real socket: whichever way a client sends and reads, all goes on."""

import json
import socket

import httpx
import pytest
from http_asking import DENIED, PERMITTED

from mayuse_server import Server

PATH = "/v1/decisions:batch"
LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("batches"), MAYUSE_BODY_TIMEOUT="2") as started:
        yield started


def test_who_sends_all_before_reading_gets_all(server):
    """What waits to be read must not stop what is still being sent."""
    line = json.dumps(PERMITTED).encode() + b"\n"
    count = 3_000

    told = httpx.post(f"{server.url}{PATH}", content=line * count, headers=LINES, timeout=120)

    bodies = [json.loads(text) for text in told.text.splitlines()]
    assert len(told.content) > 2**22  # far more than sockets hold
    assert len({body["decision_id"] for body in bodies[:-1]}) == count
    assert bodies[-1]["summary"]["permit"] == count


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def open_stream(server):
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(
        f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jsonl\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
    )
    return connection, connection.makefile("rb")


def next_line(reader):
    while line := reader.readline():
        if line.startswith(b"{"):
            return json.loads(line)
    return None


def test_who_waits_for_each_answer_gets_it(server):
    connection, reader = open_stream(server)
    with connection, reader:
        for question, effect in ((PERMITTED, "permit"), (DENIED, "deny"), (PERMITTED, "permit")):
            connection.sendall(chunk(json.dumps(question).encode() + b"\n"))
            assert next_line(reader)["effect"] == effect
        connection.sendall(b"0\r\n\r\n")
        assert next_line(reader)["summary"]["complete"]


def test_who_falls_silent_gets_what_there_is_and_is_told(server):
    connection, reader = open_stream(server)
    with connection, reader:
        connection.sendall(chunk(json.dumps(PERMITTED).encode() + b"\n"))
        assert next_line(reader)["effect"] == "permit"
        summary = next_line(reader)["summary"]
    assert not summary["complete"]
    assert summary["items"] == 1
    assert summary["problem"]["code"] == "body_too_slow"


def test_what_was_asked_before_hanging_up_is_recorded(server):
    asked = {**PERMITTED, "on": "2027-03-04"}
    connection, reader = open_stream(server)
    with connection, reader:
        connection.sendall(chunk((json.dumps(asked) + "\n").encode() * 3))
        next_line(reader)
    found = server.get("/v1/decisions?limit=3")["decisions"]
    whole = [server.get(f"/v1/decisions/{row['decision_id']}") for row in found]
    assert [row["detail"]["facts"]["on"] for row in whole] == ["2027-03-04"] * 3
