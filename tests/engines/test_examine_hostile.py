"""Candidates that are made to do harm: none passes, none hangs, none reaches out."""

from __future__ import annotations

import gzip
import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import orjson
import pytest
from candidates import file_of, reworked
from cryptography.hazmat.primitives.asymmetric import ec

from mayuse import archive, bundle, bundle_rules, bundle_signature
from mayuse.authoring.examination import REFUSED, Examination
from mayuse.authoring.examine import examine
from mayuse.bundle import Bundle
from mayuse.bundle_keys import PrivateKey, TrustedKeys
from signing_keys import public_pem

TODAY = date(2026, 11, 24)
CASES = "cases/small.cases.yaml"
REGO = "mayuse/law/world/signal/signal.rego"

OURS, THEIRS = (ec.derive_private_key(number, ec.SECP256R1()) for number in (7, 8))


def examined(raw: bytes, active: Bundle, **bounds: float) -> Examination:
    found = examine(raw, trusted=None, active=active, today=TODAY, **bounds)  # type: ignore[arg-type]
    assert not found.passed
    assert found.faults, "what does not pass says why"
    return found


def says(found: Examination) -> str:
    return "\n".join(f"{item.check}: {item.says}" for item in found.faults)


GARBAGE = {
    "nothing": b"",
    "no archive": b"nonsense" * 100,
    "no tar": gzip.compress(b"nonsense" * 100, mtime=0),
    "a bomb": gzip.compress(bytes(archive.MAX_SIZE + 1), mtime=0),
    "an empty archive": archive.pack({}),
    "many files": archive.pack(
        {f"mayuse/x/y{i}.rego": b"" for i in range(archive.MAX_MEMBERS + 1)}
    ),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_what_is_no_bundle_is_said_to_be_none(small: Bundle, kind: str) -> None:
    found = examined(GARBAGE[kind], small)
    assert (found.bundle, found.complete) == (None, False)
    assert {finding.check for finding in found.faults} == {"bundle"}


STRANGERS = [
    "mayuse/data.json",
    "mayuse/facts/data.yaml",
    "patch.json",
    "plan.json",
    "mayuse/law/policy.wasm",
    "mayuse/law/world/signal/more_test.rego",
    "-x.rego",
    "more.manifest",
    "cases/data.json",
    "cases/.signatures.json",
    "cases/../mayuse/main/main.rego.cases.yaml",
]


@pytest.mark.parametrize("path", STRANGERS)
def test_files_that_opa_would_read_and_the_service_would_not_are_refused(
    small: Bundle, path: str
) -> None:
    with pytest.raises(bundle.BundleError, match=r"no part of one|leaves it"):
        bundle.read(reworked(small.raw, {path: b"{}"}))


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


SHAPES: dict[str, dict[str, bytes]] = {
    "data nested without end": {"data.json": b'{"mayuse":' + nested(100_000) + b"}"},
    "facts that are a list": {"data.json": b'{"mayuse":{"facts":[]}}'},
    "facts of other kinds": {
        "data.json": b'{"mayuse":{"facts":{"acts":{"a":{"layer":[],"places":7}},"provisions":'
        b'{"p":{"act":[]}},"places":{"x":{}},"vocabulary":{"controllers":[1]}}}}'
    },
    "a catalogue of other kinds": {
        "catalog.json": orjson.dumps({"rules": [{name: [[]] for name in bundle_rules.FIELDS}]})
    },
    "Rego that is no text": {REGO: b"\xff\xfe"},
    "cases that are no text": {CASES: b"\xff\xfe"},
}


@pytest.mark.parametrize("kind", SHAPES)
def test_contents_of_another_shape_are_told_and_break_nothing(small: Bundle, kind: str) -> None:
    raw = reworked(small.raw, SHAPES[kind])
    with pytest.raises(bundle.BundleError):
        bundle.read(raw)
    assert examined(raw, small).bundle is None


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody on this machine whom Rego might call."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(0)
        yield server


@pytest.mark.parametrize(
    "reaching",
    [
        'http.send({"method": "GET", "url": "http://127.0.0.1:PORT/"}).status_code == 200',
        'opa.runtime().env.SECRET == "hunter2"',
        'net.lookup_ip_addr("localhost")',
        "time.now_ns() > 0",
        'rand.intn("x", 2) == 1',
        'json.match_schema({}, {"$ref": "http://127.0.0.1:PORT/s.json"})[0]',
    ],
)
def test_rego_that_reaches_out_is_never_evaluated(
    small: Bundle, listener: socket.socket, monkeypatch: pytest.MonkeyPatch, reaching: str
) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    port = listener.getsockname()[1]
    rego = file_of(small.raw, REGO).decode()
    rego = rego.replace('input.jurisdiction == "AA"', reaching.replace("PORT", str(port)))
    found = examined(reworked(small.raw, {REGO: rego.encode()}), small)
    assert "compile: opa check failed" in says(found)
    assert "undefined function" in says(found)
    assert {finding.check for finding in found.faults} <= {"compile", "rebuild"}
    assert "hunter2" not in orjson.dumps(found.to_json()).decode()
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_schema_is_not_fetched_from_the_network(small: Bundle, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    rego = file_of(small.raw, REGO).decode()
    head = f'# schemas: [{{input: {{"$ref": "http://127.0.0.1:{port}/s.json"}}}}]\n# custom:'
    found = examined(reworked(small.raw, {REGO: rego.replace("# custom:", head).encode()}), small)
    assert "compile" in says(found)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_webassembly_that_never_ends_is_stopped(small: Bundle) -> None:
    # The small policies take hours over data called `slow` and gigabytes over `large`.
    text = file_of(small.raw, CASES).decode()
    slow = text.replace("data: profile", "data: slow", 1).replace("data: profile", "data: large", 1)
    found = examined(reworked(small.raw, {CASES: slow.encode()}), small)
    # A fast machine has used up the memory before the time.
    assert says(found).count("no verdict on slow: policy_timeout") == 2 or (
        says(found).count("no verdict on slow: policy_unavailable, opa_malloc: failed") == 2
    )
    assert (found.complete, found.bundle is not None) == (True, True)


@pytest.mark.parametrize(
    "wasm", [b"", b"\0asm\1\0\0\0", b"\0asm" + bytes(100)], ids=["none", "empty", "broken"]
)
def test_webassembly_that_is_no_policy_is_told(small: Bundle, wasm: bytes) -> None:
    found = examined(reworked(small.raw, {"policy.wasm": wasm}), small)
    assert {"rebuild", "cases"} <= {finding.check for finding in found.faults}


def test_it_ends_in_time_and_leaves_nothing_running(small: Bundle) -> None:
    began = time.monotonic()
    found = examined(small.raw, small, seconds=0.5)
    assert time.monotonic() - began < 20
    assert (found.bundle, found.complete) == (None, False)
    assert "did not end within 0.5 s" in says(found)
    assert not [line for line in processes() if "mayuse.authoring.examining" in line]


def processes() -> list[str]:
    """The command lines of what this process has started and not seen the end of."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent in {os.getpid(), 1}:
                found.append((place / "cmdline").read_bytes().decode().replace("\0", " "))
        except OSError:  # it has ended meanwhile
            continue
    return found


def test_data_that_fill_the_memory_break_off_the_examination(small: Bundle) -> None:
    data = file_of(small.raw, "data.json").rstrip().removesuffix(b"}")
    much = data + b',"much":[' + b"[]," * 1_000_000 + b"[]]}"
    raw = reworked(small.raw, {"data.json": much})
    assert len(raw) < 2**17
    found = examined(raw, small, memory=130 * 2**20)
    assert (found.bundle, found.complete) == (None, False)
    # However Python says it, if it still can.
    assert {finding.check for finding in found.faults} <= {"bundle", "examination"}


def test_cases_that_hide_something_are_refused(small: Bundle) -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\ncases: [*b, *b]\n"
    found = examined(reworked(small.raw, {CASES: bomb.encode()}), small)
    assert "anchors and aliases are not read" in says(found)


def test_a_flood_of_findings_is_cut_short(small: Bundle) -> None:
    lines = "".join(f"  - {{name: n{i}, nonsense: {'x' * 5_000}}}\n" for i in range(1_000))
    found = examined(reworked(small.raw, {CASES: b"cases:\n" + lines.encode()}), small)
    assert len(found.findings) <= 500
    assert max(len(finding.says) for finding in found.findings) <= 2_000


# Signatures


@pytest.fixture(scope="module")
def trusted() -> TrustedKeys:
    return TrustedKeys.of({"ours": public_pem(OURS)})


def by(key: ec.EllipticCurvePrivateKey, key_id: str, raw: bytes) -> bytes:
    return archive.pack(
        bundle_signature.sign(archive.unpack(raw), PrivateKey(key_id, key, "ES256"))
    )


def test_a_candidate_signed_by_a_trusted_key_passes_and_names_it(
    small: Bundle, trusted: TrustedKeys
) -> None:
    found = examine(by(OURS, "ours", small.raw), trusted=trusted, active=small, today=TODAY)
    assert found.passed, found.findings
    assert found.signature == {"key_id": "ours", "algorithm": "ES256"}


@pytest.mark.parametrize("kind", ["unsigned", "another key", "changed afterwards"])
def test_without_a_right_signature_nothing_of_it_is_looked_at(
    small: Bundle, trusted: TrustedKeys, kind: str
) -> None:
    raw = {
        "unsigned": small.raw,
        "another key": by(THEIRS, "ours", small.raw),
        "changed afterwards": reworked(
            by(OURS, "ours", small.raw), {CASES: file_of(small.raw, CASES) + b"\n"}
        ),
    }[kind]
    found = examine(raw, trusted=trusted, active=small, today=TODAY)
    assert not found.passed
    assert (found.signature, found.bundle, found.answers) == (REFUSED, None, 0)
    assert [finding.check for finding in found.faults] == ["signature"]
    assert "mayuse policy sign" in found.faults[0].mend
