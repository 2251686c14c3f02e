"""`mayuse ask --server`: the same questions and answers, asked of a running service."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from cli_results import lines_of, recorded

from mayuse_server import Server
from opa_server import free_port

QUESTION = (
    *("--recipient", "microsoft", "--purpose", "ads_personalised", "--data", "profile"),
    *("--jurisdiction", "US-VA", "--age", "34", "--on", "2025-11-20"),
)
DENIED = (*QUESTION, "--gpc")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("served")) as started:
        yield started


def test_a_permit_is_exit_0_and_a_deny_is_exit_1(mayuse, server, tmp_path) -> None:
    permitted = mayuse("ask", *QUESTION, "--server", server.url)
    denied = mayuse("ask", *DENIED, env={"MAYUSE_SERVER": server.url})

    assert (permitted.returncode, denied.returncode) == (0, 1)
    assert "\nYes: " in permitted.stdout
    assert "\nNo: " in denied.stdout
    assert f"Asked of {server.url}." in denied.stdout
    assert "law/us/broken_promise" in denied.stdout
    assert "Log entry" in denied.stdout
    assert not (tmp_path / "var").exists(), "nothing is recorded here"
    assert [row["effect"] for row in recorded(server.log.parent)][-2:] == ["permit", "deny"]


def test_json_is_the_body_of_the_api(mayuse, server) -> None:
    [body] = lines_of(mayuse("ask", *DENIED, "--json", "--server", server.url))

    assert (body["effect"], body["permitted"]) == ("deny", False)
    assert body["receipt"]["proof"]


def test_what_is_no_question_is_wrong_use_as_it_is_without_a_server(mayuse, server) -> None:
    arguments = ("ask", *QUESTION[2:], "--recipient", "mircosoft")
    here, there = mayuse(*arguments), mayuse(*arguments, "--server", server.url)

    assert (there.returncode, there.stderr) == (2, here.stderr)
    in_json = mayuse(*arguments, "--server", server.url, "--json")
    assert in_json.returncode == 2
    assert lines_of(in_json)[0]["errors"][0]["nearest"] == "microsoft"


def test_a_file_is_answered_line_by_line(mayuse, server) -> None:
    question = {"recipient": "microsoft", "purpose": "ads_personalised", "data": "profile"}
    asked = {**question, "data_subject": {"jurisdiction": "US-VA"}, "on": "2025-11-20"}
    lines = [json.dumps(asked), "", "no json", "x" * 70_000, json.dumps(asked)]
    arguments = ("ask", "--file", "-", "--json")
    here = mayuse(*arguments, stdin="\n".join(lines))
    there = mayuse(*arguments, "--server", server.url, stdin="\n".join(lines))

    assert there.returncode == here.returncode == 1
    told, expected = lines_of(there), lines_of(here)
    assert [body.get("effect") for body in told] == ["permit", None, None, "permit"]
    assert told[1:3] == expected[1:3]


def test_many_lines_are_answered_in_order(mayuse, server) -> None:
    def question(number: int) -> dict[str, object]:
        person = {"jurisdiction": "US-VA", "age": number % 18}
        asked = {"recipient": "microsoft", "purpose": "ads_personalised", "data": "profile"}
        return {**asked, "data_subject": person, "on": "2025-11-20"}

    text = "\n".join(json.dumps(question(number)) for number in range(1_100))
    done = mayuse("ask", "--file", "-", "--json", "--server", server.url, stdin=text)

    found = lines_of(done)
    assert len({body["decision_id"] for body in found}) == 1_100
    assert [body["effect"] for body in found[:18]] == [body["effect"] for body in found[18:36]]


def test_nobody_there_is_said_in_a_sentence(mayuse) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    for arguments in (QUESTION, ("--file", "-")):
        done = mayuse("ask", *arguments, "--server", nobody, stdin='{"a": 1}\n')
        assert done.returncode == 1
        assert "no answer" in done.stderr + done.stdout


def test_policies_and_a_server_exclude_each_other(mayuse, root) -> None:
    done = mayuse("ask", *QUESTION, "--policies", root / "policies", "--server", "http://x")

    assert done.returncode == 2


def test_a_key_is_shown_from_the_environment_and_never_printed(mayuse, tmp_path) -> None:
    folder = tmp_path / "guarded"
    folder.mkdir()
    made = subprocess.run(
        [sys.executable, "-m", "mayuse", "keys", "create", "asker", "--scope", "decide", "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    key = json.loads(made.stdout)["secret"]
    with Server(folder) as server:
        there = {"MAYUSE_SERVER": server.url}
        allowed = mayuse("ask", *QUESTION, env={**there, "MAYUSE_API_KEY": key})
        strange = mayuse("ask", *QUESTION, env={**there, "MAYUSE_API_KEY": key[:-1] + "x"})
        without = mayuse("ask", *QUESTION, env=there)

    assert allowed.returncode == 0, allowed.stderr
    assert (strange.returncode, without.returncode) == (1, 1)
    assert "401" in strange.stderr
    assert "401" in without.stderr
    assert key not in allowed.stdout + allowed.stderr + strange.stderr


def test_neither_engine_nor_database_is_loaded(server, environment, tmp_path) -> None:
    code = (
        "import sys\n"
        "from mayuse.cli.main import run\n"
        f"run(['ask', *{QUESTION!r}, '--server', {server.url!r}])\n"
        "print([name for name in ('wasmtime', 'sqlalchemy', 'fastapi') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr
