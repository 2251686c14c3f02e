"""A candidate is examined by a process of its own: what passes, and what does not and why."""

from __future__ import annotations

from datetime import date

import pytest

from mayuse import bundle
from mayuse.authoring.examination import NOT_CHECKED, Examination
from mayuse.authoring.examine import examine

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def packaged() -> Examination:
    """The packaged bundle beside itself."""
    active = bundle.packaged()
    return examine(active.raw, trusted=None, active=active, today=TODAY)


def test_the_packaged_bundle_proves_itself(packaged: Examination) -> None:
    assert packaged.passed, packaged.findings
    assert packaged.bundle is not None
    assert packaged.bundle.digest == bundle.packaged().digest
    assert packaged.right == packaged.answers > packaged.cases > 1000
    assert packaged.signature == NOT_CHECKED


def test_beside_itself_nothing_changes(packaged: Examination) -> None:
    told = packaged.comparison
    assert (told.asked, told.changed, told.changes) == (packaged.answers, 0, ())
    assert (told.dropped, told.newer) == ({}, False)
