"""What a request says, read strictly: body, query, signal. Nothing unknown is dropped."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from typing import Any

from fastapi import Request

from mayuse import strict_json
from mayuse.api.problems import Refusal, parameter_errors
from mayuse.batch import MAX_LINE, Line
from mayuse.intake_faults import is_plain, nearest
from mayuse.problem import Problem
from mayuse.settings import Settings

_UTF_8 = r'[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?;?'
_JSON = re.compile(rf"application/json{_UTF_8}", re.IGNORECASE)
_LINES = re.compile(rf"application/(?:x-ndjson|ndjson|jsonl){_UTF_8}", re.IGNORECASE)
ARCHIVE = "application/gzip"
"""The media type of a policy bundle."""

_ARCHIVE = re.compile(r"application/(?:gzip|x-gzip|vnd\.openpolicyagent\.bundles)", re.IGNORECASE)
MAX_ARCHIVE = 8 * 2**20
"""Bytes of a policy bundle; the packaged one takes a fiftieth of that."""

_KEY = re.compile(r"[!#-~]{1,255}")

SIGNAL_OF_MANY = {"header": "Sec-GPC", "detail": "belongs in each question, as signals.gpc"}
"""The fault of a header that would speak of several persons at once."""

KEY_OF_MANY = {"header": "Idempotency-Key", "detail": "is for one question, not for many"}
"""The fault of a header from which a caller would expect that nothing is decided twice."""

_UNHEEDED = {
    "If-Match": "is not heeded here: this has no ETag",
    "Idempotency-Key": "is not heeded here: what is sent again is done again",
}

_HANG_UP = {"Connection": "close"}
"""The rest of a refused body is not waited for."""


async def json_body(request: Request, settings: Settings) -> Any:  # noqa: ANN401 - JSON is any value
    """Read a JSON body by the one strict parser.

    Raises `Refusal` for another media type (415), a body too long (413) or too slow (408), and
    `InvalidJSON`.
    """
    _check_media_type(request)
    return strict_json.loads(await _body(request, settings, settings.max_body_bytes))


async def batch_body(request: Request, settings: Settings) -> Any:  # noqa: ANN401 - JSON is any value
    """Read a JSON body as long as a batch may be; raises as `json_body` does."""
    _check_media_type(request)
    return strict_json.loads(await _body(request, settings, settings.max_batch_bytes))


async def authzen_body(request: Request, settings: Settings, *, many: bool) -> Any:  # noqa: ANN401
    """Read the JSON body of one question, or of many; another media type is 400, as AuthZEN has it.

    Raises as `json_body` does.
    """
    try:
        return await (batch_body if many else json_body)(request, settings)
    except Refusal as error:
        if error.problem.code != "unsupported_media_type":
            raise
        said = Problem("invalid_media_type", error.problem.detail)
        raise Refusal(said, error.headers) from None


async def archive_body(request: Request, settings: Settings) -> bytes:
    """Read the archive of a policy bundle. Raises `Refusal` as `json_body` does."""
    if not _announces(request, _ARCHIVE):
        said = f"the header Content-Type is not {ARCHIVE}"
        raise Refusal(Problem("unsupported_media_type", said))
    _check_coding(request)
    return await _body(request, settings, MAX_ARCHIVE)


def announces_lines(request: Request) -> bool:
    """Whether the body is announced as one JSON document a line, without a content coding."""
    if not _announces(request, _LINES):
        return False
    _check_coding(request)
    return True


async def lines(request: Request, settings: Settings) -> AsyncIterator[Line]:
    """The lines of a body as they arrive; blank ones count, but are left out.

    Raises `Refusal` when nothing arrives for `body_timeout`, `ClientDisconnect` when the caller
    hangs up.
    """
    rest, number, too_long = bytearray(), 0, False
    chunks = request.stream()
    try:
        while True:
            async with asyncio.timeout(settings.body_timeout):
                chunk = await anext(chunks, None)
            if chunk is None:
                break
            *whole, last = chunk.split(b"\n")
            for piece in whole:
                rest += piece
                number += 1
                if line := _line(number, bytes(rest), too_long=too_long):
                    yield line
                rest, too_long = bytearray(), False
            rest += last
            if len(rest) > MAX_LINE:
                rest, too_long = bytearray(), True
    except TimeoutError:
        said = f"nothing arrived for {settings.body_timeout:g} s"
        raise Refusal(Problem("body_too_slow", said), _HANG_UP) from None
    if line := _line(number + 1, bytes(rest), too_long=too_long):
        yield line


def _line(number: int, text: bytes, *, too_long: bool) -> Line | None:
    if too_long or len(text) > MAX_LINE:
        return Line(number, None)
    return Line(number, text) if text.strip() else None


def query(request: Request, known: Collection[str] = ()) -> dict[str, str]:
    """The query parameters. Raises `Refusal` for one that is not known or comes twice."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise parameter_errors([_unknown(name, known)])
        if name in found:
            raise parameter_errors([{"parameter": name, "detail": "is given twice"}])
        found[name] = value
    return found


