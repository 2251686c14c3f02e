"""`mayuse demo`: the article's questions, answered rightly and logged."""

from __future__ import annotations

import re
import time

import pytest
from cli_results import recorded

ROWS = {f"A{number}" for number in range(1, 12)}


@pytest.fixture(scope="module")
def cases(root) -> str:
    return (root / "tests" / "cases" / "article.cases.yaml").read_text()


def test_every_row_is_answered_as_its_case_expects_and_logged(mayuse, tmp_path) -> None:
    began = time.monotonic()
    done = mayuse("demo")
    took = time.monotonic() - began

    assert (done.returncode, done.stderr) == (0, "")
    assert set(re.findall(r"^ ?(A\d+) ", done.stdout, re.MULTILINE)) == ROWS
    records = recorded(tmp_path)
    [(right, total)] = re.findall(r"^(\d+) of (\d+) answers are as", done.stdout, re.MULTILINE)
    assert right == total == str(len(records))
    for record in records:
        assert record["id"] in done.stdout
    assert str(tmp_path / "var" / "mayuse.db") in done.stdout
    assert took < 60


def test_it_says_how_to_go_on(mayuse, tmp_path) -> None:
    said = mayuse("demo").stdout

    shown = re.search(r"mayuse log show (\S+)", said)
    assert shown
    assert shown[1] == recorded(tmp_path)[-1]["id"]
    assert "mayuse serve" in said
    assert mayuse("log", "show", shown[1]).returncode == 0


def test_a_wrong_answer_fails_the_demo(mayuse, tmp_path) -> None:
    """Under an engine that gives no verdict, no row is as expected, and the demo says so."""
    done = mayuse("demo", env={"MAYUSE_OPA_URL": "http://127.0.0.1:9"})

    assert done.returncode == 1
    assert "0 of " in done.stdout
    assert "mayuse demo: A1 " in done.stderr
    assert {record["effect"] for record in recorded(tmp_path)} == {"indeterminate"}


def test_the_packaged_cases_are_those_of_the_repository(cases: str, root) -> None:
    assert set(re.findall(r"- name: (A\d+) ", cases)) == ROWS
    project = (root / "pyproject.toml").read_text()
    assert '"tests/cases/article.cases.yaml" = "mayuse/package_data/article.cases.yaml"' in project
