"""Counts of recorded decisions over HTTP."""

import pytest
import pytest_asyncio
from http_asking import DENIED, PERMITTED, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

URL = "/v1/decisions:count"


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def day(client):
    """Two denies and a permit; gives the day they were made."""
    for question in (DENIED, DENIED, PERMITTED):
        await client.post("/v1/decisions", json=question)
    [newest] = (await client.get("/v1/decisions", params={"limit": 1})).json()["decisions"]
    return newest["at"][:10]


async def counted(client, **query):
    answer = await client.get(URL, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def test_all_are_counted(client):
    assert await counted(client) == {"by": [], "counts": [{"decisions": 3}]}


async def test_they_are_counted_by_two_dimensions_over_time(client, day):
    assert await counted(client, by="effect", across="recipient", interval="day") == {
        "by": ["effect", "recipient"],
        "interval": "day",
        "counts": [
            {"period": day, "effect": "deny", "recipient": "microsoft", "decisions": 2},
            {"period": day, "effect": "permit", "recipient": "microsoft", "decisions": 1},
        ],
    }


async def test_filters_narrow_them(client):
    found = await counted(client, by="jurisdiction", effect="permit", data_subject="member-7")
    assert found["counts"] == [{"jurisdiction": "US-CA", "decisions": 1}]
    assert (await counted(client, recipient="advertiser"))["counts"] == [{"decisions": 0}]
    assert (await counted(client, recipient="advertiser", by="effect"))["counts"] == []


@pytest.mark.parametrize("query", ["across=effect", "by=effect&across=effect"])
async def test_a_dimension_named_once_or_twice_is_one(client, query):
    told = (await client.get(f"{URL}?{query}")).json()

    assert told == (await client.get(f"{URL}?by=effect")).json()


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("by=efect", "by"),
        ("by=subject", "by"),
        ("interval=week", "interval"),
        ("effect=maybe", "effect"),
        ("limit=5", None),
        ("cursor=x", None),
    ],
)
async def test_what_cannot_be_counted_is_refused(client, query, parameter):
    [error] = problem(await client.get(f"{URL}?{query}"), 400, "invalid_parameter")["errors"]
    assert parameter in {None, error["parameter"]}
