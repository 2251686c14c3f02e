"""The ways a superuser can tamper with a log of some hundred decisions, on either database."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Callable, Iterator

from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.note import SigningKey
from mayuse.decision_log.tree import Tree
from superuser import Execute

SOME = "(SELECT seq FROM leaf WHERE leaf_index = 300)"
LAST_RULE = "seq = (SELECT max(seq) FROM decision_rule)"
NEW_KEY = "INSERT INTO log_key (vkey, role, from_size, to_size) VALUES ($1, 'checkpoint', 0, NULL)"
Way = Callable[[Execute], None]


def flip(raw: bytes, at: int = 0) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def one(execute: Execute, statement: str, *values: object):
    [row] = execute(statement, *values)
    return row


def statement(said: str, *values: object) -> Way:
    return lambda execute: execute(said, *values) and None


def edited(table: str, column: str, where: str, change: Callable[[object], object]) -> Way:
    def do(execute: Execute) -> None:
        (value,) = one(execute, f"SELECT {column} FROM {table} WHERE {where}")  # noqa: S608
        execute(f"UPDATE {table} SET {column} = $1 WHERE {where}", change(value))  # noqa: S608

    return do


def record_with(*also: str) -> Way:
    """Another record with its own hash, in as many places as an attacker thinks of."""

    def do(execute: Execute) -> None:
        (record,) = one(execute, f"SELECT record FROM decision WHERE seq = {SOME}")  # noqa: S608
        record = record.replace(b'"deny"', b'"DENY"').replace(b'"permit"', b'"deny"')
        record = record.replace(b'"DENY"', b'"permit"')
        execute(f"UPDATE decision SET record = $1 WHERE seq = {SOME}", record)  # noqa: S608
        hashed = leaf_hash(record)
        if "leaf_hash" in also:
            execute(f"UPDATE decision SET leaf_hash = $1 WHERE seq = {SOME}", hashed)  # noqa: S608
        if "effect" in also:
            said = f"UPDATE decision SET effect = 3 - effect WHERE seq = {SOME}"  # noqa: S608
            execute(said)
        if "tile" in also:
            (data,) = one(execute, "SELECT data FROM tile WHERE level = 0 AND idx = 1")
            at = (300 - 256) * 32
            data = data[:at] + hashed + data[at + 32 :]
            execute("UPDATE tile SET data = $1 WHERE level = 0 AND idx = 1", data)

    return do


def rebuilt(execute: Execute, keep: Callable[[int, bytes], bytes | None]) -> None:
    """Rebuild leaves, tiles and state over other records: all that needs no key."""
    rows = execute("SELECT seq, record FROM decision JOIN leaf USING (seq) ORDER BY leaf_index")
    kept = [(seq, keep(at, record)) for at, (seq, record) in enumerate(rows)]
    kept = [(seq, record) for seq, record in kept if record is not None]
    execute("DELETE FROM leaf")
    execute("DELETE FROM tile")
    gone = {seq for seq, _ in rows} - {seq for seq, _ in kept}
    for seq in gone:
        execute("DELETE FROM decision WHERE seq = $1", seq)
    for index, (seq, record) in enumerate(kept):
        execute("INSERT INTO leaf (leaf_index, seq) VALUES ($1, $2)", index, seq)
        hashed = leaf_hash(record)
        execute(
            "UPDATE decision SET record = $1, leaf_hash = $2 WHERE seq = $3", record, hashed, seq
        )
    growth = Tree().grow([leaf_hash(record) for _, record in kept])
    for (level, idx), data in growth.tiles.items():
        execute("INSERT INTO tile (level, idx, data) VALUES ($1, $2, $3)", level, idx, data)
    execute(
        "UPDATE log_state SET size = $1, frontier = $2", growth.tree.size, growth.tree.to_bytes()
    )


def rewritten(execute: Execute) -> None:
    rebuilt(execute, lambda at, record: record.replace(b"ads-pipeline", b"somebody-els")
            if at == 300 else record)  # fmt: skip


def truncated(execute: Execute) -> None:
    rebuilt(execute, lambda at, record: record if at < 300 else None)
    execute("DELETE FROM checkpoint WHERE size > 300")


def shortened_by_one(execute: Execute) -> None:
    rebuilt(execute, lambda at, record: None if at == 300 else record)


def rewritten_and_signed_by_a_stranger(execute: Execute) -> None:
    """Everything, signed anew by a key that is entered as the log's own."""
    rewritten(execute)
    stranger = SigningKey("log.example/mayuse", secrets.token_bytes(32))
    execute("DELETE FROM checkpoint")
    execute("DELETE FROM log_key WHERE role = 'checkpoint'")
    execute(
        "INSERT INTO log_key (vkey, role, from_size, to_size) VALUES ($1, 'checkpoint', 0, NULL)",
        stranger.verifier.to_text(),
    )
    size, frontier = one(execute, "SELECT size, frontier FROM log_state")
    tree = Tree.from_bytes(size, frontier)
    note = Checkpoint("log.example/mayuse", size, tree.root).sign([stranger]).to_text()
    execute("INSERT INTO checkpoint (size, note, t_us) VALUES ($1, $2, 1)", size, note)


