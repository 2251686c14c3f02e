"""AuthZEN 1.0 searches (section 8) in terms of this service, and their pages. Pure.

A search is an evaluation without the id of what is searched. A page's token says where the next
one begins, and is sealed over all that was asked: sent with anything else, it is refused.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import orjson

from mayuse.authzen import ENTITIES, RESOURCE_TYPE, SUBJECT_TYPE, Body, faulty, object_at
from mayuse.decision_log.entry import from_text, to_text
from mayuse.errors import InvalidQuestion

Kind = Literal["subject", "resource", "action"]
Seal = Callable[[bytes], bytes]
"""16 bytes that only this service can put under others."""

_SEAL_BYTES = 16
_ID = {"subject": "id", "resource": "id", "action": "name"}


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the results is asked for."""

    after: str = ""
    """The last id of the page before; empty for the first one."""

    limit: int | None = None
    on: date | None = None
    """The day the first page was of, where the search named none."""


def evaluation(document: Mapping[str, Any], kind: Kind, stand_in: str) -> Body:
    """The evaluation that a search asks of each candidate, with one in the place of all of them.

    What is said there of the searched id is ignored, as the specification demands. Raises
    `InvalidQuestion` when what is searched lacks its type.
    """
    if kind == "action":
        return {**document, "action": {"name": stand_in}}
    if not isinstance(searched := document.get(kind), dict):
        raise faulty(f"/{kind}", "is not an object" if kind in document else "is required")
    return {**document, kind: {**searched, "id": stand_in}}


def entity(kind: Kind, name: str) -> Body:
    """One result."""
    if kind == "action":
        return {"name": name}
    return {"type": SUBJECT_TYPE if kind == "subject" else RESOURCE_TYPE, "id": name}


def fingerprint(document: Mapping[str, Any], kind: Kind, *, signal: bool) -> bytes:
    """All that must be repeated with a token, but for the id that is ignored, and the limit."""
    asked = {name: document[name] for name in ENTITIES if document.get(name) is not None}
    if kind == "action":
        asked.pop("action", None)
    else:
        asked[kind] = {name: value for name, value in asked[kind].items() if name != _ID[kind]}
    return orjson.dumps([kind, signal, asked], option=orjson.OPT_SORT_KEYS)


def page_of(document: Mapping[str, Any], asked: bytes, seal: Seal) -> Page | None:
    """The page a search asks for, or None when it asks for all at once.

    `asked` is the search's fingerprint. A token without a limit goes on with the first one's.
    Raises `InvalidQuestion` for a token that this service did not give for this search, and for
    another limit than before.
    """
    if document.get("page") is None:
        return None
    page = object_at(document, "page", "/page")
    object_at(page, "properties", "/page/properties")
    limit = _limit(page.get("limit"))
    token = page.get("token")
    if token is None or token == "":
        return Page(limit=limit)
    if not isinstance(token, str):
        raise faulty("/page/token", "is not a string")
    before = _opened(token, asked, seal)
    if limit is not None and limit != before.limit:
        raise faulty("/page/limit", "is not that of the pages before")
    return before


def paged(results: Sequence[str], page: Page, asked: bytes, seal: Seal) -> tuple[list[str], Body]:
    """The results on a page, and its `page` object: an empty `next_token` on the last one."""
    left = [name for name in results if name > page.after]
    shown = left if page.limit is None else left[: page.limit]
    token = ""
    if len(shown) < len(left):
        token = _token(Page(shown[-1] if shown else page.after, page.limit, page.on), asked, seal)
    return shown, {"next_token": token, "count": len(shown), "total": len(results)}


def _token(page: Page, asked: bytes, seal: Seal) -> str:
    day = None if page.on is None else page.on.isoformat()
    place = orjson.dumps([page.after, page.limit, day])
    return to_text(seal(place + asked) + place)


def _opened(token: str, asked: bytes, seal: Seal) -> Page:
    try:
        raw = from_text(token)
    except ValueError:
        raise _foreign() from None
    sealed, place = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
    if not hmac.compare_digest(seal(place + asked), sealed):
        raise _foreign()
    after, limit, day = orjson.loads(place)
    return Page(after, limit, None if day is None else date.fromisoformat(day))


def _limit(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON Schema counts 5.0 as an integer
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise faulty("/page/limit", "is not a whole number from 0 on")
    return value


def _foreign() -> InvalidQuestion:
    return faulty("/page/token", "is not a token of this search")
