"""`mayuse policy test`: OPA's checks, the rules' tests and the worked cases, on real OPA."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from spoiling import cases_of, spoil

pytestmark = pytest.mark.usefixtures("policies")


def test_cases_that_are_right_are_counted(mayuse):
    done = mayuse("policy", "test")
    *checks, last = done.stdout.splitlines()

    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.startswith("ok   ") for line in checks)
    assert "ok   opa check --strict" in checks
    assert "ok   both engines agree, byte for byte" in checks
    assert re.fullmatch(
        r"\d+ cases: (\d+) of \1 answers as expected on embedded and opa; 5 checks passed", last
    )


def test_all_answers_are_shown_on_demand_and_failures_last(mayuse, policies):
    spoil(cases_of(policies), "[sharing_is_off]", "[signal_is_honoured]")
    lines = mayuse("policy", "test", "--all").stdout.splitlines()
    answers = [line for line in lines if re.match(r"(ok  |FAIL) A\d", line)]

    assert "ok   A1 LinkedIn trains AI on a Virginian profile, 2025-11-20: Yes: " in "\n".join(
        answers
    )
    assert [line[:4] for line in answers] == [*["ok  "] * (len(answers) - 1), "FAIL"]
    assert any("both engines agree" in line for line in lines[: lines.index(answers[0])])


def test_the_right_answer_for_the_wrong_reason_fails(mayuse, policies):
    line = spoil(cases_of(policies), "[sharing_is_off]", "[signal_is_honoured]")
    lines = mayuse("policy", "test").stdout.splitlines()
    at = next(at for at, row in enumerate(lines) if row.startswith("FAIL"))
    kind, answer, expected, found, explain, next_step, last = lines[at:]

    assert kind == (
        "FAIL A5 sharing switched off, 2025-11-20: the answer is right, the reasons differ"
    )
    place, _, sentence = answer.strip().partition(": ")
    assert 0 < line - int(place.removeprefix("policies/cases/article.cases.yaml:")) < 12
    assert sentence.startswith("No: law and terms deny, because")
    rule = "terms/linkedin/microsoft_ads"
    assert expected.strip() == f"expected the reason {rule}: signal_is_honoured"
    assert found.strip() == f"did not expect the reason {rule}: sharing_is_off"
    assert next_step.startswith("Mend the rule or the case.")
    assert " answers as expected on embedded and opa; 5 checks passed" in last
    question, _, command = explain.strip().partition(" | mayuse ")
    [_, asked] = shlex.split(question)
    explained = mayuse(*shlex.split(command), "--json", stdin=asked)
    assert json.loads(explained.stdout)[0]["effect"] == "deny"


def test_a_faulty_case_file_is_wrong_use_and_told_by_line(mayuse, policies):
    line = spoil(cases_of(policies), "effect: deny", "effect: no")
    done = mayuse("policy", "test")

    assert done.returncode == 2
    assert f"article.cases.yaml:{line}: 'no' is not one of permit, deny" in done.stderr


def test_the_report_is_junit_markdown_or_json(mayuse, policies):
    spoil(cases_of(policies), "[sharing_is_off]", "[signal_is_honoured]")
    reports = {
        form: mayuse("policy", "test", "--format", form) for form in ("junit", "markdown", "json")
    }

    assert {done.returncode for done in reports.values()} == {1}
    suites = ET.fromstring(reports["junit"].stdout)  # noqa: S314 - our own report
    assert [suite.get("name") for suite in suites] == ["checks", "embedded", "opa"]
    assert [suite.get("failures") for suite in suites] == ["0", "1", "1"]
    document = json.loads(reports["json"].stdout)
    assert all(row["ok"] for row in document["checks"])
    assert document["failed"] == 2
    wrong = [row for row in document["results"] if not row["ok"]]
    assert {row["case"] for row in wrong} == {"A5 sharing switched off"}
    assert "| no: embedded: expected the reason" in reports["markdown"].stdout


def test_an_unknown_format_is_wrong_use(mayuse):
    done = mayuse("policy", "test", "--format", "pdf")

    assert done.returncode == 2
    assert "sentences, junit, markdown, json" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        ("signal_on if input.signals.gpc", "signal_on  if input.signals.gpc", "opa fmt"),
        ("signal_on if input.signals.gpc", "signal_on if not input.signals.gpc", "opa test"),
    ],
)
def test_opa_s_own_checks_must_pass(mayuse, policies, old, new, failing):
    rule = policies / "mayuse" / "law" / "us" / "browser_signal" / "browser_signal.rego"
    spoil(rule, old, new)
    done = mayuse("policy", "test", "--cases", cases_of(policies))
    lines = done.stdout.splitlines()

    assert done.returncode == 1
    [at] = [at for at, line in enumerate(lines) if line.startswith(f"FAIL {failing}")]
    assert Path(lines[at + 1].strip().split(":")[0]).is_file()
    assert f"; failed: {failing}" in lines[-1]


def test_coverage_names_what_no_case_shows(mayuse):
    done = mayuse("policy", "test", "--coverage")

    assert done.returncode == 0
    assert "reasons of rules: " in done.stdout
    assert "no case gives law/us/minors: banned" in done.stdout
    assert "no case shows a " in done.stdout
    assert "no case shows linkedin-pp-2025-11-03 on 2025-11-03" not in done.stdout
    assert "no case shows eu-gdpr on 2018-05-25 and the day before" in done.stdout
