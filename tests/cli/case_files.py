"""Case files as their authors write them."""

from __future__ import annotations

from typing import Any

import yaml


def read(text: str) -> dict[str, Any]:
    """YAML with every value as text."""
    document: dict[str, Any] = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - text, lists, maps
    return document
