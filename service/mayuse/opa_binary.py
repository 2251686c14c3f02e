"""The OPA program that builds bundles, tests policies and serves as the second engine.

The service itself runs without it: bundles carry a compiled policy. Whoever builds, tests or
serves through OPA needs exactly the pinned release, because a bundle's bytes and a verdict's
bytes are compared across machines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mayuse import opa_words
from mayuse.errors import OpaFailed, OpaMissing

VERSION = "1.22.2"
"""Earlier releases mis-evaluated `x in {"a", input.y}` (1.21.0 to 1.22.0) and could be made to
skip bundle signatures (before 1.21.3)."""

_INSTALL_HINT = "run `mayuse opa install`, or set MAYUSE_OPA_BIN"


def install_dir() -> Path:
    """Where `mayuse opa install` puts the program: the user's data folder (XDG)."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "mayuse" / f"opa-{VERSION}"


def find() -> Path:
    """The pinned OPA: `MAYUSE_OPA_BIN`, else PATH, else our own install folder.

    A program named by `MAYUSE_OPA_BIN` must be the pinned version; one that merely lies in PATH
    is passed over if it is not. Raises `OpaMissing` with the way out.
    """
    if named := os.environ.get("MAYUSE_OPA_BIN"):
        return _pinned(Path(named))
    refused = ""
    for candidate in (shutil.which("opa"), str(install_dir() / "opa")):
        if candidate and Path(candidate).is_file():
            try:
                return _pinned(Path(candidate))
            except OpaMissing as error:
                refused = f"; {error}"
    raise OpaMissing(f"OPA {VERSION} is not installed: {_INSTALL_HINT}{refused}")


def version_of(program: Path) -> str:
    """The version a program calls itself. Raises `OpaMissing` if it does not run as OPA."""
    try:
        done = subprocess.run(  # noqa: S603 - a program the operator named or installed
            [program, "version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OpaMissing(f"{program} does not run: {error}") from error
    said = re.search(r"^Version: (\S+)$", done.stdout, re.MULTILINE)
    if done.returncode or not said:
        raise OpaMissing(f"{program} is not OPA")
    return said[1]


def run(
    arguments: Sequence[str | Path], *, cwd: Path | None = None, stdin: str | None = None
) -> str:
    """Run the pinned OPA to its end and return its standard output.

    Raises `OpaMissing` without OPA, `OpaFailed` with OPA's words (`opa_words`) when it exits
    non-zero.
    """
    done = subprocess.run(  # noqa: S603 - the program is checked, the arguments are ours
        [find(), *arguments],
        cwd=cwd,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        faults = opa_words.faults(said, cwd or Path())
        told = "\n".join(["", *faults]) if faults else f" {said}"
        raise OpaFailed(f"opa {arguments[0]} failed:{told}")
    return done.stdout


def _pinned(program: Path) -> Path:
    found = version_of(program)
    if found != VERSION:
        raise OpaMissing(f"{program} is OPA {found}, not {VERSION}: {_INSTALL_HINT}")
    return program
