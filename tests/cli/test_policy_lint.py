"""`mayuse policy lint`: each check finds its fault at its line, and nothing where there is none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

SIGNAL = Path("mayuse/law/world/signal/signal.rego")
PACKAGE, IN_PLACE = 10, 12
"""Its lines."""

CASES = """\
cases:
  - name: a signal opts out of a sale
    question: &a
"""


@pytest.fixture(autouse=True)
def policies(root: Path, tmp_path: Path) -> Path:
    """The small policies of the engines' tests, without their cases."""
    small, without_cases = root / "tests" / "engines" / "policies", shutil.ignore_patterns("cases")
    return shutil.copytree(small, tmp_path / "policies", ignore=without_cases)


@pytest.fixture
def lint(mayuse):
    """Findings as (file, line, check)."""

    def run() -> list[tuple[str, int, str]]:
        done = mayuse("policy", "lint", "--json")
        assert done.stdout, done.stderr
        found = json.loads(done.stdout)
        assert all(row["says"] and row["mend"] for row in found)
        assert done.returncode == (1 if any(row["kind"] == "fault" for row in found) else 0)
        return [(row["file"], row["line"], row["check"]) for row in found]

    return run


def replace(file: Path, old: str, new: str) -> int:
    """Change the first `old`; returns its line."""
    text = file.read_text()
    assert old in text, old
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        (
            "signal_off if input.signals.gpc == false",
            "signal_off if not input.signals.gcp",
            "undefined-not",
        ),
        (
            "signal_off if input.signals.gpc == false",
            'signal_off if not input.choices.absent == "on"',
            "undefined-not",
        ),
        (
            "signal_off if input.signals.gpc == false",
            "signal_off if not data.mayuse.facts.places[input.jurisdiction].regime_next",
            "undefined-not",
        ),
        (
            "signal_off if input.signals.gpc == false",
            "signal_off if time.now_ns() > 0",
            "forbidden-builtin",
        ),
        (
            "signal_off if input.signals.gpc == false",
            'signal_off if http.send({"url": "https://example.org", "method": "get"}).body',
            "forbidden-builtin",
        ),
        (
            "signal_off if input.signals.gpc == false",
            'signal_off if rand.intn("x", 2) == 1',
            "forbidden-builtin",
        ),
        (
            "signal_off if input.signals.gpc == false",
            'signal_off if regex.match("a", input.data)',
            "forbidden-builtin",
        ),
        (
            "signal_off if input.signals.gpc == false",
            'signal_off if startswith(input.data, "a")',
            "forbidden-builtin",
        ),
        ('"act": "act-a"', '"act": "act-none"', "missing-citation"),
        ('"cites": ["act-a-2", "act-a-1"]', '"cites": ["none"]', "missing-citation"),
        ('"cites": ["act-a-2", "act-a-1"]', '"cites": []', "missing-citation"),
        (', "cites": ["act-a-2", "act-a-1"]', "", "missing-citation"),
        ('"reason": "signal_off"', '"reason": "unsaid"', "missing-sentence"),
        ('in_force := {"from": "2020-01-01", ', "in_force := {", "missing-dates"),
    ],
)
def test_a_fault_in_a_rule_is_found_at_its_line(lint, policies, old, new, check):
    before = set(lint())
    line = replace(policies / SIGNAL, old, new)

    assert (str(SIGNAL), line, check) in set(lint()) - before


@pytest.mark.parametrize(
    "condition",
    [
        "not input.signals.gpc",
        'not input.choices.selling == "on"',
        'not input.purpose in {"sell"}',
        "not data.mayuse.facts.places[input.jurisdiction].name",
        "not named",
    ],
)
def test_a_not_over_what_always_has_a_value_is_none(lint, policies, condition):
    replace(
        policies / SIGNAL,
        "signal_off if input.signals.gpc == false",
        f"signal_off if {condition}\n\nnamed if input.signals.gpc == true",
    )

    assert not [found for found in lint() if found[2] == "undefined-not"]


