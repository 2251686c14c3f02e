"""Kill the writer, or fail its disk, at every system call that makes data durable."""

from __future__ import annotations

import time

import pytest
from syscalls import MAY_SKIP, fail_at_each

pytestmark = pytest.mark.skipif(MAY_SKIP, reason="strace makes system calls fail")

FAULTS = ("signal=KILL", "error=EIO", "error=ENOSPC")


@pytest.mark.parametrize(
    ("fault", "step", "first_start"),
    [
        pytest.param("signal=KILL", 30, False, id="kill, some"),
        *(
            pytest.param(fault, 1, first, id=f"{fault}, first={first}", marks=pytest.mark.long)
            for fault in FAULTS
            for first in (True, False)
        ),
    ],
)
async def test_a_fault_at_any_call_breaks_nothing(tmp_path, capsys, fault, step, first_start):
    started = time.monotonic()
    tried = await fail_at_each(tmp_path, fault, step=step, first_start=first_start)
    with capsys.disabled():
        print(  # noqa: T201 - a figure to be seen
            f"\n{fault} at {tried.points} system calls {dict(tried.per_call)}: "
            f"{tried.answered} answered, violations = {len(tried.violations)}; "
            f"{time.monotonic() - started:.1f} s"
        )
    assert tried.violations == []
    assert tried.points > 15
