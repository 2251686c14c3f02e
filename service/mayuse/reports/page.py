"""A report as one HTML page that prints well: no script, no font, nothing from elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(name: str, report: Mapping[str, Any]) -> str:
    """The page `name` of a report; every value in it is text, whatever it looks like."""
    return _pages().get_template(f"{name}.html").render(report=report)


@functools.cache
def _pages() -> Environment:
    # Imported here: every command about the log loads this module, and only reports need pages.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    pages = Environment(
        loader=PackageLoader("mayuse.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["coded"] = _coded
    return pages


def _coded(text: str) -> Markup:
    """Text whose parts between backticks are code, as in Markdown."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - as above

    parts = text.split("`")
    shown = (
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
    return Markup("").join(shown)
