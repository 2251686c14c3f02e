"""Whether what ties decisions to persons, places and facts, and can be deleted, agrees with itself.

None of it is part of the tree, for what concerns a person must be erasable. But decisions are
listed, counted, erased and made again through it. So each row must belong to a decision of its
time, lists and details must name the same persons, what is searched by must be what the facts say,
and no more may be gone than was erased. Whether they are that decision's facts and that person,
only a replay tells.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import orjson

from mayuse.decision_log.event import Erasure
from mayuse.decision_log.findings import Report
from mayuse.store.said_beside import happened
from mayuse.store.stretches import Fetch

FactsId = Callable[[str], bytes]
"""The id that a fact vector must have; for one who holds the key."""

RANGE = {"sqlite": 100_000, "postgresql": 1_000_000}
"""Rows that one statement looks at: it takes a moment, in which nothing else is done. PostgreSQL
may read the whole of another table beside them, and is ten times as fast with it."""

PAGE = 4096
"""Fact vectors read at once."""

Key = tuple[str, ...]
"""The columns of a primary key."""

_FIRST = {"act": "", "t_us": -(2**63), "seq": -(2**63), "subject": -(2**63)}
"""Before all that these columns can hold."""

# A dollar sign (char 36) would be that of a placeholder here.
_MEMBER = {
    "sqlite": "json_extract(document, char(36) || '.{name}')",
    "postgresql": "document::json ->> '{name}'",
}
_IS_NOT = {"sqlite": "IS NOT", "postgresql": "IS DISTINCT FROM"}
# In the order of the records, as SQLite has the rows of all three tables. That all three are of the
# same range is said of each: PostgreSQL would read the whole of the others for every range.
_DECISIONS = """
    WITH said AS MATERIALIZED (
        SELECT id, {data} AS data, {jurisdiction} AS place FROM facts
        WHERE id IN (SELECT facts_id FROM decision_facts WHERE seq > $1 AND seq <= $2))
    SELECT count(*) FILTER (WHERE detail.seq IS NULL),
        count(*) FILTER (WHERE detail.seq IS NOT NULL AND asked.seq IS NULL),
        count(asked.seq),
        max(decision.seq) FILTER (WHERE detail.seq IS NULL),
        min(decision.seq) FILTER (
            WHERE detail.seq IS NOT NULL AND detail.t_us {is_not} decision.t_us),
        min(decision.seq) FILTER (WHERE asked.seq IS NOT NULL AND (
            asked.t_us {is_not} decision.t_us OR said.data IS NULL OR asked.data {is_not} said.data
            OR said.place IS NULL OR detail.jurisdiction {is_not} said.place
            OR asked.position > 0 AND NOT EXISTS (
                SELECT 1 FROM decision_facts AS before
                WHERE before.seq = asked.seq AND before.position = asked.position - 1)))
    FROM decision
    LEFT JOIN decision_detail AS detail
        ON detail.seq = decision.seq AND detail.seq > $1 AND detail.seq <= $2
    LEFT JOIN decision_facts AS asked
        ON asked.seq = detail.seq AND asked.seq > $1 AND asked.seq <= $2
    LEFT JOIN said ON said.id = asked.facts_id
    WHERE decision.kind = 0 AND {range}
"""
_ACTS = """
    SELECT min(decision_act.seq) FROM decision_act
    LEFT JOIN decision_detail AS detail ON detail.seq = decision_act.seq
    WHERE (detail.seq IS NULL OR detail.t_us {is_not} decision_act.t_us) AND {range}
"""
_LISTS = """
    SELECT min(subject_decision.seq) FROM subject_decision
    LEFT JOIN decision_detail AS detail ON detail.seq = subject_decision.seq
    LEFT JOIN subject_key ON subject_key.number = subject_decision.subject
    WHERE (detail.subject IS NULL OR detail.subject <> subject_decision.subject
        OR subject_key.number IS NULL) AND {range}
