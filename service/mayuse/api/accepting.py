"""Which media types a caller takes (RFC 9110, section 12.5.1), and which of them it gets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi import Request

from mayuse.api.problems import Refusal
from mayuse.problem import Problem

JSON = "application/json"
_QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


async def check(request: Request) -> None:
    """Refuse a caller who takes nothing that this route answers. Raises `Refusal` (406)."""
    accept = _accept(request)
    if accept == "*/*":
        return
    offered = _offered(request)
    if not any(_weight(accept, media_type)[0] for media_type in offered):
        raise Refusal(Problem("not_acceptable", f"this address answers {', '.join(offered)}"))


def preferred(request: Request, offered: Sequence[str]) -> str:
    """Which of the media types offered the caller prefers; the first where it has no preference.

    A type that is named counts for more than one that a star stands for.
    """
    return max(offered, key=lambda media_type: _weight(_accept(request), media_type))


def first_taken(request: Request, offered: Sequence[str]) -> str:
    """The first of the media types offered that the caller takes as gladly as any of them.

    Libraries send `application/json, */*` unasked: that is no wish for another form.
    """
    return max(offered, key=lambda media_type: _weight(_accept(request), media_type)[0])


def _accept(request: Request) -> str:
    return ",".join(request.headers.getlist("accept")) or "*/*"


def _offered(request: Request) -> Sequence[str]:
    """What the route's description says it answers."""
    responses = getattr(request.scope["route"], "responses", {})
    named = list(responses.get(200, {}).get("content", {}))
    return named if _plain(request) else [JSON, *named]


def _plain(request: Request) -> bool:
    """Whether the route answers nothing but what it names."""
    return getattr(request.scope["route"], "response_model", None) is None


def _weight(accept: str, media_type: str) -> tuple[float, int]:
    """How much the caller wants this type, and how closely it names it.

    The closest range that covers a type decides; its parameters but for `q` are passed over.
    """
    ranges = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    found = [(0.0, -1)]
    for part in accept.split(","):
        named, *parameters = [item.strip().lower() for item in part.split(";")]
        if named in ranges:
            found.append((_quality(parameters), ranges.index(named)))
    return max(found, key=lambda one: one[1])


def _quality(parameters: Sequence[str]) -> float:
    given = [item.removeprefix("q=") for item in parameters if item.startswith("q=")]
    return float(given[0]) if given and _QUALITY.fullmatch(given[0]) else 1.0
