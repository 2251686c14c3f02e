"""A start while PostgreSQL is away, or goes away: waited for, begun again, or refused."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import asyncpg
from breaking import breakable, cut, database

from mayuse_server import Server

__all__ = ["breakable", "database"]


def test_a_service_that_is_started_before_its_database_waits_for_it(breakable, database, tmp_path):
    breakable.stop()
    server = Server(tmp_path, MAYUSE_DATABASE_URL=database.url, MAYUSE_LOG_LEVEL="warning")
    try:
        until(lambda: b"waiting_for_database" in server.log.read_bytes())
    finally:
        breakable.start()
    with server:
        assert {part["ready"] for part in server.get("/health/ready")["parts"]} == {True}
    assert server.process.returncode == 0


async def test_a_start_whose_connections_are_lost_begins_again(breakable, database, tmp_path):
    """At whatever it is then: as when the server is stopped in the middle of it."""
    with Server(tmp_path, MAYUSE_DATABASE_URL=database.url, MAYUSE_LOG_LEVEL="warning"):
        pass  # so that the log is there
    server = Server(tmp_path, MAYUSE_DATABASE_URL=database.url, MAYUSE_LOG_LEVEL="warning")
    admin = await asyncpg.connect(breakable.url())
    for depth in range(12):
        await cut(admin, database, after=0.005 * depth)
    await admin.close()
    with server:
        assert is_ready(server)
    assert server.log.read_bytes().count(b"waiting_for_database") > 1


def test_a_service_that_waits_for_its_database_can_be_stopped(breakable, database, tmp_path):
    breakable.stop()
    try:
        server = Server(tmp_path, MAYUSE_DATABASE_URL=database.url, MAYUSE_LOG_LEVEL="warning")
        until(lambda: b"waiting_for_database" in server.log.read_bytes())
        server.process.terminate()
        server.process.wait(timeout=10)
    finally:
        breakable.start()


def test_a_worker_that_is_made_anew_waits_for_the_database_as_well(breakable, database, tmp_path):
    """Or it would take all the others with it."""
    server = Server(
        tmp_path,
        *("--workers", "2"),
        MAYUSE_DATABASE_URL=database.url,
        MAYUSE_LOG_LEVEL="warning",
    )
    with server:
        first, second = server.workers()
        breakable.stop()
        try:
            os.kill(first, signal.SIGKILL)
            until(lambda: b"waiting_for_database" in server.log.read_bytes())
        finally:
            breakable.start()
        until(lambda: len(server.workers()) == 2)
        until(lambda: is_ready(server))
        assert second in server.workers()
        assert server.process.poll() is None
    assert server.process.returncode == 0


def is_ready(server) -> bool:
    try:
        return {part["ready"] for part in server.get("/health/ready")["parts"]} == {True}
    except OSError:
        return False


def test_a_worker_that_cannot_start_is_told_by_the_exit_code(breakable, database, tmp_path):
    url = database.url.replace(breakable.password, "wrong")
    server = Server(
        tmp_path,
        *("--workers", "2"),
        ready=False,
        MAYUSE_DATABASE_URL=database.url,
        MAYUSE_SEALER_DATABASE_URL=url,
        MAYUSE_LOG_LEVEL="warning",
    )
    assert server.process.wait(timeout=150) == 1


def test_a_wrong_password_is_not_waited_for(breakable, database, tmp_path):
    url = database.url.replace(breakable.password, "wrong")
    server = Server(tmp_path, MAYUSE_DATABASE_URL=url, MAYUSE_LOG_LEVEL="warning")
    assert server.process.wait(timeout=25) == 1
    assert b"waiting_for_database" not in server.log.read_bytes()


def until(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.05)
