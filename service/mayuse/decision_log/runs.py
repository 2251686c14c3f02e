"""The writers' numbered runs: no entry may be missing from one, whoever took it. Pure.

A row that is deleted before it is sealed leaves no trace in the tree. It leaves a gap in the run
of the process that wrote it, for each process numbers what it commits from 1 on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from mayuse.decision_log.findings import Report


class Span(NamedTuple):
    """Entries of one run that follow each other, in numbers and in leaves."""

    leaf: int
    """Index of the first one's leaf."""

    epoch: str
    first: int
    """Its number in the run."""

    length: int


@dataclass(slots=True)
class _Run:
    next: int = 1
    """One more than the highest number seen."""

    gaps: list[tuple[int, int]] = field(default_factory=list)
    """Ranges below it that were not seen, as (first, one after the last)."""

    end: int | None = None


class Runs:
    """Follows every run through the log."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._runs: dict[str, _Run] = {}

    def take_span(self, span: Span) -> None:
        """See some entries of a run."""
        run = self._runs.get(span.epoch)
        if run is not None and run.next == span.first:
            run.next += span.length
        else:
            for at in range(span.length):
                self.take(span.leaf + at, span.epoch, span.first + at)

    def take(self, index: int, epoch: str, number: int) -> None:
        """See one entry of a run. Sealers may meet them in another order than they were given."""
        run = self._runs.get(epoch)
        if run is None:
            run = self._runs[epoch] = _Run()
        if number == run.next:
            run.next += 1
        elif number > run.next:
            run.gaps.append((run.next, number))
            run.next = number + 1
        elif not _filled(run.gaps, number):
            self._report.add("run_repeated", f"run {epoch}", f"number {number}, leaf {index}")

    def end(self, epoch: str, number: int) -> None:
        """See the entry that ends a run, after it was taken."""
        self._runs[epoch].end = number

    def finish(self, purged: int) -> None:
        """Report what is missing.

        So many leaves were purged: the beginnings of runs may be among them, but no more entries
        than that, and never the middle of a run.
        """
        self._report.runs = len(self._runs)
        self._report.runs_ended = sum(run.end is not None for run in self._runs.values())
        for epoch, run in self._runs.items():
            if run.end is not None and run.next - 1 > run.end:
                self._report.add("run_end", f"run {epoch}", f"it ended at {run.end} and went on")
            for first, until in run.gaps:
                missing = until - first
                if first == 1 and missing <= purged:
                    purged -= missing
                    continue
                self._report.add("run_gap", f"run {epoch}", f"numbers {first} to {until - 1}")


def _filled(gaps: list[tuple[int, int]], number: int) -> bool:
    """Take a number out of the gap it lies in; False when it lies in none."""
    for at, (first, until) in enumerate(gaps):
        if first <= number < until:
            gaps[at : at + 1] = [
                gap for gap in ((first, number), (number + 1, until)) if gap[0] < gap[1]
            ]
            return True
    return False
