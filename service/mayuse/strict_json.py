"""One strict JSON parser for every door: I-JSON (RFC 7493), bounded in depth.

The value decided on, hashed and logged is the value that was sent: nothing is normalised
silently. Duplicate names, NaN, infinities, integers beyond 2^53, lone surrogates, NUL,
byte order marks and any encoding but UTF-8 are refused.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from mayuse.errors import InvalidJSON

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1


def loads(raw: bytes) -> Any:  # noqa: ANN401 - JSON is any value
    """Parse strict JSON. Raises `InvalidJSON` with a sentence that repeats nothing of `raw`."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJSON("the body is not UTF-8") from error
    if text.startswith("\ufeff"):
        raise InvalidJSON("the body starts with a byte order mark")
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except json.JSONDecodeError as error:
        raise InvalidJSON(
            f"the body is not JSON: fault at line {error.lineno}, column {error.colno}"
        ) from error
    _check_strings(value)
    return value


def _check_depth(text: str) -> None:
    """Count brackets outside strings before parsing, so that depth never meets the parser."""
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidJSON(f"the body nests deeper than {MAX_DEPTH} levels")
        elif character in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidJSON("an object names a member twice")
    return members


def _constant(_name: str) -> NoReturn:
    raise InvalidJSON("NaN and infinities are not JSON")


def _integer(digits: str) -> int:
    if len(digits) > len(str(MAX_INTEGER)) + 1 or abs(int(digits)) > MAX_INTEGER:
        raise InvalidJSON("an integer is beyond 2^53 - 1")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise InvalidJSON("a number is too large")
    return value


def _check_strings(value: Any) -> None:  # noqa: ANN401 - JSON is any value
    if isinstance(value, str):
        if "\x00" in value:
            raise InvalidJSON("a string holds a NUL character")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise InvalidJSON("a string holds a lone surrogate")
    elif isinstance(value, list):
        for item in value:
            _check_strings(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_strings(name)
            _check_strings(item)
