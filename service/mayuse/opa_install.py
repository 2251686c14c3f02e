"""Install the pinned OPA for people who build or test policies.

First the release binary, checked against the SHA-256 that OPA publishes beside it: that proves the
download whole and is only as good as the connection to the release site. If the site cannot be
reached, Go builds the same version, whose sources Go's checksum database vouches for.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mayuse import opa_binary
from mayuse.errors import OpaMissing
from mayuse.opa_binary import VERSION

RELEASES = f"https://github.com/open-policy-agent/opa/releases/download/v{VERSION}"
MODULE = f"github.com/open-policy-agent/opa@v{VERSION}"

MAX_BINARY = 512 * 2**20
TIMEOUT = 20.0
"""Seconds without a byte after which the release site counts as out of reach."""

BUILD_TIMEOUT = 1_800.0

_ASSETS = {
    ("Linux", "x86_64"): "opa_linux_amd64_static",
    ("Linux", "aarch64"): "opa_linux_arm64_static",
    ("Darwin", "x86_64"): "opa_darwin_amd64",
    ("Darwin", "arm64"): "opa_darwin_arm64_static",
}


class _Unreachable(Exception):
    """The release site did not give the file."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Where OPA is now, and how it came there."""

    program: Path
    how: str


def install(folder: Path | None = None, *, releases: str = RELEASES) -> Installed:
    """Make sure that the pinned OPA is there, in `folder` (default: the user's data folder).

    1. What is there already is kept.
    2. Else the release binary and its published SHA-256 are fetched and compared.
    3. Else, only if the site is out of reach, Go builds it.

    Raises `OpaMissing`, also when the download does not have its checksum: then nothing is
    installed and nothing else is tried.
    """
    target = (folder or opa_binary.install_dir()) / "opa"
    if folder is None and (found := _already_there()):
        return Installed(found, "it was there already")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        return Installed(_download(target, releases), "the release binary, by its SHA-256")
    except _Unreachable as error:
        return Installed(_go_install(target, str(error)), f"built by Go, because {error}")


def _already_there() -> Path | None:
    try:
        return opa_binary.find()
    except OpaMissing:
        return None


def _download(target: Path, releases: str) -> Path:
    asset = _ASSETS.get((platform.system(), platform.machine()))
    if asset is None:
        raise _Unreachable(f"no release is made for {platform.system()} {platform.machine()}")
    wanted = _checksum(_fetch(f"{releases}/{asset}.sha256", limit=1_024))
    content = _fetch(f"{releases}/{asset}", limit=MAX_BINARY)
    if hashlib.sha256(content).hexdigest() != wanted:
        raise OpaMissing(f"{releases}/{asset} has not the SHA-256 published beside it")
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        fresh = Path(scratch) / "opa"
        fresh.write_bytes(content)
        return _put(fresh, target)


def _fetch(url: str, *, limit: int) -> bytes:
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname != "127.0.0.1":
        raise OpaMissing(f"{url} is not https")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:  # noqa: S310 - checked above
            content: bytes = response.read(limit + 1)
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise _Unreachable(f"{urlsplit(url).hostname} does not give it ({reason})") from error
    if len(content) > limit:
        raise OpaMissing(f"{url} is longer than {limit} bytes")
    return content


def _checksum(published: bytes) -> str:
    found = re.match(rb"[0-9a-f]{64}(?=\s|$)", published)
    if not found:
        raise OpaMissing("the published checksum is no SHA-256")
    return found[0].decode()


def _go_install(target: Path, why: str) -> Path:
    go = shutil.which("go")
    if go is None:
        raise OpaMissing(f"OPA {VERSION}: {why}, and there is no Go to build it")
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        try:
            done = subprocess.run(  # noqa: S603 - Go from PATH, arguments are ours
                [go, "install", MODULE],
                env={**os.environ, "GOBIN": scratch, "GOFLAGS": ""},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=BUILD_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise OpaMissing(f"Go did not build OPA within {BUILD_TIMEOUT:g} s") from error
        if done.returncode:
            raise OpaMissing(f"OPA {VERSION}: {why}, and Go failed: {done.stderr.strip()[-500:]}")
        return _put(Path(scratch) / "opa", target)


def _put(fresh: Path, target: Path) -> Path:
    """Move a new program into place if it is the pinned OPA; all or nothing."""
    fresh.chmod(0o755)
    found = opa_binary.version_of(fresh)
    if found != VERSION:
        raise OpaMissing(f"what was fetched is OPA {found}, not {VERSION}")
    return fresh.replace(target)
