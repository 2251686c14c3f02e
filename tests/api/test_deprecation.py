"""An operation that will end says so on every answer, and in the description."""

from __future__ import annotations

from datetime import date

import pytest
from api_app import serving
from http_asking import problem

from mayuse.api import deprecation, rules
from mayuse.api.deprecation import Deprecation, deprecated
from mayuse.settings import Settings

SEE = "https://example.com/rules-2"
TOLD = {
    "deprecation": "@1767225600",
    "sunset": "Fri, 31 Dec 2027 23:59:59 GMT",
    "link": f'<{SEE}>; rel="deprecation"',
}


@pytest.fixture
def marked(monkeypatch):
    end = Deprecation(date(2026, 1, 1), SEE, date(2027, 12, 31))
    monkeypatch.setattr(rules.list_rules, deprecation._MARK, end, raising=False)  # noqa: SLF001


@pytest.mark.usefixtures("marked")
async def test_it_is_on_every_answer_of_that_operation_and_of_no_other(tmp_path):
    limited = Settings(
        database_url=f"sqlite:///{tmp_path}/mayuse.db", keys_dir=tmp_path / "keys", rate_limit=100
    )
    async with serving(limited) as client:
        good, bad = await client.get("/v1/rules"), await client.get("/v1/rules?colour=red")
        head, other = await client.head("/v1/rules"), await client.get("/v1/vocabulary")
        document = (await client.get("/openapi.json")).json()

    problem(bad, 400, "invalid_parameter")
    assert (good.status_code, head.status_code) == (200, 200)
    for answer in (good, bad, head):
        assert {name: answer.headers[name] for name in TOLD} == TOLD
        assert answer.headers["ratelimit"]
    assert not TOLD.keys() & other.headers.keys()
    ends = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
        if operation.get("deprecated")
    ]
    assert ends == ["listRules"]
    for answer in document["paths"]["/v1/rules"]["get"]["responses"].values():
        assert answer["headers"]["Deprecation"]["schema"]["const"] == TOLD["deprecation"]


def test_without_a_last_day_none_is_told():
    assert Deprecation(date(2026, 1, 1), SEE).headers().keys() == {"Deprecation", "Link"}


def test_nothing_ends_before_it_was_announced():
    with pytest.raises(ValueError, match="not before"):
        deprecated(date(2026, 1, 1), see=SEE, sunset=date(2025, 12, 31))
    marked = deprecated(date(2026, 1, 1), see=SEE)(lambda: None)
    assert deprecation.of(marked) == Deprecation(date(2026, 1, 1), SEE)
