"""A process with everything loaded, that forks a short-lived writer for each line it is sent.

    nursery.py

Reads `{"url": …, "keys": …, "acks": …, "synchronous": …}` a line. Prints the writer's id at once;
it stands still until somebody sends SIGCONT. Prints how it ended once it has. The writer records
three batches and ends its run; each receipt goes to the file `acks` the moment it is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from dataclasses import asdict
from pathlib import Path

import drafts
from mayuse import journal
from mayuse.decision_log import opening, sealer  # noqa: F401 - loaded before the fork
from mayuse.errors import MayuseError
from mayuse.store import session, sqlite_commits

BATCHES = 3
SIZE = 12


def weaken(synchronous: str) -> None:
    """Commit as an operator might have set SQLite up for speed: the control must fail."""
    strict = session.open_sqlite

    def weak(path: Path) -> sqlite3.Connection:
        connection = strict(path)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        return connection

    sqlite_commits.open_sqlite = weak


async def write(url: str, keys: str, acks: int) -> None:
    log = await opening.open_log(url, Path(keys))
    for _ in range(BATCHES):
        made = await drafts.drafts(*drafts.many(SIZE))
        with contextlib.suppress(MayuseError):
            receipts = await log.append(made)
            for draft, receipt in zip(made, receipts, strict=True):
                os.write(acks, json.dumps({"id": draft.id, **asdict(receipt)}).encode() + b"\n")
    await log.close()


def child(asked: dict[str, str]) -> int:
    os.kill(os.getpid(), signal.SIGSTOP)
    if asked.get("synchronous"):
        weaken(asked["synchronous"])
    acks = os.open(asked["acks"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        asyncio.run(write(asked["url"], asked["keys"], acks))
    except MayuseError:
        return 3
    return 0


def main() -> None:
    journal.configure("error")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 4
            try:
                code = child(json.loads(line))
            finally:
                os._exit(code)
        os.write(1, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
