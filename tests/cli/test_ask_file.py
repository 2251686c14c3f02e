"""`mayuse ask --file`: questions in, decisions out, in the same order."""

from __future__ import annotations

import json
import subprocess
import sys

from cli_results import lines_of, recorded

QUESTION = {
    "recipient": "linkedin_corporation",
    "purpose": "train_ai_content",
    "data": "profile",
    "data_subject": {"jurisdiction": "US-VA", "age": 35},
    "on": "2025-11-20",
}
PERMIT = json.dumps(QUESTION)
DENY = json.dumps({**QUESTION, "choices": {"ai_training": "off"}})
NO_QUESTION = json.dumps({**QUESTION, "recipient": "microsfot"})


def test_a_file_gives_a_decision_a_line_in_the_same_order(mayuse, tmp_path) -> None:
    file = tmp_path / "questions.ndjson"
    file.write_text(f"{PERMIT}\n{DENY}\n{PERMIT}\n")

    done = mayuse("ask", "--file", file, "--json")

    answers = lines_of(done)
    assert (done.returncode, done.stderr) == (0, "")
    assert [answer["effect"] for answer in answers] == ["permit", "deny", "permit"]
    assert [answer["decision_id"] for answer in answers] == [
        record["id"] for record in recorded(tmp_path)
    ]


def test_a_bad_line_gives_a_problem_in_its_place_and_exit_1(mayuse, tmp_path) -> None:
    lines = [PERMIT, NO_QUESTION, "{not json", '{"a": 1, "a": 2}', DENY, b"\xff".decode("latin-1")]
    stdin = "\n".join(lines).encode("latin-1")

    done = mayuse("ask", "--file", "-", "--json", stdin=stdin)

    answers = lines_of(done)
    assert done.returncode == 1
    assert [answer.get("effect") or answer["code"] for answer in answers] == [
        "permit",
        "invalid_question",
        "invalid_json",
        "invalid_json",
        "deny",
        "invalid_json",
    ]
    assert [answer["line"] for answer in answers if "line" in answer] == [2, 3, 4, 6]
    assert answers[1]["errors"][0]["nearest"] == "microsoft"
    assert [record["effect"] for record in recorded(tmp_path)] == ["permit", "deny"]


def test_blank_lines_are_passed_over_and_numbers_stay_those_of_the_file(mayuse) -> None:
    done = mayuse("ask", "--file", "-", "--json", stdin=f"\n{PERMIT}\r\n   \n\n{NO_QUESTION}\n\n")

    answers = lines_of(done)
    assert [answer.get("effect") for answer in answers] == ["permit", None]
    assert answers[1]["line"] == 5


def test_an_empty_file_gives_nothing_and_is_done(mayuse) -> None:
    done = mayuse("ask", "--file", "-", "--json", stdin="")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_line_that_is_too_long_is_refused_and_the_next_one_is_answered(mayuse) -> None:
    long = json.dumps({**QUESTION, "purpose": "x" * 200_000})

    done = mayuse("ask", "--file", "-", "--json", stdin=f"{long}\n{PERMIT}\n{long}")

    answers = lines_of(done)
    assert done.returncode == 1
    assert [answer.get("effect") or answer["code"] for answer in answers] == [
        "body_too_large",
        "permit",
        "body_too_large",
    ]
    assert "xxx" not in done.stdout


def test_more_lines_than_a_slice_are_answered_in_order(mayuse, tmp_path) -> None:
    lines = [DENY if number % 3 == 0 else PERMIT for number in range(1_203)]

    done = mayuse("ask", "--file", "-", "--json", stdin="\n".join(lines))

    answers = lines_of(done)
    assert done.returncode == 0
    assert [answer["effect"] for answer in answers] == [
        "deny" if number % 3 == 0 else "permit" for number in range(1_203)
    ]
    assert [answer["decision_id"] for answer in answers] == [
        record["id"] for record in recorded(tmp_path)
    ]


def test_a_program_that_waits_for_each_answer_gets_it(tmp_path, environment) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mayuse", "ask", "--file", "-", "--json"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin
        assert process.stdout
        for line, effect in ((PERMIT, "permit"), (DENY, "deny"), (PERMIT, "permit")):
            process.stdin.write(line + "\n")
            assert json.loads(process.stdout.readline())["effect"] == effect
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_lines_without_a_verdict_are_decisions_and_exit_1(mayuse, tmp_path) -> None:
    done = mayuse(
        *("ask", "--file", "-", "--json"),
        stdin=f"{PERMIT}\n{DENY}\n",
        env={"MAYUSE_OPA_URL": "http://127.0.0.1:9"},
    )

    assert done.returncode == 1
    assert [answer["effect"] for answer in lines_of(done)] == ["indeterminate"] * 2
    assert len(recorded(tmp_path)) == 2


def test_people_get_a_line_each(mayuse) -> None:
    done = mayuse("ask", "--file", "-", stdin=f"{PERMIT}\n{NO_QUESTION}\n{DENY}\n")

    first, second, third = done.stdout.splitlines()
    assert first.startswith("1\tpermit\t")
    assert second.startswith("2\tproblem\t")
    assert third.startswith("3\tdeny\t")
    assert done.returncode == 1


def test_an_authors_folder_answers_a_file_without_logging(mayuse, tmp_path, root) -> None:
    done = mayuse(
        *("ask", "--file", "-", "--json", "--policies", root / "policies"),
        stdin=f"{PERMIT}\n{DENY}\n",
    )

    assert [(answer["unsealed"], answer["effect"]) for answer in lines_of(done)] == [
        (True, "permit"),
        (True, "deny"),
    ]
    assert not (tmp_path / "var").exists()
