"""A whole log under verification: nothing that is changed, dropped or added goes unnoticed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random

import orjson
import pytest
from stored_log import (
    DECISION,
    KEY,
    NEXT_KEY,
    ORIGIN,
    STRANGER,
    TAG,
    WITNESS,
    Stored,
    copies,
    row_mac,
    stored,
)

from mayuse.decision_log import event
from mayuse.decision_log.entry import leaf_hash, to_text
from mayuse.decision_log.event import Event
from mayuse.decision_log.findings import KINDS, Report
from mayuse.decision_log.note import Note
from mayuse.decision_log.records import Row
from mayuse.decision_log.tree import Tree
from mayuse.decision_log.verify import LogKey, verify


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 512, 700, 66_000])
def test_a_good_log_is_found_good(count):
    made = stored(count)
    report = made.verify()
    assert report.findings == []
    assert report.ok
    assert (report.size, report.root) == (count, made.tree.root)
    assert report.rows == count
    assert report.entries == {"open": 1} | ({"decision": count - 1} if count > 1 else {})
    assert report.checkpoints == len(made.checkpoints)
    assert report.tiles == len(made.tiles)
    assert (report.runs, report.runs_ended) == (1, 0)
    assert report.to_document()["ok"] is True


def test_an_empty_log_is_good():
    assert Stored().verify().ok


def test_a_log_without_keys_to_rows_or_copies_is_verified_all_the_same():
    assert stored(300).verify(copies=None, row_mac=None).ok


def test_the_kinds_of_entries_and_the_runs_are_counted():
    made = Stored()
    for run in ("one", "two"):
        made.happen(event.Open("mayuse/1"), run)
        made.decide(run)
        made.happen(event.Search("auditor", "list", (), 3), run)
    made.decide("two")
    made.happen(event.Close(), "one")
    made.seal()
    report = made.verify()
    assert report.ok
    assert report.entries == {"open": 2, "decision": 3, "search": 2, "close": 1}
    assert (report.runs, report.runs_ended) == (2, 1)


def flip(raw: bytes, bit: int) -> bytes:
    at, within = divmod(bit, 8)
    return raw[:at] + bytes([raw[at] ^ 1 << within]) + raw[at + 1 :]


def test_every_flipped_bit_in_any_place_is_found():
    """400 bits in records, hashes, tiles, frontier, checkpoints and MACs: none missed."""
    rng = random.Random(5)  # noqa: S311 - the same bits each time
    missed, tried = [], 0
    for _ in range(400):
        made = stored(300, every=50)
        place = rng.choice(["record", "leaf_hash", "tile", "frontier", "checkpoint", "mac"])
        log = made.log()
        at = rng.randrange(len(made.rows))
        row = made.rows[at]
        if place == "record":
            made.change(at, record=flip(row.record, rng.randrange(len(row.record) * 8)))
        elif place == "leaf_hash":
            made.change(at, leaf_hash=flip(row.leaf_hash, rng.randrange(256)))
        elif place == "mac":
            made.change(at, row_mac=flip(row.row_mac, rng.randrange(256)))
        elif place == "tile":
            where = rng.choice(list(made.tiles))
            made.tiles[where] = flip(made.tiles[where], rng.randrange(len(made.tiles[where]) * 8))
        elif place == "frontier":
            log = dataclasses.replace(log, frontier=flip(log.frontier, rng.randrange(256)))
        else:
            which = rng.randrange(len(made.checkpoints))
            size, note = made.checkpoints[which]
            raw = note.encode()
            while (changed := flip(raw, rng.randrange(len(raw) * 8))) and not _is_text(changed):
                pass
            made.checkpoints[which] = (size, changed.decode())
        frontier = log.frontier
        tried += 1
        if made.verify(frontier=frontier).ok:
            missed.append(place)
    assert (tried, missed) == (400, [])


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def only(report: Report, *kinds: str) -> None:
    assert set(report.found) == set(kinds), report.findings[:5]
    assert set(report.found) <= set(KINDS)
    assert not report.ok


def test_a_changed_record_is_named_once():
    made = stored(600)
    row = made.rows[300]
    changed = row.record.replace(b'"deny"', b'"permit"').replace(b'"permit"', b'"deny"', 1)
    made.change(300, record=changed, copied=copies(json.loads(changed)))
    report = made.verify()
    only(report, "row_changed")
    assert [finding.where for finding in report.findings] == ["leaf 300"]


def test_a_changed_record_with_a_new_hash_and_copies_is_found():
    made = stored(600)
    changed = made.rows[300].record.replace(b'"ads"', b'"bad"')
    made.change(300, record=changed, leaf_hash=leaf_hash(changed))
    only(made.verify(), "tile_changed", "tile_changed", "row_foreign", "checkpoint_wrong",
         "state_changed")  # fmt: skip


def test_a_log_rewritten_without_the_key_is_found_by_its_checkpoints():
    """An attacker with the database rewrites a row, every hash, tile and the frontier."""
    made, forged = stored(600), Stored()
    for row in made.rows:
        record = row.record.replace(b'"ads"', b'"bad"') if row.leaf == 300 else row.record
        forged.write(record)
    forged.seal(publish=False)
    forged.checkpoints = made.checkpoints
    report = forged.verify(row_mac=None)
    only(report, "checkpoint_wrong")
    assert report.found["checkpoint_wrong"] == 3  # those of 400, 500 and 600: the ones after it
    forged.checkpoints = []
    forged.seal(STRANGER)
    only(forged.verify(row_mac=None), "checkpoint_unsigned")


def test_a_copied_column_that_says_something_else_is_found():
    made = stored(600)
    made.change(300, copied=(made.rows[300].copied[0], "permit" * 2))
    only(made.verify(), "copy_changed")


def test_a_stored_leaf_hash_that_was_changed_is_told_from_a_changed_record():
    made = stored(600)
    made.change(300, leaf_hash=b"x" * 32)
    only(made.verify(), "hash_changed", "row_foreign")
    only(made.verify(row_mac=None), "hash_changed")


@pytest.mark.parametrize("at", [0, 255, 256, 300, 599])
def test_a_deleted_row_is_named(at):
    made = stored(600)
    del made.rows[at]
    report = made.verify()
    only(report, "row_missing", *(["run_gap"] if at < 599 else []))
    assert [one.where for one in report.findings if one.kind == "row_missing"] == [f"leaf {at}"]


def test_a_whole_tile_of_rows_that_is_gone_is_named():
    made = stored(800)
    del made.rows[256:512]
    report = made.verify()
    only(report, "row_missing", "run_gap")
    assert report.findings[0].where == "leaves 256 to 511"


def test_rows_beside_the_log_are_found():
    for place in (0, 300, 600, 5000):
        made = stored(600)
        made.rows.insert(min(place, 600), made.rows[10]._replace(leaf=place))
        report = made.verify()
        assert report.found["row_extra"] == 1
        assert report.root == made.tree.root
        only(report, "row_extra", *(["run_repeated"] if place < 600 else []))
    made = stored(600)
    made.rows.append(made.rows[10])
    only(made.verify(), "row_extra")


@pytest.mark.parametrize("where", [(0, 0), (0, 1), (0, 2), (1, 0)])
def test_a_missing_tile_is_named_and_so_is_a_short_and_a_long_one(where):
    for change, kind in (
        (lambda _: b"", "tile_missing"),
        (lambda raw: raw[:-32], "tile_missing"),
        (lambda raw: raw[:-1], "tile_missing"),
        (lambda raw: raw + raw[:32], "tile_extra"),
        (lambda raw: raw + b"x", "tile_extra"),
        (lambda raw: raw[:32][::-1] + raw[32:], "tile_changed"),
    ):
        made = stored(600)
        made.tiles[where] = change(made.tiles[where])
        report = made.verify()
        only(report, kind)
        assert report.findings[0].where == f"tile {where[0]}/{where[1]}"
        assert report.root == made.tree.root
    made = stored(600)
    del made.tiles[where]
    only(made.verify(), "tile_missing")


@pytest.mark.parametrize("where", [(0, 3), (1, 1), (2, 0), (63, 9)])
def test_a_tile_that_does_not_belong_is_found(where):
    made = stored(600)
    made.tiles[where] = b"x" * 32
    only(made.verify(), "tile_extra")


@pytest.mark.parametrize("size", [0, 1, 599, 601, 1000, 2**62])
def test_a_size_that_is_not_the_log_s_is_found(size):
    report = stored(600).verify(size=size)
    assert report.found["state_changed"] == 1


def test_the_name_and_the_minimum_index_of_the_log_are_checked():
    made = stored(600)
    only(made.verify(origin="log.example/other"), "checkpoint_wrong")
    only(made.verify(min_index=5), "state_changed")
    made.happen(event.Purge("dpo", 1, 0, 256, 600, TAG))
    for row in range(256):
        made.change(row, record=None)
    made.seal()
    assert made.verify().ok
    for wrong in (0, 255, 257):
        only(made.verify(min_index=wrong), "state_changed")


def test_a_name_that_was_given_up_is_known_up_to_there():
    made = stored(300)
    gone = event.Anchor(event.FORMER_ORIGIN, ORIGIN, 300, TAG, TAG)
    made.happen(gone)
    made.seal(publish=False)
    assert made.verify(origin="log.example/next").ok
    made.decide()
    made.seal()  # under the old name, after it was given up
    only(made.verify(origin="log.example/next"), "checkpoint_wrong")
    assert made.verify(origin="log.example/next", checkpoints=made.checkpoints[:-1]).ok


def test_a_truncated_log_is_found_by_its_checkpoints():
    made, short = stored(600), stored(1)
    short.rows = made.rows[:500]
    short.tree, short.tiles = Tree(), {}
    short.seal(publish=False)
    short.checkpoints = made.checkpoints
    only(short.verify(), "checkpoint_beyond")
    short.checkpoints = made.checkpoints[:5]
    assert short.verify().ok, "without the outside checkpoint nobody could tell"


def test_a_row_deleted_before_it_was_sealed_leaves_a_gap_in_its_run():
    made = stored(300)
    made.place("run")
    for _ in range(200):
        made.decide()
    made.seal()
    report = made.verify()
    only(report, "run_gap")
    assert report.findings[0].detail == "numbers 301 to 301"


def test_rows_deleted_before_the_end_of_their_run_are_missed():
    made = stored(300)
    made.place("run")
    made.place("run")
    made.happen(event.Close())
    made.seal()
    assert made.verify().findings[0].detail == "numbers 301 to 302"


def test_a_number_given_twice_and_an_entry_after_the_end_are_found():
    made = stored(300)
    made.runs["run"] -= 1
    made.decide()
    made.seal()
    only(made.verify(), "run_repeated")
    made = stored(300)
    made.happen(event.Close())
    made.decide()
    made.seal()
    only(made.verify(), "run_end")
    made = stored(300)
    made.happen(event.Open("mayuse/1"))
    made.seal()
    only(made.verify(), "run_end")


def test_a_run_may_be_sealed_out_of_order():
    made = Stored()
    places = [made.place("run") for _ in range(5)]
    for place in (places[1], places[0], places[4], places[2], places[3]):
        what = event.Search("a", "list", (), 0)
        made.write(Event.of(what, salt=b"s" * 16, **place).to_bytes())
    made.seal()
    assert made.verify().ok


@pytest.mark.parametrize(
    "record",
    [
        b"{}",
        b"[]",
        b"null",
        b"not json",
        b"\xff",
        b'{"kind":"decision"}',
        b'{"kind":"close"}',
        b'{"kind":[]}',
        b'{"b":1,"a":2}',
    ],
)
def test_a_record_that_is_none_is_found_even_when_it_was_sealed(record):
    sealed_all_the_same(record)


@pytest.mark.parametrize(
    "member",
    [
        {"rule": None},
        {"rule": "law/us/a"},
        {"rule": {}},
        {"effect": []},
        {"effect": {}},
        {"t": 1.5},
    ],
    ids=repr,
)
def test_a_decision_with_a_member_of_another_kind_is_found_even_when_it_was_sealed(member):
    place = {"id": "x", "t": 1, "salt": TAG, "epoch": "other", "n": 1}
    sealed_all_the_same(orjson.dumps(DECISION | place | member, option=orjson.OPT_SORT_KEYS))


def sealed_all_the_same(record):
    made = stored(300)
    made.rows.append(Row(300, record, leaf_hash(record), (), row_mac(leaf_hash(record))))
    made.seal()
    only(made.verify(), "record_malformed")


def test_purged_leaves_are_accounted_for_by_a_purge():
    made = stored(600)
    for row in range(400):
        made.change(row, record=None)
    made.happen(event.Purge("dpo", 1, 0, 400, 600, to_text(made.tree.root)))
    made.seal()
    report = made.verify()
    assert report.ok, report.findings
    assert (report.hash_only, report.rows) == (400, 201)
    del made.rows[:400]  # the rows may go altogether: the tiles stay
    report = made.verify()
    assert report.ok, report.findings
    assert (report.hash_only, report.rows) == (400, 201)


def test_more_was_dropped_than_the_purge_says():
    made = stored(600)
    made.happen(event.Purge("dpo", 1, 0, 400, 600, to_text(made.tree.root)))
    made.seal()
    del made.rows[:402]
    report = made.verify()
    only(report, "row_missing", "run_gap")
    assert report.findings[0].where == "leaves 400 to 401"
    assert report.hash_only == 400


def test_a_run_may_not_lose_more_than_was_purged():
    made = Stored()
    for _ in range(99):
        made.place("run")
    for _ in range(100):
        made.decide()
    made.happen(event.Purge("dpo", 1, 0, 50, 100, to_text(b"r" * 32)))
    made.seal()
    del made.rows[:50]
    report = made.verify()
    only(report, "run_gap")


def test_a_purged_leaf_s_hash_is_still_checked():
    made = stored(600)
    for row in range(400):
        made.change(row, record=None)
    made.happen(event.Purge("dpo", 1, 0, 400, 600, to_text(made.tree.root)))
    made.seal()
    made.change(7, leaf_hash=b"x" * 32)
    only(made.verify(), "hash_changed")
    made.tiles[0, 0] = b"x" * 32 + made.tiles[0, 0][32:]
    report = made.verify()
    assert {"tile_changed", "hash_changed"} & set(report.found)
    assert "checkpoint_wrong" in report.found


def test_waiting_rows_are_counted_and_checked():
    made = stored(300)
    late = made.decide()
    made.rows.pop()
    made.waiting = [late]
    report = made.verify()
    assert report.ok
    assert report.unsealed == 1
    made.waiting = [late._replace(record=late.record.replace(b"ads", b"bad"))]
    only(made.verify(), "row_changed")
    made.waiting = [late._replace(row_mac=b"x" * 32)]
    only(made.verify(), "row_foreign")
    made.waiting = [late._replace(row_mac=None)]
    only(made.verify(), "row_foreign")
    made.waiting, made.orphans = [], [late]
    only(made.verify(), "row_unsealed")


def test_a_key_signs_only_while_it_is_the_log_s():
    made = stored(300)
    made.keys = [LogKey(KEY.verifier, 0, 300), LogKey(NEXT_KEY.verifier, 250)]
    for _ in range(100):
        made.decide()
    made.seal(NEXT_KEY)
    assert made.verify().ok
    for _ in range(100):
        made.decide()
    made.seal(KEY)
    only(made.verify(), "checkpoint_unsigned")


def test_cosignatures_are_checked_and_counted():
    made = stored(300, every=150)
    for at, (size, text) in enumerate(made.checkpoints):
        note = Note.from_text(text)
        made.checkpoints[at] = size, note.adding([WITNESS.cosign(note.text, 5)]).to_text()
    report = made.verify(witnesses=[WITNESS.verifier])
    assert report.ok
    assert report.cosignatures == len(made.checkpoints)
    line = WITNESS.cosign("something else\n", 5)
    size, text = made.checkpoints[0]
    own = Note.from_text(text).signatures[0]
    text = Note(Note.from_text(text).text, (own, line)).to_text()
    made.checkpoints[0] = size, text
    assert "checkpoint_unsigned" in made.verify(witnesses=[WITNESS.verifier]).found


def test_checkpoints_out_of_order_and_unreadable_ones_are_reported():
    made = stored(600)
    made.checkpoints.append(made.checkpoints[0])
    only(made.verify(), "checkpoint_malformed")
    made = stored(600)
    made.checkpoints[2:2] = [made.checkpoints[0], (3, "no note"), (4, "")]
    report = made.verify()
    only(report, "checkpoint_malformed")
    assert report.found["checkpoint_malformed"] == 3


def test_a_checkpoint_under_another_size_is_found():
    made = stored(600)
    made.checkpoints[1] = 150, made.checkpoints[1][1]
    only(made.verify(), "checkpoint_malformed")


def test_what_entries_speak_of_must_be_kept_and_nothing_else():
    made = stored(300)
    bundle = event.Bundle(f"sha256:{'ab' * 32}", "1", "activated")
    erasure = event.Erasure("dpo", to_text(b"k" * 16), "data_subject_request", 3)
    anchor = event.Anchor("witness", "w", 200, TAG, TAG)
    kept = [name for what in (bundle, erasure, anchor) for name in event.keeps(what)]
    for what in (bundle, erasure, anchor, bundle):
        made.happen(what)
    made.seal()
    assert made.verify(kept=kept).ok
    assert made.verify(kept=None).ok
    for missing in range(3):
        only(made.verify(kept=kept[:missing] + kept[missing + 1 :]), "kept_missing")
    only(made.verify(kept=[*kept, ("anchor", "witness 100 x")]), "kept_extra")
    only(made.verify(kept=[*kept[:2], ("anchor", f"witness 201 {TAG}")]), "kept_missing",
         "kept_extra")  # fmt: skip


def test_a_report_keeps_the_first_findings_and_counts_all():
    made = stored(3000)
    for at in range(2500):
        made.change(at, copied=())
    report = made.verify()
    assert report.found == {"copy_changed": 2500}
    assert len(report.to_document()["findings"]) == 1000
    assert report.to_document()["findings"][0]["says"] == KINDS["copy_changed"]


def test_nothing_is_read_twice_or_kept():
    made = stored(2000)
    seen = []

    def rows():
        for row in made.rows:
            seen.append(row.leaf)
            yield row

    assert verify(made.log(rows=rows())).ok
    assert seen == list(range(2000))
    assert hashlib.sha256(b"\x00" + made.rows[0].record).digest() == made.rows[0].leaf_hash
