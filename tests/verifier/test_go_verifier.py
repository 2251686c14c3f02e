"""Go's own libraries believe what this log proves, and nothing that was tampered with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import go_verifier
import tampering
from mayuse.decision_log import tree
from mayuse.decision_log.checkpoint import Checkpoint, Promise, receipt_name
from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.note import COSIGNATURE, Note, SigningKey, from_base64, to_base64
from mayuse.decision_log.proof import Proof
from mayuse.errors import ProofError

ORIGIN = "log.example/mayuse"
KEY = SigningKey(ORIGIN, b"1" * 32)
OTHER = SigningKey(ORIGIN, b"2" * 32)
RECEIPT = SigningKey(receipt_name(ORIGIN), b"3" * 32)
WITNESS = SigningKey("witness.example/w1", b"4" * 32, COSIGNATURE)
VKEY = KEY.verifier.to_text()

LEAVES = [b'{"n":%d}' % number for number in range(600)]
GROWN = tree.Tree().grow([leaf_hash(leaf) for leaf in LEAVES])


def read_tile(level: int, index: int, _width: int) -> bytes:
    return GROWN.tiles[level, index]


def checkpoint(size: int = len(LEAVES)) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree.root(size, read_tile))


def proof(index: int, size: int = len(LEAVES)) -> str:
    hashes = tree.inclusion_proof(index, size, read_tile)
    return Proof(index, tuple(hashes), checkpoint(size).sign([KEY])).to_text()


def consistency(old: int, new: int) -> str:
    return "".join(f"{to_base64(one)}\n" for one in tree.consistency_proof(old, new, read_tile))


@pytest.fixture
def write(tmp_path):
    def written(name: str, content: str | bytes):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


@pytest.mark.parametrize(
    ("index", "size"),
    [(0, 1), (0, 2), (1, 2), (2, 3), (5, 7), (255, 256), (256, 257), (300, 600), (599, 600)],
)
def test_go_believes_inclusion(write, index, size):
    said = go_verifier.judge(
        "inclusion", "-key", VKEY, "-leaf", write("leaf", LEAVES[index]),
        write("proof", proof(index, size)),
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (0, f"ok leaf {index} of {size}\n"), said.stderr


@pytest.mark.parametrize(
    ("old", "new"), [(1, 2), (1, 600), (3, 7), (255, 257), (256, 600), (300, 599), (600, 600)]
)
def test_go_believes_consistency(write, old, new):
    older = write("old", checkpoint(old).sign([KEY]).to_text())
    newer = write("new", checkpoint(new).sign([KEY]).to_text())
    assert go_verifier.accepts(
        "consistency", "-key", VKEY, "-old", older, "-new", newer,
        write("proof", consistency(old, new)),
    )  # fmt: skip


def test_go_believes_a_checkpoint_with_the_signatures_of_others(write):
    note = checkpoint().sign([OTHER, KEY])
    note = note.adding([WITNESS.cosign(note.text, 1_763_600_000)])
    said = go_verifier.judge("checkpoint", "-key", VKEY, write("checkpoint", note.to_text()))
    assert said.stdout == f"ok size 600 root {to_base64(GROWN.tree.root)}\n", said.stderr
    vkey = OTHER.verifier.to_text()
    assert go_verifier.accepts("checkpoint", "-key", vkey, write("checkpoint", note.to_text()))


def test_go_believes_a_promise_and_does_not_take_it_for_a_checkpoint(write):
    promised = Promise(ORIGIN, leaf_hash(LEAVES[0]), 1, 2).sign(RECEIPT).to_text()
    note, vkey = write("promise", promised), RECEIPT.verifier.to_text()
    leaf, other = write("leaf", LEAVES[0]), write("other", LEAVES[1])
    assert go_verifier.accepts("promise", "-key", vkey, "-leaf", leaf, note)
    assert not go_verifier.accepts("promise", "-key", vkey, "-leaf", other, note)
    assert not go_verifier.accepts("promise", "-key", VKEY, "-leaf", leaf, note)
    assert not go_verifier.accepts("checkpoint", "-key", vkey, note)


def test_no_tampered_proof_is_believed_by_go_or_by_us(write):
    leaf = write("leaf", LEAVES[300])
    tried = 0
    for name, text in tampering.proofs(proof(300)):
        tried += 1
        assert not go_verifier.accepts(
            "inclusion", "-key", VKEY, "-leaf", leaf, write("proof", text)
        ), name
        with refused(name):
            Proof.from_text(text).verify(leaf_hash(LEAVES[300]), [KEY.verifier])
    assert tried >= 30


def test_a_good_proof_proves_no_other_leaf_and_needs_the_right_key(write):
    good = write("proof", proof(300))
    inner = GROWN.tiles[0, 0][:64]  # the bytes under an inner node, offered as a leaf
    for leaf in (LEAVES[301], LEAVES[300] + b" ", b"", inner):
        assert not go_verifier.accepts(
            "inclusion", "-key", VKEY, "-leaf", write("leaf", leaf), good
        )
        with pytest.raises(ProofError):
            Proof.from_text(proof(300)).verify(leaf_hash(leaf), [KEY.verifier])
    leaf = write("leaf", LEAVES[300])
    for key in (OTHER, RECEIPT):
        vkey = key.verifier.to_text()
        assert not go_verifier.accepts("inclusion", "-key", vkey, "-leaf", leaf, good)
        with pytest.raises(ProofError):
            Proof.from_text(proof(300)).verify(leaf_hash(LEAVES[300]), [key.verifier])


def test_no_tampered_checkpoint_is_believed_by_go_or_by_us(write):
    tried = 0
    for name, text in tampering.checkpoints(checkpoint().sign([KEY]).to_text()):
        tried += 1
        assert not go_verifier.accepts("checkpoint", "-key", VKEY, write("checkpoint", text)), name
        with refused(name):
            Checkpoint.verify(Note.from_text(text), [KEY.verifier])
    assert tried >= 15


def test_no_tampered_consistency_is_believed_by_go_or_by_us(write):
    old, new = checkpoint(300), checkpoint(600)
    older, newer = write("old", old.sign([KEY]).to_text()), write("new", new.sign([KEY]).to_text())
    arguments = ("consistency", "-key", VKEY, "-old", older, "-new", newer)
    tried = 0
    for name, text in tampering.consistencies(consistency(300, 600)):
        tried += 1
        assert not go_verifier.accepts(*arguments, write("proof", text)), name
        with refused(name):
            tree.verify_consistency(300, old.root, 600, new.root, list(hashes(text)))
    assert tried >= 15
    swapped = ("consistency", "-key", VKEY, "-old", newer, "-new", older)
    assert not go_verifier.accepts(*swapped, write("proof", consistency(300, 600)))


def test_a_log_that_forked_is_found_by_go_and_by_us(write):
    """Two logs that agree on 300 leaves and then do not, each signed with the log's own key."""
    forked = tree.Tree().grow(
        [*(leaf_hash(leaf) for leaf in LEAVES[:599]), hashlib.sha256(b"x").digest()]
    )
    other = Checkpoint(ORIGIN, 600, forked.tree.root)
    hashes_400 = tree.consistency_proof(400, 600, read_tile)
    assert not go_verifier.accepts(
        "consistency", "-key", VKEY,
        "-old", write("old", checkpoint(400).sign([KEY]).to_text()),
        "-new", write("new", other.sign([KEY]).to_text()), write("proof", consistency(400, 600)),
    )  # fmt: skip
    with pytest.raises(ProofError):
        tree.verify_consistency(400, checkpoint(400).root, 600, other.root, hashes_400)


@contextmanager
def refused(name: str) -> Iterator[None]:
    """What is done here raises `ProofError`; `name` says what was believed when it does not."""
    try:
        yield
    except ProofError:
        return
    pytest.fail(name)


def hashes(text: str) -> Iterator[bytes]:
    for line in text.splitlines():
        yield from_base64(line)
