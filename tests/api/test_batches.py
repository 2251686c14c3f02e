"""Many questions in one request: each its own answer, whichever way a client sends and reads."""

import asyncio
import errno
import json

import pytest
from http_asking import DENIED, PERMITTED, problem

from mayuse.api.spool import Spool
from mayuse.batch import MAX_LINE

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/v1/decisions:batch"
LINES = {"Content-Type": "application/x-ndjson"}
FAULTY = {**PERMITTED, "purpose": "ads_personalized"}


async def listed(client):
    return (await client.get("/v1/decisions", params={"limit": 100})).json()["decisions"]


async def test_each_item_has_its_own_answer_and_receipt(client):
    before = len(await listed(client))

    told = await client.post(PATH, json={"items": [PERMITTED, FAULTY, DENIED, 7, None]})

    permit, faulty, deny, number, nothing = told.json()["items"]
    assert told.status_code == 200
    assert (permit["effect"], deny["effect"]) == ("permit", "deny")
    assert faulty["code"] == "invalid_question"
    assert faulty["item"] == 1
    assert faulty["errors"] == [
        {
            "pointer": "/purpose",
            "detail": "is not a known purpose",
            "nearest": "ads_personalised",
        }
    ]
    assert [number["code"], nothing["code"]] == ["invalid_question"] * 2
    assert told.json()["summary"] == {
        "items": 5,
        "permit": 1,
        "deny": 1,
        "indeterminate": 0,
        "refused": 3,
        "unrecorded": 0,
        "complete": True,
    }
    recorded = await listed(client)
    assert len(recorded) == before + 2
    assert {row["decision_id"] for row in recorded} >= {permit["decision_id"], deny["decision_id"]}


async def test_a_batch_answers_as_single_questions_do(client):
    [in_batch] = (await client.post(PATH, json={"items": [DENIED]})).json()["items"]
    alone = (await client.post("/v1/decisions", json=DENIED)).json()

    own = ("decision_id", "receipt")
    assert {**in_batch, **{name: alone[name] for name in own}} == alone


async def test_more_items_than_a_slice_come_in_order(client):
    items = [{**PERMITTED, "on": f"2026-01-{1 + n % 28:02}"} for n in range(350)]
    items[133] = {}
    told = (await client.post(PATH, json={"items": items})).json()

    assert told["summary"]["items"] == 350
    assert told["summary"]["refused"] == 1
    assert told["items"][133]["item"] == 133
    for item, body in zip(items, told["items"], strict=True):
        if item:
            found = await client.get(f"/v1/decisions/{body['decision_id']}")
            assert found.json()["detail"]["facts"]["on"] == item["on"]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [([], ""), ({}, "/items"), ({"items": []}, "/items"), ({"items": {}}, "/items")],
)
async def test_what_is_no_batch_is_refused(client, document, pointer):
    told = await client.post(PATH, json=document)

    assert told.status_code == 400
    assert told.json()["errors"][0]["pointer"] == pointer


async def test_more_than_ten_thousand_items_are_refused(client):
    told = await client.post(PATH, json={"items": [1] * 10_001})

    assert told.status_code == 400
    assert "10000" in told.json()["errors"][0]["detail"]


async def test_a_signal_is_no_header_here(client):
    told = await client.post(PATH, json={"items": [PERMITTED]}, headers={"Sec-GPC": "1"})

    assert told.status_code == 400
    assert told.json()["errors"][0]["header"] == "Sec-GPC"


async def test_there_is_no_key_for_many(client):
    """Who sends one expects that nothing is decided twice."""
    told = await client.post(PATH, json={"items": [PERMITTED]}, headers={"Idempotency-Key": "a"})

    assert told.status_code == 400
    assert told.json()["errors"][0]["header"] == "Idempotency-Key"


async def test_another_media_type_is_refused(client):
    told = await client.post(PATH, content=b"{}", headers={"Content-Type": "text/csv"})

    assert told.status_code == 415


JSON, NDJSON, JSONL = "application/json", "application/x-ndjson", "application/jsonl"


@pytest.mark.parametrize("sent", [JSON, NDJSON, JSONL])
@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (JSON, JSON),
        (NDJSON, NDJSON),
        (JSONL, JSONL),
        (f"{JSONL}, {NDJSON};q=0.5, {JSON};q=0.1", JSONL),
        (f"{JSON};q=0, application/*", NDJSON),
        (f"{NDJSON}, application/problem+json", NDJSON),
        (f"{JSON}, */*;q=0.1", JSON),
        ("*/*", None),
        ("text/html, application/*;q=0.1", None),
        (f"{JSON}, {NDJSON}", None),
        (f"{JSON}, text/plain, */*", None),  # as some libraries send unasked
    ],
)
async def test_the_answer_has_the_form_that_is_preferred(client, sent, accept, answered):
    """Where none is, the form of what was sent."""
    whole = json.dumps({"items": [PERMITTED, 7]})
    content = whole if sent == JSON else f"{json.dumps(PERMITTED)}\n7\n"
    told = await client.post(
        PATH, content=content, headers={"Content-Type": sent, "Accept": accept}
    )
    kind = answered or (JSON if sent == JSON else NDJSON)
    assert (told.status_code, told.headers["content-type"]) == (200, kind)
    if kind == JSON:
        (permit, refused), summary = told.json()["items"], told.json()["summary"]
    else:
        permit, refused, last = map(json.loads, told.text.splitlines())
        summary = last["summary"]
    assert (permit["effect"], refused["code"]) == ("permit", "invalid_question")
    assert ("item" in refused, "line" in refused) == (sent == JSON, sent != JSON)
    assert (summary["items"], summary["complete"]) == (2, True)


async def test_a_form_that_no_batch_is_answered_in_is_not_acceptable(client):
    for sent, content in ((JSON, b"{}"), (NDJSON, b"7"), (JSONL, b"7")):
        headers = {"Content-Type": sent, "Accept": "text/csv"}
        told = await client.post(PATH, content=content, headers=headers)
        problem(told, 406, "not_acceptable")


async def test_lines_are_answered_by_lines(client):
    lines = [
        json.dumps(PERMITTED),
        "",
        "{not json",
        json.dumps({**DENIED, "extra": "x" * MAX_LINE}),
        json.dumps(DENIED),
    ]
    told = await client.post(PATH, content="\n".join(lines).encode(), headers=LINES)

    permit, broken, long, deny, last = map(json.loads, told.text.splitlines())
    assert told.headers["content-type"] == "application/x-ndjson"
    assert (permit["effect"], deny["effect"]) == ("permit", "deny")
    assert (broken["code"], broken["line"]) == ("invalid_json", 3)
    assert (long["code"], long["line"]) == ("body_too_large", 4)
    assert last["summary"]["items"] == 4
    assert last["summary"]["complete"]


async def test_a_batch_whose_answers_cannot_be_kept_ends(client, monkeypatch):
    """The disk is full after the first slice, and more items wait than are taken in at once."""
    written = []

    async def full(spool, data):
        written.append(data)
        if len(written) > 1:
            raise OSError(errno.ENOSPC, "no space left")
        await write(spool, data)

    write = Spool.write
    monkeypatch.setattr(Spool, "write", full)
    lines = b"".join(json.dumps(PERMITTED).encode() + b"\n" for _ in range(1000))
    async with asyncio.timeout(15):
        answer = await client.post(
            "/v1/decisions:batch",
            content=lines,
            headers={"Content-Type": "application/x-ndjson"},
        )
    assert "summary" not in answer.text  # nobody takes it for a whole one
