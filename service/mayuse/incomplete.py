"""What is missing or wrong in policies, and how it is told. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mayuse.intake_faults import nearest

A_DAY = "is not a day that exists, as YYYY-MM-DD"


@dataclass(frozen=True)
class Incomplete:
    """One fault: where it stands, and what is wrong there."""

    file: str
    """A rule's, or the one in which a topic of facts begins."""

    path: tuple[str, ...]
    """`("acts", "us-x", "from")` of facts; `("METADATA", "custom", "owner")` of a rule."""

    wrong: str
    of_facts: bool = False

    def to_text(self, place: str) -> str:
        """In a sentence that begins with the place."""
        if self.of_facts:
            field = ".".join(self.path[1:])
        else:
            field = " ".join((self.path[0], ".".join(self.path[1:]))).strip()
        return ": ".join(part for part in (place, field, self.wrong) if part)


def given(value: object) -> str:
    """What stands there instead, as the end of a sentence; nothing when nothing does."""
    return "" if value is None else f"; it reads {json.dumps(value, ensure_ascii=False)}"


def near(name: object, known: Iterable[str]) -> str:
    """The nearest known name, as the end of a sentence; nothing when none is near."""
    meant = nearest(str(name), known)
    return f"; did you mean {meant}?" if meant else ""


def rows_of(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member's rows; none when it has another shape."""
    rows = holder.get(name)
    return rows if isinstance(rows, Mapping) else {}


def is_text(value: object) -> bool:
    """Whether it is a text that says something."""
    return isinstance(value, str) and bool(value.strip())


def is_day(value: object) -> bool:
    """Whether it is a day that exists, written YYYY-MM-DD."""
    if not isinstance(value, str) or len(value) != len("YYYY-MM-DD"):
        return False
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
