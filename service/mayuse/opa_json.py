"""JSON as OPA hashes it: members in order, numbers as they were written, nothing between. Pure.

What Go's `encoding/json` writes of a document it has read with numbers kept as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from mayuse.errors import BundleError

_GO_ESCAPES = re.compile("[\u2028\u2029]")


class _Number(str):
    """The digits of a number, as they stand in the text."""

    __slots__ = ()


def canonical(raw: bytes) -> bytes:
    """The bytes that OPA hashes of a JSON file. Raises `BundleError` for what is no JSON.

    Refuses what OPA would quietly mend or drop: members named twice, lone surrogates, a byte order
    mark.
    """
    try:
        document = json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_constant,
        )
        return "".join(_written(document)).encode()
    except (ValueError, RecursionError) as error:
        raise BundleError(f"a file to be signed is no JSON that OPA would hash: {error}") from None


def _written(node: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(node, _Number):
        yield node
    elif isinstance(node, str):
        yield _text(node)
    elif isinstance(node, dict):
        for index, name in enumerate(sorted(node)):
            yield f"{',' if index else '{'}{_text(name)}:"
            yield from _written(node[name])
        yield "}" if node else "{}"
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield "," if index else "["
            yield from _written(item)
        yield "]" if node else "[]"
    else:
        yield {None: "null", True: "true", False: "false"}[node]


def _text(text: str) -> str:
    """Go escapes two line ends that Python leaves alone; all else they write alike."""
    return _GO_ESCAPES.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False)
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object names a member twice")
    return members


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
