"""The three processes of docker-compose.yml without docker: PostgreSQL, the service, an OPA server.

Real ones, on free ports of 127.0.0.1, in a folder of their own. `python tests/stack/stack.py` runs
them until Ctrl-C; tests use `running`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import postgres  # noqa: E402 - the tests' own module
from mayuse import opa_binary  # noqa: E402 - found once the path is set
from opa_server import free_port  # noqa: E402 - the tests' own module

PATIENCE = 60.0
"""Seconds a process may take to start on a machine that is busy."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Addresses of the running processes."""

    service: str
    opa: str
    database: str
    key: str
    """An API key that may do everything."""


@contextlib.contextmanager
def running(folder: Path, *, port: int | None = None) -> Iterator[Stack]:
    """Start the three, wait until the service is ready, stop them in reverse order.

    Raises `RuntimeError` when one of them ends or does not get ready; its log is in `folder`.
    """
    with contextlib.ExitStack() as started:
        server = started.enter_context(postgres.running())
        database = asyncio.run(server.create_database())
        service, opa = (f"http://127.0.0.1:{p}" for p in (port or free_port(), free_port()))
        key = _new_key("stack", "admin", database)
        (folder / "opa.key").write_text(_new_key("opa", "decide", database))
        processes = [
            started.enter_context(_service(service, opa, database, folder)),
            started.enter_context(_opa(opa, service, folder)),
        ]
        _wait(f"{service}/health/ready", processes, folder)
        yield Stack(service, opa, database, key)


def _new_key(name: str, scope: str, database: str) -> str:
    command = [sys.executable, "-m", "mayuse", "keys", "create", name, "--scope", scope]
    environment = _environment({"MAYUSE_DATABASE_URL": database})
    made = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return made.stdout.strip()


@contextlib.contextmanager
def _service(
    address: str, opa: str, database: str, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "MAYUSE_PORT": address.rpartition(":")[2],
        "MAYUSE_PUBLIC_URL": address,
        "MAYUSE_DATABASE_URL": database,
        "MAYUSE_OPA_URL": opa,
        "MAYUSE_KEYS_DIR": str(folder / "keys"),
    }
    with _process(
        [sys.executable, "-m", "mayuse", "serve"], environment, folder / "mayuse.log"
    ) as p:
        _wait(f"{address}/health/live", [p], folder)  # OPA's first pull must find it
        yield p


@contextlib.contextmanager
def _opa(address: str, service: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        *(str(opa_binary.find()), "run", "--server", f"--addr={address.removeprefix('http://')}"),
        *("--authorization=basic", f"--config-file={ROOT / 'docker' / 'opa.yaml'}"),
        *("--skip-version-check", "--log-level=error", str(ROOT / "docker" / "authz.rego")),
    ]
    environment = {"MAYUSE_ADDRESS": service, "MAYUSE_KEY_FILE": str(folder / "opa.key")}
    with _process(command, environment, folder / "opa.log") as process:
        yield process


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("MAYUSE_")
    }
    path = os.pathsep.join(filter(None, [str(ROOT / "service"), os.environ.get("PYTHONPATH")]))
    return {**inherited, "PYTHONPATH": path, **own}


@contextlib.contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C stops this program, which stops them in order
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, processes: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and all(process.poll() is None for process in processes):
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - loopback
            return
        time.sleep(0.1)
    logs = "\n".join(f"{log.name}:\n{log.read_text()[-2000:]}" for log in folder.glob("*.log"))
    raise RuntimeError(f"{url} did not answer well\n{logs}")


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def main() -> None:
    """Run the stack until Ctrl-C or SIGTERM, telling where it is."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # A shell has its background jobs ignore Ctrl-C; who sends it to this program means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="mayuse-stack-") as folder:
        try:
            with running(Path(folder), port=int(os.environ.get("PORT", "8000"))) as stack:
                addresses = {"service": stack.service, "opa": stack.opa}
                facts = json.dumps({**addresses, "key": stack.key, "logs": folder})
                _say(f"{facts}\nready; Ctrl-C stops all three and deletes their data")
                signal.pause()
        except KeyboardInterrupt:
            _say("stopped")


if __name__ == "__main__":
    main()
