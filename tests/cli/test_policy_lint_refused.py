"""What the build refuses, the lint finds: at the same line, in the file that holds it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

ACTS = Path("mayuse/facts/acts")
ACT = """\
title: "FILL IN: the act's title"
layer: law
from: "2031-02-30"
source: made up twice
until: 31.12.2031
places: [AA, AAA]
confidence: lowish
source: made up
"""
PLACES = "BB: {name: Beland, regime: BB}\nAA:\n  name: Aland\n  regime: AA\n  until: 2031-2-1\n"
CASES = "policies/cases/small.cases.yaml"
SIGNAL = Path("mayuse/law/world/signal/signal.rego")

DAY = "is not a day that exists, as YYYY-MM-DD"
REFUSED = [
    (str(ACTS / "b/data.yaml"), 3, f'b.from: {DAY} in quotes; it reads "2031-02-30"'),
    (str(ACTS / "b/data.yaml"), 5, f'b.until: {DAY} in quotes; it reads "31.12.2031"'),
    (
        str(ACTS / "b/data.yaml"),
        7,
        'b.confidence: is not high, medium or low; it reads "lowish"; did you mean low?',
    ),
    (str(ACTS / "b/data.yaml"), 6, "b.places: AAA is not a known place; did you mean AA?"),
    (
        "mayuse/facts/provisions/data.yaml",
        1,
        "act-a-1.act: act-aa is not a known act; did you mean act-a?",
    ),
    (str(SIGNAL), 6, f'METADATA custom.last_read: {DAY}; it reads "29.11.2026"'),
]
ONLY_LINTED = [
    (
        str(ACTS / "b/data.yaml"),
        8,
        "source stands here and in line 4: only the last counts",
    ),
    (str(ACTS / "b/data.yaml"), 1, "b still reads FILL IN in title"),
    (
        "mayuse/facts/places/data.yaml",
        5,
        f'places.AA.until {DAY} in quotes; it reads "2031-2-1"',
    ),
    (str(SIGNAL), 3, "METADATA description still reads FILL IN"),
    (str(SIGNAL), 8, "METADATA custom.reasons.signal_on still reads FILL IN"),
]
CHECKS = {
    "missing-dates",
    "facts-repeated",
    "facts-source",
    "facts-shape",
    "missing-metadata",
    "placeholder",
}


@pytest.fixture
def small(root: Path, tmp_path: Path) -> Path:
    """The small policies of the engines' tests."""
    return shutil.copytree(root / "tests/engines/policies", tmp_path / "policies")


def spoil(folder: Path) -> None:
    """Put faults in that the build refuses."""
    (folder / ACTS / "b").mkdir()
    (folder / ACTS / "b/data.yaml").write_text(ACT)
    (folder / "mayuse/facts/places/data.yaml").write_text(PLACES)
    provisions = folder / "mayuse/facts/provisions/data.yaml"
    provisions.write_text(provisions.read_text().replace("act: act-a,", "act: act-aa,", 1))
    signal = folder / SIGNAL
    signal.write_text(
        signal.read_text()
        .replace('"2026-11-23"', '"29.11.2026"')
        .replace("A signal is an opt-out from sale.", "FILL IN")
        .replace("the browser sends an opt-out signal", "FILL IN")
    )


def test_what_the_build_refuses_is_found_by_the_lint_with_its_line(mayuse, small):
    spoil(small)
    found = json.loads(mayuse("policy", "lint", "--json").stdout)
    told = {
        (row["file"], row["line"], row["says"])
        for row in found
        if row["check"] in CHECKS or "known act" in row["says"]
    }
    assert told == {*REFUSED, *ONLY_LINTED}

    built = mayuse("policy", "build", "--version", "1", "--out", "b.tar.gz")
    assert built.returncode == 1
    assert sorted(built.stderr.splitlines()[1:]) == sorted(
        f"policies/{file}:{line}: {says}" for file, line, says in REFUSED
    )


DEFAULT = 'default: is none of its values; it reads "defalt"; did you mean default?'
KIND = (
    "kind: is none of setting, request, consent, objection; "
    'it reads "seting"; did you mean setting?'
)
VOCABULARY = Path("mayuse/facts/vocabulary/data.yaml")


def test_of_facts_that_cannot_be_asked_nothing_else_is_said(mayuse, small):
    words = small / VOCABULARY
    text = words.read_text()
    for old, new in (
        ("sell: {label:", "sell: {lable:"),
        ("recipients: {acme", "recipient: {acme"),
        ("kind: setting", "kind: seting"),
        ("default: default}", "default: defalt}"),
    ):
        assert old in text
        text = text.replace(old, new)
    words.write_text(text)
    with (small / ACTS / "data.yaml").open("a") as acts:
        acts.write("act-b: Act B\n")
    wanted = [
        f"policies/{ACTS}/data.yaml:3: fault [facts-shape] act-b: is not a map",
        f"policies/{VOCABULARY}:1: fault [facts-shape] recipients: is missing or empty",
        f"policies/{VOCABULARY}:3: fault [facts-shape] purposes.sell.label: is missing or empty",
        f"policies/{VOCABULARY}:6: fault [facts-shape] choices.selling.{DEFAULT}",
        f"policies/{VOCABULARY}:6: fault [facts-shape] choices.selling.{KIND}",
        "5 faults, 0 notes",
    ]
    told = mayuse("policy", "lint").stdout.splitlines()
    assert [line for line in told if not line.startswith(" ")] == wanted

    shutil.rmtree(words.parent)
    told = mayuse("policy", "lint").stdout.splitlines()
    assert f"policies/mayuse/facts:1: fault [facts-shape] {VOCABULARY} is missing or empty" in told


def test_a_case_that_names_what_does_not_exist_and_a_stale_index_are_found(mayuse, small):
    file = small / "cases/small.cases.yaml"
    file.write_text(file.read_text().replace("[signal_off]", "[signal_of]"))
    says = "'signal_of' is no reason of law/world/signal; did you mean 'signal_off'?"
    tested = mayuse("policy", "test")
    assert (tested.returncode, tested.stderr.splitlines()[-1]) == (2, f"{CASES}:15: {says}")

    (small / "mayuse/main/rules.rego").write_text("package mayuse.main\n")
    told = mayuse("policy", "lint").stdout
    assert f"{CASES}:15: fault [case-file] {says}\n" in told
    assert (
        "policies/mayuse/main/rules.rego:1: fault [stale-index] "
        "main does not ask just the rules that there are\n    run `mayuse policy index`\n"
    ) in told
