"""What a request says, read strictly: body, query, signal. Nothing unknown is dropped."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from typing import Any

from fastapi import Request

from mayuse import strict_json
from mayuse.api.problems import Refusal, parameter_errors
from mayuse.intake_faults import is_plain, nearest
from mayuse.problem import Problem
from mayuse.settings import Settings

_JSON = re.compile(r'application/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?;?', re.IGNORECASE)
_HANG_UP = {"Connection": "close"}
"""The rest of a refused body is not waited for."""


async def json_body(request: Request, settings: Settings) -> Any:  # noqa: ANN401 - JSON is any value
    """Read a JSON body by the one strict parser.

    Raises `Refusal` for another media type (415), a body too long (413) or too slow (408), and
    `InvalidJSON`.
    """
    _check_media_type(request)
    return strict_json.loads(await _body(request, settings))


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


def gpc_header(request: Request) -> bool:
    """Whether a Global Privacy Control signal is sent: `Sec-GPC: 1`.

    The specification knows no other value. One that comes all the same is refused: to take it for
    no signal could permit what the person meant to stop.
    """
    values = request.headers.getlist("sec-gpc")
    if any(value.strip() != "1" for value in values):
        raise parameter_errors([{"header": "Sec-GPC", "detail": 'is not "1"'}])
    return bool(values)


def _unknown(name: str, known: Collection[str]) -> dict[str, str]:
    near = nearest(name, known)
    return {
        **({"parameter": name} if is_plain(name) else {}),
        "detail": "is not a known parameter",
        **({"nearest": near} if near else {}),
    }


def _check_media_type(request: Request) -> None:
    values = request.headers.getlist("content-type")
    if len(values) != 1 or not _JSON.fullmatch(values[0].strip()):
        raise Refusal(
            Problem("unsupported_media_type", "the header Content-Type is not application/json")
        )
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(
            Problem("unsupported_media_type", "the body has a content coding"),
            {"Accept-Encoding": "identity"},
        )


async def _body(request: Request, settings: Settings) -> bytes:
    """Read at most `max_body_bytes`, within `body_timeout`, however the length is announced."""
    limit = settings.max_body_bytes
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
