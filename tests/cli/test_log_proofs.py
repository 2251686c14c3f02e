"""`mayuse log …`: what is written down is believed by Go's own libraries, and nothing else is."""

from __future__ import annotations

import base64
import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest
from cli_results import lines_of

import go_verifier
import tampering
from mayuse.cli import log_export
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.note import COSIGNATURE, SigningKey, VerifierKey
from mayuse.decision_log.proof import Proof
from mayuse.decision_log.tree import Tree

QUESTION = {
    "recipient": "linkedin_corporation",
    "purpose": "train_ai_content",
    "data": "profile",
    "data_subject": {"id": "member-7", "jurisdiction": "US-VA", "age": 35},
    "on": "2025-11-20",
}
pytestmark = pytest.mark.usefixtures("asked")


def ask(mayuse, count: int) -> list[dict]:
    lines = "\n".join([json.dumps(QUESTION)] * count)
    return lines_of(mayuse("ask", "--file", "-", "--json", stdin=lines))


@pytest.fixture
def asked(mayuse) -> list[dict]:
    return ask(mayuse, 20)


@pytest.fixture
def said(mayuse, tmp_path):
    """Run a command, and keep what it prints in a file."""

    def run(*arguments: object, name: str = "out"):
        done = mayuse(*arguments)
        assert done.returncode == 0, done.stderr
        (tmp_path / name).write_text(done.stdout)
        return tmp_path / name

    return run


@pytest.fixture
def vkey(mayuse) -> str:
    """The log's key for checkpoints, as an auditor was given it."""
    return mayuse("log", "key").stdout.splitlines()[0]


def proved(mayuse, tmp_path, decision: str):
    """The leaf and its proof, as files."""
    leaf, proof = tmp_path / "leaf.bin", tmp_path / "x.tlog-proof"
    done = mayuse("log", "proof", decision, "--leaf", leaf, "--out", proof)
    assert (done.returncode, done.stdout) == (0, "")
    return leaf, proof


def test_go_believes_the_proof_of_every_decision(mayuse, tmp_path, asked, vkey):
    for row in asked[::5]:
        leaf, proof = proved(mayuse, tmp_path, row["decision_id"])
        assert leaf_hash(leaf.read_bytes()).hex() == row["receipt"]["leaf_hash"]
        assert go_verifier.accepts("inclusion", "-key", vkey, "-leaf", leaf, proof)
        checked = mayuse("log", "check", proof, "--leaf", leaf, "--key", vkey)
        assert checked.returncode == 0
        assert f"leaf {row['receipt']['index']} is in the log" in checked.stdout


def test_go_believes_the_receipt_in_an_answer(mayuse, tmp_path, asked, vkey):
    leaf, _ = proved(mayuse, tmp_path, asked[3]["decision_id"])
    (tmp_path / "receipt").write_text(asked[3]["receipt"]["proof"])
    assert go_verifier.accepts("inclusion", "-key", vkey, "-leaf", leaf, tmp_path / "receipt")


@pytest.fixture
def grown(mayuse, said):
    """A checkpoint that was kept, a later one, and the proof of growth, as files; both sizes."""
    old = said("log", "checkpoint", name="old")
    ask(mayuse, 30)
    new = said("log", "checkpoint", name="new")
    sizes = [Checkpoint.from_note(at.read_text()).size for at in (old, new)]
    proof = said("log", "consistency", *sizes, name="consistency")
    return old, new, proof, sizes


def test_go_believes_checkpoints_and_their_consistency(mayuse, grown, vkey):
    old, new, proof, sizes = grown
    arguments = ("consistency", "-key", vkey, "-old", old, "-new", new)
    assert go_verifier.accepts("checkpoint", "-key", vkey, new)
    assert go_verifier.accepts(*arguments, proof)

    def checked(*files: object, key: str = vkey):
        return mayuse("log", "check-consistency", *files, "--key", key)

    believed = checked(old, new, proof)
    assert believed.returncode == 0
    assert f"of {sizes[1]} leaves begins with the {sizes[0]} leaves of" in believed.stdout

    tried = 0
    for name, text in tampering.consistencies(proof.read_text()):
        tried += 1
        proof.write_text(text)
        assert not go_verifier.accepts(*arguments, proof), name
        assert checked(old, new, proof).returncode == 1, name
    assert tried > 5


