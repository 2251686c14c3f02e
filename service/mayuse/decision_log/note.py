"""Signed notes and their keys, as C2SP signed-note and tlog-cosignature define them. Pure.

A note is a text and lines of signatures under it:

    text, its lines each ended by a newline
                                              (an empty line)
    — key name base64(4 bytes of key id, then the signature)

Ed25519 signs the text itself (type 0x01, the log's own keys) or the text under a time (type 0x04,
a witness's cosignature). Signatures by keys a reader does not know are kept and prove nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mayuse.errors import ProofError

ED25519 = 0x01
COSIGNATURE = 0x04

_DASH = "\N{EM DASH} "
_KEY_ID_BYTES = 4
_PUBLIC_BYTES = 32
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8
_LATEST = (1 << 63) - 1
_MAX_SIGNATURES = 100
_MAX_LENGTH = 1_000_000


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    value: bytes

    def to_line(self) -> str:
        """The line, with its newline."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.value)}\n"

    @classmethod
    def from_line(cls, line: str) -> Signature:
        """Read a line without its newline. Raises `ProofError`."""
        name, _, text = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH):
            raise ProofError("a signature line does not begin with a dash")
        check_name(name)
        raw = from_base64(text)
        if len(raw) <= _KEY_ID_BYTES:
            raise ProofError("a signature is too short")
        return cls(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with a name: what a reader must have been given to believe a note."""

    name: str
    kind: int
    """`ED25519` for a log, `COSIGNATURE` for a witness."""

    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.kind not in {ED25519, COSIGNATURE} or len(self.public) != _PUBLIC_BYTES:
            raise ProofError("a verifier key is of a kind that is not known here")

    @property
    def key_id(self) -> bytes:
        """The first bytes of the SHA-256 of name, kind and key: with the name, who signed."""
        described = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(described).digest()[:_KEY_ID_BYTES]

    def to_text(self) -> str:
        """The key as C2SP writes it: `name+id+key`."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def from_text(cls, text: str) -> VerifierKey:
        """Read a key. Raises `ProofError` when it is malformed or its id is another key's."""
        parts = text.strip().split("+", 2)
        if len(parts) != len(("name", "id", "key")):
            raise ProofError("a verifier key is name, id and key with + between them")
        raw = from_base64(parts[2])
        key = cls(parts[0], raw[0] if raw else 0, raw[1:])
        if key.key_id.hex() != parts[1]:
            raise ProofError("a verifier key's id is not its own")
        return key

    def made(self, signature: Signature) -> bool:
        """Tell whether a line claims to be this key's."""
        return signature.name == self.name and signature.key_id == self.key_id

    def check(self, text: str, signature: Signature) -> int | None:
        """Verify a signature of this key; the seconds since 1970 a witness signed at, if one did.

        Raises `ProofError` when it does not hold.
        """
        message, value, at = text.encode(), signature.value, None
        if self.kind == COSIGNATURE:
            at = int.from_bytes(value[:_TIME_BYTES], "big")
            message, value = _timed(at, text), value[_TIME_BYTES:]
        if len(value) != _SIGNATURE_BYTES:
            raise ProofError(f"a signature of {self.name} has another length")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except InvalidSignature:
            raise ProofError(f"a signature of {self.name} does not hold") from None
        return at


class SigningKey:
    """A private Ed25519 key with a name. Its bytes stay inside."""

    def __init__(self, name: str, seed: bytes, kind: int = ED25519) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, kind, self._private.public_key().public_bytes_raw())
        """The key to hand out."""

        self._key_id = self.verifier.key_id

    def sign(self, text: str) -> Signature:
        """Sign a text as a log does."""
        if self.verifier.kind != ED25519:
            raise ValueError("a witness's key signs only with a time")
        return self._signature(self._private.sign(text.encode()))

    def cosign(self, text: str, at: int) -> Signature:
        """Sign a text as a witness does, at a time in seconds since 1970."""
        if self.verifier.kind != COSIGNATURE:
            raise ValueError("a log's key signs without a time")
        return self._signature(
            at.to_bytes(_TIME_BYTES, "big") + self._private.sign(_timed(at, text))
        )

    def _signature(self, value: bytes) -> Signature:
        return Signature(self.verifier.name, self._key_id, value)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it, believed or not."""

    text: str
    """Ends with a newline."""

    signatures: tuple[Signature, ...] = field(default=())

    @classmethod
    def signed(cls, text: str, keys: Iterable[SigningKey]) -> Note:
        """Sign a text with each key. Raises `ProofError` for a text that no note can hold."""
        _check_text(text)
        return cls(text, tuple(key.sign(text) for key in keys))

    def to_text(self) -> str:
        """The whole note."""
        return f"{self.text}\n{''.join(signature.to_line() for signature in self.signatures)}"

    @classmethod
    def from_text(cls, raw: str) -> Note:
        """Read a note without believing it. Raises `ProofError` when it is malformed."""
        if len(raw) > _MAX_LENGTH:
            raise ProofError("the note is too long")
        text, gap, lines = raw.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise ProofError("the note has no signatures")
        text += "\n"
        _check_text(text)
        signatures = lines.removesuffix("\n").split("\n")
        if len(signatures) > _MAX_SIGNATURES:
            raise ProofError("the note has too many signatures")
        return cls(text, tuple(map(Signature.from_line, signatures)))

    def adding(self, signatures: Iterable[Signature]) -> Note:
        """The note with these signatures too; those it has already are not repeated."""
        fresh = [signature for signature in signatures if signature not in self.signatures]
        return replace(self, signatures=(*self.signatures, *fresh))

    def verify(self, keys: Sequence[VerifierKey]) -> dict[VerifierKey, int | None]:
        """Which of these keys signed, and when, if they say so.

        Raises `ProofError` when a signature by one of them does not hold, and when none signed.
        """
        signed: dict[VerifierKey, int | None] = {}
        for signature in self.signatures:
            for key in keys:
                if key.made(signature):
                    signed[key] = key.check(self.text, signature)
        if not signed:
            raise ProofError("the note is signed by no key that is known here")
        return signed


def to_base64(raw: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(raw).decode()


def from_base64(text: str) -> bytes:
    """Read back what `to_base64` wrote. Raises `ProofError` for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if to_base64(raw) != text:
        raise ProofError("a value is not base64")
    return raw


def check_name(name: str) -> None:
    """Raise `ProofError` for a name that no key and no log can have."""
    if not name or "+" in name or any(map(str.isspace, name)) or not name.isprintable():
        raise ProofError("the name of a key is empty, or has spaces or + in it")


def _timed(at: int, text: str) -> bytes:
    if not 0 < at <= _LATEST:
        raise ProofError("a cosignature has no time")
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise ProofError("the text of a note has a control character or no last newline")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ProofError("the text of a note is not Unicode") from None