def decision_and_leaf_deleted(execute: Execute) -> None:
    execute(f"DELETE FROM decision WHERE seq = {SOME}")  # noqa: S608
    execute("DELETE FROM leaf WHERE leaf_index = 300")


def swapped(execute: Execute) -> None:
    """Two leaves change places."""
    (first,) = one(execute, "SELECT seq FROM leaf WHERE leaf_index = 300")
    (second,) = one(execute, "SELECT seq FROM leaf WHERE leaf_index = 301")
    execute("UPDATE leaf SET seq = -1 WHERE leaf_index = 300")
    execute("UPDATE leaf SET seq = $1 WHERE leaf_index = 301", first)
    execute("UPDATE leaf SET seq = $1 WHERE leaf_index = 300", second)


def copied(*, leaf: bool, pending: bool = False, mac: bytes | None = None) -> Way:
    """A row that was there once more, under a new number."""

    def do(execute: Execute) -> None:
        (seq,) = one(execute, "SELECT max(seq) + 1 FROM decision")
        names = "t_us, kind, caller, effect, recipient, purpose, policy, record, leaf_hash, row_mac"
        override = "" if isinstance(_some_id(execute), str) else "OVERRIDING SYSTEM VALUE "
        execute(
            f"INSERT INTO decision (seq, id, {names}) {override}"  # noqa: S608
            f"SELECT {seq}, $1, {names} FROM decision WHERE seq = {SOME}",
            _new_id(execute),
        )
        if leaf:
            execute("INSERT INTO leaf (leaf_index, seq) SELECT size, $1 FROM log_state", seq)
        if pending:
            execute("INSERT INTO pending (seq) VALUES ($1)", seq)
        if mac is not None:
            execute("UPDATE decision SET row_mac = $1 WHERE seq = $2", mac, seq)

    return do


def _some_id(execute: Execute):
    return execute("SELECT id FROM decision LIMIT 1")[0][0]


def _new_id(execute: Execute):
    made = uuid.uuid4()
    return str(made) if isinstance(_some_id(execute), str) else made


def other_id(value: object) -> object:
    return str(uuid.uuid4()) if isinstance(value, str) else uuid.uuid4()


def note_with(change: Callable[[str], str], which: str = "min") -> Way:
    where = f"size = (SELECT {which}(size) FROM checkpoint)"  # noqa: S608
    return edited("checkpoint", "note", where, lambda note: change(str(note)))


def resigned(note: str) -> str:
    """A line of base64 with another first byte of the signature."""
    head, _, line = note.rstrip("\n").rpartition(" ")
    raw = bytearray(base64.b64decode(line))
    raw[10] ^= 1
    return f"{head} {base64.b64encode(raw).decode()}\n"


