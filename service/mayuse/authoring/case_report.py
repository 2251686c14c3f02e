"""Results of cases as sentences, JUnit XML, Markdown and JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from mayuse.authoring.case_run import Result
from mayuse.authoring.opa_checks import Step
from mayuse.authoring.testing import Tested
from mayuse.catalog import Catalog

Results = Mapping[str, Sequence[Result]]
"""Engine name -> its results."""

FORMATS = ("sentences", "junit", "markdown", "json")


EXPLAIN = "mayuse policy explain --file -"
"""Explains the question that it is given."""

NEXT = "Mend the rule or the case. The last line of a failure shows how the rules come to it."


def report(tested: Tested, form: str, *, every: bool = False, explain: str = EXPLAIN) -> str:
    """All that was tested, in one of `FORMATS`; `every` and `explain` as `sentences` has them."""
    results, checks = tested.results, tested.steps
    if form == "junit":
        return junit(results, checks)
    if form == "json":
        return as_json(results, checks)
    if form == "markdown":
        return markdown(results, tested.catalog, checks)
    return sentences(results, tested.catalog, checks, every=every, explain=explain)


def sentences(
    results: Results,
    catalog: Catalog,
    checks: Sequence[Step] = (),
    *,
    every: bool = False,
    explain: str = EXPLAIN,
) -> str:
    """What is not as expected, a block a case and day, and the count last.

    With `every`, a line for each that is as expected stands before. `explain` is the command that
    reads a question and explains its answer.
    """
    right: list[str] = []
    wrong: list[str] = []
    for position, result in enumerate(next(iter(results.values()), ())):
        each = {engine: rows[position] for engine, rows in results.items()}
        if any(row.differences for row in each.values()):
            wrong += _failure(each, catalog, explain)
        else:
            right.append(f"ok   {result.name}: {catalog.in_words(result.ruling)}")
    shown = right if every else []
    return "\n".join([*shown, *wrong, *([NEXT] if wrong else []), summary(results, checks)])


def _failure(each: Mapping[str, Result], catalog: Catalog, explain: str) -> Iterator[str]:
    """One case and day: what kind of failure, where, the answer, what differs, the next step.

    Engines that answer alike are told once.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for engine, row in each.items():
        alike.setdefault(row.differences, []).append(engine)
    first = next(row for row in each.values() if row.differences)
    yield f"FAIL {first.name}: {first.kind}"
    yield f"     {_place(first)}: {catalog.in_words(first.ruling)}"
    for differences, engines in alike.items():
        among = f" (on {' and '.join(engines)} only)" if len(alike) > 1 else ""
        yield from (f"     {difference}{among}" for difference in differences)
    asked = {**first.case.document, "on": first.expected.question.on.isoformat()}
    question = shlex.quote(json.dumps(asked, ensure_ascii=False))
    yield f"     echo {question} | {explain}"


def summary(results: Results, checks: Sequence[Step] = ()) -> str:
    """How many were asked and how many are as expected, and which checks failed, in one line."""
    counts: dict[str, list[str]] = {}
    for engine, rows in results.items():
        right = sum(not row.differences for row in rows)
        counts.setdefault(f"{right} of {len(rows)} answers as expected", []).append(engine)
    cases = len({row.case.name for rows in results.values() for row in rows})
    parts = [f"{count} on {' and '.join(engines)}" for count, engines in counts.items()]
    if checks:
        failed = [check.name for check in checks if not check.passed]
        parts.append(f"failed: {', '.join(failed)}" if failed else f"{len(checks)} checks passed")
    return f"{cases} case{'' if cases == 1 else 's'}: {'; '.join(parts)}"


def junit(results: Results, checks: Sequence[Step] = ()) -> str:
    """JUnit XML: one suite an engine, one test case a case and day; and a suite of the checks."""
    root = ET.Element("testsuites", name="policy cases")
    if checks:
        _suite_of_checks(root, checks)
    for engine, rows in results.items():
        failures = sum(bool(row.differences) for row in rows)
        suite = ET.SubElement(
            root, "testsuite", name=engine, tests=str(len(rows)), failures=str(failures), errors="0"
        )
        for row in rows:
            case = ET.SubElement(
                suite,
                "testcase",
                name=row.name,
                classname=_class_name(row),
                file=row.case.file,
                line=str(row.expected.line),
            )
            if row.differences:
                failure = ET.SubElement(case, "failure", message=row.differences[0])
                failure.text = "\n".join(row.differences)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _suite_of_checks(root: ET.Element, checks: Sequence[Step]) -> None:
    failed = sum(not check.passed for check in checks)
    counts = {"tests": str(len(checks)), "failures": str(failed), "errors": "0"}
    suite = ET.SubElement(root, "testsuite", name="checks", attrib=counts)
    for check in checks:
        case = ET.SubElement(suite, "testcase", name=check.name, classname="checks")
        if not check.passed:
            failure = ET.SubElement(case, "failure", message=f"{check.name} failed")
            failure.text = "\n".join(check.details)


def markdown(results: Results, catalog: Catalog, checks: Sequence[Step] = ()) -> str:
    """A table of every case and day: question, answer, and whether it is as expected."""
    lines = ["| case | question | answer | as expected |", "|---|---|---|---|"]
    for position, result in enumerate(next(iter(results.values()), ())):
        wrong = [
            f"{engine}: {difference}"
            for engine, rows in results.items()
            for difference in rows[position].differences
        ]
        cells = (
            result.case.name,
            catalog.in_words(result.expected.question),
            catalog.in_words(result.ruling),
            "no: " + "; ".join(wrong) if wrong else "yes",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, "", summary(results, checks)])


def as_json(results: Results, checks: Sequence[Step] = ()) -> str:
    """Every check and every result as an object, for programs."""
    rows = [_row(engine, row) for engine, found in results.items() for row in found]
    document = {
        "checks": [
            {"check": check.name, "ok": check.passed, "details": list(check.details)}
            for check in checks
        ],
        "results": rows,
        "failed": sum(not row["ok"] for row in rows),
    }
    return json.dumps(document, indent=1)


def _row(engine: str, result: Result) -> dict[str, Any]:
    return {
        "engine": engine,
        "file": result.case.file,
        "line": result.expected.line,
        "case": result.case.name,
        "on": result.expected.question.on.isoformat(),
        "effect": result.ruling.effect,
        "ok": not result.differences,
        "differences": list(result.differences),
    }


def _place(result: Result) -> str:
    return f"{result.case.file}:{result.expected.line}"


def _class_name(result: Result) -> str:
    return Path(result.case.file).name.removesuffix(".cases.yaml")
