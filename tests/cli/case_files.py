"""Case files as their authors write them, and the question they start from."""

from __future__ import annotations

from typing import Any

import yaml

QUESTION = {
    "recipient": "microsoft",
    "purpose": "ads_personalised",
    "data": "profile",
    "data_subject": {"id": "member-7", "jurisdiction": "US-CA", "age": 34},
    "choices": {"share_with_affiliates": "off"},
    "on": "2025-11-20",
}
"""The question of the article, of somebody who opted out."""


def read(text: str) -> dict[str, Any]:
    """YAML with every value as text."""
    document: dict[str, Any] = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - text, lists, maps
    return document
