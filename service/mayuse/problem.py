"""Every fault a caller can hear of, as a problem object (RFC 9457). Pure.

One table says status, title and meaning of each `code`; API and command line both read it. A
problem's `type` is the address of its row, relative to the service (`/problems/<code>`), so it
stays the same wherever the service runs and can be looked up there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mayuse.errors import (
    Erased,
    FieldError,
    InvalidJSON,
    InvalidQuestion,
    KeyReused,
    LogUnavailable,
    MayuseError,
    NotFound,
    PolicyOrderRefused,
)

RETRY_AFTER = 1
"""Seconds after which a question without a verdict may be asked again."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is the same about all problems of one code."""

    status: int
    title: str
    says: str
    """What it means and what to do, for the page of the problem."""


KINDS: Mapping[str, Kind] = {
    "invalid_json": Kind(
        400,
        "The text is not strict JSON",
        "Send one JSON document as I-JSON (RFC 7493) has it: UTF-8, each member once, no NaN, no "
        "integer beyond 2^53, no lone surrogate, no NUL, at most 32 levels deep.",
    ),
    "invalid_question": Kind(
        400,
        "The question cannot be asked",
        "`errors` names up to 32 faulty fields, each with a JSON pointer, a sentence and the "
        "nearest known word. Nothing was decided or recorded.",
    ),
    "invalid_choices": Kind(
        400,
        "The choices cannot be recorded",
        "`errors` names up to 32 faulty fields, each with a JSON pointer, a sentence and the "
        "nearest known word. Nothing was recorded.",
    ),
    "invalid_parameter": Kind(
        400,
        "A parameter cannot be used",
        "`errors` names each faulty query parameter or header.",
    ),
    "policy_refused": Kind(
        400,
        "The policy bundle does not pass",
        "`errors` names up to 32 findings: what is wrong with the archive, its signature, its "
        "rules, or the answers to its worked cases. It was not kept, and does not decide.",
    ),
    "invalid_order": Kind(
        400,
        "The order cannot be carried out",
        "`errors` names the faulty members of the body. Nothing has changed.",
    ),
    "unauthenticated": Kind(
        401,
        "The caller is not known",
        "Send `Authorization: Bearer` with an API key or, where an issuer is trusted, with its "
        "token. Nothing of the request was read.",
    ),
    "invalid_token": Kind(
        401,
        "The credential does not count",
        "The API key is not known, expired or revoked; or the token is not for this service, not "
        "by its issuer, or not valid now. Nothing of the request was read.",
    ),
    "insufficient_scope": Kind(
        403,
        "The caller may not do this",
        "`detail` and the header `WWW-Authenticate` name the scope that is needed.",
    ),
    "invalid_request": Kind(
        400,
        "The request is no well-formed HTTP",
        "It was not read as a request to any address. The connection is closed.",
    ),
    "not_found": Kind(
        404,
        "There is no such thing",
        "Nothing is known under this address or id.",
    ),
    "method_not_allowed": Kind(
        405,
        "The method is not allowed here",
        "The header `Allow` lists the methods of this address.",
    ),
    "not_acceptable": Kind(
        406,
        "No media type that is accepted can be answered",
        "`detail` names those of this address. Faults are `application/problem+json` all the same.",
    ),
    "body_too_slow": Kind(
        408,
        "The body did not arrive in time",
        "Send the whole body without a pause.",
    ),
    "idempotency_key_reused": Kind(
        409,
        "The Idempotency-Key stands for another question",
        "A key is for one question and its retries, for 24 hours. Send a new key with a new "
        "question. Nothing was decided.",
    ),
    "policy_removes_ids": Kind(
        409,
        "Ids would no longer be known",
        "`errors` names up to 32 ids that questions use under the active bundle and could not use "
        "under this one. Order it with `allow_removal` when its callers are prepared.",
    ),
    "policy_is_older": Kind(
        409,
        "The policy bundle is not a later version",
        "Its version is not later than the active one's. Give a `reason`, or roll back.",
    ),
    "policy_never_active": Kind(
        409,
        "The policy bundle has never decided",
        "Only to a bundle that decided before can be rolled back. A candidate is activated.",
    ),
    "policy_known": Kind(
        409,
        "The policy bundle has decided before",
        "It is kept for good, for the decisions made under it. It can be activated as it is.",
    ),
    "too_many_candidates": Kind(
        409,
        "Too many candidates are kept",
        "Remove one that nobody will activate, then upload again.",
    ),
    "erased": Kind(
        410,
        "It has been erased",
        "What the first answer was made from has been erased, so it cannot be told again.",
    ),
    "precondition_failed": Kind(
        412,
        "A precondition does not hold",
        "`If-Match` names another version than the current one, whose ETag a GET tells.",
    ),
    "policy_changed": Kind(
        412,
        "Another policy bundle is active than was expected",
        "Somebody activated another one. Look at what decides now, and order again.",
    ),
    "body_too_large": Kind(
        413,
        "The body is too large",
        "One question takes a few kilobytes at most.",
    ),
    "unsupported_media_type": Kind(
        415,
        "The body is not announced as what is read here",
        "Send `Content-Type: application/json`, in UTF-8 and without a content coding; a policy "
        "bundle as `application/gzip`.",
    ),
    "invalid_media_type": Kind(
        400,
        "The body is not announced as JSON",
        "AuthZEN's endpoints answer so what others answer with 415: send "
        "`Content-Type: application/json`, in UTF-8 and without a content coding.",
    ),
    "rate_limited": Kind(
        429,
        "Too many requests",
        "The caller has sent as many requests in a minute as this process answers. Wait "
        "`Retry-After` seconds.",
    ),
    "internal_error": Kind(
        500,
        "The service failed",
        "The fault is ours. Its trace is in the service's log under the id in `X-Request-ID`.",
    ),
    "policy_unavailable": Kind(
        503,
        "The policy could not be asked",
        "The engine did not answer. The decision is `indeterminate`, which is never a yes.",
    ),
    "policy_timeout": Kind(
        503,
        "The policy took too long",
        "The engine gave no verdict in time. The decision is `indeterminate`, never a yes.",
    ),
    "undefined": Kind(
        503,
        "The policy gave no verdict",
        "The policy is undefined for this question. The decision is `indeterminate`, never a yes.",
    ),
    "malformed_verdict": Kind(
        503,
        "The policy gave no well-formed verdict",
        "The engine answered in a shape no policy gives. The decision is `indeterminate`.",
    ),
    "rule_silent": Kind(
        503,
        "A rule neither permits nor denies",
        "A rule that concerns this question said nothing. The decision is `indeterminate`: a deny "
        "that went undefined must not pass as a permit.",
    ),
    "stale_policy": Kind(
        503,
        "The engine holds another policy",
        "The engine's bundle is not the active one. The decision is `indeterminate`.",
    ),
    "log_unavailable": Kind(
        503,
        "The decision could not be recorded",
        "Without a record there is no answer; nothing half-written was kept. Ask again.",
    ),
    "log_busy": Kind(
        503,
        "Too many decisions wait to be recorded",
        "Without a record there is no answer. Ask again after `Retry-After` seconds.",
    ),
    "choices_unavailable": Kind(
        503,
        "The person's choices could not be read or recorded",
        "Without what the person has chosen there is no answer: it could be an opt-out. Ask again.",
    ),
    "log_rolled_back": Kind(
        503,
        "The log is not the one that was signed",
        "The database holds an older or another state than a checkpoint that was let out. Nothing "
        "is signed or recorded until an operator has seen to it.",
    ),
    "storage_full": Kind(
        503,
        "There is no room to record decisions",
        "Without a record there is no answer. An operator must make room.",
    ),
    "issuer_unavailable": Kind(
        503,
        "The token cannot be checked now",
        "The issuer's keys could not be fetched. Nothing of the request was read.",
    ),
    "not_ready": Kind(
        503,
        "The service is not ready",
        "`parts` of `/health/ready` tells which part is not.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One occurrence of a fault."""

    code: str
    detail: str
    errors: tuple[Mapping[str, Any], ...] = ()
    retry_after: int | None = None
    decision_id: str | None = None
    """The recorded `indeterminate` decision, where there is one."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.code].status

    def as_document(self) -> dict[str, Any]:
        """The members of the problem object; it has none that is null."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": KINDS[self.code].title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = [dict(error) for error in self.errors]
        if self.decision_id:
            document["decision_id"] = self.decision_id
        return document


def of(error: MayuseError) -> Problem:  # noqa: PLR0911 - one for each kind
    """Say an exception of ours as a problem. What a caller must not hear is left out."""
    match error:
        case InvalidQuestion():
            return Problem("invalid_question", _count(error.errors), _field_errors(error.errors))
        case InvalidJSON():
            return Problem("invalid_json", error.detail)
        case LogUnavailable():
            return Problem(error.code, error.detail, retry_after=error.retry_after)
        case KeyReused():
            return Problem("idempotency_key_reused", str(error))
        case Erased():
            return Problem("erased", str(error))
        case PolicyOrderRefused():
            return Problem(error.code, error.detail, error.errors)
        case NotFound():
            return Problem("not_found", str(error))
        case _:
            return Problem("internal_error", "the service failed; nothing was decided")


INDETERMINATE = (
    "policy_unavailable",
    "policy_timeout",
    "undefined",
    "malformed_verdict",
    "rule_silent",
    "stale_policy",
)
"""The codes of a decision that has no verdict."""

UNRECORDED = (
    "log_unavailable",
    "log_busy",
    "log_rolled_back",
    "storage_full",
    "choices_unavailable",
)
"""The codes of a decision that could not be made for want of the database, or not be recorded."""


def indeterminate(answer: Mapping[str, Any]) -> Problem:
    """Say an `indeterminate` decision, as `catalog.answer` gives it, as a problem."""
    fault = answer["faults"][0]
    return Problem(
        fault["code"],
        fault["detail"],
        retry_after=RETRY_AFTER,
        decision_id=answer["decision_id"],
    )


def page(code: str) -> dict[str, Any]:
    """What `/problems/<code>` shows. Raises `NotFound`."""
    kind = KINDS.get(code)
    if kind is None:
        raise NotFound("there is no problem of this name")
    return {
        "type": f"/problems/{code}",
        "code": code,
        "status": kind.status,
        "title": kind.title,
        "says": kind.says,
    }


def _field_errors(errors: tuple[FieldError, ...]) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {name: value for name, value in vars(error).items() if value is not None}
        for error in errors
    )


def _count(errors: tuple[FieldError, ...]) -> str:
    return "one field is faulty" if len(errors) == 1 else f"{len(errors)} fields are faulty"
