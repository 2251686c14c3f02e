"""A way to the service that loses, cuts off or refuses what a test says, and passes on the rest."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Pass:
    """Pass the request on, and of its answer so many bytes: all, some, or none."""

    upto: int | None = None


@dataclass(frozen=True)
class Say:
    """Answer in the service's place; it never hears of the request."""

    answer: bytes


@dataclass
class Way:
    """A proxy for one request a connection. What is left unsaid is passed on."""

    port: int
    script: deque[Pass | Say] = field(default_factory=deque)
    heard: list[bytes] = field(default_factory=list)
    """Each request, as it came."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(30)
                self._exchange(connection)

    def _exchange(self, connection: socket.socket) -> None:
        request = _whole(connection)
        if not request:
            return
        self.heard.append(request)
        todo = self.script.popleft() if self.script else Pass()
        if isinstance(todo, Say):
            connection.sendall(todo.answer)
            return
        answer = self._asked(request)
        connection.sendall(answer if todo.upto is None else answer[: todo.upto])

    def _asked(self, request: bytes) -> bytes:
        line, _, rest = request.partition(b"\r\n")
        answer = bytearray()
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as service:
            service.sendall(line + b"\r\nConnection: close\r\n" + rest)
            while piece := service.recv(65_536):
                answer += piece
        return bytes(answer)


def _whole(connection: socket.socket) -> bytes:
    """One request, to the end of its body."""
    received = bytearray()
    while not _ended(bytes(received)):
        piece = connection.recv(65_536)
        if not piece:
            return bytes(received)
        received += piece
    return bytes(received)


def _ended(received: bytes) -> bool:
    head, gap, body = received.partition(b"\r\n\r\n")
    if not gap:
        return False
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return True
