"""What is wrong with a document, in sentences that never repeat the caller's text. Pure.

Pydantic says where a document fails; this module says it in one sentence per field, with the
nearest known word. The only words sent back are our own, and a key the caller wrote when it is a
plain one: any other key could be personal data.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from mayuse.errors import FieldError
from mayuse.question import MAX_DATA
from mayuse.vocabulary import Vocabulary

MAX_AGE = 150
MAX_SUBJECT_ID = 256
MAX_FAULTS = 32
"""How many faults are told of one document; a document full of them costs no more than this."""

ONE, SEVERAL = "one", "several"
"""Tags of the two forms of `data`, as Pydantic puts them into an error's place."""

Path = tuple[str | int, ...]

NO_SUBJECT_ID = f"is not a text of 1 to {MAX_SUBJECT_ID} characters, none a control, nor . or .."
A_TIME = "is not a time in UTC, like 2025-11-20T09:30:00Z"
A_SIGNAL = "is neither true nor false"


@dataclass(frozen=True, slots=True)
class Form:
    """What a kind of document looks like, as far as its faults are told."""

    members: Mapping[Path, tuple[str, ...]]
    """The members of each object, but for `choices`, which the vocabulary declares."""

    wanted: Mapping[Path, str]
    """What is wrong with a value that is not of a vocabulary."""


QUESTION = Form(
    members={
        (): (
            "controller",
            "recipient",
            "purpose",
            "data",
            "data_subject",
            "choices",
            "signals",
            "on",
            "known_at",
        ),
        ("data_subject",): ("id", "jurisdiction", "age"),
        ("signals",): ("gpc",),
    },
    wanted={
        ("data_subject", "id"): NO_SUBJECT_ID,
        ("data_subject", "age"): f"is not a whole number from 0 to {MAX_AGE}",
        ("signals", "gpc"): A_SIGNAL,
        ("on",): "is not a date that exists, written YYYY-MM-DD, from the year 1900 to 2199",
        ("known_at",): A_TIME,
    },
)

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CHOICES: Path = ("choices",)
_DATA = {
    "too_short": "names no category",
    "too_long": f"names more than {MAX_DATA} categories",
    "repeated": "names a category twice",
}


def field_errors(
    details: Sequence[ErrorDetails],
    document: object,
    vocabulary: Vocabulary,
    form: Form = QUESTION,
) -> tuple[FieldError, ...]:
    """Say each fault Pydantic found in `document`, in the order found, at most `MAX_FAULTS`."""
    errors: dict[str, FieldError] = {}
    for detail in details:
        if len(errors) == MAX_FAULTS:
            break
        error = _field_error(_path(detail), detail["type"], document, vocabulary, form)
        errors.setdefault(error.pointer, error)
    return tuple(errors.values())


def pointer(path: Iterable[str | int]) -> str:
    """Write a path as a JSON pointer (RFC 6901); the whole document is the empty string."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the known word most like `word`, or None when none is near.

    A part of a country that was named without it (`CO`) is near the whole (`US-CO`).
    """
    folded = {item.casefold(): item for item in known}
    sought = word[:64].casefold()
    found = difflib.get_close_matches(sought, folded, n=1, cutoff=0.6)
    found = found or [item for item in folded if item.endswith(f"-{sought}")]
    return folded[found[0]] if len(found) == 1 else None


def is_plain(key: str) -> bool:
    """Whether a key the caller wrote may be repeated: a short word, hardly personal data."""
    return _PLAIN_KEY.fullmatch(key) is not None


def _path(detail: ErrorDetails) -> Path:
    path = detail["loc"]
    if path[:1] == ("data",):
        return tuple(part for part in path if part not in {ONE, SEVERAL})
    return path


def _field_error(
    path: Path, kind: str, document: object, vocabulary: Vocabulary, form: Form
) -> FieldError:
    if kind == "extra_forbidden":
        return _unknown_member(path, vocabulary, form)
    if kind == "missing":
        return FieldError(pointer(path), "is required")
    return _faulty_value(path, kind, _at(document, path), vocabulary, form)


def _faulty_value(
    path: Path, kind: str, value: object, vocabulary: Vocabulary, form: Form
) -> FieldError:
    near = None
    if value is None:
        detail = "is null; leave out what is not known"
    elif path == _CHOICES or path in form.members:
        detail = "is not an object"
    elif path in form.wanted:
        detail = form.wanted[path]
    elif kind in _DATA:
        detail = _DATA[kind]
    elif not isinstance(value, str):
        detail = "is neither a category nor a list of them" if path == ("data",) else "is no string"
    else:
        noun, known = _known(path, vocabulary)
        detail, near = f"is not a known {noun}", nearest(value, known)
    return FieldError(pointer(path), detail, near)


def _unknown_member(path: Path, vocabulary: Vocabulary, form: Form) -> FieldError:
    key, holder = str(path[-1]), path[:-1]
    members = _members(vocabulary, form)
    elsewhere = next((place for place, known in members.items() if key in known), None)
    if elsewhere is not None:
        home = f"to {pointer(elsewhere)}" if elsewhere else "to the whole, not to a part of it"
        return FieldError(pointer(path), f"is not a known member here; it belongs {home}")
    near = nearest(key, members.get(holder, ()))
    if is_plain(key):
        return FieldError(pointer(path), "is not a known member", near)
    return FieldError(pointer(holder), "holds a member that is not known", near)


def _members(vocabulary: Vocabulary, form: Form) -> Mapping[Path, Iterable[str]]:
    if "choices" in form.members[()]:
        return {**form.members, _CHOICES: vocabulary.choices}
    return form.members


def _known(path: Path, vocabulary: Vocabulary) -> tuple[str, Iterable[str]]:
    """Say what a field holds, in a word, and every value it may have."""
    match path:
        case ("choices", str(name)):
            choice = vocabulary.choices[name]
            return f"value of this {choice.kind}", choice.values
        case ("data", *_):
            return "category of data", vocabulary.data
        case (*_, member):
            return str(member), {
                "controller": vocabulary.controllers,
                "recipient": vocabulary.recipients,
                "purpose": vocabulary.purposes,
                "jurisdiction": vocabulary.jurisdictions,
            }[str(member)]
    raise AssertionError("the whole document is an object")


def _at(document: Any, path: Path) -> object:  # noqa: ANN401 - JSON is any value
    for part in path:
        document = document[part]
    return document
