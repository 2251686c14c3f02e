"""`mayuse policy test`: everything that must hold of a policies folder, and what it does not show.

1. OPA's own checks: format, strict compilation, the tests beside the rules.
2. The folder builds into a bundle.
3. Every worked case, on both engines: effect, layers, exact reasons, exact provisions.
4. Both engines give the same verdicts, byte for byte.
5. On demand, coverage: what no case shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mayuse.authoring import case_run, cases, coverage, explore, opa_checks
from mayuse.authoring.case_ids import CaseIds
from mayuse.authoring.case_run import Result
from mayuse.authoring.coverage import Coverage
from mayuse.authoring.opa_checks import Step
from mayuse.authoring.source import Source, open_source
from mayuse.catalog import Catalog
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.errors import OpaFailed
from mayuse.verdict import Fault, Verdict

PATIENT = 60.0
"""Seconds one slice may take: here nobody waits for the answer."""


@dataclass(frozen=True)
class Tested:
    """What came of it."""

    steps: tuple[Step, ...]
    results: Mapping[str, Sequence[Result]]
    """Engine -> its results."""

    coverage: Coverage | None
    catalog: Catalog

    @property
    def passed(self) -> bool:
        """Whether every step passed and every case is as expected."""
        return all(step.passed for step in self.steps) and not any(
            result.differences for rows in self.results.values() for result in rows
        )


async def run(
    policies: Path,
    case_files: Sequence[Path],
    *,
    covering: bool,
    tell: Callable[[Step], None],
) -> Tested:
    """Test a policies folder with these case files; `tell` hears of each step as it is done.

    Raises `OpaFailed` or `BundleError` when the folder does not compile or build,
    `AuthoringError` for faulty case files, `OpaMissing` without OPA.
    """
    steps = []
    for step in opa_checks.run(policies):
        tell(step)
        steps.append(step)
        if step.name == opa_checks.COMPILED and not step.passed:
            raise OpaFailed(
                "nothing else was tested, as the policies do not compile; "
                "`mayuse policy lint` may say more"
            )
    async with open_source(policies) as source:
        embedded = EmbeddedEngine(source.bundle, timeout=PATIENT)
        try:
            ids = CaseIds.of(source.bundle.rules, source.bundle.facts)
            asked = cases.load(case_files, embedded.vocabulary, ids)
            results = {
                "embedded": await case_run.run(asked, embedded, source.catalog),
                "opa": await case_run.run(asked, source.engine, source.catalog),
            }
            agreement = _agreement(results["embedded"], results["opa"])
            tell(agreement)
            shown = await _coverage(source, embedded, results["embedded"]) if covering else None
        finally:
            await embedded.close()
        return Tested((*steps, agreement), results, shown, source.catalog)


def _agreement(first: Sequence[Result], second: Sequence[Result]) -> Step:
    differing = [
        f"{one.case.file}:{one.expected.line}: {one.name}"
        for one, other in zip(first, second, strict=True)
        if _texts(one) != _texts(other)
    ]
    return Step("both engines agree, byte for byte", not differing, tuple(differing))


def _texts(result: Result) -> list[str]:
    return [
        item.verdict.code if isinstance(item.verdict, Fault) else item.verdict.to_text()
        for item in result.ruling.findings
    ]


async def _coverage(source: Source, engine: EmbeddedEngine, results: Sequence[Result]) -> Coverage:
    seeds = [finding.facts for result in results for finding in result.ruling.findings]
    near = explore.neighbours(seeds, engine.vocabulary)
    verdicts: list[Verdict | Fault] = await case_run.evaluate(near, engine)
    around = zip(near, verdicts, strict=True)
    return coverage.measure(results, source.bundle.rules, source.bundle.facts, around)
