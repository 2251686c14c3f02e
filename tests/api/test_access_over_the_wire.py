"""What only running processes show of access: several workers, endless bodies, a key's last use."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from mayuse.keyring import BOUND
from mayuse_server import Server


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("access")


@pytest.fixture(scope="module")
def server(folder):
    with Server(folder, "--workers", "2", MAYUSE_BODY_TIMEOUT="20") as started:
        yield started


def keys(folder, *arguments):
    """`mayuse keys …` beside the running service."""
    kept = {name: value for name, value in os.environ.items() if "MAYUSE_" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "mayuse", "keys", *arguments],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def status(server, credential=None, path="/v1/rules"):
    """Of one request on a connection of its own: whichever worker takes it."""
    headers = {"Authorization": f"Bearer {credential}"} if credential else {}
    request = urllib.request.Request(f"{server.url}{path}", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def settles_on(server, wanted, credential=None):
    """Seconds until every one of 40 requests in a row is answered so."""
    begun = changed = time.monotonic()
    in_a_row = 0
    while in_a_row < 40:
        assert time.monotonic() - begun < 30
        if status(server, credential) == wanted:
            in_a_row += 1
        else:
            in_a_row, changed = 0, time.monotonic()
    return changed - begun


def test_the_first_key_shuts_the_door_of_every_worker(server, folder, figure):
    """And a revoked one is of no use to any of them soon after."""
    assert settles_on(server, 200) == 0
    secret = keys(folder, "create", "first", "--scope", "decide")
    shut = settles_on(server, 401)
    assert settles_on(server, 200, secret) < 1
    keys(folder, "revoke", "first")
    revoked = settles_on(server, 401, secret)
    assert max(shut, revoked) <= BOUND
    figure(
        f"access, 2 workers: shut {shut:.1f} s after the first key, revoked within {revoked:.1f} s"
    )
    assert status(server) == 401
    assert status(server, path="/health/live") == 200
    assert "open_access" in {event["event"] for event in server.events()}
    assert secret not in server.log.read_text()


def test_an_endless_body_of_a_stranger_is_not_taken_in(server, folder, figure):
    with contextlib.suppress(subprocess.CalledProcessError):
        keys(folder, "create", "any", "--scope", "decide")
    settles_on(server, 401)
    head = (
        b"POST /v1/decisions:batch HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/x-ndjson\r\nAuthorization: Bearer none\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(head)
        with contextlib.suppress(ConnectionError, TimeoutError):
            while sent < 100 * 2**20:
                connection.sendall(chunk)
                sent += len(chunk)
        with contextlib.suppress(ConnectionError):
            answer = connection.recv(65_536)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 401 ")
    assert sent < 16 * 2**20
    figure(
        f"access: of an endless body {sent / 2**20:.1f} MiB left the stranger (buffers included)"
    )