def with_records() -> Iterator[tuple[str, Way]]:
    at = f"seq = {SOME}"
    yield "decision: caller", edited("decision", "caller", at, lambda _: "another")
    yield "decision: effect", edited("decision", "effect", at, lambda old: (old + 1) % 3)
    yield "decision: recipient", edited("decision", "recipient", at, lambda _: "advertiser")
    yield "decision: purpose", edited("decision", "purpose", at, lambda _: "resell")
    yield "decision: policy", edited("decision", "policy", at, lambda _: "sha256:" + "0" * 64)
    yield "decision: time", edited("decision", "t_us", at, lambda old: old + 1)
    yield "decision: id", edited("decision", "id", at, other_id)
    yield "decision: kind", edited("decision", "kind", at, lambda _: 3)
    yield "decision: leaf hash", edited("decision", "leaf_hash", at, flip)
    yield "decision: MAC", edited("decision", "row_mac", at, flip)
    for place in (0, 1, 100, 200, 300, 400, -1):
        change = lambda raw, place=place: flip(raw, place % len(raw))  # noqa: E731
        yield f"decision: byte {place} of the record", edited("decision", "record", at, change)
    yield "decision: record cut", edited("decision", "record", at, lambda raw: raw[:-1])
    yield "decision: record longer", edited("decision", "record", at, lambda raw: raw + b" ")
    yield "decision: record empty", edited("decision", "record", at, lambda _: b"")
    yield "decision: effect turned in the record", record_with()
    yield "decision: and in its column", record_with("effect")
    yield "decision: and in its hash", record_with("effect", "leaf_hash")
    yield "decision: and in the tile", record_with("effect", "leaf_hash", "tile")


def with_rows() -> Iterator[tuple[str, Way]]:
    for index in (0, 1, 255, 256, 300, 559):
        gone = f"(SELECT seq FROM leaf WHERE leaf_index = {index})"  # noqa: S608
        yield f"decision {index} deleted", statement(f"DELETE FROM decision WHERE seq = {gone}")  # noqa: S608
    yield "decision and leaf deleted", decision_and_leaf_deleted
    yield "all decisions deleted", statement("DELETE FROM decision")
    yield "decision inserted", copied(leaf=False)
    yield "decision and leaf inserted", copied(leaf=True)
    yield "decision inserted to be sealed", copied(leaf=False, pending=True, mac=b"m" * 32)
    yield "event: record", edited(
        "decision", "record", "kind = 1 AND seq = (SELECT min(seq) FROM decision WHERE kind = 1)",
        lambda raw: raw.replace(b"mayuse", b"mayhap"),
    )  # fmt: skip
    for kind, name in ((1, "open"), (2, "close"), (3, "search"), (4, "erasure"), (6, "bundle"),
                       (8, "anchor")):  # fmt: skip
        first = f"(SELECT min(seq) FROM decision WHERE kind = {kind})"  # noqa: S608
        yield f"event {name} deleted", statement(f"DELETE FROM decision WHERE seq = {first}")  # noqa: S608


def with_the_tree() -> Iterator[tuple[str, Way]]:
    yield "leaf deleted", statement("DELETE FROM leaf WHERE leaf_index = 300")
    yield (
        "last leaf deleted",
        statement("DELETE FROM leaf WHERE leaf_index = (SELECT max(leaf_index) FROM leaf)"),
    )
    yield "leaf renumbered", statement("UPDATE leaf SET leaf_index = 9999 WHERE leaf_index = 300")
    yield "leaf negative", statement("UPDATE leaf SET leaf_index = -1 WHERE leaf_index = 300")
    yield "leaf of another row", statement("UPDATE leaf SET seq = 99999 WHERE leaf_index = 300")
    yield "leaves swapped", swapped
    for level, idx in ((0, 0), (0, 1), (0, 2), (1, 0)):
        tile = f"level = {level} AND idx = {idx}"
        yield f"tile {level}/{idx}: first bit", edited("tile", "data", tile, flip)
        yield (
            f"tile {level}/{idx}: last bit",
            edited("tile", "data", tile, lambda raw: flip(raw, len(raw) - 1)),
        )
        yield f"tile {level}/{idx}: shorter", edited("tile", "data", tile, lambda raw: raw[:-32])
        yield (
            f"tile {level}/{idx}: longer",
            edited("tile", "data", tile, lambda raw: raw + b"x" * 32),
        )
        yield f"tile {level}/{idx} deleted", statement(f"DELETE FROM tile WHERE {tile}")  # noqa: S608
    yield (
        "tiles: hashes swapped",
        edited(
            "tile", "data", "level = 0 AND idx = 1", lambda raw: raw[32:64] + raw[:32] + raw[64:]
        ),
    )
    for level, idx in ((0, 3), (1, 1), (2, 0), (7, 7)):
        yield (
            f"tile {level}/{idx} inserted",
            statement(
                "INSERT INTO tile (level, idx, data) VALUES ($1, $2, $3)", level, idx, b"x" * 32
            ),
        )
    yield "tile moved", statement("UPDATE tile SET idx = 5 WHERE level = 0 AND idx = 1")
    yield "all tiles deleted", statement("DELETE FROM tile")


