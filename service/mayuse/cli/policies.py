"""Which policies a command speaks of: a folder as it stands, or the bundle that decides here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mayuse import deciding, settings
from mayuse.authoring.source import open_source
from mayuse.bundle import Bundle

HERE = Path("policies")
"""Where a checkout has its policies."""

Policies = Annotated[
    Path,
    typer.Option("--policies", help="The policies folder.", exists=True, file_okay=False),
]


def here() -> Path | None:
    """The policies folder of the place a command is called in, if there is one."""
    return HERE if HERE.is_dir() else None


async def bundle_of(policies: Path | None) -> tuple[Bundle, str]:
    """The bundle of a folder as it stands, else the one that decides here; and its name in words.

    Raises `BundleError`, `OpaFailed` or `OpaMissing` for a folder, else as `deciding_bundle`.
    """
    if policies is not None:
        async with open_source(policies) as source:
            return source.bundle, f"the folder {policies} as it stands"
    bundle = await deciding.deciding_bundle(settings.load())
    return bundle, f"policy {bundle.version} ({bundle.digest[:19]}…), which decides here"