def unconditional(request: Request) -> None:
    """Raise `Refusal` for a header on which a caller would rely, and which is not heeded here."""
    faults = [
        {"header": name, "detail": detail}
        for name, detail in _UNHEEDED.items()
        if name in request.headers
    ]
    if faults:
        raise parameter_errors(faults)


def documented_signal(besides: str = "") -> dict[str, Any]:
    """The parameter object of OpenAPI for `gpc_header`."""
    return {
        "name": "Sec-GPC",
        "in": "header",
        "required": False,
        "description": "A Global Privacy Control signal, as the person's browser sends it"
        f"{besides}: `1`. Any other value is no signal.",
        "schema": {"type": "string", "examples": ["1"]},
    }


def documented_key(description: str) -> dict[str, Any]:
    """The parameter object of OpenAPI for `idempotency_key`."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    }


def gpc_header(request: Request) -> bool:
    """Whether a Global Privacy Control signal is sent: `Sec-GPC: 1`.

    Global Privacy Control (W3C): any other value is passed over, and of several headers, joined on
    their way or not, one that is a signal is enough.
    """
    values = ",".join(request.headers.getlist("sec-gpc")).split(",")
    return "1" in map(str.strip, values)


def idempotency_key(request: Request) -> str | None:
    """The Idempotency-Key, if one is sent: 1 to 255 visible ASCII characters.

    Quotes around it, as a structured field has them, are not part of it. Raises `Refusal`.
    """
    values = request.headers.getlist("idempotency-key")
    if not values:
        return None
    key = values[0].strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(values) > 1 or not _KEY.fullmatch(key):
        fault = {"header": "Idempotency-Key", "detail": "is not 1 to 255 visible characters"}
        raise parameter_errors([fault])
    return key


def _unknown(name: str, known: Collection[str]) -> dict[str, str]:
    near = nearest(name, known)
    return {
        **({"parameter": name} if is_plain(name) else {}),
        "detail": "is not a known parameter",
        **({"nearest": near} if near else {}),
    }


def _announces(request: Request, media_type: re.Pattern[str]) -> bool:
    values = request.headers.getlist("content-type")
    return len(values) == 1 and media_type.fullmatch(values[0].strip()) is not None


def _check_media_type(request: Request) -> None:
    if not _announces(request, _JSON):
        raise Refusal(
            Problem("unsupported_media_type", "the header Content-Type is not application/json")
        )
    _check_coding(request)


def _check_coding(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(
            Problem("unsupported_media_type", "the body has a content coding"),
            {"Accept-Encoding": "identity"},
        )


async def _body(request: Request, settings: Settings, limit: int) -> bytes:
    """Read at most `limit` bytes, within `body_timeout`, however the length is announced."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > len(str(limit)) or int(announced) > limit):
        raise _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(settings.body_timeout):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError:
        said = Problem("body_too_slow", f"the body took longer than {settings.body_timeout:g} s")
        raise Refusal(said, _HANG_UP) from None
    return bytes(body)


def _too_large(limit: int) -> Refusal:
    return Refusal(Problem("body_too_large", f"the body is longer than {limit} bytes"), _HANG_UP)
