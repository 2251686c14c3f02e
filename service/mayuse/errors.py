"""Every exception of the service, and what a caller hears of each.

MayuseError
├── InvalidQuestion      the caller asked badly: 400, one entry per faulty field
├── InvalidJSON          the bytes are not I-JSON (RFC 7493): 400
├── BundleError          a policy bundle cannot be built, read or trusted
├── AuthoringError       a policy author's files are faulty; each fault names file and line
├── OpaMissing           the OPA program is not installed, or not in the pinned version
├── OpaFailed            OPA ran and refused; the message is what it said
├── MalformedVerdict     the policy said something main never says
├── LogUnavailable       the decision log could not record: 503, nothing half-written
├── MalformedRecord      bytes in the log are not a record this service writes
├── TreeError            this is no tree, or no part of one: a size, an index, a frontier, a tile
│   └── ProofError       a proof does not prove what it is said to
├── KeyReused            an Idempotency-Key came with another question: 409
├── Erased               what was asked for has been erased: 410
├── ErasureUnproved      nothing in the log proves that this person was to be forgotten
├── WitnessError         a witness does not cosign, or says what proves nothing
├── NotFound             no such decision, rule or page: 404
├── PolicyOrderRefused   what was ordered of policy bundles is not done: 400, 409 or 412
├── NotAdmitted          a caller showed no credential, or one that does not count: 401
├── NameTaken            an API key of this name was made before
└── SettingsError        the environment asks for something impossible
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class MayuseError(Exception):
    """Base of all errors this service raises on purpose."""


@dataclass(frozen=True)
class FieldError:
    """One faulty field of a question. The rejected value is never kept or sent back."""

    pointer: str
    """JSON pointer (RFC 6901) to the field, e.g. `/data_subject/age`."""

    detail: str
    """What is wrong, in a sentence that does not repeat the rejected value."""

    nearest: str | None = None
    """The nearest known value or key, when one is near."""


class InvalidQuestion(MayuseError):
    """A question that cannot be asked. No decision is made of it."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.pointer or '/'}: {error.detail}" for error in errors))
        self.errors = errors


class InvalidJSON(MayuseError):
    """Bytes that are not strict JSON. `detail` never repeats them."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BundleError(MayuseError):
    """A policy bundle that cannot be built, read or trusted."""


class AuthoringError(MayuseError):
    """A policy author's files are faulty: every fault found, each with its file and line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class OpaMissing(MayuseError):
    """OPA is not installed, or not in the pinned version; the message names the way out."""


class OpaFailed(MayuseError):
    """OPA ran and refused; the message is what it said."""


class MalformedVerdict(MayuseError):
    """The policy's answer does not have the shape of a verdict."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


OPERATOR_SECONDS = 60
"""After how long to ask again where an operator has to act first: such trouble does not pass."""


class LogUnavailable(MayuseError):
    """The decision log could not record, or recorded choices not be read; no answer was given.

    `code` is `log_unavailable`, `log_busy`, `log_rolled_back`, `storage_full` or
    `choices_unavailable`; `retry_after` is in seconds.
    """

    def __init__(self, code: str, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.retry_after = retry_after

    @property
    def lasts(self) -> bool:
        """Whether an operator has to act before it can be otherwise."""
        return self.retry_after >= OPERATOR_SECONDS


class MalformedRecord(MayuseError):
    """Bytes in the decision log that are not a record as this service writes it."""


class TreeError(MayuseError):
    """What was given is no tree of the log, or no part of one."""


class ProofError(TreeError):
    """A proof does not prove what it is said to; the message says where it fails."""


class WitnessError(MayuseError):
    """A witness does not answer, does not cosign, or says what proves nothing."""


class NotFound(MayuseError):
    """Something was asked for by an id that is not known."""


class KeyReused(MayuseError):
    """An Idempotency-Key that was sent with another question before."""


class Erased(MayuseError):
    """Something that was there and has been erased since."""


class ErasureUnproved(MayuseError):
    """A key is listed as destroyed, and no record of the log proves it: nobody is forgotten."""


class PolicyOrderRefused(MayuseError):
    """What was ordered of policy bundles is not done.

    `code` is `policy_refused`, `policy_removes_ids`, `policy_is_older`, `policy_changed`,
    `policy_never_active`, `policy_known` or `too_many_candidates`; `errors` tell one by one what
    stands in the way.
    """

    def __init__(self, code: str, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)


class NotAdmitted(MayuseError):
    """A caller is not let in.

    `code` is `unauthenticated` (no credential), `invalid_token` (one that does not count) or
    `issuer_unavailable` (one that cannot be checked now). The credential is never repeated.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class NameTaken(MayuseError):
    """An API key of this name exists, or existed."""


class SettingsError(MayuseError):
    """The environment asks for something impossible; the message names the variable."""
