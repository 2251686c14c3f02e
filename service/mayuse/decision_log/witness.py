"""A witness's words: C2SP tlog-witness, what is asked of one and what its answer is worth. Pure.

A witness remembers the last checkpoint it saw of a log and cosigns the next one only when a proof
shows that it extends that one. Whoever asks for the cosignature can be shown no other log than
the witness was.
"""

from __future__ import annotations

from collections.abc import Sequence

from mayuse.decision_log.checkpoint import from_decimal
from mayuse.decision_log.note import COSIGNATURE, Note, Signature, VerifierKey, to_base64
from mayuse.errors import ProofError

SIZE_TYPE = "text/x.tlog.size"
MAX_ANSWER = 64 * 1024
MAX_HASHES = 63


def request(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    """The body of `add-checkpoint`: the size last seen, the proof from there, the checkpoint."""
    if len(proof) > MAX_HASHES:
        raise ProofError("the consistency proof is longer than any tree is high")
    lines = (f"old {old}", *map(to_base64, proof))
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + note.to_text().encode()


def last_seen(answer: bytes) -> int:
    """The size in the answer of a witness that has seen another one. Raises `ProofError`."""
    return from_decimal(_text(answer).removesuffix("\n"))


def cosignature(answer: bytes, note: Note, key: VerifierKey) -> tuple[Signature, int]:
    """The witness's own line in its answer, and when it signed, in seconds since 1970.

    Lines of other keys are left alone. Raises `ProofError` when there is none of this key, or when
    it does not hold.
    """
    if key.kind != COSIGNATURE:
        raise ProofError("the key of a witness is one for cosignatures")
    lines = _text(answer).removesuffix("\n").split("\n")
    own = [line for line in map(Signature.from_line, lines) if key.made(line)]
    if not own:
        raise ProofError(f"the answer has no cosignature of {key.name}")
    at = key.check(note.text, own[0])
    return own[0], at or 0


def _text(answer: bytes) -> str:
    if len(answer) > MAX_ANSWER:
        raise ProofError("the witness's answer is too long")
    try:
        return answer.decode()
    except UnicodeDecodeError:
        raise ProofError("the witness's answer is no text") from None
