"""`mayuse ask`: one question by flags, in words and in JSON."""

from __future__ import annotations

import json
import sqlite3

import pytest
from cli_results import recorded

from mayuse.problem import KINDS

PERMITTED = [
    *("ask", "--recipient", "linkedin_corporation", "--purpose", "train_ai_content"),
    *("--data", "profile", "--jurisdiction", "US-VA", "--age", "35", "--on", "2025-11-20"),
]
DENIED = [*PERMITTED, "--choice", "ai_training=off"]


def test_a_permit_is_exit_0_and_a_deny_is_exit_1(mayuse) -> None:
    permitted, denied = mayuse(*PERMITTED), mayuse(*DENIED)

    assert (permitted.returncode, permitted.stderr) == (0, "")
    assert "Yes: law and terms permit, because " in permitted.stdout
    assert (denied.returncode, denied.stderr) == (1, "")
    assert "No: " in denied.stdout


def test_people_read_the_question_the_reasons_the_law_and_the_log_entry(mayuse, tmp_path) -> None:
    said = mayuse(*DENIED).stdout
    [record] = recorded(tmp_path)
    answer = json.loads(mayuse(*DENIED, "--json").stdout)

    assert said.startswith("May LinkedIn Corporation use this person's profile for ")
    assert "in Virginia, on 2025-11-20" in said
    assert "Decided by " in said
    assert "terms/linkedin/ai_training · setting_is_off" in said
    for reason in answer["reasons"]:
        assert f"{reason['title']}: {reason['says']}" in said
        for cited in reason["citations"]:
            assert f"{cited['act']}: {cited['provision']}, {cited['title']}" in said
    assert f"Log entry {record['id']}" in said


def test_json_is_the_body_of_the_api_and_is_recorded(mayuse, tmp_path) -> None:
    answer = json.loads(mayuse(*DENIED, "--json").stdout)

    [record] = recorded(tmp_path)
    assert answer["decision_id"] == record["id"]
    assert (answer["effect"], answer["permitted"]) == ("deny", False)
    assert record["effect"] == "deny"
    assert record["caller"] == "cli"
    assert {"decided_by", "layers", "reasons", "laws", "policy", "engine", "receipt"} <= set(answer)


def test_every_flag_reaches_the_question(mayuse) -> None:
    done = mayuse(
        *("ask", "--json", "--controller", "generic", "--recipient", "advertiser"),
        *("--purpose", "ads_personalised", "--data", "offsite_activity", "--data", "profile"),
        *("--jurisdiction", "US-CO", "--age", "40", "--subject", "member-7", "--gpc"),
        *("--on", "2026-02-01"),
    )

    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert answer["layers"] == {"law": "deny", "terms": "not_applicable"}
    assert answer["data"]["refused"] == ["offsite_activity", "profile"]
    assert {reason["rule"] for reason in answer["reasons"] if reason["effect"] == "deny"} == {
        "law/us/browser_signal"
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["ask", "--recipient", "microsfot", "--purpose", "ads_personalised", "--data", "x"],
            "--recipient is not a known recipient; did you mean microsoft?",
        ),
        (["ask"], "--recipient is required"),
        ([*PERMITTED, "--choice", "ai_trainin=off"], "did you mean ai_training?"),
        ([*PERMITTED, "--choice", "ai_training=of"], "did you mean off?"),
        ([*PERMITTED, "--choice", "ai_training"], "--choice takes ID=VALUE"),
        ([*DENIED, "--choice", "ai_training=on"], "--choice gives ai_training two values"),
        ([*PERMITTED, "--on", "2025-02-30"], "--on "),
        ([*PERMITTED, "--age", "-1"], "--age "),
        ([*PERMITTED, "--age", "young"], "--age"),
        ([*PERMITTED, "--data", "profile"], "--data names a category twice"),
        (["ask", "--file", "no-such.ndjson", "--json"], "no-such.ndjson"),
        ([*PERMITTED, "--file", "-"], "give no other flags with it"),
        ([*PERMITTED, "--policies", "no-such"], "no-such"),
    ],
)
def test_what_is_no_question_is_wrong_use_in_one_sentence(mayuse, arguments, sentence) -> None:
    done = mayuse(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("mayuse ask: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_no_question_is_a_problem_in_json(mayuse, tmp_path) -> None:
    done = mayuse("ask", "--json", "--recipient", "microsfot", "--purpose", "ads", "--data", "x")

    problem = json.loads(done.stdout)
    assert done.returncode == 2
    assert (problem["code"], problem["status"]) == ("invalid_question", 400)
    assert {error["pointer"] for error in problem["errors"]} == {"/data", "/purpose", "/recipient"}
    assert "microsfot" not in done.stdout
    assert recorded(tmp_path) == []


def test_an_answer_that_cannot_be_recorded_is_withheld(mayuse, tmp_path) -> None:
    assert mayuse(*PERMITTED).returncode == 0
    database = tmp_path / "var" / "mayuse.db"
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        done = mayuse(*PERMITTED)
        told = mayuse(*PERMITTED, "--json")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mayuse: ")
    assert told.returncode == 1
    assert "permitted" not in told.stdout
    assert len(recorded(tmp_path)) == 1


def test_without_a_verdict_the_decision_is_indeterminate_and_recorded(mayuse, tmp_path) -> None:
    nobody = {"MAYUSE_OPA_URL": "http://127.0.0.1:9"}

    done = mayuse(*PERMITTED, "--json", env=nobody)

    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert (answer["effect"], answer["permitted"]) == ("indeterminate", False)
    assert answer["faults"][0]["code"] in KINDS
    assert [record["effect"] for record in recorded(tmp_path)] == ["indeterminate"]


class TestFromPolicies:
    def test_answers_from_the_folder_are_unsealed_and_never_logged(
        self, mayuse, tmp_path, root
    ) -> None:
        done = mayuse(*PERMITTED, "--json", "--policies", root / "policies")

        answer = json.loads(done.stdout)
        assert done.returncode == 0, done.stderr
        assert answer["unsealed"] is True
        assert "decision_id" not in answer
        assert "receipt" not in answer
        assert not (tmp_path / "var").exists()

    def test_people_are_told_that_it_is_no_decision(self, mayuse, root) -> None:
        done = mayuse(*PERMITTED, "--policies", root / "policies")

        assert "unsealed" in done.stdout
        assert "Yes: " in done.stdout

    def test_a_broken_folder_is_said_in_a_sentence(self, mayuse, tmp_path) -> None:
        (tmp_path / "policies").mkdir()

        done = mayuse(*PERMITTED, "--policies", tmp_path / "policies")

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("mayuse: ")
