"""All recorded decisions that match, downloaded as NDJSON or CSV."""

import csv
import io
import json

import pytest
import pytest_asyncio
from http_asking import DENIED, PERMITTED, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

URL = "/v1/decisions"
NDJSON, CSV = "application/x-ndjson", "text/csv"
ASKED = [DENIED, PERMITTED, {**DENIED, "data": ["profile", "public_posts"]}]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def ids(client):
    return [(await client.post(URL, json=asked)).json()["decision_id"] for asked in ASKED]


async def download(client, media_type, **query):
    answer = await client.get(URL, params=query, headers={"Accept": media_type})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer


async def test_each_line_is_a_whole_decision(client, ids):
    answer = await download(client, NDJSON)
    assert answer.headers["content-type"] == NDJSON
    rows = [json.loads(line) for line in answer.text.splitlines()]

    assert [row["decision_id"] for row in rows] == ids
    for row in rows:
        read = (await client.get(f"{URL}/{row['decision_id']}")).json()
        for reason in read["reasons"]:
            reason.pop("title")
            reason.pop("says")
        assert row == read


async def test_a_table_has_a_row_for_each(client, ids):
    answer = await download(client, CSV)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    assert [row["decision_id"] for row in rows] == ids
    assert [row["effect"] for row in rows] == ["deny", "permit", "deny"]
    assert rows[2]["data"] == "profile public_posts"
    assert json.loads(rows[0]["choices"])["share_with_affiliates"] == "off"
    assert {row["erased"] for row in rows} == {"false"}
    assert "member-7" not in answer.text


async def test_filters_narrow_what_is_sent(client, ids):
    rows = (await download(client, NDJSON, effect="permit")).text.splitlines()
    assert [json.loads(row)["decision_id"] for row in rows] == [ids[1]]
    assert (await download(client, NDJSON, recipient="advertiser")).text == ""
    assert (await download(client, CSV, recipient="advertiser")).text.count("\n") == 1


async def test_a_download_is_recorded_before_it_is_sent(client, ids, leaves):
    await download(client, CSV, data_subject="member-7", purpose="ads_personalised")
    newest = (await leaves("search"))[-1]
    assert (newest["act"], newest["found"]) == ("export", len(ids))
    assert newest["filters"] == ["purpose=ads_personalised", "subject"]


@pytest.mark.parametrize("query", ["limit=5", "order=newest", "cursor=" + "A" * 43])
async def test_pages_are_of_json_alone(client, query):
    answer = await client.get(f"{URL}?{query}", headers={"Accept": CSV})
    problem(answer, 400, "invalid_parameter")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json, text/csv;q=0.5", "application/json"),
        ("text/csv, */*;q=0.1", "text/csv"),
        ("application/json;q=0.2, application/x-ndjson", NDJSON),
        ("text/*", "text/csv"),
        ("text/csv;q=0, */*", "application/json"),
        ("application/json;q=0, application/*", NDJSON),
        ("text/csv;q=nonsense, ,;", "text/csv"),
    ],
)
async def test_the_caller_says_what_it_prefers(client, accept, expected):
    headers = {} if accept is None else {"Accept": accept}
    answer = await client.get(URL, headers=headers)
    assert answer.headers["content-type"].split(";")[0] == expected
    assert answer.headers["vary"] == "Accept"
