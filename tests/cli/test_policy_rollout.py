"""`mayuse policy list | upload | activate | rollback`, at a real service over real sockets."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import policy_versions
from mayuse import bundle
from mayuse_server import Server

PACKAGED = bundle.packaged().digest
WRONG_USE = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("rollout")) as started:
        yield started


def mayuse(*arguments, server=None, code=0):
    named = () if server is None else ("--server", server.url)
    done = subprocess.run(
        [sys.executable, "-m", "mayuse", "policy", *arguments, *named],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_bundle_is_uploaded_activated_and_rolled_back(server, tmp_path):
    file = tmp_path / "another.tar.gz"
    file.write_bytes(policy_versions.another())
    digest = bundle.read(file).digest

    said = mayuse("upload", str(file), server=server)
    assert f"{digest}, is kept as a candidate" in said
    assert "0 of the active bundle's" in said
    listed = json.loads(mayuse("list", "--json", server=server))
    assert {row["digest"]: row["status"] for row in listed["policies"]} == {
        PACKAGED: "active",
        digest: "candidate",
    }
    refused = mayuse("rollback", "--reason", "none", server=server, code=1)
    assert "no other policy bundle has decided" in refused
    told = json.loads(mayuse("activate", digest, "--reason", "a test", "--json", server=server))
    assert (told["active"]["digest"], told["activation"]["reason"]) == (digest, "a test")
    changed = ("rollback", "--reason", "none", "--if-active", PACKAGED)
    assert "by another order" in mayuse(*changed, server=server, code=1)
    assert f"decides: {PACKAGED}" in mayuse("rollback", "--reason", "it was", server=server)
    assert "retired    2027.1.1" in mayuse("list", server=server)


def test_what_is_no_bundle_is_refused(server, tmp_path):
    file = tmp_path / "none.tar.gz"
    file.write_bytes(b"{}")
    assert "no gzip archive" in mayuse("upload", str(file), server=server, code=1)


def test_without_a_service_nothing_can_be_ordered():
    assert "MAYUSE_SERVER" in mayuse("list", code=WRONG_USE)
    assert "--reason" in mayuse("rollback", "--server", "http://127.0.0.1:1", code=WRONG_USE)
