"""The leaves that are not decisions."""

from __future__ import annotations

import json

import pytest
import rfc8785

import drafts
from mayuse.decision_log import event
from mayuse.decision_log.entry import Content, Entry, to_text
from mayuse.decision_log.event import Event
from mayuse.errors import MalformedRecord

HASH = to_text(b"h" * 32)
DIGEST = "sha256:" + "a" * 64
EVERY_KIND = [
    event.Open(writer="mayuse/0.1.0"),
    event.Close(),
    event.Search("auditor", "list", ("effect=deny", "subject"), 17, subject=HASH),
    event.Search("auditor", "count", (), 0),
    event.Erasure("dpo", to_text(b"k" * 16), "data_subject_request", 3),
    event.Purge("dpo", 1_700_000_000_000_000, 0, 200, 256, HASH),
    event.Bundle("sha256:" + "a" * 64, "2026.11.1", "activated"),
    event.Bundle(
        "sha256:" + "a" * 64,
        "2026.12.1",
        "rolled_back",
        by="key:ops",
        because="wrong date",
        number=3,
        previous="sha256:" + "b" * 64,
    ),
    event.Key("log.example/mayuse+00000000+AQ==", "checkpoint", 0),
    event.Key("log.example/mayuse+00000000+AQ==", "receipt", 10, 300),
    event.Anchor("witness", "witness.example/w1", 300, HASH, HASH),
]
PLACE = {
    "id": "01980000-0000-7000-8000-000000000000",
    "t": 1_763_600_000_000_000,
    "salt": b"s" * 16,
    "epoch": "run",
    "n": 1,
}


def placed(what: event.Happening) -> Event:
    return Event.of(what, **PLACE)


@pytest.mark.parametrize("what", EVERY_KIND, ids=lambda what: what.kind)
def test_each_kind_comes_back_from_its_canonical_bytes(what):
    made = placed(what)
    record = made.to_bytes()

    assert record == rfc8785.dumps(json.loads(record))
    assert Event.from_bytes(record) == made == event.read(record)
    assert json.loads(record)["kind"] == made.kind == what.kind
    assert set(json.loads(record)) >= {"v", "kind", "id", "t", "salt", "epoch", "n"}


def test_all_eight_kinds_are_here():
    assert {what.kind for what in EVERY_KIND} == {
        "open", "close", "search", "erasure", "purge", "bundle", "key", "anchor",
    }  # fmt: skip


@pytest.mark.parametrize("what", EVERY_KIND, ids=lambda what: what.kind)
def test_no_other_bytes_are_read_as_an_event(what):
    members = json.loads(placed(what).to_bytes())
    wrong = [
        members | {"kind": "decision"},
        members | {"more": 1},
        members | {"v": 2},
        members | {"v": True},
        members | {"n": 0},
        members | {"n": 1.5},
        members | {"t": -1},
        members | {"salt": to_text(b"short")},
        members | {"id": members["id"].upper().replace("0", "A")},
        *(
            {name: v for name, v in members.items() if name != left_out}
            for left_out in members.keys() - {"because"}
        ),
    ]
    for document in wrong:
        with pytest.raises(MalformedRecord):
            Event.from_bytes(rfc8785.dumps(document))
    with pytest.raises(MalformedRecord, match="canonical"):
        Event.from_bytes(json.dumps(members).encode())


@pytest.mark.parametrize(
    "what",
    [
        event.Open(writer=1),
        event.Open(writer="\ud800"),
        event.Search("a", "List all", (), 0),
        event.Search("a", "list", ("b", "a"), 0),
        event.Search("a", "list", ("a", "a"), 0),
        event.Search("a", "list", (), -1),
        event.Search("a", "list", (), 0, subject="someone"),
        event.Erasure("dpo", "member-7", "data_subject_request", 3),
        event.Erasure("dpo", to_text(b"k" * 16), "because Ann asked", 3),
        event.Purge("dpo", 0, 10, 5, 20, HASH),
        event.Purge("dpo", 0, 0, 30, 20, HASH),
        event.Bundle("latest", "1", "activated"),
        event.Bundle(DIGEST, "1", "activated", by="key:ops"),
        event.Bundle(DIGEST, "1", "activated", number=1),
        event.Bundle(DIGEST, "1", "activated", because="a new act"),
        event.Bundle(DIGEST, "1", "activated", by=7, number=1),
        event.Bundle(DIGEST, "1", "activated", by="key:ops", number="1"),
        event.Bundle(DIGEST, "1", "activated", by="key:ops", number=2),
        event.Bundle(DIGEST, "1", "activated", by="key:ops", number=1, previous=DIGEST),
        event.Bundle(DIGEST, "1", "activated", by="key:ops", number=2, previous="latest"),
        event.Key("k", "tls", 0),
        event.Key("k", "receipt", 0, "never"),
        event.Anchor("witness", "w", 1, HASH[:-2], HASH),
    ],
    ids=repr,
)
def test_a_member_without_its_shape_is_refused(what):
    with pytest.raises(ValueError, match=r"\w"):
        placed(what)


def test_an_activation_of_before_it_was_counted_is_read_as_it_was_written():
    members = {"kind": "bundle", "policy": DIGEST, "version": "1", "reason": "activated", "v": 1}
    record = rfc8785.dumps(members | PLACE | {"salt": to_text(PLACE["salt"])})

    read = Event.from_bytes(record)

    assert read.what == event.Bundle(DIGEST, "1", "activated")
    assert event.keeps(read.what) == (("bundle", DIGEST),)
    with pytest.raises(MalformedRecord, match="canonical"):
        Event.from_bytes(rfc8785.dumps(json.loads(record) | {"because": None}))


async def test_a_decision_is_read_as_a_decision_whatever_its_text_says():
    [draft] = await drafts.drafts(drafts.question(), caller='"kind":"open"')
    entry = Entry.of(Content.of(draft), key=b"k" * 32, salt=b"s" * 16, epoch="run", n=1)
    assert event.read(entry.to_bytes()) == entry
    with pytest.raises(MalformedRecord):
        Event.from_bytes(entry.to_bytes())
    with pytest.raises(MalformedRecord):
        Entry.from_bytes(placed(event.Close()).to_bytes())
