"""`mayuse policy`: what an author of policies does, on copies of the real ones, with real OPA."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from case_files import QUESTION
from spoiling import spoil

pytestmark = pytest.mark.usefixtures("policies")


# build and index


def test_the_same_policies_give_the_same_bytes_wherever_they_lie(mayuse, policies, tmp_path):
    shutil.copytree(policies, tmp_path / "elsewhere" / "p")
    one = mayuse("policy", "build", "--out", "one.tar.gz", "--json")
    other = mayuse(
        *("policy", "build", "--policies", tmp_path / "elsewhere" / "p"),
        *("--out", "other.tar.gz", "--json"),
    )

    assert (one.returncode, other.returncode) == (0, 0)
    assert Path("one.tar.gz").read_bytes() == Path("other.tar.gz").read_bytes()
    assert json.loads(one.stdout)["digest"] == json.loads(other.stdout)["digest"]
    assert json.loads(one.stdout)["rules"] > 0


def test_a_bundle_is_told_by_file_version_and_digest(mayuse):
    told = mayuse("policy", "build", "--out", "x.tar.gz", "--version", "2027.1").stdout

    assert told.startswith("x.tar.gz: version 2027.1, ")
    assert "sha256:" in told


def test_without_a_version_nothing_is_built(mayuse, policies):
    (policies / ".manifest").write_text('{"roots": ["mayuse"], "rego_version": 1}')
    done = mayuse("policy", "build", "--out", "x.tar.gz")

    assert done.returncode == 1
    assert "names no metadata.version: give --version" in done.stderr
    assert not Path("x.tar.gz").exists()


def test_the_index_is_written_once(mayuse, policies):
    (policies / "mayuse" / "main" / "rules.rego").unlink()

    assert mayuse("policy", "index").stdout.strip().endswith(": written")
    assert mayuse("policy", "index").stdout.strip().endswith(": is up to date")


# explain


def test_an_answer_is_explained_by_facts_rules_and_conditions(mayuse, question):
    said = mayuse("policy", "explain", "--file", question).stdout

    assert said.startswith("May Microsoft")
    assert 'Facts: {"age":"adult"' in said
    assert "law/us/ca_sharing: denies opted_out" in said
    assert "opted_out holds   policies/mayuse/law/us/ca_sharing/ca_sharing.rego:" in said
    assert "use.off_site does not hold   policies/mayuse/shared/use/use.rego:" in said
    assert "Not in place: " in said


def test_an_explanation_is_json_for_programs(mayuse, question):
    [explained] = json.loads(mayuse("policy", "explain", "--file", question, "--json").stdout)
    rules = {row["rule"]: row for row in explained["rules"]}

    assert explained["effect"] == "deny"
    assert explained["facts"]["jurisdiction"] == "US-CA"
    assert "member-7" not in json.dumps(explained)
    assert rules["law/us/ca_sharing"]["status"] == "speaks"
    assert rules["law/us/ca_sharing"]["denies"] == ["opted_out"]
    assert rules["law/eu/dma_combination"]["status"] == "not in place"
    assert rules["law/us/message_contents"]["status"] == "not in scope"
    conditions = {row["name"]: row["value"] for row in rules["law/us/ca_sharing"]["conditions"]}
    assert conditions["opted_out"] is True
    assert conditions["use.off_site"] is False


def test_a_trace_is_given_on_demand(mayuse, question):
    asked = ("policy", "explain", "--file", question, "--trace")
    said = mayuse(*asked, "law/us/ca_sharing").stdout
    unknown = mayuse(*asked, "law/us/none")

    assert "data.mayuse.law.us.ca_sharing.opted_out" in said
    assert unknown.returncode == 1
    assert "there is no rule law/us/none" in unknown.stderr
    assert "did you mean law/us/ca_sharing?" in mayuse(*asked, "law/us/ca_sharng").stderr


def test_a_question_comes_from_stdin_too(mayuse):
    done = mayuse("policy", "explain", "--file", "-", "--json", stdin=json.dumps(QUESTION))

    assert json.loads(done.stdout)[0]["effect"] == "deny"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"purpose": None}, "q.json: purpose is null; leave out what is not known"),
        (
            {"data_subject": {"jurisdiction": "CO"}},
            "data_subject.jurisdiction is not a known jurisdiction: 'CO'; did you mean 'US-CO'?",
        ),
        (
            {"choices": {"ai_trainin": "off"}},
            "choices.ai_trainin is not a known member: 'off'; did you mean 'ai_training'?",
        ),
        ({"on": "2025-02-30"}, "from the year 1900 to 2199: '2025-02-30'"),
    ],
)
def test_a_faulty_question_is_told_by_file_field_and_value(mayuse, question, wrong, told):
    question.write_text(json.dumps({**QUESTION, **wrong}))
    for command in (("explain",), ("case", "new")):
        done = mayuse("policy", *command, "--file", question)
        assert done.returncode == 2
        assert told in done.stderr


def test_a_question_that_is_none_is_told_by_its_file(mayuse, question):
    question.write_text('{"purpose": "x", "purpose": "y"}')
    for file, told in ((question, f"{question}: "), ("none.json", "none.json cannot be read: No")):
        done = mayuse("policy", "explain", "--file", file)
        assert done.returncode == 2
        assert told in done.stderr


def test_terms_of_another_controller_are_told_apart(mayuse, question):
    question.write_text(json.dumps({**QUESTION, "controller": "generic"}))
    said = mayuse("policy", "explain", "--file", question).stdout
    [others] = [line for line in said.splitlines() if line.startswith("Terms of another")]
    [elsewhere] = [line for line in said.splitlines() if line.startswith("Not in place: ")]

    assert others.startswith("Terms of another controller (it is generic): terms/linkedin/")
    assert "terms/linkedin/" not in elsewhere


# docs


def test_every_rule_has_a_page_and_pages_of_gone_rules_go(mayuse, policies):
    gone = Path("docs/rules/law/us/gone.md")
    gone.parent.mkdir(parents=True)
    gone.write_text("old")
    first = mayuse("policy", "docs", "--out", "docs/rules")
    pages = {
        path.relative_to("docs/rules").with_suffix("").as_posix()
        for path in Path("docs/rules").rglob("*.md")
    }
    rules = {
        path.parent.relative_to(policies / "mayuse").as_posix()
        for layer in ("law", "terms")
        for path in (policies / "mayuse" / layer).glob("*/*/*.rego")
    }
    page = Path("docs/rules/terms/linkedin/microsoft_ads.md").read_text()

    assert first.returncode == 0, first.stderr
    assert pages == rules | {"index", "matrix"}
    for heading in ("in force", "Rego", "Worked cases", "Open points", "under which law"):
        assert f"{heading}\n" in page
    assert "**deny**, `sharing_is_off`: the member turned off sharing" in page
    assert "**A5 sharing switched off**" in page
    assert "package mayuse.terms.linkedin.microsoft_ads" in page
    assert "0 changed" in mayuse("policy", "docs", "--out", "docs/rules").stdout


def test_a_rule_that_is_read_again_changes_its_own_page_alone(mayuse, policies):
    mayuse("policy", "docs", "--out", "docs/rules")
    rule = policies / "mayuse" / "law" / "us" / "coppa" / "coppa.rego"
    spoil(rule, 'last_read: "', 'last_read: "2199-12-31" # ')
    done = mayuse("policy", "docs", "--out", "docs/rules")

    assert "1 changed" in done.stdout, done.stdout + done.stderr
    assert "2199-12-31" in Path("docs/rules/law/us/coppa.md").read_text()
