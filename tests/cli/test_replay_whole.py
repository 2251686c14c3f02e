"""A replay of the whole log accounts for what was erased, whatever happens while it reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mayuse.bootstrap import open_service
from mayuse.cli.log_replay import replay_whole
from mayuse.question import Question
from mayuse.replay import Report
from mayuse.settings import Settings

OLD = datetime.now(UTC)  # as the first record of a log, which says what decides in it
NOW = OLD + timedelta(days=800)


class Interrupted:
    """Reads page by page; something happens after the first."""

    def __init__(self, evidence: Any, then: Callable[[], Awaitable[None]]) -> None:
        self._evidence, self._then = evidence, then

    async def each(self) -> AsyncIterator[Any]:
        pages = self._evidence.each(size=2)
        yield await anext(pages)
        await self._then()
        async for page in pages:
            yield page


async def test_erasures_that_come_and_go_meanwhile_are_accounted_for(tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/mayuse.db", keys_dir=tmp_path / "keys")
    asked = Question("microsoft", "ads_personalised", ("profile",), date(2026, 2, 1))
    async with open_service(settings) as service:
        for person, at in (("ann", OLD), ("bob", NOW)):
            await service.may_each([replace(asked, subject=person)] * 2, caller="test", now=at)
            if person == "ann":
                await service.erasures.erase(person, caller="dpo", at=OLD)

        async def then() -> None:
            await service.erasures.erase("bob", caller="dpo", at=NOW)
            bound = OLD + timedelta(days=1)
            assert [step async for step in service.retention.purge(bound, caller="ops", at=NOW)]

        report = Report()
        await replay_whole(replace(service, evidence=Interrupted(service.evidence, then)), report)

    assert (report.outcomes["erased"], report.missing, report.holds) == (4, 0, True)
