"""What HTTP asks of a server, asked byte by byte of the real one (RFC 9110, RFC 9112)."""

from __future__ import annotations

import json

import pytest
from http_asking import DENIED, PERMITTED
from wire_asking import code, headers, post, status, talk

from mayuse_server import Server

CANARY = "canary-a81f"
QUESTION = json.dumps(DENIED).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("manners")) as started:
        yield started


def get(path, *more, method="GET", version="HTTP/1.1", host="Host: localhost", body=b""):
    lines = [f"{method} {path} {version}", *([host] if host else []), *more, "Connection: close"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def asked(*more, kind="application/json", body=QUESTION, path="/v1/decisions"):
    announced = [f"Content-Type: {kind}"] if kind else []
    length = f"Content-Length: {len(body)}"
    return get(path, *announced, length, *more, method="POST", body=body)


REFUSED = {
    "no host": get("/health/live", host=None),
    "two hosts": get("/health/live", "Host: evil.example"),
    "two equal hosts": get("/health/live", "Host: localhost"),
    "another version": get("/health/live", version="HTTP/2.0"),
    "a folded header": get("/health/live", "X-Request-ID: a\r\n b"),
    "a bare CR": get("/health/live", "X-Request-ID: a\rEvil: 1"),
    "a NUL": get("/health/live", "X-Request-ID: a\x00b"),
    "a control": get("/health/live", "X-Request-ID: a\x1b[31m"),
    "a method in small letters": get("/health/live", method="get"),
    "no UTF-8 in the path": get("/v1/data-subjects/M%FCller/choices"),
    "no encoding in the path": get("/v1/data-subjects/a%zz/choices"),
    "an encoding cut off": get("/v1/data-subjects/a%f/choices"),
    "no UTF-8 in the query": get("/v1/decisions?data_subject=%FF"),
    "raw bytes in the query": get("/v1/decisions?data_subject=M\xfcller"),
    **{
        f"the host {host}": get("/health/live", host=f"Host: {host}")
        for host in ("a b", "foo/bar", "localhost?x", "[::1", "%zz", "user@h", "h:80a", "[x]")
    },
    "CONNECT": get("evil.example:80", method="CONNECT"),
    "another transfer coding": get(
        "/v1/decisions",
        "Content-Type: application/json",
        "Transfer-Encoding: gzip, chunked",
        method="POST",
        body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(QUESTION), QUESTION),
    ),
}


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED)
def test_what_is_no_proper_request_is_a_problem_and_the_end(server, request_):
    answer = talk(server, request_)
    assert (status(answer), code(answer)) == (400, "invalid_request")
    assert headers(answer)["content-type"] == b"application/problem+json"
    assert headers(answer)["connection"] == b"close"
    assert len(headers(answer)["x-request-id"]) >= 1
    assert headers(answer)["date"].endswith(b" GMT")
    assert b"<not closed>" not in answer


REFUSALS = {
    "charset latin-1": (415, asked(kind="application/json; charset=latin-1")),
    "charset utf-16": (415, asked(kind="application/json; charset=utf-16")),
    "another json": (415, asked(kind="application/vnd.x+json")),
    "a form": (415, asked(kind="application/x-www-form-urlencoded")),
    "no type": (415, asked(kind=None)),
    "two types": (415, asked("Content-Type: text/plain")),
    "gzip": (415, asked("Content-Encoding: gzip")),
    "a batch, gzip": (415, asked("Content-Encoding: gzip", path="/v1/decisions:batch")),
    "authzen, gzip": (400, asked("Content-Encoding: gzip", path="/access/v1/evaluation")),
    "authzen, another type": (400, asked(kind="text/plain", path="/access/v1/evaluation")),
    "a byte order mark": (400, asked(body=b"\xef\xbb\xbf" + QUESTION)),
    "utf-16": (400, asked(body=QUESTION.decode().encode("utf-16"))),
    "not utf-8": (400, asked(body=b'{"recipient": "\xff"}')),
    "nothing": (400, asked(body=b"")),
    "two keys": (400, asked("Idempotency-Key: a", "Idempotency-Key: b")),
    "a key half in quotes": (400, asked('Idempotency-Key: "abc')),
    "html": (406, asked("Accept: text/html")),
    "TRACE": (405, get("/health/live", method="TRACE")),
    "QUERY": (405, get("/v1/decisions", method="QUERY")),
    "OPTIONS": (405, get("/v1/decisions", method="OPTIONS")),
    "HEAD where only POST is": (405, get("/v1/decisions:batch", method="HEAD")),
    "OPTIONS of the server": (404, get("*", method="OPTIONS")),
    "dots": (404, get("/v1/../health/live")),
    "a NUL in the path": (404, get("/health/%00live")),
    "an encoded slash": (404, get("/health%2Flive")),
    "a slash at the end": (404, get("/v1/decisions/")),
}