"""
_COUNTS = (
    "SELECT (SELECT count(*) FROM decision) - (SELECT count(*) FROM decision WHERE kind <> 0), "
    "(SELECT count(*) FROM decision_detail), (SELECT count(*) FROM decision_facts), "
    "(SELECT count(subject) FROM decision_detail), (SELECT count(*) FROM subject_decision), "
    "(SELECT count(*) FROM facts), (SELECT count(*) FROM facts WHERE NOT EXISTS "
    "(SELECT 1 FROM decision_facts WHERE facts_id = facts.id))"
)
_BACK = "SELECT count(*) FROM subject_key JOIN erased_key ON erased_key.key_id = subject_key.key_id"
_DOCUMENTS = {
    dialect: f"SELECT id, {document} FROM facts WHERE id > $1 ORDER BY id LIMIT $2"  # noqa: S608 - our own text
    for dialect, document in (
        ("sqlite", "CASE typeof(document) WHEN 'text' THEN CAST(document AS BLOB) END"),
        ("postgresql", "convert_to(document, 'UTF8')"),
    )
}


def check_ties(
    fetch: Fetch,
    dialect: str,
    facts_id: FactsId | None,
    report: Report,
) -> Iterator[None]:
    """See that these tables agree with the decisions, and with each other, a step at a time."""
    [(decisions, details, facts, of_persons, listed, documents, unused)] = fetch(_COUNTS)
    if (yield from _check_documents(fetch, dialect, facts_id, documents, report)):
        gone, asked = yield from _check_decisions(fetch, dialect, report)
        _extra(report, "decision_detail", details - (decisions - gone))
        _extra(report, "decision_facts", facts - asked)
    _extra(report, "facts", unused)
    _missing(report, "subject_decision", of_persons - listed)
    for table, key, wrong in (
        ("decision_act", ("act", "t_us", "seq"), _ACTS),
        ("subject_decision", ("subject", "seq"), _LISTS),
    ):
        for within, ends in _ranges(fetch, table, key, RANGE[dialect]):
            [(first,)] = fetch(wrong.format(range=within, is_not=_IS_NOT[dialect]), *ends)
            _differs(report, table, first)
            yield
    [(back,)] = fetch(_BACK)
    if back:
        report.add("tie_changed", "subject_key", f"{back} keys that were destroyed are there again")


def _check_decisions(
    fetch: Fetch, dialect: str, report: Report
) -> Generator[None, None, tuple[int, int]]:
    """Of how many decisions the details are gone, and how many rows of facts the others have."""
    gone, without, asked, newest = 0, 0, 0, 0
    members = {name: _MEMBER[dialect].format(name=name) for name in ("data", "jurisdiction")}
    for within, ends in _ranges(fetch, "decision", ("seq",), RANGE[dialect]):
        [found] = fetch(_DECISIONS.format(range=within, is_not=_IS_NOT[dialect], **members), *ends)
        gone, without, asked = gone + found[0], without + found[1], asked + found[2]
        newest = max(newest, found[3] or 0)
        _differs(report, "decision_detail", found[4])
        _differs(report, "decision_facts", found[5])
        yield
    _missing(report, "decision_facts", without)
    erasures = {seq: what.decisions for seq, what in happened(fetch, Erasure)}
    _missing(report, "decision_detail", gone - sum(erasures.values()))
    if newest > max(erasures, default=0):
        report.add("tie_missing", "decision_detail", f"row {newest}, younger than any erasure")
    return gone, asked


def _check_documents(
    fetch: Fetch, dialect: str, facts_id: FactsId | None, count: int, report: Report
) -> Generator[None, None, bool]:
    """Whether all fact vectors can be read; with the key, each must be the one its id names."""
    unreadable = read = 0
    after: Any = b""
    while page := fetch(_DOCUMENTS[dialect], after, PAGE):
        read += len(page)
        for after, document in page:
            text = _json(document)
            unreadable += text is None
            if text is None or not (facts_id is None or facts_id(text) == after):
                report.add("tie_changed", f"facts {after.hex()}", "not what the id was made for")
        yield
    if read != count:
        report.add("tie_changed", "facts", f"{count - read} have an id that none can have")
    return not unreadable


def _json(document: bytes | None) -> str | None:
    """The text, if it is one that both databases read as JSON."""
    try:
        text = (document or b"").decode()
        readable = isinstance(orjson.loads(text), dict) and "\\u0000" not in text
    except ValueError:
        return None
    return text if readable else None


def _ranges(fetch: Fetch, table: str, key: Key, rows: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Conditions that part a table into ranges of its key, each with its values."""
    names = ", ".join(f"{table}.{name}" for name in key)
    holes = [
        ", ".join(_hole(name, at) for at, name in enumerate(key, first))
        for first in (1, 1 + len(key))
    ]
    within = f"({names}) > ({holes[0]}) AND ({names}) <= ({holes[1]})"
    select = f"SELECT {names} FROM {table}"  # noqa: S608 - our own names
    next_end = f"{select} WHERE ({names}) > ({holes[0]}) ORDER BY {names} LIMIT 1 OFFSET {rows}"
    last = fetch(f"{select} ORDER BY {', '.join(f'{table}.{name} DESC' for name in key)} LIMIT 1")
    after = tuple(_FIRST[name] for name in key)
    while last and after != last[0]:
        [until] = fetch(next_end, *after) or last
        yield within, (*after, *until)
        after = tuple(until)


def _hole(name: str, number: int) -> str:
    """Text that is no UTF-8 is bound as bytes, and these come after any text on SQLite."""
    return f"CAST(${number} AS TEXT)" if _FIRST[name] == "" else f"${number}"


def _differs(report: Report, table: str, first: int | None) -> None:
    if first is not None:
        report.add("tie_changed", table, f"first beside row {first} of the decisions")


def _extra(report: Report, table: str, rows: int) -> None:
    if rows > 0:
        report.add("tie_changed", table, f"{rows} rows belong to no decision")


def _missing(report: Report, table: str, decisions: int) -> None:
    if decisions > 0:
        report.add("tie_missing", table, f"of {decisions} decisions")
