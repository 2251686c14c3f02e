"""Folders that commands write whole results to: new ones, so that nothing is written over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer


def must_be_new(folder: Path) -> None:
    """Raise `typer.BadParameter` for a folder with something in it."""
    if folder.exists() and any(folder.iterdir()):
        raise typer.BadParameter(f"{folder} is not empty")


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[None]:
    """Leave nothing in a folder when what is written there meanwhile cannot be written whole."""
    try:
        yield
    except BaseException:
        _clear(folder)  # half of it is nothing, and would be in the way of the next
        raise


def _clear(folder: Path) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
