"""A log as a database has it, made without one: to be verified, and to be tampered with."""

from __future__ import annotations

import copy
import dataclasses
import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

import orjson

from mayuse.decision_log import event
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import Entry, leaf_hash, to_text
from mayuse.decision_log.event import Event
from mayuse.decision_log.findings import Report
from mayuse.decision_log.note import COSIGNATURE, SigningKey
from mayuse.decision_log.records import Row
from mayuse.decision_log.stretch import examine
from mayuse.decision_log.tree import TILE_WIDTH, Tree
from mayuse.decision_log.verify import Log, LogKey, Tile, verify

ORIGIN = "log.example/mayuse"
KEY = SigningKey(ORIGIN, b"1" * 32)
NEXT_KEY = SigningKey(ORIGIN, b"2" * 32)
STRANGER = SigningKey(ORIGIN, b"3" * 32)
WITNESS = SigningKey("witness.example/w", b"4" * 32, COSIGNATURE)
ROW_KEY = b"r" * 32
TAG = to_text(b"t" * 32)
DECISION = Entry(
    id="", t=0, caller="ads", recipient="microsoft", purpose="ads_personalised", effect="permit",
    rule=("law/us/baseline#no_act_restricts",), fault=(), policy=f"sha256:{'ab' * 32}",
    engine="embedded/1", subject=TAG, facts=TAG, verdict=TAG, salt="", epoch="", n=1, v=1,
).to_document()  # fmt: skip


def row_mac(leaf: bytes) -> bytes:
    return hmac.digest(ROW_KEY, leaf, "sha256")


def copies(members):
    return members["id"], members.get("effect")


def unseen(_number, _members):
    """Nobody listens."""


@dataclass
class Stored:
    """A log as a database has it, to be tampered with."""

    rows: list[Row] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)
    checkpoints: list[tuple[int, str]] = field(default_factory=list)
    runs: dict[str, int] = field(default_factory=dict)
    waiting: list[Row] = field(default_factory=list)
    orphans: list[Row] = field(default_factory=list)
    purged: list[tuple[int, int]] = field(default_factory=list)
    keys: list[LogKey] = field(default_factory=lambda: [LogKey(KEY.verifier)])

    def place(self, run: str):
        self.runs[run] = self.runs.get(run, 0) + 1
        number = sum(self.runs.values())
        return {
            "id": f"01980000-0000-7000-8000-{number:012x}",
            "t": 1_763_600_000_000_000 + number,
            "epoch": run,
            "n": self.runs[run],
        }

    def decide(self, run: str = "run", effect: str = "permit") -> Row:
        place = {"salt": to_text(secrets.token_bytes(16)), "effect": effect, **self.place(run)}
        return self.write(orjson.dumps(DECISION | place, option=orjson.OPT_SORT_KEYS))

    def happen(self, what: event.Happening, run: str = "run") -> Row:
        place = self.place(run)
        if isinstance(what, event.Purge):
            self.purged.append((what.first, what.until))
        return self.write(Event.of(what, salt=secrets.token_bytes(16), **place).to_bytes())

    def write(self, record: bytes) -> Row:
        hashed = leaf_hash(record)
        row = Row(len(self.rows), record, hashed, copies(orjson.loads(record)), row_mac(hashed))
        self.rows.append(row)
        return row

    def seal(self, *keys: SigningKey, publish: bool = True) -> None:
        growth = self.tree.grow([row.leaf_hash for row in self.rows[self.tree.size :]])
        self.tree = growth.tree
        for at, hashes in growth.tiles.items():
            self.tiles[at] = self.tiles.get(at, b"") + hashes
        if publish:
            checkpoint = Checkpoint(ORIGIN, self.tree.size, self.tree.root)
            note = checkpoint.sign(keys or [KEY]).to_text()
            self.checkpoints.append((self.tree.size, note))

    def log(self, **changes) -> Log:
        made = Log(
            origin=ORIGIN,
            min_index=max((until for _, until in self.purged), default=0),
            size=self.tree.size,
            frontier=self.tree.to_bytes(),
            rows=iter(self.rows),
            tiles=[Tile(*at, data) for at, data in sorted(self.tiles.items())],
            checkpoints=iter(self.checkpoints),
            keys=self.keys,
            waiting=self.waiting,
            orphans=self.orphans,
            copies=copies,
            row_mac=row_mac,
        )
        return dataclasses.replace(made, **changes)

    def verify(self, **changes) -> Report:
        """Leaf by leaf, and by whole tiles where they are good: both must find the same."""
        report = verify(self.log(**changes))
        assert verify(self.log(**changes, rows=self.by_tiles(changes))) == report
        return report

    def by_tiles(self, changes):
        size = changes.get("size", self.tree.size)
        mac = changes.get("row_mac", row_mac)
        for tile, group in groupby(self.rows, lambda row: row.leaf // TILE_WIDTH):
            rows = list(group)
            read = [(r.leaf, r.record, r.leaf_hash, r.row_mac, r.seq, *r.copied) for r in rows]
            start = tile * TILE_WIDTH
            whole = start + TILE_WIDTH <= size and len(rows) == TILE_WIDTH
            good = whole and examine(start, read, copies=copies, seen=unseen, row_mac=mac)
            yield from [good] if good else rows

    def change(self, at: int, **changes) -> None:
        self.rows[at] = self.rows[at]._replace(**changes)


@lru_cache
def _stored(count: int, every: int) -> Stored:
    made = Stored()
    made.happen(event.Open("mayuse/1"))
    while len(made.rows) < count:
        made.decide(effect=("permit", "deny", "indeterminate")[len(made.rows) % 3])
        if len(made.rows) % every == 0:
            made.seal()
    if made.tree.size < count:
        made.seal()
    return made


def stored(count: int, *, every: int = 100) -> Stored:
    made = _stored(count, every)
    own = {
        name: copy.copy(getattr(made, name))
        for name in ("rows", "tiles", "checkpoints", "runs", "purged")
    }
    return dataclasses.replace(made, **own, waiting=[], orphans=[], keys=list(made.keys))
