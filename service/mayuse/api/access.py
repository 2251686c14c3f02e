"""Each route says who may use it, and is not reached by anybody else.

`needs` and `public` mark a route's function; `guard` runs before it, and before anything of the
body is read. An application with a route that says nothing, or that would have its body read
before the guard runs, is not built.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from mayuse.access import SCOPES, Caller
from mayuse.api.problems import UNREADABLE, Refusal
from mayuse.door import Door
from mayuse.errors import NotAdmitted
from mayuse.problem import RETRY_AFTER, Problem
from mayuse.quota import WINDOW, Quota

REALM = 'Bearer realm="mayuse"'
PUBLIC: tuple[str, ...] = ()

REFUSALS = (
    *("unauthenticated", "invalid_token", "insufficient_scope", "rate_limited"),
    *("issuer_unavailable", *UNREADABLE),
)
"""The codes of what the guard says to those it does not let through."""

_MARK = "__mayuse_scopes__"
_BODIES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

LOOK_AGAIN = 1.0
"""Seconds after which the caller of a request that goes on is looked at again."""

Item = TypeVar("Item")
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def needs(*any_of: str) -> Callable[[Endpoint], Endpoint]:
    """Mark a route for callers who have one of these scopes; `admin` has all of them."""
    unknown = set(any_of) - SCOPES.keys()
    if unknown or not any_of:
        raise ValueError(f"not scopes: {sorted(unknown)}")

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, any_of)
        return endpoint

    return mark


def needs_any(endpoint: Endpoint) -> Endpoint:
    """Mark a route for every caller who is known, whatever they may do."""
    return needs(*SCOPES)(endpoint)


def public(endpoint: Endpoint) -> Endpoint:
    """Mark a route for everybody: it tells nothing that is not meant for all."""
    setattr(endpoint, _MARK, PUBLIC)
    return endpoint


async def guard(request: Request) -> None:
    """Let the caller through to the route, or refuse. Nothing of the body is read here.

    Raises `Refusal`, and `LogUnavailable` when the keys cannot be read.
    """
    any_of = scopes_of(request.scope["endpoint"])
    if any_of == PUBLIC:
        return
    request.state.caller = await _admit(request)
    _count(request, request.state.caller)
    _authorise(request, request.state.caller, any_of)


async def while_admitted(request: Request, items: AsyncIterator[Item]) -> AsyncIterator[Item]:
    """The items of a request that may never end, for as long as its caller would be let in.

    Raises `Refusal` and `LogUnavailable` as `guard` does.
    """
    looked = time.monotonic()
    async for item in items:
        if time.monotonic() - looked >= LOOK_AGAIN:
            _authorise(request, await _admit(request), scopes_of(request.scope["endpoint"]))
            looked = time.monotonic()
        yield item


async def _admit(request: Request) -> Caller:
    door: Door = request.app.state.door
    try:
        return await door.admit(
            request.headers.getlist("authorization"), local=_is_from_here(request)
        )
    except NotAdmitted as error:
        raise _not_admitted(error, request) from None


def _authorise(request: Request, caller: Caller, any_of: Sequence[str]) -> None:
    if not caller.may(any_of):
        raise _lacks(any_of, request)


def _count(request: Request, caller: Caller) -> None:
    """Count the request, where callers have a limit. Raises `Refusal` beyond it.

    Headers as in draft-ietf-httpapi-ratelimit-headers-11, on whatever the answer will be.
    """
    quota: Quota | None = request.app.state.quota
    if quota is None:
        return
    taken = quota.take(caller.name, time.monotonic())
    request.state.headers |= {
        "RateLimit-Policy": f'"default";q={quota.limit};w={WINDOW}',
        "RateLimit": f'"default";r={taken.left};t={taken.resets}',
    }
    if not taken.granted:
        said = f"more than {quota.limit} requests in {WINDOW} seconds"
        raise Refusal(Problem("rate_limited", said, retry_after=taken.resets), _hang_up(request))


def caller(request: Request) -> Caller:
    """Whom the guard let in. Raises `AttributeError` on a public route: nobody is known there."""
    found: Caller = request.state.caller
    return found


def scopes_of(endpoint: Callable[..., Any] | None) -> tuple[str, ...]:
    """The scopes of which a route needs one. Raises `LookupError` when it does not say."""
    marked: tuple[str, ...] | None = getattr(endpoint, _MARK, None)
    if marked is None:
        raise LookupError("a route does not say who may use it")
    return marked


def check(routes: Sequence[BaseRoute]) -> None:
    """Raise `LookupError` unless each of these routes is guarded."""
    for route in iter_route_contexts(routes):
        try:
            scopes_of(route.endpoint)
        except LookupError:
            raise LookupError(f"{route.path} does not say who may use it") from None
        if guard not in _before(route):
            raise LookupError(f"{route.path} is reached without asking who calls")
        # FastAPI reads what it calls the body before it runs any dependency.
        if getattr(route, "body_field", None) is not None:
            raise LookupError(f"{route.path} has its body read before the caller is known")


def _before(route: RouteContext) -> list[Callable[..., Any] | None]:
    """What runs before a route's function, by FastAPI's word."""
    dependant = getattr(route, "dependant", None)
    return [] if dependant is None else [one.call for one in dependant.dependencies]


def _is_from_here(request: Request) -> bool:
    """Whether the caller connects from this machine and knows it.

    A page of any web site can have its own name resolved to 127.0.0.1 (DNS rebinding), and then a
    browser on this machine asks for it; but it asks by that name.
    """
    peer = request.client.host if request.client else ""
    return _is_loopback(peer) and _names_this_machine(request)


def _names_this_machine(request: Request) -> bool:
    names = request.headers.getlist("host")
    try:
        name = urlsplit(f"//{names[0]}").hostname if len(names) == 1 else None
    except ValueError:
        return False
    return name is not None and (name == "localhost" or _is_loopback(name))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _not_admitted(error: NotAdmitted, request: Request) -> Refusal:
    headers = _hang_up(request)
    if error.code == "issuer_unavailable":
        return Refusal(Problem(error.code, error.detail, retry_after=RETRY_AFTER), headers)
    # RFC 6750, 3.1: whoever shows no credential is told of no error.
    fault = "" if error.code == "unauthenticated" else f', error="{error.code}"'
    headers["WWW-Authenticate"] = REALM + fault
    return Refusal(Problem(error.code, error.detail), headers)


def _lacks(any_of: Sequence[str], request: Request) -> Refusal:
    wanted = " or ".join(any_of)
    challenge = f'{REALM}, error="insufficient_scope", scope="{" ".join(any_of)}"'
    return Refusal(
        Problem("insufficient_scope", f"the scope {wanted} is needed"),
        {"WWW-Authenticate": challenge, **_hang_up(request)},
    )


def _hang_up(request: Request) -> dict[str, str]:
    """The content of a refused request is not waited for."""
    return {"Connection": "close"} if request.method in _BODIES else {}