def test_a_sentence_that_no_reason_uses_is_found(lint, policies):
    line = replace(
        policies / SIGNAL,
        "#     signal_off: no opt-out signal is sent",
        "#     signal_off: no opt-out signal is sent\n#     never: is never given",
    )

    assert (str(SIGNAL), line + 1, "unused-sentence") in lint()


@pytest.mark.parametrize(
    ("word", "line"),
    [("title", 1), ("description", 1), ("owner", 4), ("last_read", 4), ("reasons", 4)],
)
def test_metadata_that_is_missing_is_found_where_it_belongs(lint, policies, word, line):
    replace(policies / SIGNAL, f"{word}:", f"not_{word}:")

    assert (str(SIGNAL), line, "missing-metadata") in lint()


def test_a_rule_without_a_test_or_a_case_is_found(lint):
    found = lint()

    assert (str(SIGNAL), 1, "missing-test") in found
    assert [row for row in found if row[::2] == (str(SIGNAL), "missing-case")] == [
        (str(SIGNAL), PACKAGE, "missing-case")
    ]
    assert not [row for row in found if "baseline" in row[0] and row[2] == "missing-test"]


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        (
            'in_place if input.jurisdiction == "AA"',
            'in_place if input.jurisdiction == "ZZ"',
            "unreachable",
        ),
        ('"until": "9999-12-31"', '"until": "2019-12-31"', "unreachable"),
        ('"until": "9999-12-31"', '"until": "2020-12-31"', "expired"),
    ],
)
def test_a_rule_that_cannot_speak_any_more_is_found(lint, policies, old, new, check):
    line = replace(policies / SIGNAL, old, new)

    assert (str(SIGNAL), line, check) in lint()


@pytest.mark.parametrize(
    ("topic", "change", "check"),
    [
        ("acts", (", source: made up for tests}", "}"), "facts-source"),
        ("acts", ("confidence: high, ", ""), "facts-source"),
        ("acts", (', from: "2020-01-01"', ""), "missing-dates"),
        ("acts", ("places: [AA], ", ""), "missing-places"),
        ("provisions", (", source: made up for tests}", "}"), "facts-source"),
        ("provisions", ("{act: act-a,", "{act: act-none,"), "missing-citation"),
        ("provisions", ("title: Selling", "title: FILL IN"), "placeholder"),
        (
            "places",
            ("{name: Aland,", "{age: {years: 16, confidence: high}, name: Aland,"),
            "facts-source",
        ),
        ("places", ("{name: Aland,", "{cites: [act-none-1], name: Aland,"), "missing-citation"),
    ],
)
def test_a_fault_in_the_facts_is_found_at_its_line(lint, policies, topic, change, check):
    file = Path("mayuse/facts") / topic / "data.yaml"
    line = replace(policies / file, *change)

    assert (str(file), line, check) in lint()


def test_a_faulty_case_file_is_found_at_its_line(lint, policies):
    (policies / "cases").mkdir()
    (policies / "cases" / "x.cases.yaml").write_text(CASES)
    [found] = [row for row in lint() if row[2] == "case-file"]

    assert found[0].endswith("x.cases.yaml")
    assert found[1] == 3


def test_findings_read_as_sentences(mayuse):
    said = mayuse("policy", "lint").stdout.splitlines()

    assert any(
        line.startswith(f"policies/{SIGNAL}:1: fault [missing-test] the rule has no")
        for line in said
    )
    assert said[-1].endswith(" notes")


def test_a_rule_that_its_area_hides_is_found(lint, policies):
    (policies / "mayuse" / "law" / "world" / "area.rego").write_text(
        'package mayuse.areas.world\n\nin_place if input.jurisdiction == "BB"\n'
    )

    assert (str(SIGNAL), IN_PLACE, "not-asked") in lint()
