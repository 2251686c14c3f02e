"""`Idempotency-Key`: a retry hears the first answer, and no question is decided twice."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid

import pytest
from api_app import serving
from http_asking import DENIED, PERMITTED, problem

from databases import server, template
from mayuse.decision_log.note import VerifierKey
from mayuse.decision_log.proof import Proof
from mayuse.settings import Settings

__all__ = ["server", "template"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


def with_key(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def run(settings, *statements: str) -> list[tuple[object, ...]]:
    path = settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        return [row for one in statements for row in database.execute(one).fetchall()]


def decisions(settings) -> int:
    [(count,)] = run(settings, "SELECT count(*) FROM decision WHERE kind = 0")
    return count


def told(answer) -> dict:
    """All of the first answer; the proof may be in a newer checkpoint."""
    body = answer.json()
    assert answer.status_code == 200, body
    return {**body, "receipt": body["receipt"]["leaf_hash"]}


@pytest.mark.parametrize("question", [DENIED, PERMITTED])
async def test_the_same_question_again_hears_the_first_answer(client, settings, question):
    key, before = str(uuid.uuid4()), decisions(settings)
    first = await client.post("/v1/decisions", json=question, headers=with_key(key))
    await client.post("/v1/decisions", json=question)
    again = await client.post("/v1/decisions", json=question, headers=with_key(f'"{key}"'))

    assert told(again) == told(first)
    assert decisions(settings) == before + 2
    keys = [VerifierKey.from_text(row) for (row,) in run(settings, "SELECT vkey FROM log_key")]
    receipt = again.json()["receipt"]
    Proof.from_text(receipt["proof"]).verify(bytes.fromhex(receipt["leaf_hash"]), keys)
    assert receipt["index"] == first.json()["receipt"]["index"]


async def test_another_question_under_the_same_key_is_refused(client, settings):
    key = str(uuid.uuid4())
    await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
    before = decisions(settings)

    answer = await client.post("/v1/decisions", json=PERMITTED, headers=with_key(key))
    problem(answer, 409, "idempotency_key_reused")
    signalled = {**with_key(key), "Sec-GPC": "1"}
    answer = await client.post("/v1/decisions", json=DENIED, headers=signalled)
    problem(answer, 409, "idempotency_key_reused")
    assert decisions(settings) == before


async def test_the_order_of_members_makes_no_other_question(client):
    key = str(uuid.uuid4())
    first = await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
    turned = dict(reversed(DENIED.items()))
    assert list(turned) != list(DENIED)
    again = await client.post("/v1/decisions", json=turned, headers=with_key(key))
    assert told(again) == told(first)


async def test_a_key_that_was_led_to_another_decision_answers_nothing(client, settings):
    """Whoever can change rows must not have a refusal heard as the permit of somebody else."""
    key, other = str(uuid.uuid4()), str(uuid.uuid4())
    await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
    await client.post("/v1/decisions", json=PERMITTED, headers=with_key(other))
    rows = run(settings, "SELECT seq FROM idempotency ORDER BY seq DESC LIMIT 2")
    total = sum(seq for (seq,) in rows)
    swap = f"UPDATE idempotency SET seq = {total} - seq WHERE seq >= {rows[1][0]}"  # noqa: S608
    run(settings, swap)
    before = decisions(settings)
    answer = await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
    problem(answer, 503, "log_unavailable")
    assert decisions(settings) == before
    run(settings, swap)
    answer = await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
    assert told(answer)["effect"] == "deny"


async def test_many_at_once_are_decided_once(client, settings):
    key, before = str(uuid.uuid4()), decisions(settings)
    answers = await asyncio.gather(
        *(client.post("/v1/decisions", json=DENIED, headers=with_key(key)) for _ in range(50))
    )

    assert len({told(answer)["decision_id"] for answer in answers}) == 1
    assert decisions(settings) == before + 1


async def test_two_processes_at_once_decide_once(client, settings):
    """The second one is refused by the database, and then hears of the first."""
    async with serving(settings) as other:
        for _ in range(5):
            key, before = str(uuid.uuid4()), decisions(settings)
            answers = await asyncio.gather(
                *(
                    one.post("/v1/decisions", json=DENIED, headers=with_key(key))
                    for one in (client, other) * 4
                )
            )
            assert len({told(answer)["decision_id"] for answer in answers}) == 1
            assert decisions(settings) == before + 1


@pytest.mark.parametrize("wait", [0, 1000])
async def test_a_repeat_has_a_promise_until_there_is_a_proof(tmp_path, server, template, wait):
    url = await server.create_database(template)
    settings = Settings(database_url=url, keys_dir=tmp_path / "keys", receipt_wait_ms=wait)
    async with serving(settings) as client:

        async def ask(key: str) -> dict:
            answer = await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
            return answer.json()["receipt"]

        receipts = await asyncio.gather(*(ask(key) for key in "ghij" * 4))
    forms = {("proof" in one, "promise" in one) for one in receipts}
    assert forms <= {(True, False), (False, True)}
    assert ((False, True) in forms) == (wait == 0)


async def test_the_key_outlives_the_process(client, settings):
    key = str(uuid.uuid4())
    first = await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
    async with serving(settings) as other:
        again = await other.post("/v1/decisions", json=DENIED, headers=with_key(key))
    assert told(again) == told(first)


async def test_after_an_erasure_it_is_gone(client, settings):
    key = str(uuid.uuid4())
    person = {**DENIED["data_subject"], "id": "to-be-erased"}
    asked = {**DENIED, "data_subject": person}
    first = await client.post("/v1/decisions", json=asked, headers=with_key(key))
    seq = f"(SELECT seq FROM decision WHERE id = '{first.json()['decision_id']}')"  # noqa: S608
    tables = ("subject_decision", "decision_facts", "decision_detail")
    run(settings, *(f"DELETE FROM {table} WHERE seq = {seq}" for table in tables))  # noqa: S608

    answer = await client.post("/v1/decisions", json=asked, headers=with_key(key))
    problem(answer, 410, "erased")


async def test_an_expired_key_is_a_new_one(client, settings):
    key = str(uuid.uuid4())
    first = await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
    run(settings, "UPDATE idempotency SET expires_us = 1")
    again = await client.post("/v1/decisions", json=PERMITTED, headers=with_key(key))

    assert told(again)["decision_id"] != told(first)["decision_id"]
    [(kept,)] = run(settings, "SELECT count(*) FROM idempotency")
    assert kept == 1  # those that had expired are gone


async def test_neither_key_nor_question_is_stored(client, settings):
    key = "canary-key-61c0"
    await client.post("/v1/decisions", json=DENIED, headers=with_key(key))
    stored = run(settings, "SELECT key, request_digest FROM idempotency")
    assert stored
    assert all((len(row[0]), len(row[1])) == (32, 64) for row in stored)
    assert not any(b"canary" in value for row in stored for value in row)


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "two words", "ü", '""'])
async def test_what_is_no_key_is_refused(client, key):
    answer = await client.post(
        "/v1/decisions", json=DENIED, headers={"Idempotency-Key": key.encode()}
    )
    problem(answer, 400, "invalid_parameter")


async def test_a_question_without_a_verdict_binds_no_key(client, monkeypatch):
    """Its caller was told to ask again, and a retry with the same key must get somewhere."""
    from mayuse.engines.embedded import EmbeddedEngine  # noqa: PLC0415 - only here
    from mayuse.verdict import Fault  # noqa: PLC0415

    key = str(uuid.uuid4())
    question = {**DENIED, "on": "2025-11-27"}  # not in any memo yet
    real = EmbeddedEngine.evaluate

    async def hang(self, facts):
        evaluated = await real(self, facts)
        return type(evaluated)(
            evaluated.policy, tuple(Fault("policy_timeout", "too slow") for _ in facts)
        )

    monkeypatch.setattr(EmbeddedEngine, "evaluate", hang)
    answer = await client.post("/v1/decisions", json=question, headers=with_key(key))
    problem(answer, 503, "policy_timeout")
    monkeypatch.undo()
    answer = await client.post("/v1/decisions", json=question, headers=with_key(key))
    assert told(answer)["effect"] == "deny"
