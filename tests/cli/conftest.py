"""The program as a user runs it: another process, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment() -> dict[str, str]:
    """The environment of this process without any setting of mayuse but the OPA to use."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MAYUSE_") or name == "MAYUSE_OPA_BIN"
    }
    # A wide terminal: what is tested is what is said, not where it is broken.
    return {**kept, "COLUMNS": "200", "NO_COLOR": "1"}


@pytest.fixture
def mayuse(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run `mayuse …` in an empty folder; the decision log is made there."""

    def run(
        *arguments: object,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "mayuse", *map(str, arguments)],
            cwd=tmp_path,
            env={**environment, **(env or {})},
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=120,
            check=False,
        )
        said = subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )
        assert "Traceback" not in said.stderr, said.stderr
        return said

    return run