def with_the_state() -> Iterator[tuple[str, Way]]:
    yield "state deleted", statement("DELETE FROM log_state")
    yield "state: size up", statement("UPDATE log_state SET size = size + 1")
    yield "state: size down", statement("UPDATE log_state SET size = size - 1")
    yield "state: size zero", statement("UPDATE log_state SET size = 0, frontier = $1", b"")
    yield "state: size huge", statement("UPDATE log_state SET size = $1", 2**60)
    yield "state: size below zero", statement("UPDATE log_state SET size = -5")
    yield "state: frontier", edited("log_state", "frontier", "one = 1", flip)
    yield "state: minimum index", statement("UPDATE log_state SET min_index = 256")
    yield "state: name", statement("UPDATE log_state SET origin = 'log.example/other'")
    yield (
        "state: another row",
        statement(
            "INSERT INTO log_state SELECT 2, origin, size, frontier, min_index FROM log_state"
        ),
    )
    yield "state: its number", statement("UPDATE log_state SET one = 2")
    yield "state: no name", statement("UPDATE log_state SET origin = NULL")


def with_checkpoints() -> Iterator[tuple[str, Way]]:
    yield (
        "checkpoint: another root",
        note_with(
            lambda note: note.replace(note.split("\n")[2], base64.b64encode(b"r" * 32).decode())
        ),
    )
    yield (
        "checkpoint: another size",
        note_with(lambda note: note.replace(f"\n{note.splitlines()[1]}\n", "\n7\n", 1)),
    )
    yield "checkpoint: another log", note_with(lambda note: note.replace("mayuse", "mayhap", 1))
    yield "checkpoint: another signature", note_with(resigned)
    yield "checkpoint: no signature", note_with(lambda note: note.split("\n\n")[0] + "\n\n")
    yield "checkpoint: nothing", note_with(lambda _: "")
    yield (
        "checkpoint: under another size",
        statement(
            "UPDATE checkpoint SET size = size + 1 WHERE size = (SELECT min(size) FROM checkpoint)"
        ),
    )
    yield (
        "checkpoint inserted",
        statement(
            "INSERT INTO checkpoint (size, note, t_us) VALUES (3, $1, 1)",
            Checkpoint("log.example/mayuse", 3, b"r" * 32)
            .sign([SigningKey("log.example/mayuse", b"s" * 32)])
            .to_text(),
        ),
    )
    yield (
        "checkpoint of the future inserted",
        statement(
            "INSERT INTO checkpoint (size, note, t_us) VALUES (99999, $1, 1)",
            Checkpoint("log.example/mayuse", 99999, b"r" * 32)
            .sign([SigningKey("log.example/mayuse", b"s" * 32)])
            .to_text(),
        ),
    )


