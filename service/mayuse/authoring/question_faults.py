"""What is wrong with a question that an author wrote, with the value that stands there. Pure.

Whoever asks over HTTP never hears their own text again (`intake_faults`); an author has the file
open, and looks for the value in it.
"""

from __future__ import annotations

import json
from typing import Any

from mayuse.errors import FieldError

WIDEST = 60
"""Characters of a value that are shown."""

INSTEAD = {
    ("data_subject.age", "unknown"): "leave it out where it is not known",
    ("data_subject.age", "adult"): "write the years, e.g. 35",
    ("data_subject.jurisdiction", "EU"): "name the country, e.g. FR",
}
"""What is meant by words that rules, or people, have and questions do not."""


def sentence(fault: FieldError, document: object) -> str:
    """One fault of a question, e.g. `data is not a known category of data: 'x'; did you mean …`."""
    name = fault.pointer.strip("/").replace("/", ".") or "the question"
    value = _at(document, fault.pointer)
    shown = f": {_short(value)}" if isinstance(value, str | int | float) and value != "" else ""
    near = f"; did you mean {fault.nearest!r}?" if fault.nearest else ""
    if isinstance(value, str) and (name, value) in INSTEAD:
        near = f"; {INSTEAD[name, value]}"
    return f"{name} {fault.detail}{shown}{near}"


def _short(value: str | float) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"


def _at(document: Any, pointer: str) -> object:  # noqa: ANN401 - JSON is any value
    for part in pointer.split("/")[1:]:
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document
