"""Files that commands write: whole ones, and all of a command's or none."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import typer


@contextmanager
def all_or_none(*outs: Path | None) -> Iterator[list[IO[bytes]]]:
    """Files to write to, in this order; None is standard output.

    Each is open before anything is written, and takes its place once all are written. Raises
    `typer.BadParameter` for one file given twice, `OSError` naming a file that cannot be made.
    """
    paths = [out.resolve() for out in outs if out is not None]
    if len(set(paths)) < len(paths):
        raise typer.BadParameter(f"{paths[0]} is given for two files")
    with ExitStack() as renamed, ExitStack() as closed:
        yield [_opened(out, renamed, closed) for out in outs]


def _opened(out: Path | None, renamed: ExitStack, closed: ExitStack) -> IO[bytes]:
    if out is None:
        closed.callback(sys.stdout.buffer.flush)
        return sys.stdout.buffer
    path = out.resolve()
    if path.is_dir() or (path.exists() and not path.is_file()):  # a folder, a pipe, a device
        return closed.enter_context(path.open("wb"))
    draft = renamed.enter_context(_draft(path))
    return closed.enter_context(draft.open("wb"))


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """A file beside it, which takes its place in the end; an older one stays when it does not."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        draft.touch(exist_ok=False)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        yield draft
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
