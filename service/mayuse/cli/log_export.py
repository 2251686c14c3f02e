"""`mayuse log export | tiles`: the whole log as files, to be kept or checked elsewhere."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Annotated

import typer

from mayuse import strict_json
from mayuse.cli import files, folders
from mayuse.cli.log_proofs import text_of
from mayuse.cli.serving import opened
from mayuse.decision_log import tiles as layout
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.note import to_base64
from mayuse.decision_log.published import Whole
from mayuse.decision_log.tree import TILE_WIDTH
from mayuse.errors import MayuseError, ProofError
from mayuse.store.log_reader import Stored

_CHECKPOINT = "checkpoint"


def export(
    out: Annotated[str, typer.Argument(metavar="FILE", help="Where to; `-` is standard output.")],
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="Write the checkpoint over them here.")
    ] = None,
) -> None:
    """Write every leaf, a line each: {"index": n, "leaf": base64}.

    A leaf whose record was purged has its "leaf_hash" instead. What is there already is replaced
    once both files are written.
    """
    to = [None if out == "-" else Path(out), *([] if checkpoint is None else [checkpoint])]
    with files.all_or_none(*to) as (leaves, *over):
        count, note = asyncio.run(_export(leaves))
        for file in over:
            file.write(note.encode())
    typer.echo(f"{count} leaves", err=True)


def tiles(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", file_okay=False, help="Folder to write to.")
    ],
) -> None:
    """Write the log as static files in the layout of C2SP tlog-tiles.

    What is there already is kept: only what has grown since is written, and the checkpoint last.
    Of entries that were purged since, the whole bundle of 256 is deleted, as none is written where
    one is missing; the tiles stay, which prove all others.
    Exit code 1, and nothing is written, when the folder holds another log, or one that this log
    does not extend.
    """
    written, deleted, size = asyncio.run(_tiles(folder))
    gone = f", {deleted} deleted of which entries were purged" if deleted else ""
    typer.echo(f"{written} files written{gone}, the log has {size} leaves", err=True)


async def _export(file: IO[bytes]) -> tuple[int, str]:
    count = 0
    async with opened() as records, records.published.whole() as whole:
        async for some in whole.leaves():
            for leaf in some:
                file.write(strict_json.dumps(_line(leaf)) + b"\n")
            count += len(some)
        return count, whole.note.to_text()


def _line(stored: Stored) -> dict[str, object]:
    if stored.record is not None:
        return {"index": stored.index, "leaf": to_base64(stored.record)}
    return {"index": stored.index, "leaf_hash": to_base64(stored.leaf_hash)}


async def _tiles(folder: Path) -> tuple[int, int, int]:
    count = 0
    async with opened() as records, records.published.whole() as whole:
        size = whole.checkpoint.size
        start = await _continued(folder, whole)
        # Without its first checkpoint a folder is no log; with one it stays what it was.
        with nullcontext() if start else folders.whole_or_nothing(folder):
            async for path, raw in whole.files(start):
                _put(folder / path, raw)
                count += 1
            deleted = _forget_purged(folder, whole)
            _put(folder / _CHECKPOINT, whole.note.to_text().encode())
    return count, deleted, size


def _forget_purged(folder: Path, whole: Whole) -> int:
    """Delete the bundles of entries that hold one the log holds no longer; how many files."""
    deleted = 0
    for number in range(-(-whole.purged_before // TILE_WIDTH)):
        full = folder / layout.path(layout.ENTRIES, number)
        for file in (*([full] if full.exists() else ()), *full.parent.glob(f"{full.name}.p/*")):
            file.unlink()
            deleted += 1
    return deleted


async def _continued(folder: Path, whole: Whole) -> int:
    """How many leaves the folder holds already. Raises `NotThisLog` when they are of another."""
    before = _there(folder)
    if before is None:
        return 0
    if before.origin != whole.checkpoint.origin or before.size > whole.checkpoint.size:
        raise NotThisLog(f"{folder} holds another log: {before.origin} of {before.size} leaves")
    if await whole.root(before.size) != before.root:
        raise NotThisLog(f"the log does not extend the {before.size} leaves in {folder}")
    return before.size


def _there(folder: Path) -> Checkpoint | None:
    """The checkpoint of the log in a folder, if there is one."""
    file = folder / _CHECKPOINT
    if not file.is_file():
        if folder.is_dir() and any(folder.iterdir()):
            raise NotThisLog(f"{folder} is not empty, and holds no log")
        return None
    try:
        return Checkpoint.from_note(text_of(file))
    except ProofError as error:
        raise NotThisLog(f"{file} is no checkpoint: {error}") from error


class NotThisLog(MayuseError):
    """A folder holds something else than the beginning of this log."""


def _put(path: Path, raw: bytes) -> None:
    """Write a whole file: whoever reads it meanwhile reads the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(raw)
    draft.replace(path)
