"""`mayuse policy case new`: a question or a recorded decision, kept as a worked case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from case_files import QUESTION, read

pytestmark = pytest.mark.usefixtures("policies")


def test_a_recorded_decision_becomes_a_case_without_identity(mayuse, policies):
    asked = mayuse("ask", "--file", "-", "--json", stdin=json.dumps(QUESTION))
    recorded = json.loads(asked.stdout)
    kept = policies / "cases" / "kept.cases.yaml"
    done = mayuse(
        *("policy", "case", "new", "--from", recorded["decision_id"]),
        *("--name", "sharing is off", "--out", kept),
    )
    assert done.returncode == 0, done.stderr
    [case] = read(kept.read_text())["cases"]

    assert "member-7" not in kept.read_text()
    assert case["question"]["choices"] == {"share_with_affiliates": "off"}
    assert case["question"]["data_subject"] == {"jurisdiction": "US-CA", "age": "35"}
    [answer] = case["answers"]
    assert (answer["on"], answer["effect"]) == ("2025-11-20", recorded["effect"])
    assert set(answer["reasons"]) == {
        row["rule"] for row in recorded["reasons"] if row["effect"] == "deny"
    }
    assert mayuse("policy", "test", "--cases", kept).returncode == 0


def test_a_question_becomes_a_case_and_cases_are_added_to(mayuse, question):
    asked = ("policy", "case", "new", "--file", question)
    printed = mayuse(*asked, "--name", "printed").stdout
    for name in ("one", "two"):
        assert mayuse(*asked, "--name", name, "--out", "kept.cases.yaml").returncode == 0
    kept = read(Path("kept.cases.yaml").read_text())

    assert [case["name"] for case in kept["cases"]] == ["one", "two"]
    assert read(printed)["cases"][0]["name"] == "printed"


def test_a_file_that_is_no_case_file_is_left_alone(mayuse, question):
    other = Path("other.yaml")
    other.write_text("a: [\n")
    done = mayuse("policy", "case", "new", "--file", question, "--out", other)

    assert done.returncode == 2
    assert other.read_text() == "a: [\n"


def test_a_case_is_made_from_one_thing(mayuse, question):
    for given in ((), ("--from", "x", "--file", question)):
        done = mayuse("policy", "case", "new", *given)
        assert done.returncode == 2
        assert "give one of --from and --file" in done.stderr


def test_an_unknown_decision_is_told(mayuse):
    done = mayuse("policy", "case", "new", "--from", "0198aaaa-0000-7000-8000-000000000000")

    assert done.returncode == 1
    assert "no such decision" in done.stderr


def test_a_name_is_taken_once_among_the_files_of_a_folder(mayuse, policies, question):
    kept, beside = policies / "cases" / "one.cases.yaml", policies / "cases" / "two.cases.yaml"
    asked = ("policy", "case", "new", "--file", question, "--name", "one")
    assert mayuse(*asked, "--out", kept).returncode == 0
    before = kept.read_text()

    for out in (kept, beside):
        done = mayuse(*asked, "--out", out)
        assert done.returncode == 2
        assert f"{kept}:2: a case is named 'one' already; give another --name" in done.stderr
    assert kept.read_text() == before
    assert not beside.exists()
    assert mayuse("policy", "test", "--cases", kept).returncode == 0


def test_a_case_is_asked_on_several_days(mayuse, question):
    days = ("2025-11-03", "2025-11-02", "2025-11-20")
    done = mayuse(
        *("policy", "case", "new", "--file", question, "--name", "the days around a change"),
        *(part for day in days for part in ("--on", day)),
    )
    [case] = read(done.stdout)["cases"]

    assert [row["on"] for row in case["answers"]] == ["2025-11-02", ["2025-11-03", "2025-11-20"]]
    assert [line[:10] for line in done.stderr.splitlines()] == sorted(days)


def test_a_day_that_cannot_be_asked_about_is_told(mayuse, question):
    asked = ("policy", "case", "new", "--file", question, "--on")

    assert "'2025-02-30' does not match" in mayuse(*asked, "2025-02-30").stderr
    assert "no verdict on such facts on 1200-01-01" in mayuse(*asked, "1200-01-01").stderr


def test_a_case_is_not_put_where_nobody_reads_it(mayuse, policies, question):
    overlooked = policies / "cases" / "mine.yaml"
    done = mayuse("policy", "case", "new", "--file", question, "--out", overlooked)

    assert done.returncode == 2
    assert f"name it {policies / 'cases' / 'mine.cases.yaml'}" in done.stderr
    assert not overlooked.exists()
