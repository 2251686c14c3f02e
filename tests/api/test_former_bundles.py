"""What was decided under a bundle that does not decide any more is found, and told in its words."""

from __future__ import annotations

import json

import pytest
from api_app import serving, settings_in
from http_asking import DENIED, problem

import policy_versions
from mayuse import bundle

pytestmark = pytest.mark.asyncio(loop_scope="module")

PACKAGED = bundle.packaged().digest


async def test_decisions_under_a_former_bundle_are_found_by_what_it_knew(tmp_path):
    settings = settings_in(tmp_path)
    file = tmp_path / "more.tar.gz"
    file.write_bytes(policy_versions.with_recipient("acme"))
    asked, wanted = {**DENIED, "recipient": "acme"}, {"recipient": "acme"}
    async with serving(settings) as client:
        problem(await client.post("/v1/decisions", json=asked), 400, "invalid_question")
        for path in ("/v1/decisions", "/v1/decisions:count"):
            problem(await client.get(path, params=wanted), 400, "invalid_parameter")
    async with serving(settings_in(tmp_path, bundle=file)) as client:
        first = (await client.post("/v1/decisions", json=asked)).json()["decision_id"]
        order = {"to": PACKAGED, "reason": "it knows too many"}
        assert (await client.post("/v1/policies:rollback", json=order)).status_code == 200
        problem(await client.post("/v1/decisions", json=asked), 400, "invalid_question")

        listed = (await client.get("/v1/decisions", params=wanted)).json()["decisions"]
        assert [row["decision_id"] for row in listed] == [first]
        counted = (await client.get("/v1/decisions:count", params=wanted)).json()
        assert [row["decisions"] for row in counted["counts"]] == [1]
        wrong = {"recipient": "acmee", "order": "oldest"}
        refused = problem(await client.get("/v1/decisions", params=wrong), 400, "invalid_parameter")
        assert [fault["parameter"] for fault in refused["errors"]] == ["recipient"]


def amend(facts):
    for provision in facts["provisions"].values():
        provision["title"] += " (as amended)"


async def test_a_repeat_is_told_in_the_words_of_the_bundle_that_decided(tmp_path):
    settings = settings_in(tmp_path)
    file = tmp_path / "amended.tar.gz"
    file.write_bytes(policy_versions.with_facts(amend, "amended"))
    key = {"Idempotency-Key": "0190d1c2-7d4e-7000-8000-000000000001"}

    async def ask(client, **more):
        answer = await client.post("/v1/decisions", json=DENIED, headers=key, **more)
        return {**answer.json(), "receipt": None}

    async with serving(settings) as client:
        first = await ask(client)
    assert first["effect"] == "deny"
    async with serving(settings_in(tmp_path, bundle=file)) as client:
        assert await ask(client) == first
        # Nor is it explained by what would help under another bundle.
        assert await ask(client, params={"explain": "counterfactual"}) == first
        anew = (await client.post("/v1/decisions", json=DENIED)).json()
        assert "(as amended)" in json.dumps(anew)
