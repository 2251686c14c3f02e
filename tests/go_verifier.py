"""The verifier in Go, built once: it shares no code with the log it judges."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "verifier"


@functools.cache
def built() -> Path:
    """The program. Without Go the tests that need it are skipped at a desk, and fail in CI."""
    go = shutil.which("go")
    if go is None:
        if os.environ.get("CI"):
            pytest.fail("the independent verifier is written in Go, and there is no Go here")
        pytest.skip("needs Go, to build the independent verifier")
    program = Path(tempfile.mkdtemp(prefix="mayuse-verifier-")) / "verifier"
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}
    subprocess.run(
        [go, "build", "-o", str(program), "."],
        cwd=SOURCE,
        env=environment,
        check=True,
        capture_output=True,
        timeout=300,
    )
    return program


def judge(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run it: exit code 0 and "ok …", or 1 and why not."""
    command = [str(built()), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def accepts(*arguments: str | Path) -> bool:
    """Whether it says yes. Anything but a plain yes or no fails the test."""
    said = judge(*arguments)
    assert said.returncode in {0, 1}, said.stderr
    assert said.stdout.startswith("ok ") if said.returncode == 0 else said.stdout == ""
    return said.returncode == 0
