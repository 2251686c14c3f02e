"""A witness of the tests' own: C2SP tlog-witness over HTTP, on loopback.

It shares the log's checks of signatures and proofs, for those are held to Go's elsewhere; what it
remembers and refuses is its own. `lies` makes it answer wrongly.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.note import COSIGNATURE, Note, SigningKey, VerifierKey, from_base64
from mayuse.decision_log.tree import verify_consistency
from mayuse.errors import ProofError


@dataclass
class WitnessState:
    """What it knows, and how it behaves."""

    log_keys: list[VerifierKey]
    key: SigningKey
    seen: Checkpoint | None = None
    lies: str = ""
    asked: list[int] = field(default_factory=list)
    url: str = ""

    def answer(self, body: str) -> tuple[int, bytes]:
        head, _, signed = body.partition("\n\n")
        first, *proof = head.split("\n")
        old = int(first.removeprefix("old "))
        self.asked.append(old)
        try:
            note = Note.from_text(signed)
            checkpoint = Checkpoint.verify(note, self.log_keys)
        except ProofError:
            return 403, b""
        known = self.seen.size if self.seen else 0
        if self.lies == "huge":
            return 409, b"9" * 15 + b"\n"
        if old > checkpoint.size:
            return 400, b""
        if old != known:
            return 409, f"{known}\n".encode()
        try:
            if self.seen is not None:
                hashes = [from_base64(line) for line in proof]
                verify_consistency(old, self.seen.root, checkpoint.size, checkpoint.root, hashes)
        except ProofError:
            return 422, b""
        self.seen = checkpoint
        return self._cosigned(note)

    def _cosigned(self, note: Note) -> tuple[int, bytes]:
        line = self.key.cosign(note.text, int(time.time()))
        other = SigningKey("witness.example/other", b"o" * 32, COSIGNATURE)
        answers = {
            "": other.cosign(note.text, 1).to_line() + line.to_line(),
            "another text": self.key.cosign("something else\n", 1).to_line(),
            "another key": other.cosign(note.text, 1).to_line(),
            "no signature": "fine\n",
            "nothing": "",
            "much": line.to_line() * 10_000,
        }
        if self.lies == "no text":
            return 200, b"\xff\xfe"
        return 200, answers.get(self.lies, answers[""]).encode()


@contextmanager
def witness(log_keys: list[VerifierKey]) -> Iterator[WitnessState]:
    """A witness that answers on loopback until the end of the block."""
    state = WitnessState(log_keys, SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            status, body = state.answer(self.rfile.read(length).decode())
            status = status if self.path == "/add-checkpoint" else 404
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
