"""`mayuse serve` in a process of its own, as an operator starts it, on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

from opa_server import free_port

PATIENCE = 180
"""Seconds a start may take on a machine that is busy with other tests."""


class Server:
    """`mayuse serve`, as an operator starts it; stopped at the end whatever happens."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        port: int | None = None,
        ready: bool = True,
        **environment: str,
    ) -> None:
        """`ready` waits until all is; without it, until the process answers at all."""
        self.port = port or free_port()
        self._health = "/health/ready" if ready else "/health/live"
        self.log = folder / "stderr"
        kept = {name: value for name, value in os.environ.items() if "MAYUSE_" not in name}
        with self.log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mayuse", "serve", "--port", str(self.port), *arguments],
                cwd=folder,
                env={**kept, **environment},
                stderr=stderr,
            )

    def __enter__(self) -> Self:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.get(self._health)
            except OSError:
                time.sleep(0.1)
            else:
                return self
        self.__exit__()
        raise AssertionError(self.log.read_text())

    def __exit__(self, *_exception: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)

    def get(self, path: str) -> Any:
        """The JSON document at a path. Raises `OSError`, for a status of 400 and more, too."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[int]:
        """The processes that answer, where there are several."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parent = stat.read_text().rpartition(")")[2].split()[1]
                command = stat.with_name("cmdline").read_bytes()
                if int(parent) == self.process.pid and b"spawn_main" in command:
                    found.append(int(stat.parent.name))
        return sorted(found)

    def events(self) -> list[dict[str, Any]]:
        """What it wrote to its log."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]