def test_growth_is_believed_between_signed_checkpoints_only(mayuse, grown, vkey):
    old, new, proof, sizes = grown

    def refused(*files: object, key: str = vkey) -> str:
        done = mayuse("log", "check-consistency", *files, "--key", key, "--json")
        assert done.returncode == 1, done.stderr
        told = json.loads(done.stdout)
        assert told["holds"] is False
        return told["because"]

    assert "does not extend" in refused(new, old, proof)
    assert "no key is known" in refused(old, new, proof, key=mayuse("log", "key").stdout.split()[1])
    new.write_text(new.read_text().replace(f"\n{sizes[1]}\n", f"\n{sizes[1] + 1}\n"))
    assert "sign" in refused(old, new, proof)
    assert refused(old, proof, proof)


def test_neither_go_nor_we_believe_a_tampered_proof(mayuse, tmp_path, asked, vkey):
    leaf, proof = proved(mayuse, tmp_path, asked[6]["decision_id"])
    good, tried = proof.read_text(), 0
    for name, text in tampering.proofs(good):
        tried += 1
        proof.write_bytes(text.encode())
        assert not go_verifier.accepts("inclusion", "-key", vkey, "-leaf", leaf, proof), name
        checked = mayuse("log", "check", proof, "--leaf", leaf, "--key", vkey, "--json")
        assert checked.returncode == 1, name
        assert json.loads(checked.stdout)["holds"] is False
    assert tried >= 30
    proof.write_text(good)
    leaf.write_bytes(leaf.read_bytes().replace(b"permit", b"deny"))
    assert not go_verifier.accepts("inclusion", "-key", vkey, "-leaf", leaf, proof)
    assert mayuse("log", "check", proof, "--leaf", leaf, "--key", vkey).returncode == 1


def test_the_keys_are_told_with_what_they_sign(mayuse):
    told = json.loads(mayuse("log", "key", "--json").stdout)
    assert [(row["role"], row["from_size"]) for row in told] == [("checkpoint", 0), ("receipt", 0)]
    plain = mayuse("log", "key").stdout.splitlines()
    assert plain == [row["vkey"] for row in told]
    assert all(VerifierKey.from_text(line).to_text() == line for line in plain)


def test_the_export_is_the_tree_of_the_checkpoint(mayuse, tmp_path):
    done = mayuse("log", "export", "leaves.jsonl", "--checkpoint", "cp.txt")
    assert done.returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "leaves.jsonl").read_text().splitlines()]
    checkpoint = Checkpoint.from_note((tmp_path / "cp.txt").read_text())
    leaves = [base64.b64decode(row["leaf"]) for row in rows]
    assert [row["index"] for row in rows] == list(range(checkpoint.size))
    assert Tree().grow([leaf_hash(leaf) for leaf in leaves]).tree.root == checkpoint.root
    assert mayuse("log", "export", "-").stdout.count("\n") >= len(rows)


def test_the_tiles_prove_without_us_and_grow(mayuse, tmp_path, vkey):
    assert mayuse("log", "tiles", "site").returncode == 0
    first = (tmp_path / "site/checkpoint").read_text()
    ask(mayuse, 300)
    assert mayuse("log", "tiles", "site").returncode == 0
    assert go_verifier.accepts("checkpoint", "-key", vkey, tmp_path / "site/checkpoint")
    size = Checkpoint.from_note((tmp_path / "site/checkpoint").read_text())
    assert size.size > 320
    tiles = {str(path.relative_to(tmp_path / "site")) for path in (tmp_path / "site").rglob("*")}
    partial = size.size - 256
    assert {"tile/0/000", f"tile/0/001.p/{partial}", "tile/1/000.p/1", "tile/entries/000",
            f"tile/entries/001.p/{partial}"} <= tiles  # fmt: skip

    before = sorted(tiles)
    (tmp_path / "site/checkpoint").write_text(first.replace("\n", "x\n", 1))
    refused = mayuse("log", "tiles", "site")
    assert refused.returncode == 1
    assert "another log" in refused.stderr
    after = {str(path.relative_to(tmp_path / "site")) for path in (tmp_path / "site").rglob("*")}
    assert sorted(after) == before


