"""A real OPA server on loopback, for as long as a test needs it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from mayuse import opa_binary

PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(*arguments: str | Path, port: int | None = None) -> Iterator[str]:
    """Run `opa run --server` with `arguments` and give its address once it answers."""
    with running(*arguments, port=port) as (url, _pid):
        yield url


@contextlib.contextmanager
def running(*arguments: str | Path, port: int | None = None) -> Iterator[tuple[str, int]]:
    """The same, with the process's id, to pause it."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = [opa_binary.find(), "run", "--server", "--addr", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, "--log-level", "error", "--skip-version-check", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": "/nonexistent"},
    )
    try:
        _wait_for(url, process)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/health", timeout=1).close()  # noqa: S310 - loopback
            return
        time.sleep(0.05)
    raise RuntimeError(f"OPA did not start; exit code {process.poll()}")
