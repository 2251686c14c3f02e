"""What is to be done to give a log a new name, kept beside its keys until it is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from mayuse.decision_log.key_files import sync_folder
from mayuse.decision_log.released import write_whole
from mayuse.errors import SettingsError

NAME = "new_origin"
"""The file's name, beside the keys."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """A log's new name, and what is to be said under it."""

    origin: str
    former: tuple[str, ...]
    """The last checkpoint under each former name that has to be told: signed notes."""

    def keep(self, folder: Path) -> None:
        """Write it down, durably. Raises `OSError`."""
        write_whole(folder / NAME, orjson.dumps(self).decode())


def renaming(folder: Path) -> Renaming | None:
    """What was begun and is not known to be done. Raises `SettingsError` when it cannot be read."""
    path = folder / NAME
    try:
        kept = orjson.loads(path.read_text(encoding="utf-8"))
        return Renaming(str(kept["origin"]), tuple(map(str, kept["former"])))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {path}: {error.strerror}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise SettingsError(f"MAYUSE_KEYS_DIR: {path} is not what new-origin wrote") from error


def finished(folder: Path) -> None:
    """All is done."""
    (folder / NAME).unlink(missing_ok=True)
    sync_folder(folder)
