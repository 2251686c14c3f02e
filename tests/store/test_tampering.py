"""A superuser edits, deletes or inserts a row of every kind: a verification finds each.

What is deletable by design is not the log: what was changed there so that it still agrees is found
by making the decisions again. Times that nothing signs (`t_us` of a
checkpoint or an anchor, `activated_us`) are of no account: the log's own entries have theirs.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import ways_to_tamper

import drafts
from beginning import begin_under
from databases import Database
from mayuse import bundle
from mayuse.answer import Policy
from mayuse.decision_log import event
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import to_text
from mayuse.decision_log.keys import open_keys
from mayuse.decision_log.note import VerifierKey
from mayuse.decision_log.opening import open_log
from mayuse.decision_log.tree import TILE_WIDTH
from mayuse.store import stretches
from mayuse.store.migrate import upgrade
from mayuse.store.rows import LEAF_SEQ, Change
from mayuse.store.session import Location
from mayuse.store.whole_log import Beside, verify_read, verify_stored
from superuser import superuser

DECISIONS = 560
EVIDENCE = b"a cosignature"
ERASED = (b"k" * 16, b"l" * 16)
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def written(request, tmp_path_factory) -> Database:
    """A log that was written and closed."""
    folder = tmp_path_factory.mktemp("tampering")
    url = f"sqlite:///{folder}/mayuse.db"
    if request.param == "postgresql":
        url = asyncio.run(request.getfixturevalue("server").create_database())
    database = Database(url, folder / "keys")
    asyncio.run(_write(database))
    return database


async def _write(database: Database) -> None:
    """Two runs of a writer, entries of several kinds, and what is kept because of them."""
    await upgrade(Location.from_url(database.url))
    packaged = bundle.packaged()
    for run in range(2):
        log = await open_log(database.url, database.keys_dir, origin="log.example/mayuse")
        policy = Policy(packaged.digest, packaged.version)
        await begin_under(log, database.location, policy, packaged.raw)
        for _ in range(2):
            made = await drafts.drafts(*drafts.many(DECISIONS // 4))
            await log.append(made)
        if run == 0:
            digest = to_text(hashlib.sha256(EVIDENCE).digest())
            seen = event.Anchor("paper", "the notary", 5, to_text(b"r" * 32), digest)
            await log.record(seen, at=NOW, changes=[ANCHOR])
            for erased in ERASED:
                listed = "INSERT INTO erased_key VALUES ($1, $2)"
                await log.record(
                    event.Erasure("dpo", to_text(erased), "data_subject_request", 0),
                    at=NOW,
                    changes=[Change(listed, (erased, LEAF_SEQ), 1)],
                )
            await log.record(event.Search("auditor", "list", ("effect=deny",), 3), at=NOW)
        await log.close()


ANCHOR = Change(
    "INSERT INTO anchor (size, kind, evidence, t_us) VALUES ($1, $2, $3, $4)",
    (5, "paper", EVIDENCE, 1),
    1,
)


def beside(database: Database) -> Beside:
    """What the service has outside the database."""
    keys = open_keys(database.keys_dir, may_create=False)
    note = (database.keys_dir / "last_checkpoint").read_text()
    size = Checkpoint.from_note(note).size
    return Beside(
        checkpoints=[(size, note)],
        row_mac=keys.row_mac,
        own=keys.signing,
        facts_id=keys.facts_id,
    )


def test_the_log_is_good_before(written):
    report = asyncio.run(verify_stored(written.location, beside(written)))
    assert report.findings == []
    assert report.entries["decision"] == DECISIONS
    assert {"open", "close", "bundle", "anchor", "erasure", "search"} <= set(report.entries)


@pytest.mark.parametrize("written", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decision SET record = CAST(record AS TEXT)",
        "UPDATE decision SET leaf_hash = 'text' WHERE seq = 5",
        "UPDATE decision SET row_mac = 'text' WHERE seq = 5",
        "UPDATE tile SET data = 'text'",
        "UPDATE log_state SET frontier = 'text'",
    ],
)
def test_text_in_the_place_of_bytes_is_found(written, change):
    """SQLite keeps it, and every reader of it would fail."""
    with superuser(written) as somebody:
        report = somebody.attempt(
            lambda execute: execute(change) and None,
            lambda execute: verify_read(execute, written.dialect, beside(written)),
        )
    assert not report.ok


def test_without_a_checkpoint_the_keys_that_were_given_prove_nothing(written):
    """What an auditor sees who has a copy of the database, and the log's verifier keys."""
    keys = tuple(key for key in _verifier_keys(written) if key.name == "log.example/mayuse")
    outside = Beside(keys=keys)
    with superuser(written) as somebody:

        def look(execute):
            return verify_read(execute, written.dialect, outside)

        assert somebody.attempt(lambda _: None, look).ok
        found = somebody.attempt(lambda execute: execute("DELETE FROM checkpoint") and None, look)
    assert set(found.found) == {"checkpoint_missing"}


def _verifier_keys(database: Database) -> Iterator[VerifierKey]:
    with superuser(database) as somebody:
        for (text,) in somebody.execute("SELECT vkey FROM log_key"):
            yield VerifierKey.from_text(text)


def test_every_tampering_is_found(written, capsys, monkeypatch):
    outside = beside(written)
    found: dict[str, Counter[str]] = {}
    with superuser(written) as somebody:

        def look(execute):
            """Leaf by leaf, and by whole tiles: both find the same."""
            reports = []
            for stretch in (2**40, TILE_WIDTH):
                monkeypatch.setattr(stretches, "STRETCH", stretch)
                reports.append(verify_read(execute, written.dialect, outside))
            assert reports[0] == reports[1]
            return reports[0]

        for name, change in ways_to_tamper.every():
            found[name] = somebody.attempt(change, look).found
        assert somebody.attempt(lambda _: None, look).ok, "nothing is left of the attempts"
    missed = [name for name, kinds in found.items() if not kinds]
    with capsys.disabled():
        print(f"\n{written.dialect}: {len(found)} tamperings, missed {len(missed)}")  # noqa: T201
    assert missed == []
    assert len(found) > 100
