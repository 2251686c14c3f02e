"""The program itself: help, version, faults in one sentence, light to start."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import version

import pytest

from mayuse.cli import commands

HEAVY = ("asyncpg", "fastapi", "mayuse.bundle", "pydantic", "sqlalchemy", "wasmtime")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_every_command(mayuse, arguments) -> None:
    done = mayuse(*arguments)

    assert done.returncode == (0 if arguments else 2)
    for name in commands.COMMANDS:
        assert f" {name} " in done.stdout
    assert "2 wrong use" in done.stdout
    assert done.stderr == ""


def test_version_is_the_installed_one(process) -> None:
    done = process("--version")

    assert (done.returncode, done.stdout) == (0, f"mayuse {version('mayuse')}\n")


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_every_command_has_help_and_is_listed_by_its_own_first_line(mayuse, name) -> None:
    done = mayuse(name, "--help")

    assert done.returncode == 0, done.stderr
    first = (commands.load(name).help or "").strip().splitlines()[0]
    assert first == commands.COMMANDS[name]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["aks"], "mayuse: No such command 'aks'. Did you mean 'ask'? (see mayuse --help)\n"),
        (["--no-such"], "mayuse: No such option: --no-such (see mayuse --help)\n"),
        (
            ["ask", "--no-such"],
            "mayuse ask: No such option: --no-such (see mayuse ask --help)\n",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(mayuse, arguments, sentence) -> None:
    done = mayuse(*arguments)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


def test_a_setting_that_cannot_be_is_wrong_use(process) -> None:
    done = process("rules", env={"MAYUSE_PORT": "ninety"})

    assert done.returncode == 2
    assert done.stderr.startswith("mayuse: MAYUSE_PORT")
    assert done.stderr.count("\n") == 1


def test_help_does_not_load_the_engine_the_database_or_the_web() -> None:
    code = (
        "import sys\n"
        "from mayuse.cli.main import run\n"
        "run(['--help'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr == "[]\n"


def test_reading_the_log_does_not_load_the_policy_engine(tmp_path, environment) -> None:
    code = (
        "import sys\n"
        "from mayuse.cli.main import run\n"
        "for command in (['list'], ['count'], ['show', 'none']):\n"
        "    run(['log', *command])\n"
        "print([name for name in ('wasmtime', 'jinja2') if name in sys.modules])"
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


def test_completion_knows_the_commands(process) -> None:
    done = process(
        env={"_MAYUSE_COMPLETE": "complete_bash", "COMP_WORDS": "mayuse r", "COMP_CWORD": "1"}
    )

    assert done.stdout.split() == ["rules"]


class TestRules:
    def test_lists_every_rule(self, mayuse) -> None:
        rows = json.loads(mayuse("rules", "--json").stdout)
        people = mayuse("rules").stdout

        assert len(rows) > 40
        for row in rows:
            assert row["rule"] in people
            assert row["reasons"], row["rule"]

    def test_shows_one_rule_with_its_reasons(self, mayuse) -> None:
        row = json.loads(mayuse("rules", "law/us/browser_signal", "--json").stdout)
        people = mayuse("rules", "law/us/browser_signal").stdout

        assert row["title"] in people
        for reason in row["reasons"]:
            assert f"{reason['reason']}: {reason['says']}" in people

    def test_an_unknown_rule_is_false(self, mayuse) -> None:
        done = mayuse("rules", "law/us/no_such")

        assert done.returncode == 1
        assert "there is no rule law/us/no_such" in done.stderr

    def test_a_rule_of_a_folder_is_shown(self, mayuse, policies) -> None:
        renamed = policies / "mayuse" / "law" / "us" / "signals"
        shutil.copytree(policies / "mayuse" / "law" / "us" / "browser_signal", renamed)
        for file in sorted(renamed.iterdir()):
            file.write_text(file.read_text().replace("us.browser_signal", "us.signals"))
        mayuse("policy", "index")
        shown = mayuse("rules", "law/us/signals", "--policies", "policies")
        elsewhere = mayuse("rules", "law/us/signals")
        near = mayuse("rules", "law/us/browser_signals")

        assert "law/us/signals: law" in shown.stdout, shown.stderr
        assert "Under the folder policies as it stands:" in shown.stderr
        assert elsewhere.returncode == 1
        assert "the folder policies has it: give --policies policies" in elsewhere.stderr
        assert "did you mean law/us/browser_signal?" in near.stderr
