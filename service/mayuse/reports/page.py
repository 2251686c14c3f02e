"""A report as one HTML page that prints well: no script, no font, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_PAGES = Environment(
    loader=PackageLoader("mayuse.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, report: Mapping[str, Any]) -> str:
    """The page `name` of a report; every value in it is text, whatever it looks like."""
    return _PAGES.get_template(f"{name}.html").render(report=report)
