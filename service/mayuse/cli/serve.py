"""`mayuse serve`: answer questions over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
from datetime import UTC, datetime
from types import FrameType
from typing import Annotated

import structlog
import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from mayuse import journal, metrics
from mayuse import settings as environment
from mayuse.deciding import configured_bundle
from mayuse.errors import SettingsError
from mayuse.settings import PREFIX, Settings
from mayuse.store import api_keys, migrate
from mayuse.store.absence import until_there
from mayuse.store.session import Location, open_engine

app = typer.Typer()
log = structlog.get_logger(__name__)

FAILED = 1
GRACE_SECONDS = 10
"""How long questions under way may take after the order to stop."""

START_SECONDS = 30
"""How long a worker may be busy, or starting, before it counts as hung and is replaced."""

FACTORY = "mayuse.api.app:create_app"
PROTOCOL = "mayuse.api.wire:BoundedHttp"


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: MAYUSE_HOST or 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 takes a free one. Default: MAYUSE_PORT or 8000.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that answer. Default: MAYUSE_WORKERS or 1.")
    ] = None,
) -> None:
    """Answer questions over HTTP until stopped.

    The log goes to stderr, one JSON object a line. Ctrl-C or SIGTERM ends it: questions under way
    are still answered. Exit code 0 after that, 1 when it could not start, 2 for wrong settings.
    """
    chosen = environment.load(host=host, port=port, workers=workers)
    journal.configure(chosen.log_level)
    configured_bundle(chosen)
    location = Location.from_url(chosen.database_url)
    signal.signal(signal.SIGTERM, _stopped)  # also as the first process of a container
    try:
        asyncio.run(_upgrade(location))
        asyncio.run(check_bind(chosen, location))
        _hand_down(chosen)
        with metrics.shared_by_workers(chosen.workers):
            _run(chosen)
    except SystemExit as stopped:
        raise typer.Exit(FAILED if stopped.code else 0) from None


async def _upgrade(location: Location) -> None:
    """Bring the database up to date. A server may come up after us."""
    await until_there(lambda: migrate.upgrade(location))


def _run(chosen: Settings) -> None:
    config = uvicorn.Config(
        FACTORY,
        factory=True,
        host=chosen.host,
        port=chosen.port,
        workers=chosen.workers,
        http=PROTOCOL,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=START_SECONDS,
    )
    # As `uvicorn.run` does, which does not tell that a worker could not start.
    with contextlib.suppress(KeyboardInterrupt):
        if chosen.workers > 1:
            workers = Multiprocess(config, sockets=[config.bind_socket()])
            workers.run()
            failed = any(worker.exitcode == STARTUP_FAILURE for worker in workers.processes)
        else:
            server = uvicorn.Server(config)
            server.run()
            failed = not server.started
        if failed:
            raise SystemExit(FAILED)


def _stopped(_signal: int, _frame: FrameType | None) -> None:
    """End well: uvicorn sends itself the signal again once it has stopped in good order."""
    raise SystemExit(0)


async def check_bind(chosen: Settings, location: Location) -> None:
    """Refuse to listen beyond this machine while nobody could show a credential that counts.

    Raises `SettingsError`.
    """
    if _is_loopback(chosen.host) or chosen.oidc_issuer:
        return
    engine = open_engine(location)
    try:
        keys = await api_keys.every(engine)
    finally:
        await engine.dispose()
    if not any(key.state(datetime.now(UTC)) == "active" for key in keys):
        raise SettingsError(
            f"MAYUSE_HOST: {chosen.host} can be reached from other machines, and there is no API "
            "key that counts. Make one with `mayuse keys create`, set MAYUSE_OIDC_ISSUER, or "
            "listen on 127.0.0.1"
        )


def _is_loopback(host: str) -> bool:
    try:
        found = {row[4][0] for row in socket.getaddrinfo(host, 0)}
    except OSError:
        raise SettingsError("MAYUSE_HOST is not an address of this machine") from None
    return all(ipaddress.ip_address(address).is_loopback for address in found)


def _hand_down(chosen: Settings) -> None:
    """Give the workers, which read the environment, what the command line chose."""
    for name in ("host", "port", "workers"):
        os.environ[PREFIX + name.upper()] = str(getattr(chosen, name))