def with_keys() -> Iterator[tuple[str, Way]]:
    yield "key changed", edited(
        "log_key", "vkey", "role = 'checkpoint'",
        lambda _: SigningKey("log.example/mayuse", b"s" * 32).verifier.to_text(),
    )  # fmt: skip
    yield "key no key", statement("UPDATE log_key SET vkey = 'none' WHERE role = 'checkpoint'")
    yield "key deleted", statement("DELETE FROM log_key WHERE role = 'checkpoint'")
    yield "receipt key deleted", statement("DELETE FROM log_key WHERE role = 'receipt'")
    yield (
        "receipt key changed",
        statement(
            "UPDATE log_key SET vkey = $1 WHERE role = 'receipt'",
            SigningKey("log.example/mayuse/receipt", b"s" * 32).verifier.to_text(),
        ),
    )
    yield "key begins later", statement("UPDATE log_key SET from_size = 99999")
    for role in ("checkpoint", "receipt"):
        of = f"WHERE role = '{role}'"
        yield f"{role} key begins at 1", statement(f"UPDATE log_key SET from_size = 1 {of}")  # noqa: S608
        yield f"{role} key ended at 9999", statement(f"UPDATE log_key SET to_size = 9999 {of}")  # noqa: S608
    yield "all keys begin at 1", statement("UPDATE log_key SET from_size = 1")
    yield "key of another role", statement("UPDATE log_key SET role = 'receipt'")
    yield "key ended", statement("UPDATE log_key SET to_size = 1 WHERE role = 'checkpoint'")
    yield (
        "key inserted",
        statement(
            NEW_KEY,
            SigningKey("log.example/mayuse", b"s" * 32).verifier.to_text(),
        ),
    )


def erased_keys_swapped(execute: Execute) -> None:
    """Each is listed with the record of the other."""
    first, second = execute("SELECT key_id, leaf_seq FROM erased_key ORDER BY leaf_seq")
    execute("DELETE FROM erased_key")
    for (key_id, _), (_, seq) in ((first, second), (second, first)):
        execute("INSERT INTO erased_key (key_id, leaf_seq) VALUES ($1, $2)", key_id, seq)


def erased_records_swapped(execute: Execute) -> None:
    """The rows of both records say what the other one says."""
    first, second = execute("SELECT seq, record FROM decision WHERE kind = 4 ORDER BY seq")
    for (seq, _), (_, record) in ((first, second), (second, first)):
        execute("UPDATE decision SET record = $1 WHERE seq = $2", record, seq)


def listed_with_anothers(execute: Execute) -> None:
    execute(
        "UPDATE erased_key SET leaf_seq = (SELECT max(seq) FROM decision WHERE kind = 4) "
        "WHERE leaf_seq = (SELECT min(leaf_seq) FROM erased_key)"
    )


OTHER_POLICY = "sha256:" + "0" * 64


def with_what_is_kept() -> Iterator[tuple[str, Way]]:
    yield "anchor: evidence", edited("anchor", "evidence", "size = 5", flip)
    yield "anchor: size", statement("UPDATE anchor SET size = 6")
    yield "anchor: kind", statement("UPDATE anchor SET kind = 'email'")
    yield "anchor deleted", statement("DELETE FROM anchor")
    yield (
        "anchor inserted",
        statement(
            "INSERT INTO anchor (size, kind, evidence, t_us) VALUES (9, 'paper', $1, 1)", b"seen"
        ),
    )
    yield "erased key deleted", statement("DELETE FROM erased_key")
    first = "leaf_seq = (SELECT min(leaf_seq) FROM erased_key)"
    yield "erased key changed", edited("erased_key", "key_id", first, flip)
    yield "erased key inserted", statement("INSERT INTO erased_key VALUES ($1, 1)", b"n" * 16)
    yield "erased key: of no record", statement("UPDATE erased_key SET leaf_seq = 99999")
    yield (
        "erased key: of a later record",
        statement("UPDATE erased_key SET leaf_seq = leaf_seq + 1"),
    )
    yield "erased keys swapped", erased_keys_swapped
    yield "erased key: its records swapped", erased_records_swapped
    yield (
        "a person listed as erased, by a search",
        statement(
            "INSERT INTO erased_key SELECT key_id, (SELECT max(seq) FROM decision WHERE kind = 3) "
            "FROM subject_key LIMIT 1"
        ),
    )
    yield "erased key: of another's record", listed_with_anothers
    yield "bundle changed", edited("policy_bundle", "bundle", "1 = 1", lambda raw: raw[:-9])
    yield (
        "bundle under another name",
        statement("UPDATE policy_bundle SET digest = $1", OTHER_POLICY),
    )
    yield "bundle deleted", statement("DELETE FROM policy_bundle")
    yield "activation: when", statement("UPDATE policy_activation SET t_us = t_us + 1")
    yield "activation: MAC", edited("policy_activation", "mac", "number = 1", flip)
    yield "activation: who", statement("UPDATE policy_activation SET ordered_by = 'key:ops'")
    yield "activation: why", statement("UPDATE policy_activation SET because = 'to be mild'")
    yield "activation: bundle", statement("UPDATE policy_activation SET policy = $1", OTHER_POLICY)
    yield "activation: number", statement("UPDATE policy_activation SET number = 2")
    yield "activation deleted", statement("DELETE FROM policy_activation")
    yield (
        "activation inserted",
        statement(
            "INSERT INTO policy_activation SELECT 2, policy, version, policy, reason, ordered_by, "
            "because, t_us, mac FROM policy_activation"
        ),
    )


