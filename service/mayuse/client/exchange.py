"""One request and its answer, asked again where that is safe. Knows no socket.

An exchange is a generator: it yields what to send or how long to wait, and is sent what came of
it. `Client` and `AsyncClient` each carry that out in their own way; all that is decided is
decided here, once.
"""

from __future__ import annotations

import random
import re
import warnings
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

import httpx

from mayuse import strict_json
from mayuse.client import faults
from mayuse.client.faults import NoAnswer, NotSent, Said, UnfitAnswer
from mayuse.errors import InvalidJSON

T = TypeVar("T")

JSON, PROBLEM, TEXT = "application/json", "application/problem+json", "text/plain"
PASSING = frozenset({429, 502, 503, 504})
FINAL = frozenset({"undefined", "malformed_verdict", "rule_silent"})
"""Codes of 503 that follow from the policy: asked again, it says the same."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_HEADER_VALUE = re.compile(r"[!-~]+(?: +[!-~]+)*")
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.2, 5.0
_SPREAD = 0.5
"""Seconds over which those who were told to come back at once are spread."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and after what wait, a request that can be repeated is sent again."""

    tries: int = 4
    """In all; 1 never asks again."""

    longest_wait: float = 30.0
    """Seconds. Who is told to wait longer hears of it at once."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request."""

    method: str
    path: str
    repeatable: bool
    """Whether it may be sent twice without being done twice."""

    accept: str = JSON
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


Step = Call | Wait
Outcome = httpx.Response | httpx.RequestError | None
Steps = Generator[Step, Outcome, T]
"""What to do, one after another; what came of each is sent back, and in the end there is a `T`."""


def answer_to(call: Call, patience: Patience) -> Steps[httpx.Response]:
    """The answer, of the media type asked for. Raises `Problem`, `NoAnswer` or `UnfitAnswer`."""
    for number in range(1, max(1, patience.tries) + 1):
        outcome = yield call
        _warn_of_its_end(call, outcome)
        if isinstance(outcome, httpx.Response) and outcome.is_success:
            is_empty = outcome.status_code == HTTPStatus.NO_CONTENT
            return outcome if is_empty else fit(outcome, call.accept)
        fault = failure(outcome)
        seconds = _pause(outcome, fault, call, number)
        if seconds is None or number >= patience.tries or seconds > patience.longest_wait:
            raise fault
        yield Wait(seconds)
    raise AssertionError("a last try returns or raises")  # pragma: no cover


def _warn_of_its_end(call: Call, outcome: Outcome) -> None:
    """Tell whoever wrote the program that the service will not answer this for ever (RFC 9745)."""
    if isinstance(outcome, httpx.Response) and "deprecation" in outcome.headers:
        told = f"{call.method} {call.path} is deprecated"
        if last := outcome.headers.get("sunset"):
            told += f" and ends on {last}"
        # Python shows a DeprecationWarning to nobody who is not named by the frame below us.
        warnings.warn(f"{told}; see {outcome.headers.get('link', '')}", FutureWarning, 2)


def request(connections: httpx.Client | httpx.AsyncClient, call: Call) -> httpx.Request:
    """The request, as httpx takes it. Raises `NotSent`."""
    check_open(connections)
    headers = {"Accept": f"{call.accept}, {PROBLEM}", **call.headers}
    if not all(map(_HEADER_VALUE.fullmatch, headers.values())):
        raise NotSent("what goes into a header is not visible ASCII")
    try:
        return connections.build_request(
            call.method, call.path, params=call.query, headers=headers, content=call.content
        )
    except (httpx.InvalidURL, ValueError, TypeError):
        # The exception's own words may quote the id of a person.
        raise NotSent("what was asked makes no address") from None


def check_open(connections: httpx.Client | httpx.AsyncClient) -> None:
    """Raise `NotSent` when the connections have been closed."""
    if connections.is_closed:
        raise NotSent("the client has been closed")


def content_of(document: Mapping[str, object]) -> bytes:
    """A document as it is sent. Raises `NotSent` for what JSON does not hold."""
    try:
        return strict_json.dumps(dict(document))
    except (ValueError, TypeError):
        raise NotSent("JSON does not hold what was asked") from None


def document_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object in an answer. Raises `UnfitAnswer`."""
    try:
        document = strict_json.loads(response.content)
    except InvalidJSON as error:
        raise UnfitAnswer(f"the answer is not strict JSON: {error.detail}") from None
    if not isinstance(document, dict):
        raise UnfitAnswer("the answer is no JSON object")
    return document


def failure(outcome: Outcome) -> faults.ClientError:
    """The exception for what is no answer. A response must have been read to its end."""
    if isinstance(outcome, httpx.Response):
        return faults.of(_said(outcome))
    return NoAnswer(f"the service gave no answer: {type(outcome).__name__}")


def _pause(outcome: Outcome, fault: faults.ClientError, call: Call, number: int) -> float | None:
    """How long to wait before the next try; None where there must be none."""
    longest: float = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2**number)
    backoff = longest * random.random()  # noqa: S311 - a wait, not a secret
    if isinstance(outcome, NEVER_SENT):
        return backoff
    if not call.repeatable:
        return None
    if isinstance(fault, NoAnswer):
        return backoff
    if not isinstance(fault, faults.Unavailable) or fault.said.status not in PASSING:
        return None
    if fault.said.code in FINAL:
        return None
    told = fault.said.retry_after
    return backoff if told is None else told + _SPREAD * random.random()  # noqa: S311 - a wait


def fit(response: httpx.Response, accept: str) -> httpx.Response:
    """The response, once it is of the type that was asked for. Raises `UnfitAnswer`."""
    if _media_type(response) != accept:
        raise UnfitAnswer(f"the answer is not of the type {accept}")
    return response


def _said(response: httpx.Response) -> Said:
    """A problem, believed as far as it has the shape of one."""
    document: Any = None
    if _media_type(response) == PROBLEM:
        try:
            document = strict_json.loads(response.content)
        except InvalidJSON:
            document = None
    known = document if isinstance(document, dict) else {}
    errors = known.get("errors")
    return Said(
        status=response.status_code,
        code=_text(known.get("code")) or "",
        detail=_text(known.get("detail")) or f"status {response.status_code}",
        errors=[it for it in errors if isinstance(it, dict)] if isinstance(errors, list) else (),
        decision_id=_text(known.get("decision_id")),
        retry_after=_seconds(response.headers.get("retry-after")),
        request_id=response.headers.get("x-request-id"),
        document=known,
    )


def _media_type(response: httpx.Response) -> str:
    named: str = response.headers.get("content-type", "")
    return named.partition(";")[0].strip().lower()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(retry_after: str | None) -> float | None:
    """`Retry-After` (RFC 9110, 10.2.3): seconds, or a date. None for what is neither."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        return None
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
