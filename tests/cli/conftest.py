"""The program as a user runs it, in a folder of its own.

Most tests run it in this process, by the function that `mayuse` itself calls: the arguments, the
standard streams, the working folder and the environment are those of the program. The few that are
about the process (what it loads, how it waits) start one.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from case_files import QUESTION

from mayuse.cli.main import run as run_program

Run = Callable[..., subprocess.CompletedProcess[str]]

PLAIN = {"COLUMNS": "200", "NO_COLOR": "1"}
"""A wide terminal without colours: what is tested is what is said, not where it is broken."""


@pytest.fixture
def environment() -> dict[str, str]:
    """For another process: this one's environment without any setting of mayuse."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAYUSE_")}
    return {**kept, **PLAIN}


@pytest.fixture
def mayuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Run:
    """Run `mayuse …` in an empty folder; the decision log is made there."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("MAYUSE_") and name != "MAYUSE_OPA_BIN":
            monkeypatch.delenv(name)

    def run(
        *arguments: object,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        with monkeypatch.context() as patched:
            for name, value in {**PLAIN, **(env or {})}.items():
                patched.setenv(name, value)
            patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), newline="\n"))
            capsys.readouterr()
            code = run_program([*map(str, arguments)])
            said = capsys.readouterr()
        assert "Traceback" not in said.err, said.err
        return subprocess.CompletedProcess(arguments, code, said.out, said.err)

    return run


@pytest.fixture
def process(tmp_path: Path, environment: dict[str, str]) -> Run:
    """The same by another process, as a shell starts it."""

    def run(
        *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mayuse", *arguments],
            cwd=tmp_path,
            env={**environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def policies(root: Path, tmp_path: Path) -> Path:
    """A copy of the policies, with the article's cases alone: they are quickly asked."""
    copy = shutil.copytree(root / "policies", tmp_path / "policies")
    shutil.rmtree(copy / "cases")
    (copy / "cases").mkdir()
    shutil.copy(root / "tests" / "cases" / "article.cases.yaml", copy / "cases")
    return copy


@pytest.fixture
def question(tmp_path: Path) -> Path:
    file = tmp_path / "q.json"
    file.write_text(json.dumps(QUESTION))
    return file
