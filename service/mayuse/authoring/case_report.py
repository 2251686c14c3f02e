"""Results of cases as sentences, JUnit XML, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from mayuse.authoring.case_run import Result
from mayuse.catalog import Catalog

Results = Mapping[str, Sequence[Result]]
"""Engine name -> its results."""

FORMATS = ("sentences", "junit", "markdown", "json")


def report(results: Results, form: str, catalog: Catalog) -> str:
    """All results in one of `FORMATS`."""
    if form == "junit":
        return junit(results)
    if form == "json":
        return as_json(results)
    return (markdown if form == "markdown" else sentences)(results, catalog)


def sentences(results: Results, catalog: Catalog) -> str:
    """One line a case and day; what differs stands below it, with file and line."""
    lines = []
    for position, result in enumerate(next(iter(results.values()), ())):
        each = {engine: rows[position] for engine, rows in results.items()}
        wrong = {engine: row for engine, row in each.items() if row.differences}
        lines.append(
            f"{'FAIL' if wrong else 'ok  '} {result.name}: {catalog.in_words(result.ruling)}"
        )
        lines.extend(
            f"     {_place(row)} ({engine}): {difference}"
            for engine, row in wrong.items()
            for difference in row.differences
        )
    return "\n".join([*lines, summary(results)])


def summary(results: Results) -> str:
    """How many were asked and how many are as expected, in one line."""
    counts = [
        f"{sum(not row.differences for row in rows)} of {len(rows)} as expected on {engine}"
        for engine, rows in results.items()
    ]
    cases = {row.case.name for rows in results.values() for row in rows}
    return f"{len(cases)} cases: {'; '.join(counts)}"


def junit(results: Results) -> str:
    """JUnit XML: one suite an engine, one test case a case and day."""
    root = ET.Element("testsuites", name="policy cases")
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


def markdown(results: Results, catalog: Catalog) -> str:
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
    return "\n".join([*lines, "", summary(results)])


def as_json(results: Results) -> str:
    """Every result as an object, for programs."""
    rows = [_row(engine, row) for engine, found in results.items() for row in found]
    return json.dumps({"results": rows, "failed": sum(not row["ok"] for row in rows)}, indent=1)


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
