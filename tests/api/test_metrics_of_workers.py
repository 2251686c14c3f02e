"""`/metrics` of several workers, by real processes: what one says holds for all."""

from __future__ import annotations

import os
import signal
import time

import httpx
from http_asking import DENIED
from prometheus_client.parser import text_string_to_metric_families

from mayuse_server import PATIENCE, Server

ASKED = 20


def test_numbers_are_added_up_and_survive_a_worker(tmp_path):
    """Each connection may reach another worker. A killed one's counts stay, its state does not."""
    with Server(tmp_path, "--workers", "2", TMPDIR=str(tmp_path)) as server:
        for _ in range(ASKED):
            ask(server)
        assert [decided(server) for _ in range(8)] == [ASKED] * 8
        assert total(server, "mayuse_bundle_workers") == 2
        assert total(server, "mayuse_log_queue_entries") == 0

        killed = server.workers()[0]
        os.kill(killed, signal.SIGKILL)
        wait_for_another(server, killed)

        assert decided(server) == ASKED
        ask(server)
        assert [decided(server) for _ in range(8)] == [ASKED + 1] * 8
        assert total(server, "mayuse_bundle_workers") == 2
        assert list(tmp_path.glob("mayuse-metrics-*"))
    assert not list(tmp_path.glob("mayuse-metrics-*")), "the folder outlived the service"


def ask(server):
    assert httpx.post(f"{server.url}/v1/decisions", json=DENIED).status_code == 200


def decided(server):
    return total(server, "mayuse_decisions_total")


def total(server, name):
    text = httpx.get(f"{server.url}/metrics").text
    samples = [item for family in text_string_to_metric_families(text) for item in family.samples]
    return sum(sample.value for sample in samples if sample.name == name)


def wait_for_another(server, killed):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        workers = server.workers()
        if killed not in workers and len(workers) == 2 and serving(server) == 2:
            return
        time.sleep(0.2)
    raise AssertionError("no other worker came")


def serving(server):
    try:
        return total(server, "mayuse_bundle_workers")
    except httpx.TransportError:  # its connection was the killed one's
        return 0
