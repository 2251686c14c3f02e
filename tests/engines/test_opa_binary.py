from __future__ import annotations

import hashlib
import http.server
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mayuse import opa_binary, opa_install
from mayuse.errors import OpaFailed, OpaMissing
from mayuse.opa_binary import VERSION

ASSET = opa_install._ASSETS[platform.system(), platform.machine()]  # noqa: SLF001 - what is fetched


def program(path: Path, *lines: str) -> Path:
    """A program of a few shell lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def opa_called(version: str) -> tuple[str, ...]:
    return (f'[ "$1" = version ] && echo "Version: {version}" && exit 0', "exit 3")


@pytest.fixture(autouse=True)
def _nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.delenv("MAYUSE_OPA_BIN", raising=False)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A release site: its address and the folder it gives files from."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()


def publish(folder: Path, version: str = VERSION, checksum: str | None = None) -> None:
    content = program(folder / ASSET, *opa_called(version)).read_bytes()
    published = checksum or hashlib.sha256(content).hexdigest()
    (folder / f"{ASSET}.sha256").write_text(f"{published}  {ASSET}\n")


def test_the_opa_of_path_is_found(tmp_path: Path) -> None:
    there = program(tmp_path / "bin" / "opa", *opa_called(VERSION))
    assert opa_binary.find() == there


def test_our_own_is_found_when_path_has_another_version(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "opa", *opa_called("1.21.0"))
    ours = program(opa_binary.install_dir() / "opa", *opa_called(VERSION))
    assert opa_binary.find() == ours


def test_the_one_that_is_named_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin" / "opa", *opa_called(VERSION))
    named = program(tmp_path / "mine", *opa_called(VERSION))
    monkeypatch.setenv("MAYUSE_OPA_BIN", str(named))
    assert opa_binary.find() == named


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (opa_called("1.22.1"), r"is OPA 1\.22\.1, not"),
        (("exit 0",), "is not OPA"),
        (("exit 1",), "is not OPA"),
    ],
)
def test_the_one_that_is_named_must_be_the_pinned_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...], says: str
) -> None:
    program(tmp_path / "bin" / "opa", *opa_called(VERSION))
    monkeypatch.setenv("MAYUSE_OPA_BIN", str(program(tmp_path / "mine", *lines)))
    with pytest.raises(OpaMissing, match=says):
        opa_binary.find()


def test_without_opa_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OpaMissing, match="run `mayuse opa install`"):
        opa_binary.find()
    monkeypatch.setenv("MAYUSE_OPA_BIN", str(tmp_path / "none"))
    with pytest.raises(OpaMissing, match="does not run"):
        opa_binary.find()


def test_what_opa_refuses_is_said_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(OpaFailed, match=r"(?s)opa eval failed: .*rego_unsafe_var_error"):
        opa_binary.run(["eval", "this is no rego"])


def test_the_release_is_installed_by_its_checksum(site: tuple[str, Path]) -> None:
    url, folder = site
    publish(folder)
    installed = opa_install.install(releases=url)
    assert installed.program == opa_binary.install_dir() / "opa" == opa_binary.find()
    assert installed.how == "the release binary, by its SHA-256"
    assert opa_install.install(releases=url).how == "it was there already"
    assert [path.name for path in installed.program.parent.iterdir()] == ["opa"]


def test_a_download_with_another_checksum_is_not_installed(
    site: tuple[str, Path], tmp_path: Path
) -> None:
    url, folder = site
    publish(folder, checksum="0" * 64)
    go = tmp_path / "go ran"
    program(tmp_path / "bin" / "go", f"touch '{go}'")
    with pytest.raises(OpaMissing, match="has not the SHA-256"):
        opa_install.install(releases=url)
    assert not list(opa_binary.install_dir().iterdir())
    assert not go.exists()


def test_a_checksum_that_is_none_is_refused(site: tuple[str, Path]) -> None:
    url, folder = site
    publish(folder, checksum="<html>")
    with pytest.raises(OpaMissing, match="no SHA-256"):
        opa_install.install(releases=url)


def test_a_release_of_another_version_is_not_installed(site: tuple[str, Path]) -> None:
    url, folder = site
    publish(folder, version="1.21.0")
    with pytest.raises(OpaMissing, match=r"is OPA 1\.21\.0"):
        opa_install.install(releases=url)
    assert not list(opa_binary.install_dir().iterdir())


def test_only_https_is_trusted_beyond_this_machine() -> None:
    with pytest.raises(OpaMissing, match="is not https"):
        opa_install.install(releases="http://releases.example")


def test_go_builds_it_when_the_site_is_out_of_reach(site: tuple[str, Path], tmp_path: Path) -> None:
    url, _folder = site
    asked = tmp_path / "asked"
    opa = program(tmp_path / "built", *opa_called(VERSION))
    program(tmp_path / "bin" / "go", f'echo "$@" > "{asked}"', f'cp "{opa}" "$GOBIN/opa"')
    installed = opa_install.install(tmp_path / "here", releases=url)
    assert installed.program == tmp_path / "here" / "opa"
    assert installed.how.startswith("built by Go, because 127.0.0.1 does not give it (")
    assert asked.read_text() == f"install github.com/open-policy-agent/opa@v{VERSION}\n"


def test_without_site_and_go_both_are_said(site: tuple[str, Path]) -> None:
    url, _folder = site
    with pytest.raises(OpaMissing, match=r"does not give it .* and there is no Go"):
        opa_install.install(releases=url)


def test_what_go_says_is_passed_on(site: tuple[str, Path], tmp_path: Path) -> None:
    program(tmp_path / "bin" / "go", "echo no such module >&2", "exit 1")
    with pytest.raises(OpaMissing, match="Go failed: no such module"):
        opa_install.install(releases=site[0])


def test_the_command_line_runs_opa_with_its_own_arguments_and_exit_code(
    monkeypatch: pytest.MonkeyPatch, root: Path, tmp_path: Path
) -> None:
    monkeypatch.undo()
    mayuse = [sys.executable, "-m", "mayuse", "opa"]
    env = {**os.environ, "PYTHONPATH": str(root / "service")}
    good = tmp_path / "good.rego"
    good.write_text("package good\n\nx := 1\n")
    for arguments, code in ((["--fail", good], 0), (["--fail", tmp_path], 0), (["--bad"], 1)):
        done = subprocess.run(
            [*mayuse, "run", "fmt", *arguments], env=env, capture_output=True, check=False
        )
        assert done.returncode == code, done.stderr
    helped = subprocess.run(
        [*mayuse, "run", "build", "--help"], env=env, capture_output=True, text=True, check=True
    )
    assert "opa build <path>" in helped.stdout
