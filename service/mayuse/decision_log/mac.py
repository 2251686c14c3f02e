"""HMAC-SHA256 under one key, many times.

The standard library's `hmac.digest` has OpenSSL look up the algorithm anew for each message, which
takes longer than the hashing does: 8 µs against 3 for what the log tags.
"""

from __future__ import annotations

import hashlib

_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def framed(*parts: bytes) -> bytes:
    """Each part after its length (8 bytes, big endian): no two lists of parts are the same."""
    return b"".join([frame for part in parts for frame in (len(part).to_bytes(8, "big"), part)])


class Mac:
    """HMAC-SHA256 (RFC 2104) under a key. It goes to other processes of ours with its key."""

    __slots__ = ("_inner", "_key", "_outer")

    def __init__(self, key: bytes) -> None:
        """Take a key of at most 64 bytes. Raises `ValueError` for a longer one."""
        if len(key) > _BLOCK:
            raise ValueError("a key is at most 64 bytes")
        self._key = key
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER))
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def __reduce__(self) -> tuple[type[Mac], tuple[bytes]]:
        """As pickle asks for it."""
        return Mac, (self._key,)

    def __call__(self, message: bytes) -> bytes:
        """The 32 bytes of a message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()
