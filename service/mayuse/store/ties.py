"""Whether what ties decisions to persons, places and facts, and can be deleted, agrees with itself.

None of it is part of the tree, for what concerns a person must be erasable. But decisions are
listed, counted, erased and made again through it. So each row must belong to a decision of its
time, each person's list must hold that person's decisions and no others, and what is searched by
must be what the facts say. Whether they are the decision's facts, only a replay tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mayuse.decision_log.event import Erasure, Event
from mayuse.decision_log.findings import Report
from mayuse.errors import MalformedRecord
from mayuse.store.stretches import Fetch, raw
from mayuse.store.tables import KINDS

FactsId = Callable[[str], bytes]
"""The id that a fact vector must have; for one who holds the key."""

PAGE = 4096

# Canonical JSON of ids. SQLite has no regular expressions; PostgreSQL would end at what is no JSON.
# A dollar sign (char 36) would be that of a placeholder here.
_SAYS = {
    "sqlite": "CASE WHEN json_valid(document) THEN json_extract(document, char(36) || '.{name}') "
    "END",
    "postgresql": 'substring(document from \'"{name}":"([^"]*)"\')',
}
# In the order of the records, as SQLite has the rows of all three tables.
_DECISIONS = """
    WITH said AS MATERIALIZED (SELECT id, {data} AS data, {jurisdiction} AS place FROM facts)
    SELECT count(*) FILTER (WHERE detail.seq IS NULL),
        count(asked.seq),
        count(*) FILTER (WHERE asked.position = 0),
        count(*) FILTER (WHERE detail.seq IS NOT NULL AND {differs}),
        min(decision.seq) FILTER (WHERE detail.seq IS NOT NULL AND {differs})
    FROM decision
    LEFT JOIN decision_detail AS detail ON detail.seq = decision.seq
    LEFT JOIN decision_facts AS asked ON asked.seq = detail.seq
    LEFT JOIN said ON said.id = asked.facts_id
    WHERE decision.kind = 0
"""
_DIFFERS = (
    "(said.data IS NULL OR said.place IS NULL OR asked.data <> said.data "
    "OR detail.jurisdiction <> said.place OR asked.t_us <> decision.t_us "
    "OR detail.t_us <> decision.t_us)"
)
_ACTS = (
    "SELECT count(*), min(decision_act.seq) FROM decision_act "
    "LEFT JOIN decision_detail AS detail ON detail.seq = decision_act.seq "
    "WHERE detail.seq IS NULL OR detail.t_us <> decision_act.t_us"
)
_LISTS = (
    "SELECT count(*), min(subject_decision.seq) FROM subject_decision "
    "LEFT JOIN decision_detail AS detail ON detail.seq = subject_decision.seq "
    "WHERE detail.subject IS NULL OR detail.subject <> subject_decision.subject"
)
_COUNTS = (
    "SELECT (SELECT count(*) FROM decision) - (SELECT count(*) FROM decision WHERE kind <> 0), "
    "(SELECT count(*) FROM decision_detail), (SELECT count(*) FROM decision_facts), "
    "(SELECT count(subject) FROM decision_detail), (SELECT count(*) FROM subject_decision)"
)
_ERASURES = "SELECT record FROM decision WHERE kind <> 0 AND kind = $1"
_DOCUMENTS = "SELECT id, document FROM facts WHERE id > $1 ORDER BY id LIMIT $2"


def check_ties(fetch: Fetch, dialect: str, facts_id: FactsId | None, report: Report) -> None:
    """See that these tables agree with the decisions, and with each other."""
    says = {name: _SAYS[dialect].format(name=name) for name in ("data", "jurisdiction")}
    [(gone, asked, first_asked, wrong, at)] = fetch(_DECISIONS.format(differs=_DIFFERS, **says))
    [(decisions, details, facts, of_persons, listed)] = fetch(_COUNTS)
    tied = decisions - gone
    _changed(report, "decision_detail or decision_facts", wrong, at)
    _changed(report, "decision_act", *fetch(_ACTS)[0])
    _changed(report, "subject_decision", *fetch(_LISTS)[0])
    _changed(report, "decision_detail", details - tied)
    _changed(report, "decision_facts", facts - asked)
    _missing(report, "decision_facts", tied - first_asked)
    _missing(report, "subject_decision", of_persons - listed)
    _missing(report, "decision_detail", gone - sum(_erased(fetch)))
    for name in () if facts_id is None else _documents(fetch, facts_id):
        report.add("tie_changed", f"facts {name}", "not the document it was made for")


def _changed(report: Report, table: str, rows: int, seq: object = None) -> None:
    if rows > 0:
        first = "" if seq is None else f", first in row {seq} of the decisions"
        report.add("tie_changed", table, f"{rows} rows belong to no decision as they say{first}")


def _missing(report: Report, table: str, decisions: int) -> None:
    if decisions > 0:
        report.add("tie_missing", table, f"of {decisions} decisions")


def _erased(fetch: Fetch) -> Iterator[int]:
    """How many decisions each erasure made nobody's."""
    for (record,) in fetch(_ERASURES, KINDS.index(Erasure.kind)):
        try:
            what = Event.from_bytes(raw(record)).what
        except MalformedRecord:
            continue  # found where the records are looked at
        if isinstance(what, Erasure):
            yield what.decisions


def _documents(fetch: Fetch, facts_id: FactsId) -> Iterator[str]:
    """The ids of fact vectors that are not those the ids were made for."""
    after: Any = b""
    while page := fetch(_DOCUMENTS, after, PAGE):
        for after, document in page:
            if not isinstance(document, str) or facts_id(document) != after:
                yield raw(after).hex()
