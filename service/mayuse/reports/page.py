"""A report as one HTML page that prints well: no script, no font, nothing from elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def render(name: str, report: Mapping[str, Any]) -> str:
    """The page `name` of a report; every value in it is text, whatever it looks like."""
    return _pages().get_template(f"{name}.html").render(report=report)


@functools.cache
def _pages() -> Environment:
    # Imported here: every command about the log loads this module, and only reports need pages.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=PackageLoader("mayuse.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
