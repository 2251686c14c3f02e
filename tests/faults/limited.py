"""Record under a limit on the size of files, then without it. Prints what was told, as JSON.

limited.py DATABASE_URL KEYS_DIR
"""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import drafts
from mayuse import journal
from mayuse.decision_log.opening import open_log
from mayuse.errors import LogUnavailable

LIMIT = 600 * 1024


async def main(database_url: str, keys_dir: Path) -> None:
    log = await open_log(database_url, keys_dir)
    receipts: dict[str, dict[str, object]] = {}

    async def record() -> str:
        made = await drafts.drafts(*drafts.many(20))
        try:
            given = await log.append(made)
        except LogUnavailable as error:
            return error.code
        pairs = zip(made, given, strict=True)
        receipts.update((draft.id, asdict(receipt)) for draft, receipt in pairs)
        return "answered"

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, resource.RLIM_INFINITY))
    during: list[str] = []
    while during[-3:] != ["storage_full"] * 3:  # one refusal may make room: it empties the WAL
        during.append(await record())
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    after = await record()
    await log.close()
    said = {"during": during, "after": after, "receipts": receipts}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    journal.configure("error")
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
