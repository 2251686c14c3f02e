"""The Makefile explains itself, the hooks are valid, and the wheel ships what it needs to run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).resolve().parents[2] / "Makefile"
PROMISED = {
    *("demo", "test", "check", "fmt", "bundle", "openapi", "docs"),
    *("lock", "stack", "bench", "faults", "clean"),
}


def test_help_lists_every_target(root: Path) -> None:
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    said = subprocess.run(
        ["make", "help"], cwd=root, env=alone, capture_output=True, text=True, check=True
    )

    phony = set(re.findall(r"^\.PHONY: (\S+)$", MAKEFILE.read_text(), re.MULTILINE))
    listed = {line.split()[0] for line in said.stdout.splitlines()}
    assert listed == phony
    assert phony >= PROMISED


def test_the_hooks_are_valid_and_download_nothing(root: Path) -> None:
    config = root / ".pre-commit-config.yaml"
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", config], check=True)

    assert set(re.findall(r"- repo: (\S+)", config.read_text())) == {"local"}


def test_ci_runs_what_the_desk_runs(root: Path) -> None:
    script = root / ".ci" / "run"

    assert script.stat().st_mode & 0o111
    assert script.read_text().rstrip().endswith("exec make test")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files that a wheel of this work tree holds."""
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out]
    subprocess.run(build, cwd=root, capture_output=True, check=True)
    [file] = out.glob("*.whl")
    return set(zipfile.ZipFile(file).namelist())


@pytest.mark.parametrize(
    "name",
    [
        "mayuse/package_data/mayuse.tar.gz",
        "mayuse/package_data/article.cases.yaml",
        "mayuse/migrations/env.py",
        "mayuse/migrations/versions/0001_decision_log.py",
        "mayuse/cli/main.py",
        "mayuse/py.typed",
    ],
)
def test_the_wheel_ships_what_the_program_reads(wheel: set[str], name: str) -> None:
    assert name in wheel


def test_the_wheel_ships_no_tests_and_no_caches(wheel: set[str]) -> None:
    assert not [name for name in wheel if name.startswith("tests") or "__pycache__" in name]
