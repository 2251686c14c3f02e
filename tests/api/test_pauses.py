"""Python is told to keep its pauses short while questions are answered, and only then."""

from __future__ import annotations

import gc
import sys

import pytest
from api_app import serving

from mayuse.api import pauses


def state() -> tuple[float, tuple[int, int, int]]:
    return sys.getswitchinterval(), gc.get_threshold()


def test_pauses_are_short_meanwhile():
    before = state()
    with pauses.short():
        assert sys.getswitchinterval() == pytest.approx(pauses.SWITCH_SECONDS)
        assert gc.get_threshold() == (*before[1][:2], pauses.YOUNG_PER_FULL)
        assert gc.get_freeze_count() > 0
    assert state() == before
    assert gc.get_freeze_count() == 0


async def test_the_application_keeps_them_short(settings):
    before = state()
    async with serving(settings):
        assert gc.get_threshold()[2] == pauses.YOUNG_PER_FULL
    assert state() == before


def test_a_failure_leaves_python_as_it_was():
    before = state()
    with pytest.raises(RuntimeError), pauses.short():
        raise RuntimeError
    assert state() == before