def leaf_twice(leaf: int, of: int) -> Way:
    """A second row for a leaf, in a table that was made anew without its key."""

    def do(execute: Execute) -> None:
        execute("ALTER TABLE leaf RENAME TO leaf_before")
        execute("CREATE TABLE leaf AS SELECT leaf_index, seq FROM leaf_before")
        (seq,) = one(execute, "SELECT seq FROM leaf WHERE leaf_index = $1", of)
        execute("INSERT INTO leaf (leaf_index, seq) VALUES ($1, $2)", leaf, seq)

    return do


def with_indexes() -> Iterator[tuple[str, Way]]:
    yield (
        "rule row deleted",
        statement(
            f"DELETE FROM decision_rule WHERE seq = (SELECT max(seq) FROM decision_rule)"  # noqa: F541
        ),
    )
    yield (
        "rule row changed",
        statement(
            "UPDATE decision_rule SET rule = 'law/us/other' "
            "WHERE seq = (SELECT max(seq) FROM decision_rule) AND rule LIKE 'law/%'"
        ),
    )
    yield (
        "rule row inserted",
        statement("INSERT INTO decision_rule (rule, t_us, seq) VALUES ('law/us/other', 1, 5)"),
    )
    yield (
        "rule row of another time",
        statement(
            f"UPDATE decision_rule SET t_us = t_us + 1 WHERE {LAST_RULE}"  # noqa: S608
        ),
    )
    for column in ("seq", "t_us"):
        for by in (2**61 - 1, 1 - 2**61, 2**62, -(2**62)):  # what a hash may not tell apart
            yield (
                f"rule rows, {column} by {by}",
                statement(f"UPDATE decision_rule SET {column} = {column} + ({by})"),  # noqa: S608
            )
    for leaf in (254, 255, 256):  # at the end of a tile, and beside it
        for of in (leaf, leaf + 9):
            yield f"leaf {leaf} twice, then of {of}", leaf_twice(leaf, of)
    for leaf in (-1, 99_999):
        yield (
            f"leaf {leaf}, of no record",
            statement(f"INSERT INTO leaf (leaf_index, seq) VALUES ({leaf}, 99999)"),  # noqa: S608
        )
    yield "a copy with its MAC, that waits", copied(leaf=False, pending=True)
    yield "pending inserted", statement(f"INSERT INTO pending (seq) VALUES ({SOME})")  # noqa: S608
    yield "pending without a row", statement("INSERT INTO pending (seq) VALUES (99999)")


PERSONAL = "(SELECT max(seq) FROM decision_detail WHERE subject IS NOT NULL)"
NOBODYS = "(SELECT max(seq) FROM decision_detail WHERE subject IS NULL)"
SOMEBODY = "(SELECT min(number) FROM subject_key)"