@pytest.mark.parametrize(("expected", "request_"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused(server, expected, request_):
    answer = talk(server, request_)
    assert status(answer) == expected
    told = headers(answer)
    assert told["content-type"] == b"application/problem+json"
    assert told["cache-control"] == b"no-store"
    assert ("allow" in told) == (expected == 405)
    assert "location" not in told
    if not request_.startswith(b"HEAD"):
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == expected


@pytest.mark.parametrize(
    "request_",
    [
        get("/health/live", version="HTTP/1.0", host=None),
        get("http://evil.example/health/live"),
        get("/health/live", "Range: bytes=0-3"),
        get("/health/live", "Accept-Encoding: gzip, br;q=0.5"),
        get("/health/live", "Accept-Language: xx, *;q=0", "Accept-Charset: latin-1"),
        get("/health/live", "Content-Length: 2", body=b"{}"),
        get("/health/live", "If-Modified-Since: Tue, 24 Nov 2099 00:00:00 GMT"),
        asked("Prefer: respond-async"),
        asked("Sec-GPC: 0"),
        get("/health/live", host="Host: [::1]:8000"),
        get("/health/live", host="Host: my-host_1.example:"),
        get("/health/live", host="Host:"),
        asked("Origin: http://evil.example"),
    ],
    ids=lambda request_: request_.split(b"\r\n")[-4][:40].decode(),
)
def test_what_needs_no_heed_is_passed_over(server, request_):
    answer = talk(server, request_)
    assert status(answer) == 200
    assert not {"content-encoding", "access-control-allow-origin"} & headers(answer).keys()
    assert b"evil.example" not in answer


def test_a_body_is_asked_for_where_the_caller_waits_for_that(server):
    answer = talk(server, asked("Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    refused = talk(server, asked("Expect: 100-continue", kind="text/plain"))
    assert status(refused) == 415, "refused without asking for it"


@pytest.mark.parametrize(
    ("sent", "back"),
    [
        (b"two words  here", b"two words  here"),
        (b" \t outer blanks \t ", b"outer blanks"),
        (b"tab\there", b"tab\there"),
        (b"a" * 60_000, b"a" * 60_000),
        ("caf\xe9 \x9b31m".encode("latin-1"), "caf\xe9 \x9b31m".encode("latin-1")),
        (b'{"event": "forged"}', b'{"event": "forged"}'),
        (b"%0d%0aSet-Cookie: a=b", b"%0d%0aSet-Cookie: a=b"),
    ],
    ids=["blanks", "outer blanks", "tab", "long", "beyond ASCII", "json", "escaped lines"],
)
def test_a_request_id_goes_back_as_it_came_and_into_the_log_as_text(server, sent, back):
    before = len(server.events())
    line = b"X-Request-ID: " + sent + b"\r\nConnection: close"
    answer = talk(server, get("/health/live").replace(b"Connection: close", line))
    assert headers(answer)["x-request-id"] == back
    [event] = [it for it in server.events()[before:] if it["event"] == "request"]
    logged = event["request_id"]
    assert logged.removesuffix("…").isascii()
    assert logged.replace("\t", "").isprintable()
    assert len(logged) <= 257


def test_several_request_ids_are_none(server):
    answer = talk(server, get("/health/live", "X-Request-ID: a", "X-Request-ID: b"))
    assert len(headers(answer)["x-request-id"]) == 36


def test_requests_on_one_connection_keep_apart(server):
    first = post(QUESTION, "X-Request-ID: first", "Sec-GPC: 1")
    second = post(QUESTION, "X-Request-ID: second", "Connection: close")
    answers = talk(server, first + second)
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.index(b"x-request-id: first") < answers.index(b"x-request-id: second")


def chunked(question, *trailers):
    """A question in one chunk, and what comes after it."""
    head = ["POST /v1/decisions HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines = [*head, "Transfer-Encoding: chunked", "Connection: close", "", ""]
    chunks = b"%x\r\n%s\r\n0\r\n" % (len(question), question)
    return "\r\n".join(lines).encode() + chunks, "\r\n".join([*trailers, "", ""]).encode()


@pytest.mark.parametrize("pause", [0.0, 0.2], ids=["in one packet", "in a later one"])
def test_a_trailer_is_no_header(server, pause):
    """RFC 9112, 7.1.2: however it arrives, it says nothing that a header would have said."""
    body, trailers = chunked(json.dumps(PERMITTED).encode(), "Sec-GPC: 1", "X-Request-ID: late")
    pieces = (body, trailers) if pause else (body + trailers,)
    answer = talk(server, *pieces, pause=pause)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["effect"] == "permit"
    assert headers(answer)["x-request-id"] != b"late"


def test_a_head_that_is_too_long_is_refused_though_it_comes_at_once(server):
    answer = talk(server, asked("X-A: " + "a" * 70_000))
    assert (status(answer), code(answer)) == (400, "invalid_request")
    assert b"too long" in answer


@pytest.mark.parametrize("lines", [True, False])
def test_who_speaks_http_1_0_is_sent_no_chunks(server, lines):
    """RFC 9112, 6.1: the answer ends with the connection."""
    kind = "application/x-ndjson" if lines else "application/json"
    body = QUESTION + b"\n" if lines else json.dumps({"items": [DENIED]}).encode()
    asking = asked(kind=kind, body=body, path="/v1/decisions:batch")
    answer = talk(server, asking.replace(b"HTTP/1.1", b"HTTP/1.0", 1))
    assert status(answer) == 200
    assert not {"transfer-encoding", "content-length"} & headers(answer).keys()
    content = answer.partition(b"\r\n\r\n")[2]
    if lines:
        _, summary = map(json.loads, content.splitlines())
        assert summary["summary"]["items"] == 1
    else:
        assert json.loads(content)["summary"]["items"] == 1
    known = asked().replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    answer = talk(server, known)
    content = answer.partition(b"\r\n\r\n")[2]
    assert int(headers(answer)["content-length"]) == len(content)
