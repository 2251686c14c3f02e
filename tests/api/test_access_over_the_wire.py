"""What only running processes show of access: several workers, endless bodies, a key's last use."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime

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


class Watch:
    """Asks again and again beside what happens, and remembers each answer and when it was asked."""

    def __init__(self, server, credential=None):
        self._server, self._credential = server, credential
        self._answers = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exception):
        self._over.set()
        self._thread.join()

    def until(self, wanted):
        """Wait until 40 in a row are answered so; when the last that was not was asked."""
        give_up = time.monotonic() + 60
        while {status for _, status in self._answers[-40:]} != {wanted} or len(self._answers) < 40:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        return max((at for at, status in self._answers if status != wanted), default=0.0)

    def _ask(self):
        while not self._over.is_set():
            asked = time.time()
            self._answers.append((asked, status(self._server, self._credential)))


def test_the_first_key_shuts_the_door_of_every_worker(server, folder, figure):
    """And a revoked one is of no use to any of them soon after."""
    with Watch(server) as strangers:
        strangers.until(200)
        made = json.loads(keys(folder, "create", "first", "--scope", "decide", "--json"))
        shut = strangers.until(401) - at(made["created"])
    secret = made["secret"]
    with Watch(server, secret) as holders:
        holders.until(200)
        revoked = json.loads(keys(folder, "revoke", "first", "--json"))
        ended = holders.until(401) - at(revoked["revoked"])
    figure(
        f"access, 2 workers: the last stranger came in {max(shut, 0):.2f} s after the first key "
        f"was made, the last holder {max(ended, 0):.2f} s after it was revoked"
    )
    assert max(shut, ended) <= BOUND
    assert status(server) == 401
    assert status(server, path="/health/live") == 200
    assert "open_access" in {event["event"] for event in server.events()}
    assert secret not in server.log.read_text()


def at(text):
    return datetime.fromisoformat(text).timestamp()


def test_an_endless_body_of_a_stranger_is_not_taken_in(server, folder, figure):
    with contextlib.suppress(subprocess.CalledProcessError):
        keys(folder, "create", "any", "--scope", "decide")
    with Watch(server) as strangers:
        strangers.until(401)
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
    figure(f"access: of an endless body {sent / 2**20:.1f} MiB left the stranger, buffers included")
