"""`mayuse serve`: answer questions over HTTP."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
from types import FrameType
from typing import Annotated

import structlog
import typer
import uvicorn

from mayuse import journal, metrics
from mayuse import settings as environment
from mayuse.bootstrap import active_bundle
from mayuse.errors import SettingsError
from mayuse.settings import PREFIX, Settings
from mayuse.store import migrate
from mayuse.store.session import Location

app = typer.Typer()
log = structlog.get_logger()

FAILED = 1
GRACE_SECONDS = 10
"""How long questions under way may take after the order to stop."""

START_SECONDS = 60
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
    check_bind(chosen)
    active_bundle(chosen)
    asyncio.run(migrate.upgrade(Location.from_url(chosen.database_url)))
    _hand_down(chosen)
    signal.signal(signal.SIGTERM, _stopped)
    try:
        with metrics.shared_by_workers(chosen.workers):
            _run(chosen)
    except SystemExit as stopped:
        raise typer.Exit(FAILED if stopped.code else 0) from None


def _run(chosen: Settings) -> None:
    uvicorn.run(
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


def _stopped(_signal: int, _frame: FrameType | None) -> None:
    """End well: uvicorn sends itself the signal again once it has stopped in good order."""
    raise SystemExit(0)


def check_bind(chosen: Settings) -> None:
    """Refuse to listen beyond this machine: whoever connects can ask, as callers are not known.

    Raises `SettingsError`, unless the operator says in so many words that it is meant.
    """
    if _is_loopback(chosen.host):
        return
    if not chosen.allow_unauthenticated_bind:
        raise SettingsError(
            f"MAYUSE_HOST: {chosen.host} can be reached from other machines, and callers are not "
            "authenticated. Listen on 127.0.0.1, or set MAYUSE_ALLOW_UNAUTHENTICATED_BIND=true "
            "if only callers you trust can connect"
        )
    log.warning(
        "unauthenticated_bind",
        host=chosen.host,
        meaning="whoever can connect can ask questions and read every decision",
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
