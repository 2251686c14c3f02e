"""Signed notes, checkpoints, promises and proofs: what is believed, and what never is."""

from __future__ import annotations

import hashlib

import pytest

from mayuse.decision_log import tree
from mayuse.decision_log.checkpoint import Checkpoint, Promise, receipt_name
from mayuse.decision_log.note import COSIGNATURE, Note, SigningKey, VerifierKey
from mayuse.decision_log.proof import Proof, cosigned
from mayuse.errors import ProofError

ORIGIN = "log.example/mayuse"
KEY = SigningKey(ORIGIN, b"1" * 32)
OTHER = SigningKey(ORIGIN, b"2" * 32)
RECEIPT = SigningKey(receipt_name(ORIGIN), b"3" * 32)
WITNESS = SigningKey("witness.example/w1", b"4" * 32, COSIGNATURE)
SECOND = SigningKey("witness.example/w2", b"5" * 32, COSIGNATURE)

# The example of the specification.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuw"
    "HjG1Yu72IneyaQM=\n"
)

LEAVES = [hashlib.sha256(b"\x00" + bytes([number])).digest() for number in range(20)]


def proof(index: int = 7, size: int = 20) -> Proof:
    grown = tree.Tree().grow(LEAVES[:size])
    hashes = tree.inclusion_proof(index, size, lambda *at: grown.tiles[at[0], at[1]])
    signed = Checkpoint(ORIGIN, size, grown.tree.root).sign([KEY])
    return Proof(index, tuple(hashes), signed)


def test_the_specification_s_example():
    key = VerifierKey.from_text(SPEC_KEY)
    note = Note.from_text(SPEC_NOTE)
    assert key.to_text() == SPEC_KEY
    assert note.to_text() == SPEC_NOTE
    assert note.verify([key]) == {key: None}
    with pytest.raises(ProofError):
        Note.from_text(SPEC_NOTE.replace("example message", "ample message")).verify([key])


def test_a_checkpoint_reads_as_the_specification_writes_it():
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = Checkpoint.from_text(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.to_text() == text
    assert Checkpoint.from_text(text + "more\n").extensions == ("more",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n1\n",
        "log\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n\N{ARABIC-INDIC DIGIT ONE}\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n",
        "log\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nmore\n",
    ],
)
def test_no_other_text_is_a_checkpoint(text):
    with pytest.raises(ProofError):
        Checkpoint.from_text(text)


def test_an_empty_log_has_a_checkpoint():
    empty = Checkpoint(ORIGIN, 0, tree.EMPTY_ROOT)
    assert Checkpoint.verify(empty.sign([KEY]), [KEY.verifier]) == empty


def test_old_and_new_key_sign_together_and_either_is_enough():
    checkpoint = Checkpoint(ORIGIN, 20, LEAVES[0])
    note = Note.from_text(checkpoint.sign([KEY, OTHER]).to_text())
    for known in ([KEY.verifier], [OTHER.verifier], [OTHER.verifier, KEY.verifier]):
        assert Checkpoint.verify(note, known) == checkpoint
    assert len(note.signatures) == 2


def test_a_signature_that_does_not_hold_spoils_the_note():
    checkpoint = Checkpoint(ORIGIN, 20, LEAVES[0])
    good, bad = checkpoint.sign([KEY, OTHER]).signatures
    spoiled = type(bad)(bad.name, bad.key_id, good.value)
    note = checkpoint.sign([KEY]).adding([spoiled])
    assert Checkpoint.verify(note, [KEY.verifier]) == checkpoint
    with pytest.raises(ProofError, match="does not hold"):
        Checkpoint.verify(note, [KEY.verifier, OTHER.verifier])


def test_only_the_log_s_own_kind_of_key_signs_checkpoints():
    checkpoint = Checkpoint(ORIGIN, 20, LEAVES[0])
    with pytest.raises(ValueError, match="named after"):
        checkpoint.sign([RECEIPT])
    stranger = Note.signed(checkpoint.to_text(), [RECEIPT])
    with pytest.raises(ProofError):
        Checkpoint.verify(stranger, [KEY.verifier, RECEIPT.verifier])
    with pytest.raises(ProofError, match="no key is known"):
        Checkpoint.verify(stranger, [RECEIPT.verifier])
    witness_of_that_name = SigningKey(ORIGIN, b"6" * 32, COSIGNATURE)
    timed = checkpoint.sign([OTHER]).adding([witness_of_that_name.cosign(checkpoint.to_text(), 9)])
    with pytest.raises(ProofError):
        Checkpoint.verify(timed, [KEY.verifier, witness_of_that_name.verifier])


def test_a_cosignature_says_who_and_when():
    checkpoint = Checkpoint(ORIGIN, 20, LEAVES[0])
    text = checkpoint.to_text()
    note = Note.from_text(
        checkpoint.sign([KEY]).adding([WITNESS.cosign(text, 1_763_600_000)]).to_text()
    )
    assert cosigned(note, [WITNESS.verifier, SECOND.verifier]) == {WITNESS.verifier: 1_763_600_000}
    assert cosigned(note, [SECOND.verifier]) == {}
    assert note.adding(note.signatures) == note
    with pytest.raises(ProofError):
        cosigned(note, [KEY.verifier])


def test_a_cosignature_at_another_time_does_not_hold():
    text = Checkpoint(ORIGIN, 20, LEAVES[0]).to_text()
    line = WITNESS.cosign(text, 1_763_600_000)
    later = type(line)(line.name, line.key_id, (1_763_600_001).to_bytes(8, "big") + line.value[8:])
    with pytest.raises(ProofError):
        cosigned(Note(text, (later,)), [WITNESS.verifier])
    zero = type(line)(line.name, line.key_id, bytes(8) + line.value[8:])
    with pytest.raises(ProofError):
        cosigned(Note(text, (zero,)), [WITNESS.verifier])


