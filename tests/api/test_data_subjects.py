"""A person's rights over HTTP: to know what was decided about them, and to be forgotten."""

import json

import pytest
import pytest_asyncio
from http_asking import DENIED, PERMITTED, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = "maria.mustermann@example.org"
URL = f"/v1/data-subjects/{PERSON}"


def about(person, question):
    return {**question, "data_subject": {**question["data_subject"], "id": person}}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def ids(client):
    """Two decisions about the person, and one about another."""
    asked = [about(PERSON, DENIED), about(PERSON, PERMITTED), about("member-8", DENIED)]
    return [(await client.post("/v1/decisions", json=q)).json()["decision_id"] for q in asked]


async def test_a_person_is_told_each_decision_in_words(client, ids):
    answer = await client.get(f"{URL}/decisions")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    permitted, denied = answer.json()["decisions"]

    assert [denied["decision_id"], permitted["decision_id"]] == ids[:2]
    assert denied["question"].startswith("May Microsoft")
    assert denied["answer"].startswith("No: ")
    assert permitted["answer"].startswith("Yes: ")
    assert {denied["replay"], permitted["replay"]} == {"same"}
    assert denied["reasons"][0]["citations"]
    assert denied["detail"]["facts"]["jurisdiction"] == "US-CA"
    assert PERSON not in answer.text


async def test_what_is_told_is_what_was_answered(client, ids):
    for identity, question in zip(ids, (DENIED, PERMITTED), strict=False):
        asked = (await client.post("/v1/decisions", json=question)).json()
        rows = (await client.get(f"{URL}/decisions")).json()["decisions"]
        [told] = [row for row in rows if row["decision_id"] == identity]
        for member in ("effect", "reasons", "laws", "obligations", "missing", "layers", "data"):
            assert told[member] == asked[member], member


async def test_pages_follow_each_other(client, ids, settings):
    first = await client.get(f"{URL}/decisions", params={"limit": 1})
    following = first.links["next"]["url"].removeprefix(settings.own_address)
    second = await client.get(following)

    told = [*first.json()["decisions"], *second.json()["decisions"]]
    assert [row["decision_id"] for row in told] == [ids[1], ids[0]]
    assert "next_cursor" not in second.json()
    spoilt = await client.get(f"{URL}/decisions", params={"cursor": "A" * 43})
    problem(spoilt, 400, "invalid_parameter")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "order=oldest"])
async def test_a_parameter_that_cannot_be_used_is_refused(client, query):
    problem(await client.get(f"{URL}/decisions?{query}"), 400, "invalid_parameter")


@pytest.mark.parametrize("unknown", ["nobody", "a%00b", "%0A", "x" * 300, "%20", "%2E%2E"])
async def test_of_another_person_nothing_is_held(client, unknown):
    listed = await client.get(f"/v1/data-subjects/{unknown}/decisions")
    if listed.status_code == 200:
        assert listed.json() == {"decisions": []}
    else:
        problem(listed, 404, "not_found")
    problem(await client.delete(f"/v1/data-subjects/{unknown}"), 404, "not_found")


@pytest.mark.parametrize("header", ["If-Match", "Idempotency-Key"])
async def test_a_header_that_an_erasure_cannot_heed_is_refused(client, header):
    refused = await client.delete(URL, headers={header: '"stale"'})
    assert problem(refused, 400, "invalid_parameter")["errors"][0]["header"] == header
    assert len((await client.get(f"{URL}/decisions")).json()["decisions"]) == 2


async def test_looking_is_recorded_without_the_person(client, leaves):
    before = await leaves("search")
    await client.get(f"{URL}/decisions")
    await client.get("/v1/decisions", params={"data_subject": PERSON, "effect": "deny"})
    await client.get("/v1/decisions:count", params={"by": "effect"})
    fresh = (await leaves("search"))[len(before) :]

    assert [(leaf["act"], leaf["filters"], leaf["found"]) for leaf in fresh[:2]] == [
        ("access_request", ["subject"], 2),
        ("list", ["effect=deny", "subject"], 1),
    ]
    assert fresh[2]["act"] == "count"
    assert PERSON not in json.dumps(fresh)


async def test_a_person_is_forgotten_with_a_receipt(client, ids, leaves):
    answer = await client.delete(URL)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["erased"], said["decisions"], said["overwritten"]) == (True, 2, True)
    [leaf] = await leaves("erasure")
    assert (leaf["key_id"], leaf["decisions"]) == (said["key_id"], 2)
    assert said["receipt"]["proof"].startswith("c2sp.org/tlog-proof@v1\n")

    assert (await client.get(f"{URL}/decisions")).json() == {"decisions": []}
    read = (await client.get(f"/v1/decisions/{ids[0]}")).json()
    assert "detail" not in read
    again = (await client.post(f"/v1/decisions/{ids[0]}/replay")).json()
    assert again["outcome"] == "erased"
    problem(await client.delete(URL), 404, "not_found")


async def test_others_are_not_forgotten(client, ids):
    told = (await client.get("/v1/data-subjects/member-8/decisions")).json()["decisions"]
    assert [row["decision_id"] for row in told] == [ids[2]]
