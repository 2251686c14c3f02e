"""An auditor's list: every filter narrows it rightly, pages neither repeat nor lose anything."""

import pytest
import pytest_asyncio
from http_asking import DENIED, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

URL = "/v1/decisions"
ASKED = [
    DENIED,
    {**DENIED, "choices": {}},
    {**DENIED, "data": ["profile", "public_posts"], "data_subject": {"id": "member-8"}},
    {**DENIED, "recipient": "linkedin_ireland", "purpose": "train_ai_content"},
    {**DENIED, "data_subject": {"jurisdiction": "FR", "age": 35}},
    {**DENIED, "data_subject": {"id": "member-7", "jurisdiction": "DE"}},
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def ids(client):
    """The decisions of this file, in the order made."""
    return [(await client.post(URL, json=asked)).json()["decision_id"] for asked in ASKED]


async def listed(client, **query):
    answer = await client.get(URL, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return [row["decision_id"] for row in answer.json()["decisions"]]


async def test_the_newest_come_first(client, ids):
    assert await listed(client) == ids[::-1]
    assert await listed(client, order="newest") == ids[::-1]
    assert await listed(client, order="oldest") == ids


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"effect": "permit"}, [3, 1]),
        ({"effect": "deny", "jurisdiction": "US-CA"}, [0]),
        ({"recipient": "linkedin_ireland"}, [3]),
        ({"purpose": "train_ai_content"}, [3]),
        ({"data": "public_posts"}, [2]),
        ({"data": "profile", "jurisdiction": "unknown"}, [2]),
        ({"jurisdiction": "FR"}, [4]),
        ({"data_subject": "member-7"}, [5, 3, 1, 0]),
        ({"data_subject": "member-8"}, [2]),
        ({"data_subject": "nobody"}, []),
        ({"data_subject": "member-7", "effect": "permit", "recipient": "microsoft"}, [1]),
        ({"rule": "terms/linkedin/microsoft_ads", "jurisdiction": "US-CA"}, [1, 0]),
        ({"rule": "law/us/no_such_rule"}, []),
        ({"caller": "anonymous", "purpose": "train_ai_content"}, [3]),
        ({"caller": "cli"}, []),
        ({"policy": "sha256:" + "0" * 64}, []),
        ({"effect": "indeterminate"}, []),
        ({"rule": "law"}, []),
        ({"act": "us-ca-ccpa", "recipient": "microsoft"}, [1, 0]),
        ({"act": "eu-dma"}, [5, 4]),
    ],
)
async def test_each_filter_narrows_the_list(client, ids, query, expected):
    assert await listed(client, **query) == [ids[number] for number in expected]


async def test_time_bounds_the_list(client, ids):
    rows = (await client.get(URL, params={"order": "oldest"})).json()["decisions"]
    times = [row["at"] for row in rows]
    assert await listed(client, since=times[2], order="oldest") == ids[2:]
    assert await listed(client, until=times[2], order="oldest") == ids[:2]
    assert await listed(client, since=times[1], until=times[3], order="oldest") == ids[1:3]


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_pages_follow_each_other_by_link_and_by_cursor(client, ids, settings, order):
    found, address = [], f"{URL}?limit=2&order={order}&recipient=microsoft"
    pages = 0
    while address:
        answer = await client.get(address)
        body = answer.json()
        found += [row["decision_id"] for row in body["decisions"]]
        pages += 1
        following = answer.links.get("next", {}).get("url")
        assert (following is None) == ("next_cursor" not in body)
        if following:
            assert following.startswith(f"{settings.own_address}{URL}?limit=2&order={order}&")
            assert body["next_cursor"] in following
        address = following and following.removeprefix(settings.own_address)
    expected = [identity for number, identity in enumerate(ids) if number != 3]
    assert found == (expected if order == "oldest" else expected[::-1])
    assert pages == 3


async def test_a_page_as_long_as_the_list_has_none_after_it(client, ids):
    answer = await client.get(URL, params={"limit": len(ids)})
    assert "next_cursor" not in answer.json()
    assert "link" not in answer.headers


@pytest.mark.parametrize(
    ("query", "parameter", "nearest"),
    [
        ("recipient=microsofd", "recipient", "microsoft"),
        ("effect=denied", "effect", "deny"),
        ("jurisdiction=us-ca", "jurisdiction", "US-CA"),
        ("data=canary-77", "data", None),
        ("rule=browser_signal", "rule", None),
        ("act=CCPA%20", "act", None),
        ("policy=2026.11.1", "policy", None),
        ("since=2025-11-20", "since", None),
        ("since=2025-02-30T00:00:00Z", "since", None),
        ("since=2025-11-20T00:00:00.5Z&until=2025-11-20T00:00:00Z", "until", None),
        ("until=2025-11-20T00:00:00%2B01:00", "until", None),
        ("until=99999-11-20T00:00:00Z", "until", None),
        ("data_subject=", "data_subject", None),
        ("data_subject=a%00b", "data_subject", None),
        ("data_subject=%0A", "data_subject", None),
        ("data_subject=" + "x" * 257, "data_subject", None),
        ("limit=0", "limit", None),
        ("limit=501", "limit", None),
        ("limit=99999999999999999999", "limit", None),
        ("limit=-1", "limit", None),
        ("limit=1.0", "limit", None),
        ("limit=%D9%A3", "limit", None),
        ("limit=", "limit", None),
        ("order=random", "order", None),
        ("cursor=x", "cursor", None),
        ("cursor=" + "A" * 43, "cursor", None),
        ("cursor=%0A" + "A" * 43, "cursor", None),
        ("limit=1&limit=2", "limit", None),
        ("jurisdicton=FR", "jurisdicton", "jurisdiction"),
    ],
)
async def test_a_filter_that_cannot_be_used_is_refused(client, query, parameter, nearest):
    answer = await client.get(f"{URL}?{query}")
    said = problem(answer, 400, "invalid_parameter")
    [error] = said["errors"]
    assert (error["parameter"], error.get("nearest")) == (parameter, nearest)
    assert "canary-77" not in answer.text


async def test_every_faulty_parameter_is_told_at_once(client):
    answer = await client.get(f"{URL}?limit=0&recipient=x&since=y")
    said = problem(answer, 400, "invalid_parameter")
    assert {error["parameter"] for error in said["errors"]} == {"limit", "recipient", "since"}


async def test_a_cursor_is_of_one_list_only(client):
    cursor = (await client.get(URL, params={"limit": 1})).json()["next_cursor"]
    assert (await client.get(URL, params={"cursor": cursor})).status_code == 200
    for other in ({"effect": "deny"}, {"order": "oldest"}):
        answer = await client.get(URL, params={"cursor": cursor, **other})
        problem(answer, 400, "invalid_parameter")
    spoilt = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    problem(await client.get(URL, params={"cursor": spoilt}), 400, "invalid_parameter")
