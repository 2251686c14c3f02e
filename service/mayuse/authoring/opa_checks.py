"""OPA's own checks of a policies folder: format, strict compilation, the tests beside the rules.

All run inside the folder, as a bundle: other forms name other paths and take the case files for
data.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mayuse import opa_binary, opa_words, rule_index

COMPILED = "opa check --strict"

OF_A_FILE = re.compile(r"(?<![\w/.-])(?=mayuse/\S+\.rego)")
"""Where OPA, which runs inside the folder, begins to name a file of it."""


@dataclass(frozen=True)
class Step:
    """One check and what came of it."""

    name: str
    passed: bool
    details: tuple[str, ...] = ()
    """What failed, a line each, with file and line where OPA gives them, as seen from here."""


def run(policies: Path) -> Iterator[Step]:
    """Each check, as it is done; after `COMPILED` none, when that fails.

    Raises `OpaMissing` without OPA.
    """
    current = rule_index.is_current(policies)
    hint = () if current else (f"{rule_index.INDEX} is out of date: run `mayuse policy index`",)
    yield Step("index of the rules", current, hint)
    compiled = _step(COMPILED, policies, "check", "--strict", "--bundle", ".")
    yield compiled
    if compiled.passed:
        yield _step("opa fmt", policies, "fmt", "--list", "--fail", ".")
        yield from _tests(policies)


def _step(name: str, policies: Path, *arguments: str) -> Step:
    done = _opa(policies, *arguments)
    return Step(name, done.returncode == 0, _lines(done.stdout + done.stderr, policies))


def _tests(policies: Path) -> Iterator[Step]:
    done = _opa(policies, "test", "--bundle", ".", "--format", "json")
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except json.JSONDecodeError:
        found = []
    failed = [test for test in found if test.get("fail") or test.get("error") or test.get("skip")]
    said = "\n".join(line for test in failed for line in _failure(test))
    if done.returncode and not failed:
        said = done.stderr or done.stdout
    yield Step(f"opa test ({len(found)} tests)", done.returncode == 0, _lines(said, policies))


def _lines(said: str, policies: Path) -> tuple[str, ...]:
    """What OPA said, a line each; the files it names are found from here, too."""
    if faults := opa_words.faults(said, policies):
        return tuple(faults)
    shown = OF_A_FILE.sub(lambda _: f"{policies.as_posix()}/", said)
    return tuple(line for line in shown.splitlines() if line.strip())


def _failure(test: dict[str, Any]) -> Iterator[str]:
    place = f"{test['location']['file']}:{test['location']['row']}"
    parts = [name for name, part in test.get("sub_results", {}).items() if part.get("fail")]
    if test.get("skip"):
        yield f"{place}: {test['name']} is still to be done"
    else:
        yield f"{place}: {test['name']}" + (f" ({', '.join(parts)})" if parts else "")


def _opa(policies: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the pinned program, our own arguments
        [opa_binary.find(), *arguments],
        cwd=policies,
        capture_output=True,
        text=True,
        check=False,
    )
