"""A recorded decision, made again over HTTP."""

import pytest
from http_asking import DENIED, PERMITTED, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

URL = "/v1/decisions"


@pytest.mark.parametrize("question", [DENIED, PERMITTED, {**DENIED, "data": ["profile", "salary"]}])
async def test_a_decision_comes_out_the_same(client, question):
    decision = (await client.post(URL, json=question)).json()
    answer = await client.post(f"{URL}/{decision['decision_id']}/replay")

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {
        "decision_id": decision["decision_id"],
        "outcome": "same",
        "policy": {"digest": decision["policy"]["digest"]},
        "differences": [],
    }


async def test_a_replay_records_nothing(client):
    decision = (await client.post(URL, json=DENIED)).json()
    before = (await client.get(URL)).json()
    await client.post(f"{URL}/{decision['decision_id']}/replay")

    assert (await client.get(URL)).json() == before


@pytest.mark.parametrize("unknown", ["00000000-0000-7000-8000-000000000000", "x", "%20"])
async def test_an_unknown_decision_is_not_found(client, unknown):
    problem(await client.post(f"{URL}/{unknown}/replay"), 404, "not_found")


async def test_an_unknown_parameter_is_refused(client):
    decision = (await client.post(URL, json=DENIED)).json()
    answer = await client.post(f"{URL}/{decision['decision_id']}/replay?under=other")
    problem(answer, 400, "invalid_parameter")
