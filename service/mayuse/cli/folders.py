"""Folders that commands write whole results to: new ones, so that nothing is written over."""

from __future__ import annotations

import shutil
from pathlib import Path

import typer


def must_be_new(folder: Path) -> None:
    """Raise `typer.BadParameter` for a folder with something in it."""
    if folder.exists() and any(folder.iterdir()):
        raise typer.BadParameter(f"{folder} is not empty")


def clear(folder: Path) -> None:
    """Delete what is in a folder, if it is there."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