def test_a_proof_comes_back_and_holds():
    made = proof()
    read = Proof.from_text(made.to_text())
    assert read == made
    assert read.verify(LEAVES[7], [KEY.verifier]).size == 20
    with_extra = Proof(made.index, made.hashes, made.checkpoint, b"more")
    assert Proof.from_text(with_extra.to_text()) == with_extra
    alone = proof(0, 1)
    assert alone.hashes == ()
    Proof.from_text(alone.to_text()).verify(LEAVES[0], [KEY.verifier])


def test_a_verifier_may_ask_for_witnesses():
    made = proof()
    text = made.checkpoint.text
    seen = Proof(made.index, made.hashes, made.checkpoint.adding([WITNESS.cosign(text, 5)]))
    both = [WITNESS.verifier, SECOND.verifier]
    seen.verify(LEAVES[7], [KEY.verifier], witnesses=both, quorum=1)
    with pytest.raises(ProofError, match="fewer than 2"):
        seen.verify(LEAVES[7], [KEY.verifier], witnesses=both, quorum=2)
    with pytest.raises(ProofError, match="fewer than 1"):
        made.verify(LEAVES[7], [KEY.verifier], witnesses=both, quorum=1)


def test_every_flipped_bit_of_a_proof_is_noticed():
    """Whatever is changed, the file is no longer read, or proves nothing any more."""
    made = proof()
    raw = made.to_text().encode()
    believed = []
    for at in range(len(raw)):
        for bit in range(8):
            changed = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
            try:
                Proof.from_text(changed.decode()).verify(LEAVES[7], [KEY.verifier])
            except (ProofError, UnicodeDecodeError):
                continue
            believed.append((at, bit))
    assert believed == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("c2sp.org/tlog-proof@v1\n", ""),
        ("index 7", "index 07"),
        ("index 7", "index 8"),
        ("index 7", "index -7"),
        ("index 7", "index 9223372036854775808"),
        ("index 7\n", ""),
        ("index 7", "extra !!\nindex 7"),
        ("\n\n", "\n" ),
        ("\n20\n", "\n21\n"),
        ("— log.example/mayuse ", "— log.example/other "),
        ("— ", "- "),
    ],
)  # fmt: skip
def test_a_malformed_proof_is_refused(old, new):
    text = proof().to_text()
    assert old in text
    with pytest.raises(ProofError):
        Proof.from_text(text.replace(old, new, 1)).verify(LEAVES[7], [KEY.verifier])


@pytest.mark.parametrize("cut", range(1, 400, 7))
def test_a_shortened_proof_is_refused(cut):
    text = proof().to_text()
    with pytest.raises(ProofError):
        Proof.from_text(text[:-cut]).verify(LEAVES[7], [KEY.verifier])


def test_a_promise_is_signed_by_the_receipt_key_alone_and_is_no_checkpoint():
    promise = Promise(ORIGIN, LEAVES[0], 1_000_000, 2_000_000)
    note = promise.sign(RECEIPT)
    keys = [KEY.verifier, RECEIPT.verifier]
    assert Promise.verify(Note.from_text(note.to_text()), keys) == promise
    with pytest.raises(ValueError, match="receipt key"):
        promise.sign(KEY)
    with pytest.raises(ProofError):
        Promise.verify(Note.signed(promise.to_text(), [KEY]), keys)
    with pytest.raises(ProofError):
        Checkpoint.verify(note, keys)
    with pytest.raises(ProofError):
        Promise.from_text(Checkpoint(ORIGIN, 20, LEAVES[0]).to_text())
    with pytest.raises(ProofError):
        Promise(ORIGIN, LEAVES[0], 2_000_000, 1_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        SPEC_KEY.replace("530d903a", "530d903b"),
        SPEC_KEY.replace("example.com/foo", "example.com/bar"),
        SPEC_KEY.replace("example.com/foo", "example com/foo"),
        SPEC_KEY[:-4],
        SPEC_KEY + "AAAA",
        SPEC_KEY.replace("+Ae", "+Be"),
    ],
)
def test_no_other_text_is_a_key(text):
    with pytest.raises(ProofError):
        VerifierKey.from_text(text)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n— name\n",
        "text\n\n— name !!!\n",
        "text\n\n— name AAAA\n",
        "text\n\n— na+me AAAAAAAA\n",
        "te\txt\n\n— name AAAAAAAA\n",
        "text\r\n\n— name AAAAAAAA\n",
        "text\n\n— name AAAAAAAA",
        "text\n\n" + "— name AAAAAAAA\n" * 101,
        "t" * 1_000_001 + "\n\n— name AAAAAAAA\n",
    ],
)
def test_no_other_text_is_a_note(raw):
    with pytest.raises(ProofError):
        Note.from_text(raw)
    assert Note.from_text("text\n\n— name AAAAAAAA\n").text == "text\n"


def test_a_key_of_the_wrong_kind_does_not_sign():
    with pytest.raises(ValueError, match="time"):
        WITNESS.sign("text\n")
    with pytest.raises(ValueError, match="without"):
        KEY.cosign("text\n", 1)
    with pytest.raises(ProofError):
        Note.signed("no last newline", [KEY])
    with pytest.raises(ProofError):
        Note.signed("\ud800\n", [KEY])
