"""Have a witness cosign the log's checkpoint, and keep what it said.

Decisions never wait for a witness: whatever goes wrong here is told to who asked, and nothing else
happens. What it says is checked before it is kept, and kept with a leaf that says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import IO, TypeVar

from mayuse.decision_log import witness
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import to_micros, to_text
from mayuse.decision_log.event import Anchor
from mayuse.decision_log.note import Note, VerifierKey
from mayuse.decision_log.published import PublishedLog
from mayuse.decision_log.writer import DecisionLog
from mayuse.errors import NotFound, ProofError, WitnessError
from mayuse.store.rows import Change

T = TypeVar("T")

PATIENCE_SECONDS = 10.0

_ANCHOR = "INSERT INTO anchor (size, kind, evidence, t_us) VALUES ($1, 'witness', $2, $3)"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a witness has seen."""

    note: Note
    """The checkpoint with its cosignature."""

    at: int
    """When it cosigned, in seconds since 1970."""

    size: int


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness, and how it is reached."""

    url: str
    """Its submission prefix, `http://…` or `https://…`."""

    key: VerifierKey

    async def add(self, old: int, proof: tuple[bytes, ...], note: Note) -> tuple[int, bytes]:
        """Submit a checkpoint; the status and the body of the answer. Raises `WitnessError`."""
        body = witness.request(old, proof, note)
        return await asyncio.to_thread(self._post, body)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        address = f"{self.url.rstrip('/')}/add-checkpoint"
        if not address.startswith(("http://", "https://")):
            raise WitnessError("a witness is reached by http:// or https://")
        try:
            asked = urllib.request.Request(  # noqa: S310 - one of the two
                address, data=body, headers={"Content-Type": "text/plain; charset=utf-8"}
            )
            with urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
                return answer.status, _read(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read(error)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise WitnessError(f"the witness does not answer: {type(error).__name__}") from error


async def have_witnessed(
    log: DecisionLog, published: PublishedLog, by: Witness, *, now: datetime
) -> Witnessed:
    """Have the newest checkpoint cosigned, and keep it so, with a leaf that says so.

    1. Ask with the size this witness saw last, as far as we know; it says so if that is wrong.
    2. Prove that the log has grown from there.
    3. Check its cosignature, and only then keep it, with the checkpoint it is on.

    Raises `WitnessError` when it does not answer, refuses or answers wrongly; `LogUnavailable`.
    """
    note = await published.checkpoint()
    size = Checkpoint.from_text(note.text).size
    status, answer = await _submit(published, by, await _known(published), size, note)
    if status == HTTPStatus.CONFLICT:
        seen = _sound(lambda: witness.last_seen(answer))
        if seen > size:
            raise WitnessError(f"the witness has seen {seen} leaves of this log, which has {size}")
        status, answer = await _submit(published, by, seen, size, note)
    if status != HTTPStatus.OK:
        raise WitnessError(f"the witness refuses the checkpoint with status {status}")
    line, at = _sound(lambda: witness.cosignature(answer, note, by.key))
    cosigned = note.adding([line])
    evidence = cosigned.to_text().encode()
    digest = to_text(hashlib.sha256(evidence).digest())
    root = to_text(Checkpoint.from_text(note.text).root)
    kept = Change(_ANCHOR, (size, evidence, to_micros(now)), changes=1)
    await log.record(Anchor("witness", by.key.name, size, root, digest), at=now, changes=[kept])
    return Witnessed(cosigned, at, size)


async def _submit(
    published: PublishedLog, by: Witness, old: int, size: int, note: Note
) -> tuple[int, bytes]:
    proof = await published.consistency(old, size)
    return await by.add(old, proof.hashes, note)


async def _known(published: PublishedLog) -> int:
    """The size that some witness saw last: mostly this one."""
    try:
        return Checkpoint.from_text((await published.witnessed()).text).size
    except NotFound:
        return 0


def _sound(read: Callable[[], T]) -> T:
    try:
        return read()
    except ProofError as error:
        raise WitnessError(f"the witness's answer proves nothing: {error}") from error


def _read(answer: IO[bytes]) -> bytes:
    return answer.read(witness.MAX_ANSWER + 1)