@pytest.mark.usefixtures("asked")
def test_an_export_takes_the_place_of_an_older_one_whole_or_not_at_all(
    mayuse, tmp_path, monkeypatch
):
    older, link = tmp_path / "older.jsonl", tmp_path / "link"
    older.write_text("older")
    older.chmod(0o600)
    link.symlink_to(older)
    with monkeypatch.context() as patch:
        patch.setattr(log_export, "_line", Mock(side_effect=OSError(28, "No space left")))
        assert mayuse("log", "export", "link").returncode == 1
    assert older.read_text() == "older"
    assert mayuse("log", "export", "link").returncode == 0
    assert link.is_symlink()
    assert older.read_text().startswith('{"index":0')
    assert older.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"older.jsonl", "link", "var"}


def test_nothing_is_written_before_all_can_be(mayuse, tmp_path, asked):
    (tmp_path / "older").write_text("older")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.iterdir())
    decision = asked[0]["decision_id"]
    for bad in ("folder", "no/such"):
        for done in (
            mayuse("log", "export", "older", "--checkpoint", bad),
            mayuse("log", "export", bad, "--checkpoint", "older"),
            mayuse("log", "export", "-", "--checkpoint", bad),
            mayuse("log", "proof", decision, "--leaf", "leaf", "--out", bad),
            mayuse("log", "proof", decision, "--leaf", bad, "--out", "older"),
            mayuse("log", "proof", decision, "--leaf", bad),
            mayuse("log", "consistency", 1, "--out", bad),
        ):
            assert (done.returncode, done.stdout) == (1, "")
            assert f"{bad}: " in done.stderr
    assert mayuse("log", "export", "older", "--checkpoint", "./older").returncode == 2
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "older").read_text() == "older"


def test_an_export_and_its_checkpoint_are_written_together(mayuse, tmp_path):
    shown = mayuse("log", "export", "-", "--checkpoint", "over").stdout
    assert mayuse("log", "export", "leaves", "--checkpoint", "over").returncode == 0
    size = Checkpoint.from_note((tmp_path / "over").read_text()).size
    lines = (tmp_path / "leaves").read_text().splitlines()
    assert (len(lines), lines[:20]) == (size, shown.splitlines()[:20])


