"""Where a page of a list ended, so that the next one goes on there.

A cursor names the last row told, not a number of rows to pass over: what is written in between
neither repeats nor hides anything. It is sealed with a key of the service, over the list it
belongs to as well, so that it cannot be made up or carried to another list.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass

from mayuse.decision_log.entry import from_text, to_text
from mayuse.decision_log.keys import LogKeys
from mayuse.errors import FieldError, InvalidQuestion

_LAYOUT = struct.Struct(">qq16s")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page."""

    t_us: int
    seq: int

    def to_text(self, keys: LogKeys, of_list: str) -> str:
        """What a caller is given; `of_list` tells lists apart."""
        seal = keys.seal_cursor(f"{self.t_us} {self.seq} {of_list}".encode())
        return to_text(_LAYOUT.pack(self.t_us, self.seq, seal))

    @classmethod
    def from_text(cls, text: str, keys: LogKeys, of_list: str) -> Cursor:
        """Read what a caller sent back.

        Raises `InvalidQuestion` when this service did not give it for this list.
        """
        try:
            t_us, seq, _ = _LAYOUT.unpack(from_text(text))
        except (ValueError, struct.error):
            raise _not_of_this_list() from None
        cursor = cls(t_us, seq)
        if not hmac.compare_digest(cursor.to_text(keys, of_list).encode(), text.encode()):
            raise _not_of_this_list()
        return cursor


def _not_of_this_list() -> InvalidQuestion:
    return InvalidQuestion((FieldError("/cursor", "is not a cursor of this list"),))
