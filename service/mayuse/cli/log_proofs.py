"""`mayuse log checkpoint | key | proof | consistency`, and `check` of these: proofs as files.

The files are in C2SP formats: what is written here can be checked with other programs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from mayuse import proofs, strict_json
from mayuse.cli import files
from mayuse.cli.serving import opened
from mayuse.decision_log import proof as proving
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.note import COSIGNATURE, ED25519, Note, VerifierKey
from mayuse.decision_log.proof import Proof
from mayuse.decision_log.published import Consistency, Proven
from mayuse.errors import NotFound, ProofError
from mayuse.store.log_reader import StoredKey

FALSE = 1

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Witnessed = Annotated[
    bool, typer.Option("--witnessed", help="The newest checkpoint that a witness has cosigned.")
]
Keys = Annotated[
    list[str],
    typer.Option(
        "--key",
        help="A verifier key of the log, or a file of them; may be repeated. Give all that ever "
        "signed: what is older than a rotation holds under the older key alone.",
    ),
]
Witnesses = Annotated[
    list[str],
    typer.Option(
        "--witness", help="A verifier key of a witness, or a file of them; may be repeated."
    ),
]


def checkpoint(
    witnessed: Witnessed = False,
) -> None:
    """Print the log's signed checkpoint: its size and root, as a C2SP note."""
    typer.echo(asyncio.run(_checkpoint(witnessed=witnessed)).to_text(), nl=False)


def key(as_json: AsJson = False) -> None:
    """Print the log's verifier keys, one a line: those for checkpoints first, the newest first.

    Retired ones are among them. Give all to whoever is to check the log, by a way they trust.
    """
    found = asyncio.run(_keys())
    if as_json:
        typer.echo(strict_json.dumps([proofs.key(one) for one in found]))
    else:
        typer.echo(proofs.keys(found), nl=False)


def proof(
    decision: Annotated[str, typer.Argument(help="The decision's id.")],
    leaf: Annotated[
        Path | None, typer.Option("--leaf", help="Write the record, the leaf's bytes, here.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the proof here, not to standard output.")
    ] = None,
    witnessed: Witnessed = False,
) -> None:
    """Prove that a decision's record is in the log: a C2SP tlog-proof.

    It proves what the record says, not on which facts and for whom it was decided. Exit code
    1 when there is none of this id, or when it is not sealed yet.
    """
    proven = asyncio.run(_proof(decision, witnessed=witnessed))
    written = [(out, proven.proof.to_text().encode())]
    if leaf is not None:
        if proven.leaf.record is None:
            raise NotFound("the decision's record has been purged; its leaf hash is all there is")
        written.append((leaf, proven.leaf.record))
    _put(written)


def consistency(
    old: Annotated[int, typer.Argument(min=0, help="Size of the older checkpoint.")],
    new: Annotated[
        int | None, typer.Argument(min=0, help="Size of the newer one; without it, all there is.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the proof here, not to standard output.")
    ] = None,
) -> None:
    """Prove that the log has only grown between two checkpoints: a hash in base64 a line.

    Fetch the newer checkpoint first and give its size: the log may grow at any moment.
    """
    _put([(out, proofs.consistency(asyncio.run(_consistency(old, new))).encode())])


