"""`/v1/log` and the receipts: what a caller keeps can be checked by anyone, with a key alone."""

from __future__ import annotations

import pytest

from mayuse.decision_log import tree
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import from_text, leaf_hash
from mayuse.decision_log.note import Note, VerifierKey, from_base64
from mayuse.decision_log.proof import Proof

QUESTION = {
    "recipient": "microsoft",
    "purpose": "ads_personalised",
    "data": "profile",
    "data_subject": {"id": "member-7", "jurisdiction": "US-CA", "age": 35},
    "on": "2025-11-20",
}
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(client) -> dict:
    answer = await client.post("/v1/decisions", json=QUESTION)
    assert answer.status_code == 200
    return answer.json()


async def file(client, address: str, **parameters: object) -> str:
    answer = await client.get(address, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


async def keys(client) -> list[VerifierKey]:
    return [VerifierKey.from_text(line) for line in (await file(client, "/v1/log/key")).split()]


async def test_an_answer_carries_its_proof(client):
    answer = await ask(client)
    receipt = answer["receipt"]
    assert set(receipt) == {"leaf_hash", "index", "proof"}
    proof = Proof.from_text(receipt["proof"])
    checkpoint = proof.verify(bytes.fromhex(receipt["leaf_hash"]), await keys(client))
    assert proof.index == receipt["index"] < checkpoint.size

    recorded = (await client.get(f"/v1/decisions/{answer['decision_id']}")).json()
    record = from_text(recorded["receipt"]["record"])
    proof.verify(leaf_hash(record), await keys(client))


async def test_a_decision_is_proved_later_in_the_newest_checkpoint(client):
    first = await ask(client)
    for _ in range(3):
        await ask(client)
    proof = Proof.from_text(await file(client, f"/v1/decisions/{first['decision_id']}/proof"))
    checkpoint = proof.verify(bytes.fromhex(first["receipt"]["leaf_hash"]), await keys(client))
    assert checkpoint.size > Checkpoint.from_text(old_note(first).text).size
    same = await file(client, f"/v1/log/proof/{first['receipt']['index']}")
    assert Proof.from_text(same) == proof


def old_note(answer: dict) -> Note:
    return Proof.from_text(answer["receipt"]["proof"]).checkpoint


async def test_two_checkpoints_are_consistent(client):
    old = Checkpoint.verify(old_note(await ask(client)), await keys(client))
    await ask(client)
    await ask(client)
    note = Note.from_text(await file(client, "/v1/log/checkpoint"))
    new = Checkpoint.verify(note, await keys(client))
    said = await file(client, "/v1/log/consistency", old=old.size, new=new.size)
    hashes = [from_base64(line) for line in said.split()]
    tree.verify_consistency(old.size, old.root, new.size, new.root, hashes)
    assert await file(client, "/v1/log/consistency", old=old.size) == said
    assert await file(client, "/v1/log/consistency", old=new.size, new=new.size) == ""
    assert await file(client, "/v1/log/consistency", old=0, new=new.size) == ""


async def test_the_checkpoint_of_a_log_that_did_not_grow_is_the_same(client):
    await ask(client)
    once = await file(client, "/v1/log/checkpoint")
    assert await file(client, "/v1/log/checkpoint") == once
    await ask(client)
    assert await file(client, "/v1/log/checkpoint") != once


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/v1/log/proof/1000000", 404),
        ("/v1/log/proof/9999999999999999", 404),
        ("/v1/log/proof/01", 404),
        ("/v1/log/proof/-1", 404),
        ("/v1/log/proof/last", 404),
        ("/v1/decisions/01a20d4b-0041-71f4-9c4e-8f9fa4749bf6/proof", 404),
        ("/v1/decisions/none/proof", 404),
        ("/v1/log/consistency?old=1000000", 404),
        ("/v1/log/consistency?old=2&new=1", 404),
        ("/v1/log/consistency", 400),
        ("/v1/log/consistency?old=-1", 400),
        ("/v1/log/consistency?old=1&new=x", 400),
        ("/v1/log/consistency?old=1&old=2", 400),
        ("/v1/log/checkpoint?size=1", 400),
        ("/v1/log/key?all=1", 400),
    ],
)
async def test_what_is_not_there_and_what_cannot_be_asked(client, address, status):
    await ask(client)
    answer = await client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_proof_proves_no_other_decision(client):
    first, second = await ask(client), await ask(client)
    proof = Proof.from_text(await file(client, f"/v1/decisions/{first['decision_id']}/proof"))
    with pytest.raises(Exception, match="another root"):
        proof.verify(bytes.fromhex(second["receipt"]["leaf_hash"]), await keys(client))
