"""One question as an author keeps it in a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from mayuse import strict_json
from mayuse.authoring.question_faults import sentence
from mayuse.errors import InvalidJSON, InvalidQuestion
from mayuse.intake import Intake
from mayuse.question import Question


def content(file: Path) -> bytes:
    """What stands in a file, or on stdin for `-`. Raises `BadParameter` when it cannot be read."""
    if str(file) == "-":
        return typer.get_binary_stream("stdin").read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from error


def question(raw: bytes, file: Path, intake: Intake) -> Question:
    """The question that stands in `file`.

    Raises `BadParameter` with every fault: the file, the field, what stands there, what is near.
    """
    try:
        document = strict_json.loads(raw)
    except InvalidJSON as error:
        raise typer.BadParameter(f"{file}: {error}") from error
    try:
        return intake.read(document, today=datetime.now(UTC).date())
    except InvalidQuestion as error:
        faults = [f"{file}: {sentence(fault, document)}" for fault in error.errors]
        raise typer.BadParameter("; ".join(faults)) from error
