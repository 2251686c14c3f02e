"""What only a real server and a real socket show: lengths, pauses, smuggling, stopping."""

import asyncio
import contextlib
import json
import signal
import socket
import time

import pytest
import sqlalchemy.exc
from http_asking import DENIED
from wire_asking import code, post, status, talk

from mayuse.cli import main
from mayuse.cli.serve import check_bind
from mayuse.errors import SettingsError
from mayuse.settings import Settings
from mayuse.store import migrate
from mayuse.store.absence import is_absent
from mayuse.store.session import Location
from mayuse_server import PATIENCE, Server
from opa_server import free_port

CANARY = "canary-a81f"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wire")
    with Server(folder, "--workers", "2", MAYUSE_BODY_TIMEOUT="1") as started:
        yield started


def test_a_question_is_answered_and_the_connection_kept(server):
    body = json.dumps(DENIED).encode()
    answers = talk(server, post(body), post(body, "Connection: close"))
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.count(b"x-request-id: ") == 2
    assert b"server:" not in answers.lower()


def test_an_announced_length_beyond_the_limit_is_refused_unread(server):
    started = time.monotonic()
    answer = talk(server, post(b"", length=10_000_000_000))
    assert (status(answer), code(answer)) == (413, "body_too_large")
    assert time.monotonic() - started < 2


def test_chunks_beyond_the_limit_are_refused_at_the_limit(server):
    head = b"POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    answer = talk(server, head + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 1000)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 413", b"<not"))
    assert b"<not closed>" not in answer or answer.startswith(b"HTTP/1.1 413")


def test_a_body_that_pauses_is_given_up(server):
    started = time.monotonic()
    answer = talk(server, post(b'{"recipient":', length=1000))
    assert (status(answer), code(answer)) == (408, "body_too_slow")
    assert 0.9 < time.monotonic() - started < 5


def test_a_body_sent_byte_by_byte_is_given_up(server):
    drops = [post(b"{", length=1000), *[b" "] * 30]
    answer = talk(server, *drops, pause=0.1)
    assert status(answer) == 408


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/decisions HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST /v1/decisions HTTP/1.1\r\nHost: m\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/decisions HTTP/1.1\r\nHost: m\r\nContent-Length: +4\r\n\r\nabcd",
        b"POST /v1/decisions HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost : m\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"{}\r\n\r\n",
        b"\x00" * 100,
    ],
    ids=repr,
)
def test_what_is_no_http_is_refused_and_the_connection_closed(server, request_):
    answer = talk(server, request_, seconds=5)
    assert answer == b"" or (status(answer) == 400 and b"<not closed>" not in answer)
    assert server.get("/health/live")["status"] == "live"


@pytest.mark.parametrize(
    "flood",
    [
        [
            b"GET /health/live HTTP/1.1\r\nHost: m\r\n",
            *[b"X-A: " + b"a" * 9_000 + b"\r\n"] * 5_000,
        ],
        [b"GET /health/live HTTP/1.1\r\nHost: m\r\nX-A: ", *[b"a" * 9_000] * 5_000],
        [b"GET /", *[b"a" * 9_000] * 5_000],
        [
            b"POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n",
            *[b"X-A: " + b"a" * 9_000 + b"\r\n"] * 5_000,
        ],
    ],
    ids=["headers", "one header", "the address", "trailers"],
)
def test_a_flood_beside_the_content_is_cut_off(server, flood):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        sent = 0
        with contextlib.suppress(ConnectionError):
            for piece in flood:
                connection.sendall(piece)
                sent += len(piece)
    assert sent < 20_000_000, "45 MB were taken in"
    assert server.get("/health/live")["status"] == "live"


@pytest.mark.parametrize("sent", [b"", b"GET /health/live HTTP/1.1\r\nHost: m\r\n"])
def test_a_request_that_never_begins_or_never_ends_its_headers_is_given_up(server, sent):
    started = time.monotonic()
    assert talk(server, sent, seconds=30) == b""
    assert 0.9 < time.monotonic() - started < 10


def test_a_wish_for_websockets_is_passed_over(server):
    answer = talk(
        server,
        b"GET /health/live HTTP/1.1\r\nHost: m\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        seconds=3,
    )
    assert b"101" not in answer.split(b"\r\n")[0]
    assert server.get("/health/live")["status"] == "live"


