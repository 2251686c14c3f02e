"""The newest checkpoint that was let out, kept in a file outside the database.

A database that was rolled back to an older state would make the log sign a second tree over what
others have already seen signed. So before anything is signed, the tree that is there must still
have in it the last one that left the house: what this process remembers, and what the file
`last_checkpoint` beside the keys remembers for all of them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.note import Note, VerifierKey
from mayuse.decision_log.tree import Prover, TileId, Tree, frontier_tiles
from mayuse.errors import OPERATOR_SECONDS, LogUnavailable, ProofError, SettingsError, TreeError

ROLLED_BACK = "log_rolled_back"

NAME = "last_checkpoint"
"""The file's name, beside the keys."""


class Released:
    """What was let out last. Several processes may share the file."""

    def __init__(
        self, folder: Path, origin: str, keys: Iterable[VerifierKey], *, is_named: bool = False
    ) -> None:
        """`keys`: all that ever signed for this log, under a former name as well.

        `is_named`: whoever runs this has said that `origin` is its name now. The database alone
        must not: what it says could make a log begin anew that had signed more.
        """
        self._path = folder / NAME
        self._origin = origin
        self._keys = list(keys)
        self._former = {key.name for key in self._keys} - {origin} if is_named else set()
        self._saved = ""
        self._size = 0
        self.note = ""
        """The newest checkpoint this process let out; empty before the first."""

    def let_out(self, note: str, size: int) -> None:
        """Remember a checkpoint of so many leaves that leaves the house now."""
        if size >= self._size:
            self.note, self._size = note, size

    def notes(self) -> list[str]:
        """The newest checkpoints known, unread: the file's, and this process's own.

        Whoever compares a state of the database with them, and does not keep others from writing,
        takes them before it: then it must hold them, for what was let out had been committed.
        Raises `SettingsError` when the file is no text.
        """
        return [note for note in (self._read(), self.note) if note]

    def believed(self, notes: Iterable[str]) -> list[Checkpoint]:
        """What these say of the log.

        Raises `SettingsError` when one is not a checkpoint that this log signed, `LogUnavailable`
        when it is one of another name.
        """
        found = map(self._believed, notes)
        return [checkpoint for checkpoint in found if checkpoint is not None]

    def save(self) -> None:
        """Write the newest checkpoint to the file, unless another process wrote a newer one.

        Durable at its end. Raises `OSError`, and as `remembered` does.
        """
        note = self.note
        if not note or note == self._saved:
            return
        with _locked(self._path.parent):
            there = self._read()
            known, mine = there and self._believed(there), self._believed(note)
            if not known or mine is None or known.size < mine.size:
                write_whole(self._path, note)
        self._saved = note

    def forget(self, note: str) -> None:
        """Begin anew with this checkpoint, whatever was let out before: an operator's decision."""
        with _locked(self._path.parent):
            write_whole(self._path, note)
        self.note = self._saved = note
        self._size = 0

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except ValueError:
            raise SettingsError(f"MAYUSE_KEYS_DIR: {self._path} is not a checkpoint") from None

    def _believed(self, text: str) -> Checkpoint | None:
        """What was let out under the log's name; None where that was before it had this name."""
        try:
            note = Note.from_text(text)
            checkpoint = Checkpoint.from_text(note.text)
            if checkpoint.origin in self._former:  # another machine gave it the new one
                return None
            if checkpoint.origin != self._origin:
                raise rolled_back(
                    f"the last checkpoint is of the log {checkpoint.origin}; if that is "
                    f"{self._origin} now, set MAYUSE_LOG_ORIGIN to the new name"
                )
            return Checkpoint.verify(note, self._keys)
        except ProofError as error:
            raise SettingsError(f"MAYUSE_KEYS_DIR: {self._path}: {error}") from error


def tiles_to_check(tree: Tree, remembered: Iterable[Checkpoint]) -> set[TileId]:
    """The tiles `check_continuity` needs."""
    sizes = {tree.size, *(item.size for item in remembered if item.size <= tree.size)}
    return set().union(*map(frontier_tiles, sizes))


def check_continuity(
    tree: Tree, tiles: Mapping[TileId, bytes], remembered: Iterable[Checkpoint]
) -> None:
    """See that the tree is the one its tiles make, and has the remembered ones in it.

    Raises `LogUnavailable`: `log_rolled_back` when a remembered tree cannot be found in it.
    """

    def read_tile(level: int, index: int, _width: int) -> bytes:
        return tiles.get((level, index), b"")

    try:
        whole = Prover(tree.size, read_tile).frontier() == tree.frontier
    except TreeError:
        whole = False
    if not whole:
        raise damaged()
    for item in remembered:
        if item.size > tree.size:
            raise rolled_back(f"the log has {tree.size} leaves and once had {item.size}")
        if Prover(item.size, read_tile).root() != item.root:
            raise rolled_back(f"the first {item.size} leaves are not those that were signed")


def rolled_back(why: str) -> LogUnavailable:
    """What is said when the log is not the one that was signed."""
    return LogUnavailable(ROLLED_BACK, f"the database was rolled back: {why}", OPERATOR_SECONDS)


def damaged() -> LogUnavailable:
    """What is said when what is stored is no tree."""
    told = "the log's tree is damaged: mayuse log verify"
    return LogUnavailable("log_unavailable", told, OPERATOR_SECONDS)


def not_as_signed() -> LogUnavailable:
    """What is said when what was sealed is not what is there afterwards."""
    told = "what was sealed does not read back: mayuse log verify"
    return LogUnavailable("log_unavailable", told, OPERATOR_SECONDS)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_whole(path: Path, text: str) -> None:
    """Replace a file by a whole one, durably: no one reads half of it. Raises `OSError`."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