def deleted_beside(*tables: str) -> Way:
    """A decision without the rows beside it, as though it had been erased."""

    def do(execute: Execute) -> None:
        (seq,) = one(execute, f"SELECT {PERSONAL}")
        for table in tables:
            execute(f"DELETE FROM {table} WHERE seq = $1", seq)  # noqa: S608

    return do


def facts_of_another_place(execute: Execute) -> None:
    """Facts that are in the database, but not those of this decision."""
    place = f"SELECT jurisdiction FROM decision_detail WHERE seq = {PERSONAL}"  # noqa: S608
    [(there,)] = execute(place)
    found = execute(
        "SELECT facts_id FROM decision_facts JOIN decision_detail USING (seq) "
        "WHERE jurisdiction <> $1",
        there,
    )
    execute(f"UPDATE decision_facts SET facts_id = $1 WHERE seq = {PERSONAL}", *found[0])  # noqa: S608


def with_ties() -> Iterator[tuple[str, Way]]:
    """Rows that can be deleted: they are no part of the tree."""
    beside = ("decision_facts", "decision_act", "subject_decision", "decision_detail")
    yield "a decision's details deleted", deleted_beside(*beside)
    for table in ("decision_facts", "subject_decision", "decision_detail"):
        yield f"{table} deleted", deleted_beside(table)
    for table, column, change in (
        ("decision_detail", "jurisdiction", "'FR-X'"),
        ("decision_detail", "t_us", "t_us - 1"),
        ("decision_detail", "subject", "subject + 1"),
        ("decision_detail", "seq", "99999"),
        ("decision_facts", "data", "'likeness'"),
        ("decision_facts", "t_us", "t_us + 1"),
        ("decision_facts", "position", "7"),
        ("decision_facts", "seq", "99999"),
        ("decision_act", "t_us", "t_us + 1"),
        ("decision_act", "seq", "99999"),
        ("subject_decision", "subject", "subject + 1"),
        ("subject_decision", "seq", "99999"),
    ):
        yield (
            f"{table}: {column}",
            statement(f"UPDATE {table} SET {column} = {change} WHERE seq = {PERSONAL}"),  # noqa: S608
        )
    yield (
        "decision_detail: a person's decision made nobody's",
        statement(
            f"UPDATE decision_detail SET subject = NULL, lone_key = $1 WHERE seq = {PERSONAL}",  # noqa: S608
            b"k" * 32,
        ),
    )
    yield "decision_facts: facts of another place", facts_of_another_place
    yield (
        "decision_act inserted",
        statement("INSERT INTO decision_act (act, t_us, seq) VALUES ('eu-gdpr', 1, 5)"),
    )
    yield (
        "subject_decision inserted",
        statement(
            f"INSERT INTO subject_decision (subject, seq) VALUES ({SOMEBODY}, {NOBODYS})"  # noqa: S608
        ),
    )
    yield (
        "decision_detail inserted, of an event",
        statement(
            "INSERT INTO decision_detail (seq, t_us, jurisdiction, lone_key, sources) "
            "SELECT seq, t_us, 'DE', $1, '{}' FROM decision WHERE kind = 1",
            b"k" * 32,
        ),
    )
    yield (
        "facts: age",
        statement("""UPDATE facts SET document = replace(document, '"adult"', '"15"')"""),
    )
    yield "facts deleted", statement("DELETE FROM facts")


def with_everything() -> Iterator[tuple[str, Way]]:
    yield "everything rewritten", rewritten
    yield "everything after 300 removed", truncated
    yield "one row removed, the rest renumbered", shortened_by_one
    yield "everything rewritten and signed by a stranger", rewritten_and_signed_by_a_stranger


def every() -> Iterator[tuple[str, Way]]:
    """All of them, each with its name."""
    groups = (
        with_records,
        with_rows,
        with_the_tree,
        with_the_state,
        with_checkpoints,
        with_keys,
        with_what_is_kept,
        with_indexes,
        with_ties,
        with_everything,
    )
    for group in groups:
        yield from group()