def test_hostile_names_and_values_leave_one_clean_line_each(server):
    before = len(server.events())
    talk(
        server,
        b"GET /\x1b[31m%0d%0aevent HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        seconds=3,
    )
    talk(
        server,
        f"GET /v1/decisions/{CANARY}?{CANARY}={CANARY} HTTP/1.1\r\nHost: {CANARY}\r\n"
        f"User-Agent: {CANARY}\r\nX-Forwarded-For: {CANARY}\r\nConnection: close\r\n\r\n".encode(),
    )
    body = json.dumps({**DENIED, "data_subject": {"id": CANARY}, "on": CANARY}).encode()
    talk(server, post(body, "Connection: close"))
    assert len(server.events()) > before
    assert CANARY not in server.log.read_text()


def test_a_method_in_another_header_changes_nothing(server):
    body = json.dumps(DENIED).encode()
    answer = talk(server, post(body, "X-HTTP-Method-Override: DELETE", "Connection: close"))
    assert status(answer) == 200


def test_stopping_lets_questions_under_way_finish(tmp_path):
    body = json.dumps(DENIED).encode()
    with Server(tmp_path) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(post(body[:10], length=len(body)))
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body[10:])
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        assert server.process.wait(timeout=PATIENCE) == 0
        assert server.events()[-1]["event"].startswith("Finished server process")


def serve(*arguments):
    return main.run(["serve", *arguments])


def test_it_does_not_listen_beyond_this_machine_without_a_key(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    beyond = ("--host", "0.0.0.0")  # noqa: S104 - that is what is tested
    assert serve(*beyond) == 2
    said = capsys.readouterr().err
    assert "mayuse keys create" in said
    assert len(said.splitlines()) == 1
    main.run(["keys", "create", "first", "--scope", "decide"])
    main.run(["keys", "revoke", "first"])
    assert serve(*beyond) == 2
    assert serve("--host", "no-such-host.invalid") == 2


def test_where_it_may_listen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def check(**chosen):
        settings = Settings(**chosen)
        asyncio.run(check_bind(settings, Location.from_url(settings.database_url)))

    for host in ("127.0.0.1", "127.9.9.9", "localhost", "::1"):
        check(host=host)
    beyond = "0.0.0.0"  # noqa: S104 - that is what is tested
    check(host=beyond, oidc_issuer="https://issuer.example", oidc_audience="mayuse")
    asyncio.run(migrate.upgrade(Location.from_url(Settings().database_url)))
    with pytest.raises(SettingsError):
        check(host=beyond)
    main.run(["keys", "create", "first", "--scope", "decide"])
    check(host=beyond)


@pytest.mark.parametrize(
    ("setting", "code", "reason"),
    [
        ("MAYUSE_OPA_ULR=x", 2, "MAYUSE_OPA_URL"),
        ("MAYUSE_WORKERS=many", 2, "MAYUSE_WORKERS"),
        ("MAYUSE_BUNDLE=/nowhere.tar.gz", 1, "/nowhere.tar.gz"),
        ("MAYUSE_DATABASE_URL=sqlite:////proc/no/mayuse.db", 2, "MAYUSE_DATABASE_URL"),
        ("MAYUSE_DATABASE_URL=oracle://x", 2, "MAYUSE_DATABASE_URL"),
        ("MAYUSE_DATABASE_URL=postgresql://u:p@127.0.0.1:1/x", 1, "decision log"),
    ],
)
def test_what_cannot_start_says_why_and_exits(monkeypatch, capsys, setting, code, reason):
    name, _, value = setting.partition("=")
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("mayuse.store.absence.DATABASE_SECONDS", 0)
    assert serve("--port", str(free_port())) == code
    said = capsys.readouterr().err
    assert reason in said
    assert len(said.splitlines()) == 1


def test_a_server_that_is_starting_is_waited_for_and_one_that_refuses_is_not():
    def answered(code):
        cause = sqlalchemy.exc.DBAPIError("connect", None, Exception())
        cause.orig.sqlstate = code
        return cause

    starting, wrong_password = answered("57P03"), answered("28P01")
    assert [is_absent(it) for it in (starting, ConnectionRefusedError(), TimeoutError())] == [
        True
    ] * 3
    assert [is_absent(it) for it in (wrong_password, None, ValueError())] == [False] * 3