@pytest.mark.usefixtures("asked")
def test_tiles_that_could_not_be_written_are_in_nobody_s_way(mayuse, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(log_export, "_forget_purged", Mock(side_effect=OSError(28, "No space left")))
        assert mayuse("log", "tiles", "site").returncode == 1
    assert mayuse("log", "tiles", "site").returncode == 0


@pytest.mark.usefixtures("asked")
def test_a_log_of_another_version_is_not_judged(mayuse, tmp_path):
    for step, told in (("0099", "a later version of mayuse made"), ("0005", "mayuse db upgrade")):
        change(tmp_path, "UPDATE alembic_version SET version_num = ?", step)
        refused = mayuse("log", "verify")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert told in refused.stderr


def test_no_purged_entry_stays_in_the_tiles(mayuse, tmp_path, vkey):
    mayuse("log", "tiles", "site")
    ask(mayuse, 300)
    mayuse("log", "tiles", "site")
    entries = tmp_path / "site/tile/entries"
    partial, full = [next((entries / "000.p").iterdir()), entries / "000"]
    now = datetime.now(UTC) + timedelta(seconds=1)
    while datetime.now(UTC) < now:
        time.sleep(0.1)
    assert mayuse("log", "purge", "--before", f"{now:%Y-%m-%dT%H:%M:%SZ}").returncode == 0
    told = mayuse("log", "tiles", "site")

    assert "3 deleted of which entries were purged" in told.stderr
    assert not partial.exists()
    assert not full.exists()
    assert (tmp_path / "site/tile/0/000").exists()
    assert go_verifier.accepts("checkpoint", "-key", vkey, tmp_path / "site/checkpoint")
    assert "deleted" not in mayuse("log", "tiles", "site").stderr


def test_a_key_that_has_ended_is_not_believed_again(mayuse, tmp_path, vkey):
    """Whoever took an old key's file, and the database, must not go on with them unseen."""
    kept = tmp_path / "var/keys/checkpoint.key"
    stolen = kept.read_bytes()
    mayuse("log", "rotate-key")
    assert mayuse("log", "retire-key").returncode == 0
    (tmp_path / "all").write_text(mayuse("log", "key").stdout)
    assert mayuse("log", "verify", "--key", "all").returncode == 0

    newer = next(path for path in kept.parent.glob("checkpoint-*.key"))
    newer.rename(tmp_path / "newer")
    kept.write_bytes(stolen)
    kept.chmod(0o600)
    change(tmp_path, "UPDATE log_key SET to_size = NULL WHERE vkey = ?", vkey)
    change(tmp_path, "DELETE FROM log_key WHERE vkey <> ? AND role = 'checkpoint'", vkey)
    (tmp_path / "var/keys/last_checkpoint").unlink()
    ask(mayuse, 3)
    found = mayuse("log", "verify", "--key", "all")
    assert found.returncode == 1
    assert f"key {vkey}: a key is listed as signing for longer" in found.stdout

    change(tmp_path, "UPDATE log_key SET to_size = 25 WHERE vkey = ?", vkey)
    found = mayuse("log", "verify", "--key", "all")
    assert found.returncode == 1
    assert "is not signed by a known key that was the log's then" in found.stdout


@pytest.mark.usefixtures("asked")
def test_what_was_changed_in_one_row_does_not_stop_the_rest(mayuse, tmp_path):
    """Facts of one decision, and the newest record: the log can be read, verified and replayed."""
    other = {**QUESTION, "data_subject": {"jurisdiction": "DE", "age": 30}}
    mayuse("ask", "--file", "-", "--json", stdin=json.dumps(other))
    mayuse("ask", "--file", "-", "--json", stdin=json.dumps(other | {"purpose": "sell_data"}))
    change(
        tmp_path,
        "UPDATE facts SET document = replace(document, 'adult', '17') "
        "WHERE id = (SELECT id FROM facts LIMIT 1)",
    )
    change(
        tmp_path,
        "UPDATE decision SET record = x'00' WHERE seq = (SELECT max(seq) FROM decision)",
    )
    assert mayuse("log", "verify").returncode == 1
    replayed = mayuse("log", "replay", "--json")
    assert replayed.returncode == 1
    told = json.loads(replayed.stdout.splitlines()[-1])
    assert told["outcomes"]["same"] > 0
    assert told["outcomes"]["differs"] + told["outcomes"]["not_replayed"] > 0


def test_decisions_are_made_again_from_the_bundle_that_the_log_holds(mayuse, tmp_path, asked):
    """Not from the one that decides, though it is called the same."""
    assert mayuse("log", "replay").returncode == 0
    change(tmp_path, "UPDATE policy_bundle SET bundle = CAST(bundle || x'00' AS BLOB)")
    replayed = mayuse("log", "replay", "--json")
    assert replayed.returncode == 1
    assert json.loads(replayed.stdout.splitlines()[-1])["outcomes"]["not_replayed"] == len(asked)


def change(folder, statement, *values):
    """Change what must not be changed, as a superuser can."""
    database = sqlite3.connect(folder / "var/mayuse.db")
    with database:
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute(statement, values)
    database.close()


def test_tiles_are_written_into_no_other_folder(mayuse, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    refused = mayuse("log", "tiles", "full")
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
    refused = mayuse("log", "tiles", "full/file")
    assert refused.returncode == 2
    assert "is a file" in refused.stderr


def test_a_good_log_verifies_and_a_tampered_one_does_not(mayuse, tmp_path, asked, vkey):
    (tmp_path / "kept.txt").write_text(mayuse("log", "checkpoint").stdout)
    outside = ("--key", vkey, "--checkpoint", "kept.txt")
    good = mayuse("log", "verify", *outside)
    assert good.returncode == 0, good.stdout
    assert "all is as it must be" in good.stdout
    told = json.loads(mayuse("log", "verify", "--json", *outside).stdout)
    assert told["ok"] is True
    assert told["entries"]["decision"] == 20

    with sqlite3.connect(tmp_path / "var/mayuse.db") as database:
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM decision WHERE id = ?", (asked[4]["decision_id"],))
    database.close()
    bad = mayuse("log", "verify", *outside)
    assert bad.returncode == 1
    assert f"leaf {asked[4]['receipt']['index']}: a leaf has no record" in bad.stdout
    told = json.loads(mayuse("log", "verify", "--json").stdout)
    assert told["found"]["row_missing"] == 1


def test_a_log_under_another_key_or_beside_a_kept_checkpoint_does_not_verify(mayuse, tmp_path):
    stranger = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert mayuse("log", "verify", "--key", stranger).returncode == 1
    (tmp_path / "other.txt").write_text(mayuse("log", "checkpoint").stdout.replace("\n2", "\n9", 1))
    assert mayuse("log", "verify", "--checkpoint", "other.txt").returncode == 1
    (tmp_path / "none.txt").write_text("no checkpoint")
    assert mayuse("log", "verify", "--checkpoint", "none.txt").returncode == 2


def test_what_is_not_there_is_said(mayuse, asked):
    unknown = "01980000-0000-7000-8000-000000000000"
    assert mayuse("log", "proof", unknown).returncode == 1
    assert mayuse("log", "consistency", "9999").returncode == 1
    assert mayuse("log", "checkpoint", "--witnessed").returncode == 1
    assert mayuse("log", "proof", asked[0]["decision_id"], "--witnessed").returncode == 1
    assert mayuse("log", "check", "none", "--leaf", "none", "--key", "none").returncode != 0


@pytest.mark.parametrize(
    "command",
    [
        ("verify", "--key"),
        ("verify", "--witness"),
        ("check-export", ".", "--key"),
        ("check", "text", "--leaf", "text", "--key"),
        ("check-consistency", "text", "text", "text", "--key"),
        ("witness", "http://127.0.0.1:1", "--key"),
    ],
)
def test_a_file_that_is_no_text_holds_no_key(mayuse, tmp_path, command):
    (tmp_path / "text").write_text("no proof")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    done = mayuse("log", *command, "binary")
    assert (done.returncode, "binary is no text" in done.stderr) == (2, True)


def test_a_proof_that_is_no_text_does_not_hold(mayuse, said, vkey, tmp_path):
    checkpoint = said("log", "checkpoint", name="checkpoint")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for done in (
        mayuse("log", "check", "binary", "--leaf", checkpoint, "--key", vkey),
        mayuse("log", "check-consistency", checkpoint, checkpoint, "binary", "--key", vkey),
        mayuse("log", "check-consistency", "binary", checkpoint, "binary", "--key", vkey),
    ):
        assert (done.returncode, done.stdout) == (1, "the proof does not hold: binary is no text\n")


@pytest.mark.parametrize(
    "command",
    [
        ("verify",),
        ("report", "new"),
        ("check", "text", "--leaf", "text", "--key", "keys"),
        ("witness", "http://127.0.0.1:1"),
    ],
)
def test_a_key_of_a_log_is_no_witness_s(mayuse, said, command):
    """On a sound log it would look as if no witness had ever cosigned."""
    said("log", "key", name="keys")
    named = "--key" if command[0] == "witness" else "--witness"
    done = mayuse("log", *command, named, "keys")
    assert (done.returncode, "is not the key of a witness" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "command",
    [
        ("verify",),
        ("report", "new"),
        ("check-export", "."),
        ("check", "text", "--leaf", "text"),
        ("check-consistency", "text", "text", "text"),
    ],
)
def test_a_key_of_a_witness_is_no_log_s(mayuse, command):
    witness = SigningKey("witness.example/w", b"w" * 32, COSIGNATURE).verifier.to_text()
    done = mayuse("log", *command, "--key", witness)
    assert (done.returncode, "is the key of a witness" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://a:port", "ftp://a", "http://", "http://a/ "]
)
def test_a_witness_is_reached_by_an_address(mayuse, url):
    witness = SigningKey("witness.example/w", b"w" * 32, COSIGNATURE).verifier.to_text()
    done = mayuse("log", "witness", url, "--key", witness)
    assert (done.returncode, f"URL: {url} is not an http" in done.stderr) == (2, True)


def test_a_proof_on_standard_output_is_the_same(mayuse, asked):
    shown = mayuse("log", "proof", asked[0]["decision_id"]).stdout
    assert Proof.from_text(shown).index == asked[0]["receipt"]["index"]
