"""`mayuse policy examine` and `sign`: what whoever is to activate a bundle sees before."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mayuse import bundle

SMALL = "tests/engines/policies"
BASELINE = "law/world/baseline: nothing_forbids"
SIGNAL = "a Global Privacy Control signal is sent"
SALE = "May Acme Corp. use this person's profile held by any other company for selling, in Aland"


@pytest.fixture
def policies(root: Path, tmp_path: Path) -> Path:
    """A copy of the small policies, which are examined in seconds."""
    return shutil.copytree(root / SMALL, tmp_path / "policies")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`legal.pem`, a private key as OpenSSL makes it, and `public/legal.pem`."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "public").mkdir()
    make = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "legal.pem"]
    subprocess.run(make, cwd=folder, check=True, capture_output=True)
    public = ["openssl", "ec", "-in", "legal.pem", "-pubout", "-out", "public/legal.pem"]
    subprocess.run(public, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def built(policies: Path, tmp_path: Path) -> Path:
    bundle.build(policies, tmp_path / "old.tar.gz", "1.0")
    return tmp_path / "old.tar.gz"


def test_a_signed_bundle_passes_and_what_turns_is_told_in_words(mayuse, built, policies, keys):
    rule = policies / "mayuse/law/world/signal/signal.rego"
    rule.write_text(rule.read_text().replace('== "AA"', '== "BB"'))
    cases = policies / "cases" / "small.cases.yaml"
    cases.write_text(cases.read_text().replace("jurisdiction: AA", "jurisdiction: BB"))
    bundle.build(policies, Path("new.tar.gz"), "1.1")
    digest = bundle.read(Path("new.tar.gz")).digest

    signed = mayuse("policy", "sign", "new.tar.gz", "--key", keys / "legal.pem", "--json")
    found = mayuse(
        *("policy", "examine", "new.tar.gz", "--against", built, "--keys", keys / "public")
    )

    assert json.loads(signed.stdout) == {
        "file": "new.tar.gz",
        "digest": digest,
        "key_id": "legal",
        "algorithm": "ES256",
    }
    assert found.returncode == 0, found.stdout
    assert found.stdout.splitlines() == [
        f"new.tar.gz: version 1.1, {digest}.",
        "It is signed by legal (ES256).",
        "It carries 3 cases; 4 of 4 answers are right.",
        "Its version is later than 1.0, the one it is compared with.",
        "It answers 3 of the 4 cases of that bundle otherwise:",
        f"  a sale without a signal, 2025-11-20: {SALE}, on 2025-11-20 (aged 35)?",
        f"      was permit ({BASELINE}; law/world/signal: signal_off)",
        f"      now permit ({BASELINE})",
        f"  a sale without a signal, 2026-11-20: {SALE}, on 2026-11-20 (aged 35)?",
        f"      was permit ({BASELINE}; law/world/signal: signal_off)",
        f"      now permit ({BASELINE})",
        f"  a sale in spite of a signal, 2025-11-20: {SALE}, on 2025-11-20 (aged 35; {SIGNAL})?",
        "      was deny (law/world/signal: signal_on)",
        f"      now permit ({BASELINE})",
        "It passed.",
    ]


def test_an_unsigned_bundle_does_not_pass_where_keys_are_configured(mayuse, built, keys):
    configured = {"MAYUSE_BUNDLE_KEYS": str(keys / "public")}
    found = mayuse("policy", "examine", built, "--against", built, env=configured)
    told = mayuse("policy", "examine", built, "--against", built, "--json", env=configured)

    assert (found.returncode, told.returncode) == (1, 1)
    assert "the bundle is not signed" in found.stdout
    assert found.stdout.endswith("It did not pass: 1 fault.\n")
    body = json.loads(told.stdout)
    assert (body["passed"], body["signature"], body["complete"]) == (False, "refused", False)
    assert [row["check"] for row in body["findings"]] == ["signature"]


def test_a_wrong_answer_is_told_with_its_question(mayuse, policies, tmp_path):
    cases = policies / "cases" / "small.cases.yaml"
    cases.write_text(cases.read_text().replace("effect: deny", "effect: permit"))
    wrong = tmp_path / "wrong.tar.gz"
    bundle.build(policies, wrong, "1.0")
    found = mayuse("policy", "examine", wrong, "--against", wrong)

    assert found.returncode == 1
    assert "No keys are configured, so its signature was not looked at." in found.stdout
    assert "It carries 3 cases; 3 of 4 answers are right." in found.stdout
    assert "cases/small.cases.yaml:26: fault [case]" in found.stdout
    assert "No: law denies, because the browser sends an opt-out signal." in found.stdout
    assert "the answer is deny, expected permit" in " ".join(found.stdout.split())


def test_what_is_asked_wrongly_is_exit_code_2(mayuse, built, keys, tmp_path):
    (tmp_path / "none.pem").write_text("nonsense")
    (tmp_path / "text.tar.gz").write_text("nonsense")
    wrong = [
        ("examine", "absent.tar.gz"),
        ("examine", built, "--keys", tmp_path / "none.pem"),
        ("examine", built, "--against", tmp_path / "text.tar.gz"),
        ("sign", built, "--key", keys / "public" / "legal.pem"),
        ("sign", built, "--key", keys / "legal.pem", "--algorithm", "RS256"),
        ("sign", built),
    ]
    before = built.read_bytes()
    for arguments in wrong:
        done = mayuse("policy", *arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("mayuse policy "), done.stderr
    assert built.read_bytes() == before


def test_what_is_no_bundle_is_examined_and_does_not_pass_and_is_not_signed(mayuse, built, keys):
    Path("text.tar.gz").write_text("nonsense")
    found = mayuse("policy", "examine", "text.tar.gz", "--against", built)
    refused = mayuse("policy", "sign", "text.tar.gz", "--key", keys / "legal.pem")

    assert (found.returncode, refused.returncode) == (1, 1)
    assert "the archive is no whole .tar.gz" in found.stdout
    assert "the archive is no whole .tar.gz" in refused.stderr
    assert Path("text.tar.gz").read_text() == "nonsense"


def test_a_bundle_can_be_signed_into_another_place_under_another_name(mayuse, built, keys):
    before = built.read_bytes()
    done = mayuse(
        *("policy", "sign", built, "--key", keys / "legal.pem", "--key-id", "release-2026"),
        *("--out", "signed/new.tar.gz"),
    )

    assert done.returncode == 0
    assert done.stdout.startswith("signed/new.tar.gz: signed by release-2026 (ES256), sha256:")
    assert built.read_bytes() == before
    assert bundle.read(Path("signed/new.tar.gz")).digest == bundle.read(built).digest


def test_the_service_does_not_start_under_an_unsigned_bundle_where_keys_are_configured(
    mayuse, built, keys, tmp_path
):
    configured = {"MAYUSE_BUNDLE": str(built), "MAYUSE_BUNDLE_KEYS": str(keys / "public")}
    unsigned = mayuse("serve", "--port", "0", env=configured)
    configured["MAYUSE_BUNDLE_KEYS"] = str(tmp_path / "none")
    keyless = mayuse("serve", "--port", "0", env=configured)

    assert (unsigned.returncode, keyless.returncode) == (1, 2)
    assert unsigned.stderr == (
        f"mayuse: {built}, which MAYUSE_BUNDLE names: the bundle is not signed\n"
    )
    assert "MAYUSE_BUNDLE_KEYS: " in keyless.stderr
    assert not (tmp_path / "var").exists(), "it has left nothing behind"
