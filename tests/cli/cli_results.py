"""What a command printed and what it left in the decision log."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any


def lines_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """The JSON documents that a command printed, one a line."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def recorded(folder: Path) -> list[dict[str, Any]]:
    """The records of the decision log in a folder, oldest first."""
    with sqlite3.connect(folder / "var" / "mayuse.db") as database:
        rows = database.execute(
            "SELECT record FROM decision WHERE kind = 0 ORDER BY seq"
        ).fetchall()
    return [json.loads(record) for (record,) in rows]
