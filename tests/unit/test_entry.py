"""The canonical record: bytes, hash and tags."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import secrets
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import drafts
from mayuse.decision_log import entry
from mayuse.decision_log.entry import Content, Entry
from mayuse.errors import MalformedRecord

KEY = bytes(range(32))
SALT = bytes(range(16))

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
ids = st.lists(texts, max_size=5).map(lambda items: tuple(sorted(set(items))))
tags = st.binary(min_size=32, max_size=32).map(entry.to_text)
entries = st.builds(
    Entry,
    id=st.uuids().map(str),
    t=st.integers(0, 2**53 - 1),
    caller=texts,
    recipient=texts,
    purpose=texts,
    effect=st.sampled_from(["permit", "deny", "indeterminate"]),
    rule=ids,
    fault=ids,
    policy=st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}"),
    engine=texts,
    subject=tags,
    facts=tags,
    verdict=tags,
    salt=st.binary(min_size=16, max_size=16).map(entry.to_text),
    epoch=texts,
    n=st.integers(1, 2**53 - 1),
    v=st.just(1),
)


@given(entries)
def test_a_record_reads_back_as_it_was_written(written):
    assert Entry.from_bytes(written.to_bytes()) == written


@given(entries)
def test_a_record_is_the_canonical_json_of_rfc_8785(written):
    assert written.to_bytes() == rfc8785.dumps(written.to_document())


@pytest.mark.parametrize(
    ("record", "leaf"),
    [  # from the Certificate Transparency reference implementation
        (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (b"\x00", "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
        (b"\x10", "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7"),
    ],
)
def test_the_leaf_hash_is_that_of_rfc_9162(record, leaf):
    assert entry.leaf_hash(record).hex() == leaf


async def test_a_permit_names_the_rules_that_permitted():
    [made] = await recorded(drafts.question())

    assert made.effect == "permit"
    assert made.rule == (
        "law/us/baseline#no_act_restricts",
        "terms/linkedin/uses#disclosed",
    )
    assert made.fault == ()
    assert made.at == drafts.NOW


async def test_a_deny_names_only_the_rules_that_denied():
    [made] = await recorded(drafts.question(gpc=True, data=("profile", "likeness")))

    assert made.effect == "deny"
    assert made.rule == ("law/us/browser_signal#signal_on",)
    assert made.fault == ("undefined",)


async def test_an_indeterminate_decision_names_its_fault_and_no_rule():
    [made] = await recorded(drafts.question(data=("likeness",)))

    assert (made.effect, made.rule, made.fault) == ("indeterminate", (), ("undefined",))


async def test_no_two_records_of_one_person_and_question_share_a_tag():
    made = await recorded(*[drafts.question()] * 50)
    seen = [tag for one in made for tag in (one.subject, one.facts, one.verdict)]

    assert len(set(seen)) == len(seen)


async def test_tags_can_be_made_again_by_whoever_has_the_key():
    [draft] = await drafts.drafts(drafts.question())
    content = Content.of(draft)
    first = Entry.of(content, key=KEY, salt=SALT, epoch="one", n=1)
    again = Entry.of(content, key=KEY, salt=secrets.token_bytes(16), epoch="two", n=9)
    other = Entry.of(content, key=bytes(32), salt=SALT, epoch="one", n=1)

    assert (first.subject, first.facts, first.verdict) == (
        again.subject,
        again.facts,
        again.verdict,
    )
    assert not {first.subject, first.facts, first.verdict} & {
        other.subject,
        other.facts,
        other.verdict,
    }


async def test_facts_cannot_be_found_by_hashing_every_vector_there_is():
    """A plain digest of so small a space is found by trying; a record holds none."""
    asked = drafts.question(choices={"ai_training": "off"}, gpc=True)
    [draft] = await drafts.drafts(asked)
    record = Entry.of(Content.of(draft), key=secrets.token_bytes(32), salt=SALT, epoch="e", n=1)
    tried = 0
    for place, years, affiliates, training, gpc in itertools.product(
        drafts.VOCABULARY.jurisdictions,
        (None, *range(19)),
        ("off", "default", "on"),
        ("off", "default", "on"),
        (False, True),
    ):
        guess = replace(
            asked,
            jurisdiction=place,
            age=years,
            gpc=gpc,
            choices={"share_with_affiliates": affiliates, "ai_training": training},
        )
        [facts] = guess.facts(drafts.VOCABULARY)
        for digest in unkeyed(facts.to_text(), record.id):
            assert digest not in record.to_bytes()
        tried += 1
    assert tried == 1440
    assert drafts.question().facts(drafts.VOCABULARY)  # the guesses are of the question's own kind


@pytest.mark.parametrize("secret", ["member-7", "US-CA", "profile", "share_with_affiliates", "35"])
async def test_a_record_does_not_hold_what_ties_it_to_a_person(secret):
    [made] = await recorded(drafts.question(choices={"share_with_affiliates": "off"}))
    record = made.to_bytes()
    for random in (made.id, made.salt, made.subject, made.facts, made.verdict, str(made.t)):
        record = record.replace(random.encode(), b"")

    assert secret.encode() not in record
    assert all(digest not in record for digest in unkeyed(secret, made.id))


def test_parts_of_a_tag_cannot_be_moved_from_one_to_the_next():
    assert entry.tag(KEY, "facts", "ab", "c") != entry.tag(KEY, "facts", "a", "bc")
    assert entry.tag(KEY, "facts", "a") != entry.tag(KEY, "fact", "sa")
    assert entry.tag(KEY, "facts", "a") != entry.tag(KEY, "facts", "a", "")


CHANGES = {
    "another version": {"v": 2},
    "a version that is a boolean": {"v": True},
    "an unknown member": {"extra": 1},
    "an effect there is not": {"effect": "allow"},
    "an id that is no uuid": {"id": "7"},
    "an id in capitals": {"id": str(uuid.uuid4()).upper()},
    "rules out of order": {"rule": ["b#x", "a#x"]},
    "a rule twice": {"rule": ["a#x", "a#x"]},
    "rules that are text": {"rule": "ab"},
    "a rule that is a number": {"rule": [1]},
    "no rules": {"rule": None},
    "a policy without its digest": {"policy": "2026.11.1"},
    "a tag that is too short": {"facts": "AAAA"},
    "a tag in another alphabet": {"facts": "+" * 43},
    "a number that is text": {"n": "1"},
    "the number nought": {"n": 0},
    "a fraction of time": {"t": 1.5},
    "a time beyond 2^53": {"t": 2**53},
    "a caller that is a list": {"caller": []},
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_record_nobody_wrote_is_refused(name):
    [made] = await recorded(drafts.question())
    changed = {**made.to_document(), **CHANGES[name]}

    with pytest.raises(MalformedRecord):
        Entry.from_bytes(json.dumps(changed, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize("member", sorted(Entry.__dataclass_fields__))
async def test_a_record_without_one_of_its_members_is_refused(member):
    [made] = await recorded(drafts.question())
    document = made.to_document()
    del document[member]

    with pytest.raises(MalformedRecord):
        Entry.from_bytes(json.dumps(document, sort_keys=True, separators=(",", ":")).encode())


async def test_the_same_members_in_other_bytes_are_refused():
    [made] = await recorded(drafts.question())
    document = made.to_document()
    for other in (
        json.dumps(document, sort_keys=True).encode(),
        json.dumps(dict(reversed(document.items())), separators=(",", ":")).encode(),
        made.to_bytes() + b"\n",
        made.to_bytes().replace(b"ads-pipeline", rb"ads\u002dpipeline"),
        b"[]",
        b"",
        b"\xff",
    ):
        with pytest.raises(MalformedRecord):
            Entry.from_bytes(other)


@given(st.datetimes(timezones=st.just(UTC)))
def test_time_is_kept_to_the_microsecond(at):
    assert entry.from_micros(entry.to_micros(at)) == at


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        entry.to_micros(datetime(2026, 11, 24))  # noqa: DTZ001 - the fault under test


@given(st.binary())
def test_base64url_reads_back(raw):
    assert entry.from_text(entry.to_text(raw)) == raw


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "A+/A", "AA AA", "ÄÄ"])
def test_other_base64_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        entry.from_text(text)


@pytest.mark.parametrize(
    "change",
    [
        {"caller": "\ud800"},
        {"id": "not-a-uuid"},
        {"policy": replace(drafts.POLICY, digest="sha256:00")},
        {"at": datetime(2026, 11, 24)},  # noqa: DTZ001 - the fault under test
    ],
    ids=["a surrogate", "no uuid", "no digest", "no zone"],
)
async def test_a_draft_that_could_not_be_read_back_is_refused(change):
    [draft] = await drafts.drafts(drafts.question())

    with pytest.raises(ValueError, match=r".+"):
        Content.of(replace(draft, **change))


async def recorded(*questions):
    return [
        Entry.of(Content.of(draft), key=KEY, salt=SALT, epoch="run", n=number)
        for number, draft in enumerate(await drafts.drafts(*questions), start=1)
    ]


def unkeyed(text: str, decision_id: str) -> list[bytes]:
    """How somebody without a key might have written a digest of this text down."""
    messages = (text, f"[{text}]", f"{decision_id}{text}", f"{text}{decision_id}")
    digests = [
        hashlib.new(name, message.encode()).digest()
        for name in ("sha256", "sha1", "md5", "sha512", "blake2b")
        for message in messages
    ]
    return [
        form
        for digest in digests
        for form in (
            digest.hex().encode(),
            base64.b64encode(digest).rstrip(b"="),
            base64.urlsafe_b64encode(digest).rstrip(b"="),
            digest[:16].hex().encode(),
        )
    ]
