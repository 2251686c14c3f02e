"""A caller's minute, by a clock that the test turns."""

from __future__ import annotations

from mayuse import quota
from mayuse.quota import Quota, Taken


def test_so_many_and_no_more_until_the_minute_is_over():
    limit = Quota(2)
    assert limit.take("a", 100.0) == Taken(granted=True, left=1, resets=60)
    assert limit.take("a", 130.5) == Taken(granted=True, left=0, resets=30)
    assert limit.take("a", 159.9) == Taken(granted=False, left=0, resets=1)
    assert limit.take("b", 159.9) == Taken(granted=True, left=1, resets=60)
    assert limit.take("a", 160.0) == Taken(granted=True, left=1, resets=60)


def test_in_any_minute_that_begins_with_a_request_the_limit_holds():
    limit = Quota(5)
    granted = [at for at in range(0, 600, 3) if limit.take("a", at).granted]
    assert len(granted) == 5 * 10


def test_callers_whose_minute_is_over_are_forgotten(monkeypatch):
    monkeypatch.setattr(quota, "_CALLERS", 10)
    limit = Quota(1)
    for number in range(1000):
        limit.take(f"caller {number}", float(number * quota.WINDOW))
    assert len(limit._windows) <= 10  # noqa: SLF001 - memory is what is tested
