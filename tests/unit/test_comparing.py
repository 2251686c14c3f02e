from __future__ import annotations

from dataclasses import replace

import pytest

from mayuse.authoring.comparing import dropped, is_later
from mayuse.vocabulary import Choice, Vocabulary

WORDS = Vocabulary(
    controllers={"acme": "Acme"},
    recipients={"acme_corp": "Acme Corp.", "other": "Other"},
    purposes={"sell": "selling"},
    data={"profile": "profile"},
    jurisdictions={"AA": "Aland", "BB": "Beland"},
    choices={
        "selling": Choice("setting", ("off", "default", "on"), "default"),
        "consent": Choice("consent", ("withdrawn", "none", "given"), "none"),
    },
)


LATER = [
    ("2026.11.2", "2026.11.1"),
    ("2026.11.10", "2026.11.9"),
    ("2026.12", "2026.11.9"),
    ("2026.11.1.1", "2026.11.1"),
]
NOT_LATER = [
    *((than, version) for version, than in LATER),
    ("2026.11.1", "2026.11.1"),
    ("2026.11", "2026.11.0"),
    ("unsealed", "2026.11.1"),
    ("2026.11.2-rc1", "2026.11.1"),
    ("2027", "unsealed"),
    ("9" * 10, "1"),
    ("\u0663", "1"),
]


@pytest.mark.parametrize(("version", "than"), LATER)
def test_versions_are_compared_by_their_numbers(version: str, than: str) -> None:
    assert is_later(version, than)


@pytest.mark.parametrize(("version", "than"), NOT_LATER)
def test_others_are_not_later(version: str, than: str) -> None:
    assert not is_later(version, than)


def test_nothing_is_dropped_by_what_has_all_and_more() -> None:
    more = replace(WORDS, purposes={**WORDS.purposes, "serve": "serving"})
    assert dropped(WORDS, WORDS) == dropped(WORDS, more) == {}


def test_ids_of_every_topic_and_values_of_choices_are_told() -> None:
    less = replace(
        WORDS,
        recipients={"acme_corp": "Acme Corp."},
        jurisdictions={"AA": "Aland"},
        choices={"selling": Choice("setting", ("off", "default"), "default")},
    )
    assert dropped(WORDS, less) == {
        "recipients": ("other",),
        "jurisdictions": ("BB",),
        "choices": ("consent",),
        "values": ("selling: on",),
    }
