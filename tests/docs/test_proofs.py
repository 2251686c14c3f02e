"""What the page on proofs says of tags and promises is so: its own programs and bytes are tried."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature

import drafts
from mayuse.decision_log.checkpoint import Checkpoint, Promise
from mayuse.decision_log.entry import Content, Entry, verdict_text
from mayuse.decision_log.note import SigningKey
from mayuse.decision_log.sealer import SEAL_WITHIN_US

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "proofs.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ORIGIN = "example.com/mayuse"
LEAF = hashlib.sha256(b"\x00record").digest()
GIVEN = 1_764_547_200_000_000
DUE = datetime(2025, 12, 1, 0, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def page() -> SimpleNamespace:
    """What the programs on the page define."""
    said: dict[str, object] = {}
    for program in PROGRAMS:
        exec(program, said)  # noqa: S102 - our own page
    return SimpleNamespace(**said)


@pytest.fixture
def worked() -> dict[str, str]:
    """The worked example, by its names. A line that goes on below is one."""
    [block] = re.findall(r"^```text worked\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    lines = re.sub(r"\n {9}", "", block).splitlines()
    rows = [re.split(r" {2,}", line, maxsplit=1) for line in lines if line and line[0] != " "]
    message = re.findall(r"^  ([0-9a-f]{16}) ([0-9a-f]+)$", block, re.MULTILINE)
    return {"message": "".join(map("".join, message)), **{row[0]: row[-1] for row in rows}}


def test_the_worked_tags_are_hmacs_of_the_bytes_shown(worked) -> None:
    def made(message: bytes) -> str:
        raw = hmac.digest(bytes.fromhex(worked["key"]), message, hashlib.sha256)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def framed(*texts: str) -> bytes:
        return b"".join(len(text).to_bytes(8, "big") + text.encode() for text in texts)

    shown = bytes.fromhex(worked["message"])
    assert shown == framed("subject", worked["id"], worked["person"])
    assert made(shown) == worked["tag of subject"]
    assert made(framed("facts", worked["id"], worked["facts"])) == worked["tag of facts"]
    assert made(framed("verdict", worked["id"], worked["verdict"])) == worked["tag of verdict"]


async def test_a_record_has_the_tags_that_the_page_computes(page) -> None:
    key = bytes(range(32))
    asked = drafts.question(data=("profile", "likeness"), subject="member-4711")
    [draft] = await drafts.drafts(asked)
    entry = Entry.of(Content.of(draft), key=key, salt=bytes(16), epoch="run", n=1)
    found = draft.ruling.findings

    assert entry.subject == page.tag(key, "subject", entry.id, "member-4711")
    assert entry.facts == page.tag(key, "facts", entry.id, *(one.facts.to_text() for one in found))
    said = [verdict_text(one.verdict) for one in found]
    assert entry.verdict == page.tag(key, "verdict", entry.id, *said)
    assert said[1] == '{"fault":"undefined"}'


def test_the_page_believes_a_promise_and_nothing_else(page) -> None:
    key, log = SigningKey(f"{ORIGIN}/receipt", bytes(32)), SigningKey(ORIGIN, bytes(range(32)))
    note = Promise(ORIGIN, LEAF, GIVEN, GIVEN + SEAL_WITHIN_US).sign(key).to_text()
    vkey, leaf = key.verifier.to_text(), LEAF.hex()

    assert page.check_promise(note, vkey, leaf) == DUE
    stranger = SigningKey(f"{ORIGIN}/receipt", bytes([1] * 32)).verifier.to_text()
    checkpoint = Checkpoint(ORIGIN, 1, LEAF).sign([log]).to_text()
    changed = note.replace(str(GIVEN + SEAL_WITHIN_US), str(GIVEN + SEAL_WITHIN_US + 1))
    for wrong in (
        (note, vkey, bytes(32).hex()),
        (note, stranger, leaf),
        (note, log.verifier.to_text(), leaf),
        (checkpoint, log.verifier.to_text(), leaf),
        (changed, vkey, leaf),
    ):
        with pytest.raises((ValueError, InvalidSignature)):
            page.check_promise(*wrong)


def test_a_promise_has_the_lines_of_the_table() -> None:
    lines = Promise(ORIGIN, LEAF, 1, 2).to_text().splitlines()
    table = PAGE.split("| line | what |\n")[1].split("\n\n")[0].splitlines()[1:]

    assert len(table) == len(lines)
    assert table[0].startswith(f"| `{lines[0]}` |")
    assert f"under a checkpoint within {SEAL_WITHIN_US // 1_000_000} seconds" in PAGE
