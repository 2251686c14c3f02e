"""`python -m mayuse.api.document FILE`: write the OpenAPI document of the packaged bundle."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from mayuse import bundle
from mayuse.api import description, examples
from mayuse.api.app import create_app
from mayuse.catalog import Catalog
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.intake import Intake
from mayuse.settings import Settings


async def packaged() -> dict[str, Any]:
    """The document as a service answers it that runs under the packaged bundle."""
    policies = bundle.packaged()
    engine = EmbeddedEngine(policies)
    intake = Intake(engine.vocabulary)
    try:
        answers = await examples.answers(engine, Catalog(policies), intake)
    finally:
        await engine.close()
    return description.build(create_app(Settings()).routes, intake, answers)


def to_text(document: dict[str, Any]) -> str:
    """As it is committed: indented, so that a change reads well."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_text(asyncio.run(packaged())), encoding="utf-8")
