"""Whole tiles are told to be good only when every record in them is."""

from __future__ import annotations

import orjson
import pytest
from stored_log import Stored, copies, row_mac

from mayuse.decision_log import event
from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.runs import Span
from mayuse.decision_log.stretch import examine
from mayuse.decision_log.tree import TILE_WIDTH, Tree

LEAF, RECORD, HASH, MAC, NUMBER, COPIED = range(6)


def rows_of(made):
    return [[r.leaf, r.record, r.leaf_hash, r.row_mac, 7, *r.copied] for r in made.rows]


@pytest.fixture
def rows():
    made = Stored()
    made.happen(event.Open("mayuse/1"))
    while len(made.rows) < 2 * TILE_WIDTH:
        made.decide()
    return rows_of(made)


def look(rows, start=0):
    told = []
    found = examine(start, rows, copies=copies, seen=lambda *of: told.append(of), row_mac=row_mac)
    return found, told


def test_a_good_stretch_comes_with_its_hashes_and_roots(rows):
    found, told = look(rows)
    hashes = [row[HASH] for row in rows]
    tiles = [hashes[:TILE_WIDTH], hashes[TILE_WIDTH:]]
    assert list(found.tiles) == [b"".join(tile) for tile in tiles]
    assert list(found.roots) == [Tree().grow(tile).tree.root for tile in tiles]
    assert list(found.spans) == [Span(0, "run", 1, 2 * TILE_WIDTH)]
    assert list(found.events) == [rows[0][RECORD]]
    assert found.size == 2 * TILE_WIDTH
    assert told == [(7, orjson.loads(row[RECORD])) for row in rows]


def test_runs_that_alternate_are_told_apart():
    made = Stored()
    while len(made.rows) < TILE_WIDTH:
        made.decide(run="ab"[len(made.rows) // 3 % 2])
    found, _ = look(rows_of(made))
    assert list(found.spans)[:3] == [Span(0, "a", 1, 3), Span(3, "b", 1, 3), Span(6, "a", 4, 3)]
    assert sum(span.length for span in found.spans) == TILE_WIDTH


def signed(row, record):
    """A row with another record, to which everything beside it was made to fit."""
    hashed = leaf_hash(record)
    row[RECORD:NUMBER] = [record, hashed, row_mac(hashed)]


def edited(**changes):
    def edit(rows):
        members = orjson.loads(rows[9][RECORD]) | changes
        signed(rows[9], orjson.dumps(members, option=orjson.OPT_SORT_KEYS))

    return edit


def put(column, value):
    def edit(rows):
        rows[9][column] = value

    return edit


AMISS = {
    "another record": put(RECORD, b"{}"),
    "no record": put(RECORD, None),
    "a record that is text": put(RECORD, "{}"),
    "another hash": put(HASH, bytes(32)),
    "another writer": put(MAC, bytes(32)),
    "another leaf": put(LEAF, 8),
    "another copy": put(COPIED, "elsewhere"),
    "a leaf less": lambda rows: rows.pop(),
    "a leaf twice": lambda rows: rows.insert(9, rows[8]),
    "two leaves in another order": lambda rows: rows.insert(9, rows.pop(10)),
    "no tile of the stretch's": lambda rows: [row.__setitem__(LEAF, row[LEAF] + 1) for row in rows],
    "spaces": lambda rows: signed(rows[9], rows[9][RECORD].replace(b":", b": ")),
    "no JSON": lambda rows: signed(rows[9], b"{"),
    "a list": lambda rows: signed(rows[9], b"[]"),
    "a number of no run": edited(n="9"),
    "an unknown version": edited(v=2),
    "a member too many": edited(more=1),
    "a kind there is not": edited(kind="party"),
    "a kind, and members of a decision": edited(kind="open"),
    "numbers as rules": edited(rule=[1]),
    "no rules": edited(rule=None),
    "a text as rules": edited(rule="law/us/a"),
    "a list as effect": edited(effect=[]),
    "a fraction as time": edited(t=1.5),
}


@pytest.mark.parametrize("how", AMISS)
def test_nothing_is_said_of_a_stretch_in_which_something_is_amiss(rows, how):
    AMISS[how](rows)

    def seen(_number, members):
        [reason.partition("#") for reason in members.get("rule", ())]

    assert examine(0, rows, copies=copies, seen=seen, row_mac=row_mac) is None
