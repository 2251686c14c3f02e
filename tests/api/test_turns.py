"""A batch steps aside for single questions, and comes to its end however many there are."""

from __future__ import annotations

import asyncio
import time

import pytest

from mayuse.api import turns as parting
from mayuse.api.turns import ALONE, BESIDE, REST, Turns


async def test_a_batch_that_is_alone_goes_on_at_once():
    started = time.perf_counter()
    await Turns().step_aside(60.0)
    assert time.perf_counter() - started < 30.0


async def test_a_batch_waits_until_no_single_question_is_under_way():
    turns = Turns()
    with turns.single():
        with turns.single():
            waiting = asyncio.create_task(turns.step_aside(60.0))
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 30.0)


async def test_a_batch_has_its_share_beside_singles_that_never_end():
    turns = Turns()
    started = time.perf_counter()
    with turns.single():
        await turns.step_aside(0.05)
    assert time.perf_counter() - started >= REST * 0.05


async def test_a_question_that_fails_is_under_way_no_longer():
    turns = Turns()
    with pytest.raises(ValueError, match="a fault"), turns.single():
        int("a fault")
    await asyncio.wait_for(turns.step_aside(60.0), 30.0)


def test_workers_know_of_each_other_s_single_questions(tmp_path, monkeypatch):
    here, there = (Turns(workers=2, folder=tmp_path) for _ in range(2))
    assert (here.at_once(), there.at_once()) == (ALONE, ALONE)
    with there.single():
        assert here.at_once() == BESIDE
    assert here.at_once() == BESIDE
    monkeypatch.setattr(parting, "A_WHILE", 0.0)
    assert here.at_once() == ALONE


def test_workers_that_share_nothing_do_not_take_themselves_for_alone():
    assert Turns(workers=2).at_once() == BESIDE


async def test_slices_are_small_beside_single_questions_and_for_a_while_after(monkeypatch):
    turns = Turns()
    assert turns.at_once() == ALONE
    with turns.single():
        assert turns.at_once() == BESIDE
    assert turns.at_once() == BESIDE
    monkeypatch.setattr(parting, "A_WHILE", 0.0)
    assert turns.at_once() == ALONE
    with turns.single():
        assert turns.at_once() == BESIDE
