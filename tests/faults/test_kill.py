"""kill -9 under load: nothing that was answered is lost. The long form is `kill_harness.py`."""

from __future__ import annotations

import time

import pytest
from doors import Service, Writer
from kill_harness import figures, kill_under_load


@pytest.mark.parametrize(
    ("door", "kills", "answered"),
    [
        pytest.param(Writer, 2, 300, id="writer"),
        pytest.param(Writer, 10, 5000, id="writer, long", marks=pytest.mark.long),
        pytest.param(Service, 2, 200, id="http"),
        pytest.param(Service, 5, 2000, id="http, long", marks=pytest.mark.long),
    ],
)
async def test_nothing_that_was_answered_is_lost(database, door, kills, answered, figure):
    started = time.monotonic()
    report = await kill_under_load(database, door, kills=kills, answered=answered)

    figure(
        figures(
            report,
            door=door.__name__.lower(),
            database=database.dialect,
            kills=kills,
            seconds=time.monotonic() - started,
        )
    )
    assert report.faults == {}
    assert report.answered >= answered
    assert report.stored >= report.answered
    assert report.runs >= kills
