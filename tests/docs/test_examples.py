"""Every command in the documents is run, against the real service, and its output compared.

A block marked `sh` is run by bash, in order, in a folder of its own that has the policies; it must
exit 0, or with the code that its mark names (`sh exit=1`). A block marked `output` after it is what
it prints, apart from ids and hashes; a line `…` stands for any lines that are left out. Curl asks
a service that runs meanwhile.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    path
    for path in (
        ROOT / "README.md",
        ROOT / "policies" / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
    if "```sh" in path.read_text()
]
BLOCK = re.compile(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
ADDRESS = "127.0.0.1:8000"
ASKED = "mayuse ask --recipient microsoft --purpose service_core --data profile > /dev/null || true"
VOLATILE = [
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"sha256:[0-9a-f]+"), "sha256:<digest>"),
    (re.compile(r"\b[0-9a-f]{16,64}\b"), "<hash>"),
    (re.compile(r"\d+(\.\d+)? ?m?s\b"), "<time>"),
]


@dataclass(frozen=True)
class Example:
    line: int
    script: str
    exit: int
    output: str | None


def examples_of(document: Path) -> list[Example]:
    text = document.read_text()
    found: list[Example] = []
    for block in BLOCK.finditer(text):
        _, language, mark, body = block.groups()
        body = textwrap.dedent(body)
        line = text.count("\n", 0, block.start()) + 1
        if language == "sh":
            wanted = re.fullmatch(r"\s*(?:exit=(\d))?", mark)
            assert wanted, f"{document.name}:{line}: a mark that is not known: {mark}"
            found.append(Example(line, body, int(wanted[1] or 0), None))
        elif mark.strip() == "output":
            last = found[-1]
            found[-1] = Example(last.line, last.script, last.exit, body)
    return found


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with the policies, and a service that answers on `MAYUSE_PORT` and records there.

    Each document has its own, in which a question was asked: once a key was made, nobody is
    answered without one.
    """
    folder = tmp_path
    shutil.copytree(ROOT / "policies", folder / "policies")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAYUSE_")}
    variables = {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "MAYUSE_PORT": str(port),
    }
    log = (folder / "service.log").open("wb")
    service = subprocess.Popen(["mayuse", "serve"], cwd=folder, env=variables, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/health/ready", service)
        subprocess.run(["bash", "-c", ASKED], cwd=folder, env=variables, check=True)
        yield folder, variables
    finally:
        service.terminate()
        service.wait(timeout=30)
        log.close()


def _wait(address: str, service: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 60
    while service.poll() is None and time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own service
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the service did not become ready; exit code {service.poll()}")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_does_what_the_document_says(
    document: Path, environment: tuple[Path, dict[str, str]]
) -> None:
    folder, variables = environment
    for example in examples_of(document):
        where = f"{document.name}:{example.line}"
        if example.script.startswith("make "):
            _check_targets(example, where)
        elif example.script != "mayuse serve\n":  # it is running already
            _check(example, where, folder, variables)


def _check_targets(example: Example, where: str) -> None:
    """`make demo` and `make test` are not run from inside `make test`; the targets must exist."""
    makefile = (ROOT / "Makefile").read_text()
    for line in example.script.splitlines():
        target = line.removeprefix("make ").split()[0]
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{where}: no target {target}"


def _check(example: Example, where: str, folder: Path, variables: dict[str, str]) -> None:
    script = example.script.replace(ADDRESS, f"127.0.0.1:{variables['MAYUSE_PORT']}")
    if "curl" in script:
        script = re.sub(r"\bcurl -s\b", "curl -sf", script)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == example.exit, f"{where}: {done.stdout}{done.stderr}"
    if example.output is not None:
        shown, printed = _settled(example.output), _settled(done.stdout)
        pattern = re.escape(shown).replace(re.escape("…\n"), r"(?:.*\n)+")
        assert re.fullmatch(pattern, printed), f"{where} prints:\n{printed}"


def _settled(text: str) -> str:
    for pattern, word in VOLATILE:
        text = pattern.sub(word, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
