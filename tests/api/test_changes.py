"""The calendar over HTTP: which acts begin, which facts and rules name the day, for whom."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from http_asking import DENIED, problem

from mayuse import bundle

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def changes(client, **asked):
    return await client.get("/v1/changes", params=asked)


async def test_the_days_of_a_period_are_told_with_their_acts(client):
    said = (await changes(client, **{"from": "2027-05-01", "to": "2027-05-14"})).json()

    assert said["policy"]["digest"] == bundle.packaged().digest
    assert [day["on"] for day in said["days"]] == ["2027-05-01", "2027-05-14"]
    alabama, india = said["days"]
    assert [row["act"] for row in alabama["begins"]] == ["us-al-apdpa"]
    assert alabama["begins"][0]["jurisdictions"] == ["US-AL"]
    assert "us_states/US-AL/signal" in [row["fact"] for row in alabama["facts"]]
    assert [row["act"] for row in india["begins"]] == ["in-dpdp"]
    assert [row["act"] for row in india["ended"]] == ["in-spdi"]


async def test_a_place_hears_what_concerns_it_and_what_names_no_place(client):
    asked = {"from": "2025-11-01", "to": "2028-12-31", "jurisdiction": "US-MD"}
    days = {day["on"]: day for day in (await changes(client, **asked)).json()["days"]}

    assert [row["act"] for row in days["2026-04-01"]["begins"]] == ["us-md-modpa"]
    named = [rows["jurisdictions"] for day in days.values() for rows in day["facts"]]
    assert all("US-MD" in places or not places for places in named)
    elsewhere = (await changes(client, **{**asked, "jurisdiction": "unknown"})).json()["days"]
    assert "linkedin/places/unknown/microsoft_trains" in str(elsewhere)
    assert "places/unknown" not in str(days)
    assert "terms/linkedin/ai_training" in [row["rule"] for row in days["2025-11-03"]["rules"]]
    assert "2027-05-01" not in days


async def test_on_a_day_that_is_told_an_answer_turns_and_between_two_none_does(client):
    """The first days of browser signals, as the calendar has them, are those of the answers."""
    asked = {
        **DENIED,
        "controller": "generic",
        "recipient": "advertiser",
        "data": "offsite_activity",
        "data_subject": {"jurisdiction": "US-OR", "age": 35},
        "signals": {"gpc": True},
    }
    asked.pop("choices", None)

    async def effect(on):
        return (await client.post("/v1/decisions", json={**asked, "on": on})).json()["effect"]

    period = {"from": "2024-07-02", "to": "2026-06-30", "jurisdiction": "US-OR"}
    days = [day["on"] for day in (await changes(client, **period)).json()["days"]]
    turned = []
    for before, after in itertools.pairwise(["2024-07-02", *days, "2026-07-01"]):
        eve = (date.fromisoformat(after) - timedelta(days=1)).isoformat()
        assert await effect(before) == await effect(eve), (before, eve)  # nothing told between
        if await effect(eve) != await effect(after):
            turned.append((after, await effect(after)))
    assert turned == [("2026-01-01", "deny")]


async def test_by_default_it_is_a_year_from_today_and_an_etag_spares_the_rest(client):
    first = await changes(client)
    said = first.json()
    first_day, last_day = (date.fromisoformat(said[name]) for name in ("from", "to"))
    assert (last_day - first_day).days == 365
    past = (await changes(client, to="2026-01-01")).json()
    assert (past["from"], past["to"]) == ("2025-01-01", "2026-01-01")
    again = await client.get("/v1/changes", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("asked", "named", "says"),
    [
        ({"from": "2027-02-30"}, "from", "is no day"),
        ({"to": "tomorrow"}, "to", "is no day"),
        ({"from": "2027-02-02", "to": "2027-02-01"}, "to", "lies before"),
        ({"jurisdiction": "US-C0"}, "jurisdiction", "not a known"),
    ],
)
async def test_what_is_no_period_and_no_place_is_refused(client, asked, named, says):
    said = problem(await changes(client, **asked), 400, "invalid_parameter")
    assert said["errors"][0]["parameter"] == named
    assert says in said["errors"][0]["detail"]
