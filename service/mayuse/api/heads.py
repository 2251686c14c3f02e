"""The head of a request: what must hold of it before anybody reads the rest (RFC 9110, RFC 9112).

uvicorn's parser leaves some of it to the application.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_to_bytes

from starlette.types import Scope
from uuid_utils import uuid7

REQUEST_ID = "X-Request-ID"
SLASH = "\udc2f"
"""Stands in a path for a slash that was sent encoded: it is part of a name and separates nothing.

No path holds it otherwise: UTF-8 cannot encode it."""

_VERSIONS = ("1.0", "1.1")
_FIELD_VALUE = re.compile(rb"[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?")
"""What a header's value may be: visible characters, with blanks between them. No control."""

_HOST = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)
_ENCODED = re.compile(rb"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*")


def fault(scope: Scope) -> str | None:
    """What is wrong with the request as a message of HTTP, or None."""
    if scope["http_version"] not in _VERSIONS:
        return "the version of HTTP is neither 1.0 nor 1.1"
    hosts = _values(scope, b"host")
    if len(hosts) > 1 or (not hosts and scope["http_version"] != "1.0"):
        return "there is not one header Host"
    if not all(_HOST.fullmatch(host.strip(b" \t")) for host in hosts):
        return "the header Host names no host"
    if not all(map(_is_text, (scope.get("raw_path") or b"", scope.get("query_string", b"")))):
        return "the address is not UTF-8, percent-encoded"
    codings = b",".join(_values(scope, b"transfer-encoding")).strip().lower()
    if codings not in {b"", b"chunked"}:
        return "the body has a transfer coding other than chunked"
    return None


def request_id(scope: Scope) -> bytes:
    """The caller's `X-Request-ID`, whatever a header may hold; a new one unless there is just one.

    AuthZEN 1.0, section 10.1.3: it goes back as it came.
    """
    given = [value.strip(b" \t") for value in _values(scope, REQUEST_ID.lower().encode())]
    if len(given) == 1 and _FIELD_VALUE.fullmatch(given[0]):
        return given[0]
    return new_request_id()


def new_request_id() -> bytes:
    """One of our own."""
    return str(uuid7()).encode()


def in_log(identifier: bytes) -> str:
    """The same for the log, where it is visible ASCII: no terminal takes it for a command."""
    return identifier.decode("ascii", "backslashreplace")


def path(scope: Scope) -> str:
    """The path, in which an encoded slash does not separate: ids of persons may hold one."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        decoded: str = scope["path"]
        return decoded
    segments = raw.decode("latin-1").split("/")
    return "/".join(unquote(segment).replace("/", SLASH) for segment in segments)


def _is_text(raw: bytes) -> bool:
    """Whether a part of the address says one text and no other.

    What cannot be decoded would be replaced, and so two persons taken for one.
    """
    if not _ENCODED.fullmatch(raw):
        return False
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return False
    return True


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for known, value in scope["headers"] if known == name]
