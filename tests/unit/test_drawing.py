"""Random bytes, drawn at once, are still each one's own."""

from __future__ import annotations

from mayuse.decision_log.drawing import draw


def test_each_is_as_long_as_asked_and_none_is_like_another():
    drawn = draw(1000, 16)
    assert [len(one) for one in drawn] == [16] * 1000
    assert len(set(drawn)) == 1000


def test_nothing_is_drawn_for_nobody():
    assert draw(0, 32) == []