def check(  # noqa: PLR0913, PLR0917 - one parameter per flag, given by name
    proof_file: Annotated[Path, typer.Argument(metavar="PROOF", help="A tlog-proof.")],
    leaf: Annotated[Path, typer.Option("--leaf", help="The leaf's bytes.")],
    keys: Keys,
    witnesses: Witnesses = [],  # noqa: B006 - Typer copies it
    quorum: Annotated[
        int, typer.Option(min=0, help="How many of the witnesses must have cosigned.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Check a proof of `mayuse log proof`, with nothing but keys: no log is opened.

    Exit code 1 when it does not hold under the keys that were given; it may be signed by another.
    """
    _tell(
        lambda: _checked(proof_file, leaf, keys, witnesses, quorum),
        "leaf {index} is in the log {origin} of {size} leaves",
        as_json=as_json,
    )


def check_consistency(
    older: Annotated[Path, typer.Argument(help="A checkpoint that was kept.")],
    newer: Annotated[Path, typer.Argument(help="A later one.")],
    proof_file: Annotated[
        Path, typer.Argument(metavar="PROOF", help="What `mayuse log consistency` wrote.")
    ],
    keys: Keys,
    as_json: AsJson = False,
) -> None:
    """Check that the log has only grown between two checkpoints: no log is opened.

    Exit code 1 when it does not hold under the keys that were given. Both checkpoints must be
    signed; a log that was renamed between them needs keys of both names.
    """
    _tell(
        lambda: _grown(older, newer, proof_file, keys),
        "the log {origin} of {size} leaves begins with the {old_size} leaves of {old_origin}",
        as_json=as_json,
    )


def read_keys(given: list[str]) -> list[VerifierKey]:
    """A log's verifier keys that were given as they are, or as files with one a line.

    Raises `typer.BadParameter` for one that is none, also for a witness's, and for a file without
    any: who gives a key believes no other.
    """
    return _keys_of(given, ED25519, "is the key of a witness, not of a log")


def read_witnesses(given: list[str]) -> list[VerifierKey]:
    """The same for the keys of witnesses, of which a log's is none."""
    return _keys_of(given, COSIGNATURE, "is not the key of a witness")


def text_of(file: Path) -> str:
    """What a file says, to the byte. Raises `ProofError` for one that is no text."""
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError:
        raise ProofError(f"{file} is no text") from None


def _keys_of(given: list[str], kind: int, otherwise: str) -> list[VerifierKey]:
    keys = []
    for text in given:
        file = Path(text)
        try:
            lines = text_of(file).split() if file.is_file() else [text]
            some = [VerifierKey.from_text(line) for line in lines]
        except ProofError as error:
            raise typer.BadParameter(f"{text}: {error}") from error
        if not some:
            raise typer.BadParameter(f"{text} holds no key")
        if other := next((key for key in some if key.kind != kind), None):
            raise typer.BadParameter(f"{text}: {other.to_text()} {otherwise}")
        keys += some
    return keys


def _tell(check: Callable[[], dict[str, Any]], words: str, *, as_json: bool) -> None:
    """Print what was checked, or why it does not hold, and exit."""
    try:
        told = {"holds": True, **check()}
    except ProofError as error:
        told = {"holds": False, "because": str(error)}
    if as_json:
        typer.echo(strict_json.dumps(told))
    elif told["holds"]:
        typer.echo(words.format(**told))
    else:
        typer.echo(f"the proof does not hold: {told['because']}")
    raise typer.Exit(0 if told["holds"] else FALSE)


def _grown(older: Path, newer: Path, proof_file: Path, keys: list[str]) -> dict[str, Any]:
    believed = read_keys(keys)
    before, after = (
        Checkpoint.verify(Note.from_text(text_of(file)), believed) for file in (older, newer)
    )
    proving.check_consistency(before, after, text_of(proof_file))
    return {
        "origin": after.origin,
        "size": after.size,
        "old_origin": before.origin,
        "old_size": before.size,
    }


def _checked(
    proof_file: Path, leaf: Path, keys: list[str], witnesses: list[str], quorum: int
) -> dict[str, Any]:
    believed, seen_by = read_keys(keys), read_witnesses(witnesses)
    made = Proof.from_text(text_of(proof_file))
    checkpoint = made.verify(
        leaf_hash(leaf.read_bytes()), believed, witnesses=seen_by, quorum=quorum
    )
    return {"origin": checkpoint.origin, "size": checkpoint.size, "index": made.index}


def _put(written: list[tuple[Path | None, bytes]]) -> None:
    with files.all_or_none(*(out for out, _ in written)) as opened_files:
        for file, (_, raw) in zip(opened_files, written, strict=True):
            file.write(raw)


async def _checkpoint(*, witnessed: bool) -> Note:
    async with opened() as records:
        if witnessed:
            return await records.published.witnessed()
        return await records.published.checkpoint()


async def _keys() -> list[StoredKey]:
    async with opened() as records:
        return await records.published.keys()


async def _proof(decision: str, *, witnessed: bool) -> Proven:
    async with opened() as records:
        return await records.published.of_decision(decision, witnessed=witnessed)


async def _consistency(old: int, new: int | None) -> Consistency:
    async with opened() as records:
        return await records.published.consistency(old, new)
