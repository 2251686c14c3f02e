"""What can go wrong between a program and the service. None of it is ever a yes.

ClientError
├── NotSent              what was asked cannot be sent; of a batch, what came before it was
├── NoAnswer             nothing came back, or only a part of it
│   └── CutOff           a batch ended before its last line
├── UnfitAnswer          what came back is not what the service answers
│   └── ReceiptRefused   its receipt does not hold under the keys that were pinned
└── Problem              the service says why it does not answer (RFC 9457)
    ├── Refused          the request is at fault, and would be again
    │   ├── NotAuthorised    401 or 403
    │   └── NotThere         404, or 410: it has been erased
    └── Unavailable      429, 500 or 503: it cannot answer now, however often it was asked
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mayuse.errors import MayuseError


class ClientError(MayuseError):
    """Base of all that a client raises of its own."""


class NotSent(ClientError, ValueError):
    """What was asked cannot be sent, by this client or by any."""


class NoAnswer(ClientError):
    """Nothing came back. What was sent may have been done all the same."""


class CutOff(NoAnswer):
    """A batch ended early: what was not yielded before may have been decided, but was not told."""


class UnfitAnswer(ClientError):
    """What came back is not what the service answers."""


class ReceiptRefused(UnfitAnswer):
    """A receipt, proof or checkpoint does not hold under the pinned keys."""


@dataclass(frozen=True, slots=True)
class Said:
    """A problem document, as far as it could be read."""

    status: int
    code: str
    """Stable, such as `invalid_question`; empty when the answer was no problem document."""

    detail: str
    errors: Sequence[Mapping[str, Any]] = ()
    """The faulty fields, each with `pointer`, `parameter` or `header`, and `detail`."""

    decision_id: str | None = None
    """The decision that was recorded although there is no verdict."""

    retry_after: float | None = None
    """Seconds."""

    request_id: str | None = None
    """What the service's own log knows the request by."""

    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """All of it."""


class Problem(ClientError):
    """The service says why it does not answer."""

    def __init__(self, said: Said) -> None:
        super().__init__(f"{said.code or 'no problem document'} ({said.status}): {said.detail}")
        self.said = said


class Refused(Problem):
    """The request is at fault, and would be again."""


class NotAuthorised(Refused):
    """Who asks is not known (401), or may not (403)."""


class NotThere(Refused):
    """There is no such thing, or it has been erased."""


class Unavailable(Problem):
    """The service cannot answer now, and could not when it was asked again, where that is safe."""


def of(said: Said) -> Problem:
    """The exception of a problem."""
    match said.status:
        case 401 | 403:
            return NotAuthorised(said)
        case 404 | 410:
            return NotThere(said)
        case 429 | 500 | 502 | 503 | 504:
            return Unavailable(said)
        case _:
            return Refused(said)
