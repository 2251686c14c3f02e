"""A small vocabulary and facts, made up, so that the pure parts are tested without any policy."""

from __future__ import annotations

import pytest

from mayuse.question import Facts
from mayuse.vocabulary import Choice, Vocabulary


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary.from_facts(
        {
            "vocabulary": {
                "controllers": {"linkedin": {"label": "LinkedIn"}, "generic": {"label": "any"}},
                "recipients": {"microsoft": {"label": "Microsoft"}},
                "purposes": {"ads": {"label": "advertising"}},
                "data": {"profile": {"label": "profile"}, "likeness": {"label": "likeness"}},
                "choices": {
                    "share": {
                        "kind": "setting",
                        "values": {"off": 1, "default": 2},
                        "default": "default",
                    },
                    "object": {
                        "kind": "objection",
                        "values": {"raised": 1, "none": 2},
                        "default": "none",
                    },
                },
            },
            "places": {"US-CA": {"name": "California"}, "FR": {"name": "France"}},
        }
    )


@pytest.fixture
def setting() -> Choice:
    return Choice("setting", ("off", "default"), "default")


@pytest.fixture
def facts() -> Facts:
    return Facts(
        controller="linkedin",
        recipient="microsoft",
        purpose="ads",
        data="profile",
        jurisdiction="US-CA",
        on="2025-11-20",
        age="adult",
        choices=(("object", "none"), ("share", "default")),
        gpc=False,
    )
