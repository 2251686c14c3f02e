"""What a SQLite database keeps of deleted rows, and how to be rid of it.

Deleted bytes are overwritten in the file itself (`secure_delete`, set on every connection that
writes), but the write-ahead log beside it keeps whole pages as they once were until it is emptied.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from mayuse.store.session import open_sqlite

PATIENCE_SECONDS = 5.0


def empty_wal(path: Path) -> bool:
    """Carry the write-ahead log into the database file and empty it; whether that was possible.

    Not while a reader holds on to an old state; this waits a few seconds for readers and writers.
    """
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            connection = open_sqlite(path)
            try:
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
        except sqlite3.OperationalError:
            busy = 1
        if not busy or time.monotonic() > give_up:
            return not busy
        time.sleep(0.05)
