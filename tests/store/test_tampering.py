"""A superuser edits, deletes or inserts a row of every kind: a verification finds each.

What is deletable by design (details, facts, keys of persons, retries) is not the log; what was
changed there is found by making the decisions again. Times that nothing signs (`t_us` of a
checkpoint or an anchor, `activated_us`) are of no account: the log's own entries have theirs.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import ways_to_tamper

import drafts
from databases import Database
from mayuse import bundle
from mayuse.decision_log import event
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import to_text
from mayuse.decision_log.keys import open_keys
from mayuse.decision_log.note import Note
from mayuse.decision_log.opening import open_log
from mayuse.store.migrate import upgrade
from mayuse.store.rows import Change
from mayuse.store.session import Location
from mayuse.store.whole_log import Beside, verify_stored
from superuser import tamper

DECISIONS = 560
EVIDENCE = b"a cosignature"
ERASED = b"k" * 16
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Written:
    """A log that was written and closed, and how to get a copy of it to tamper with."""

    database: Database
    server: object

    def copy(self, folder) -> Database:
        if self.database.dialect == "sqlite":
            shutil.copy(self.database.location.file, folder / "copy.db")
            return Database(f"sqlite:///{folder}/copy.db", self.database.keys_dir)
        name = self.database.url.rpartition("/")[2]
        return Database(asyncio.run(self.server.create_database(name)), self.database.keys_dir)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def written(request, tmp_path_factory) -> Written:
    folder = tmp_path_factory.mktemp("tampering")
    server = None
    url = f"sqlite:///{folder}/mayuse.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("server")
        url = asyncio.run(server.create_database())
    database = Database(url, folder / "keys")
    asyncio.run(_write(database))
    return Written(database, server)


async def _write(database: Database) -> None:
    """Two runs of a writer, entries of several kinds, and what is kept because of them."""
    await upgrade(Location.from_url(database.url))
    packaged = bundle.packaged()
    for run in range(2):
        log = await open_log(database.url, database.keys_dir, origin="log.example/mayuse")
        await log.activate(packaged.digest, packaged.version, packaged.raw, at=NOW)
        for _ in range(2):
            made = await drafts.drafts(*drafts.many(DECISIONS // 4))
            await log.append(made)
        if run == 0:
            digest = to_text(hashlib.sha256(EVIDENCE).digest())
            seen = event.Anchor("witness", "witness.example/w", 5, to_text(b"r" * 32), digest)
            await log.record(seen, at=NOW, changes=[ANCHOR])
            await log.record(
                event.Erasure("dpo", to_text(ERASED), "data_subject_request", 0),
                at=NOW,
                changes=[Change("INSERT INTO erased_key VALUES ($1, $2)", (ERASED, 1), 1)],
            )
            await log.record(event.Search("auditor", "list", ("effect=deny",), 3), at=NOW)
        await log.close()


ANCHOR = Change(
    "INSERT INTO anchor (size, kind, evidence, t_us) VALUES ($1, $2, $3, $4)",
    (5, "witness", EVIDENCE, 1),
    1,
)


async def verified(database: Database):
    keys = open_keys(database.keys_dir, may_create=False)
    note = (database.keys_dir / "last_checkpoint").read_text()
    size = Checkpoint.from_text(Note.from_text(note).text).size
    beside = Beside(checkpoints=[(size, note)], row_mac=keys.row_mac, own=keys.signing)
    return await verify_stored(database.location, beside)


def test_the_log_is_good_before(written):
    report = asyncio.run(verified(written.database))
    assert report.findings == []
    assert report.entries["decision"] == DECISIONS
    assert {"open", "close", "bundle", "anchor", "erasure", "search"} <= set(report.entries)


def test_every_tampering_is_found(written, tmp_path, capsys):
    found: Counter[str] = Counter()
    missed, tried = [], 0
    for number, (name, change) in enumerate(ways_to_tamper.every()):
        folder = tmp_path / str(number)
        folder.mkdir()
        database = written.copy(folder)
        tamper(database, change)
        report = asyncio.run(verified(database))
        tried += 1
        found.update(report.found.keys())
        if report.ok:
            missed.append(name)
        shutil.rmtree(folder)
    with capsys.disabled():
        print(f"\n{written.database.dialect}: {tried} tamperings, missed {missed}")  # noqa: T201
    assert missed == []
    assert tried > 100
