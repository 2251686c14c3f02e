"""The examination of a candidate, in a process of its own: `python -m mayuse.authoring.examining`.

A candidate may be hostile: data that take a gigabyte, Rego that compiles for hours, WebAssembly
that never ends. Here it meets only itself: this process has bounds on its memory and its time,
none of the service's secrets in its environment, and is ended from outside when it is too slow.

It is given a folder with `candidate.tar.gz`, `active.tar.gz`, perhaps public keys in `keys/`, and
the day; it writes JSON. Nothing of the candidate is run before its signature is found to be right.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from mayuse import archive, bundle_signature
from mayuse import bundle as bundles
from mayuse.authoring import case_run, cases, comparing, lint, unpacked
from mayuse.authoring.case_run import Result
from mayuse.authoring.examination import NOT_CHECKED, REFUSED, Comparison, Signature
from mayuse.authoring.findings import NOTE, Finding
from mayuse.bundle import Bundle
from mayuse.bundle_keys import TrustedKeys
from mayuse.catalog import Catalog
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.errors import AuthoringError, BundleError, OpaFailed, OpaMissing

YIELDING = 5
"""How far it stands back behind the service, whose callers wait, on the same processors."""

FILE_SIZE = 256 * 2**20
SHOWN, LENGTH = 500, 2_000
"""So many findings are told, each in so many letters."""

NOT_IN_A_BUNDLE = {"missing-test"}
"""What the lint finds only because a bundle carries no tests."""

BUILD = "build it with `mayuse policy build`"
SIGN = "sign it with `mayuse policy sign`, by a key that is trusted here"
INSTALL = "run `mayuse opa install` where the service runs, or set MAYUSE_OPA_BIN"


@dataclass
class Report:
    """What was found so far."""

    usable: bool = False
    """Whether it can be read, and is signed where it must be."""

    signature: Signature = NOT_CHECKED
    findings: list[Finding] = field(default_factory=list)
    cases: int = 0
    answers: int = 0
    right: int = 0
    comparison: Comparison = field(default_factory=Comparison)
    complete: bool = True

    def add(self, file: str, line: int, check: str, says: str, mend: str) -> None:
        """One more fault."""
        self.findings.append(Finding(file, line, check, says, mend))

    @contextmanager
    def step(self, check: str) -> Iterator[None]:
        """Make findings of whatever ends a step too early; then the examination is not complete."""
        try:
            yield
        except OpaMissing as error:
            self.add("bundle", 1, "opa-missing", f"{check} was not checked: {error}", INSTALL)
        except OpaFailed as error:
            self.add("bundle", 1, check, str(error), "mend what OPA names")
        except AuthoringError as error:
            for fault in error.faults:
                self.add(*_placed(fault), check, fault, "mend the case file")
        except BundleError as error:
            mend = SIGN if check == "signature" else BUILD
            heading, *faults = str(error).splitlines()
            for fault in faults or [heading]:
                self.add("bundle", 1, check, fault, mend)
        # Whatever else a hostile bundle breaks is a fault of that bundle, and never passes.
        except Exception as error:  # noqa: BLE001
            says = f"{check} could not be checked: {type(error).__name__}"
            self.add("bundle", 1, check, says, "look at what is unusual in the bundle")
        else:
            return
        self.complete = False

    def to_json(self) -> dict[str, Any]:
        """For the process that asked."""
        first = sorted(set(self.findings), key=lambda item: (item.kind == NOTE, item))[:SHOWN]
        return {**asdict(self), "findings": [_shortened(item) for item in first]}


def examine(folder: Path, today: date) -> Report:
    """Read, check the signature, then lint, build again, run the cases, compare."""
    report = Report()
    candidate = active = None
    with report.step("bundle"):
        active = bundles.read(folder / "active.tar.gz")
        candidate = bundles.read(folder / "candidate.tar.gz")
    if candidate is None or active is None or not _is_signed(candidate, folder / "keys", report):
        report.complete = False
        return report
    report.usable = True
    with report.step("policies"), unpacked.unpacked(candidate) as policies:
        _check_policies(candidate, policies, today, report)
    with report.step("cases"):
        asyncio.run(_ask(candidate, active, report))
    return report


def _is_signed(candidate: Bundle, keys: Path, report: Report) -> bool:
    if not keys.is_dir():
        return True
    report.signature = REFUSED
    with report.step("signature"):
        signed = bundle_signature.verify(archive.unpack(candidate.raw), TrustedKeys.read(keys))
        report.signature = asdict(signed)
        return True
    return False


def _check_policies(candidate: Bundle, policies: Path, today: date, report: Report) -> None:
    if not candidate.cases:
        mend = "build it again with `mayuse policy build`, from a folder with cases/"
        report.add("bundle", 1, "no-cases", "the bundle carries no cases that show it", mend)
    confined = False
    with report.step("compile"):
        unpacked.check_confined(policies)
        confined = True
    if confined:
        with report.step("rebuild"):
            report.findings.extend(unpacked.rebuilt(candidate, policies))
        with report.step("lint"):
            found = lint.lint(policies, today)
            report.findings.extend(item for item in found if item.check not in NOT_IN_A_BUNDLE)


async def _ask(candidate: Bundle, active: Bundle, report: Report) -> None:
    """Both engines have the service's own bounds on time and memory."""
    engine = EmbeddedEngine(candidate)
    try:
        asked = cases.read(candidate.cases, engine.vocabulary)
        catalog = Catalog(candidate)
        results = await case_run.run(asked, engine, catalog)
        report.cases, report.answers = len(asked), len(results)
        report.right = sum(not result.differences for result in results)
        report.findings.extend(_wrong(results, catalog))
        before = EmbeddedEngine(active)
        try:
            report.comparison = await comparing.compare(candidate, active, before, engine)
        finally:
            await before.close()
    finally:
        await engine.close()


def _wrong(results: Sequence[Result], catalog: Catalog) -> Iterator[Finding]:
    for result in results:
        if result.differences:
            question = catalog.in_words(result.expected.question)
            answer = catalog.in_words(result.ruling)
            says = f"{result.name}: {question} {answer} But {'; '.join(result.differences)}."
            mend = "mend the rule, or the case if it is the case that is wrong"
            yield Finding(result.case.file, result.expected.line, "case", says, mend)


def _shortened(finding: Finding) -> dict[str, Any]:
    row = finding.to_json()
    return {name: part[:LENGTH] if isinstance(part, str) else part for name, part in row.items()}


def _placed(fault: str) -> tuple[str, int]:
    file, line, _ = fault.split(":", 2)
    return file, int(line)


def _bound(seconds: int, memory: int) -> None:
    """Take away from this process, and from what it starts, what it must not use up."""
    os.nice(YIELDING)
    for limit, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (allowed, allowed))


def main(arguments: Sequence[str]) -> None:
    """`FOLDER DAY SECONDS BYTES`: examine what lies in the folder, write the report as JSON."""
    folder, today, seconds, memory = arguments
    _bound(int(seconds), int(memory))
    report = examine(Path(folder), date.fromisoformat(today))
    sys.stdout.buffer.write(orjson.dumps(report.to_json()))


if __name__ == "__main__":
    main(sys.argv[1:])
