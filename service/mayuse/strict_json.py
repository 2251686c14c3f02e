"""One strict JSON parser for every door: I-JSON (RFC 7493), bounded in depth; and its writer.

The value decided on, hashed and logged is the value that was sent: nothing is normalised
silently. Duplicate names, NaN, infinities, integers beyond 2^53, lone surrogates, NUL,
byte order marks and any encoding but UTF-8 are refused. The time taken grows with the length
of the text and with nothing else.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import orjson

from mayuse.errors import InvalidJSON

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1

_MAX_DIGITS = len(str(-MAX_INTEGER))
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
"""A JSON string, or what is left of the text when it never ends. Possessive: no backtracking."""

_NO_BRACKET = re.compile(r"[^][{}]+")
_ESCAPED_TROUBLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""How a NUL or a surrogate enters a string: the bytes themselves cannot hold either one."""


def loads(raw: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """Parse strict JSON. Raises `InvalidJSON` with a sentence that repeats nothing of `raw`."""
    text = _decoded(raw)
    _check_depth(text)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJSON(
            f"the text is not JSON: fault at line {error.lineno}, column {error.colno}"
        ) from None
    if _ESCAPED_TROUBLE.search(text):
        _check_strings(value)
    return value


def dumps(document: Any) -> bytes:  # noqa: ANN401 - JSON is any value
    """Write JSON as every door writes it: UTF-8, members in the order given, no white space.

    API and command line both write decisions with this, so that their bytes are the same.
    """
    return orjson.dumps(document)


def canonical(document: Any) -> bytes:  # noqa: ANN401 - JSON is any value
    """Write JSON in one form for all orders of members, to compare what was asked."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidJSON("the text is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise InvalidJSON("the text starts with a byte order mark")
    if not text.strip(" \t\r\n"):
        raise InvalidJSON("the text is empty")
    return text


def _check_depth(text: str) -> None:
    """Count brackets outside strings before parsing, so that depth never meets the parser."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _NO_BRACKET.sub("", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise InvalidJSON(f"the text nests deeper than {MAX_DEPTH} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidJSON("an object names a member twice")
    return members


def _constant(_name: str) -> NoReturn:
    raise InvalidJSON("NaN and infinities are not JSON")


def _integer(digits: str) -> int:
    # The length is looked at first: turning a million digits into a number is quadratic.
    if len(digits) > _MAX_DIGITS or abs(number := int(digits)) > MAX_INTEGER:
        raise InvalidJSON("an integer is beyond 2^53 - 1")
    return number


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise InvalidJSON("a number is too large")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_constant,
    parse_int=_integer,
    parse_float=_float,
)


def _check_strings(value: Any) -> None:  # noqa: ANN401 - JSON is any value
    if isinstance(value, str):
        if "\x00" in value:
            raise InvalidJSON("a string holds a NUL character")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidJSON("a string holds a lone surrogate") from None
    elif isinstance(value, list):
        for item in value:
            _check_strings(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_strings(name)
            _check_strings(item)
