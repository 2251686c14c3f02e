"""Decisions again, from the stored bundle and the stored facts, byte for byte.

A replay takes what a decision was made of (the bundle its record names, the facts beside it),
evaluates once more, and writes the record once more, with the same key, salt and place. Equal
bytes mean: this is what that policy says of those facts, and nobody has changed the record, the
facts or the verdict since. Nothing is logged, and nothing here is a decision.

Distinct facts are few: ten million decisions are replayed by evaluating some thousands.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol

import orjson

from mayuse.answer import Effect, Ruling, rule_on
from mayuse.bundle import Bundle
from mayuse.decision_log.entry import Entry, faults_of, forced_by, leaf_hash, tag, verdict_text
from mayuse.engines.memo import OnePolicyEngine
from mayuse.errors import BundleError, NotFound
from mayuse.question import Facts
from mayuse.store.evidence import Evidence, Seen
from mayuse.verdict import Fault, Verdict

Outcome = Literal["same", "differs", "erased", "purged", "unanswered", "not_replayed"]
"""`same`, `differs`; `erased` or `purged`: what it was made of is gone; `unanswered`: it has no
verdict because the engine could not be asked; `not_replayed`: it cannot be made again here."""

OUTCOMES: tuple[Outcome, ...] = (
    "same",
    "differs",
    "erased",
    "purged",
    "unanswered",
    "not_replayed",
)

OF_THE_HOST = frozenset({"policy_unavailable", "policy_timeout", "stale_policy"})
"""Faults that tell of a machine at a moment, not of a policy: they cannot be repeated."""

MEMBERS = ("effect", "rule", "fault", "facts", "verdict")
"""What a record says that follows from bundle and facts."""

ENGINES_KEPT = 4
KEPT = 200_000
"""Verdicts remembered."""

DIFFERENCES_KEPT = 1_000
"""Decisions told of each kind."""

Members = dict[str, Any]
"""Of a record."""

_MEMBERS = {member.name for member in fields(Entry)}

Asked = tuple[str, str]
"""Digest of a bundle, canonical text of facts."""

Listed = tuple[tuple[str, str | None], ...]
"""What became of each category, as it is listed: its effect, and the code of a fault."""


class Bundles(Protocol):
    """Where the bundles are that decisions were made under."""

    async def get(self, digest: str) -> Bundle | None:
        """The bundle of this digest, or None when it is not kept."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise."""

    member: str
    """Of the record, or the effect or fault on one category, or the acts it is found by."""

    recorded: str
    replayed: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of making one decision again."""

    decision_id: str
    outcome: Outcome
    policy: str
    differences: tuple[Difference, ...] = ()
    because: str | None = None
    """Why it was not replayed: a code."""

    ruling: Ruling | None = field(default=None, repr=False)
    """What the policy says now, where it could be asked."""


@dataclass(slots=True)
class Report:
    """What came of making many decisions again."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    because: Counter[str] = field(default_factory=Counter)
    """Why decisions were not replayed, by code."""

    evaluated: int = 0
    """How many distinct (bundle, facts) were evaluated."""

    differing: list[Replayed] = field(default_factory=list)
    """Those that differ, the first `DIFFERENCES_KEPT` of them."""

    failed: list[Replayed] = field(default_factory=list)
    """Those that could not be made again, as many at most."""

    accounted: int | None = None
    """How many decisions the log's erasures made nobody's, where all were looked at."""

    def add(self, some: Iterable[Replayed]) -> None:
        """Count these in."""
        for one in some:
            self.outcomes[one.outcome] += 1
            if one.because is not None:
                self.because[one.because] += 1
            if one.outcome == "differs" and len(self.differing) < DIFFERENCES_KEPT:
                self.differing.append(one)
            if one.outcome == "not_replayed" and len(self.failed) < DIFFERENCES_KEPT:
                self.failed.append(one)

    @property
    def total(self) -> int:
        """How many decisions were looked at."""
        return self.outcomes.total()

    @property
    def missing(self) -> int:
        """Of how many what they were made of is gone, and no erasure says why."""
        gone = self.outcomes["erased"]
        return 0 if self.accounted is None else max(0, gone - self.accounted)

    @property
    def holds(self) -> bool:
        """Whether every decision that can be made again came out the same, and none is missing."""
        failed = self.outcomes["differs"] + self.outcomes["not_replayed"]
        return not failed and not self.missing


@dataclass(frozen=True, slots=True)
class _Again:
    """What a record must say, given its bundle, its facts and the faults of the host."""

    effect: Effect
    rule: tuple[str, ...]
    fault: tuple[str, ...]
    listed: Listed
    acts: tuple[str, ...]
    """As `Evidence.acts`, of any age."""

    verdicts: tuple[str, ...]
    ruling: Ruling


class Replayer:
    """Makes decisions again. For one event loop; close it when done."""

    def __init__(self, bundles: Bundles, open_engine: Callable[[Bundle], OnePolicyEngine]) -> None:
        """`open_engine` opens what evaluates a bundle; a few are kept open."""
        self.evaluated = 0
        """How many distinct (bundle, facts) were evaluated."""

        self._bundles = bundles
        self._open_engine = open_engine
        self._engines: OrderedDict[str, OnePolicyEngine] = OrderedDict()
        self._verdicts: OrderedDict[Asked, Verdict | Fault] = OrderedDict()
        self._again: OrderedDict[tuple[str, tuple[Seen, ...]], _Again] = OrderedDict()

    async def one(self, evidence: Evidence) -> Replayed:
        """Make one decision again. Raises `LogUnavailable`."""
        [replayed] = await self.some([evidence])
        return replayed

    async def each(
        self, slices: AsyncIterable[Sequence[Evidence]], report: Report
    ) -> AsyncIterator[Sequence[Replayed]]:
        """Make all of these again, counting them into `report`; tells what came of each slice."""
        before = self.evaluated
        async for evidence in slices:
            replayed = await self.some(evidence)
            report.add(replayed)
            report.evaluated = self.evaluated - before
            yield replayed

    async def some(self, evidence: Sequence[Evidence]) -> list[Replayed]:
        """Make these again, in order.

        1. Read each record; one that is not what was hashed differs, whatever it says.
        2. Evaluate the facts not seen before under their bundle, each once.
        3. Fold, write the record anew with the same key, salt and place, and compare.
        """
        entries = [_read(item) for item in evidence]
        trouble = await self._evaluate(
            [
                (entry["policy"], seen.facts)
                for entry, item in zip(entries, evidence, strict=True)
                if entry is not None
                for seen in item.seen
                if seen.fault not in OF_THE_HOST
            ]
        )
        replayed = [
            _spoilt(item) if entry is None else self._compare(entry, item, trouble)
            for entry, item in zip(entries, evidence, strict=True)
        ]
        _forget(self._verdicts)
        _forget(self._again)
        return replayed

    async def verdicts(self, policy: str, facts: Sequence[Facts]) -> list[Verdict | Fault]:
        """What the bundle of this digest says of these facts now.

        Raises `NotFound` when it is not kept, `BundleError` for one that is not whole.
        """
        engine = await self._engine(policy)
        if engine is None:
            raise NotFound("the policy bundle that decided is not kept")
        return list((await engine.evaluate(list(facts))).verdicts)

    async def version(self, policy: str) -> str:
        """The human version of the bundle of this digest. Raises as `verdicts` does."""
        bundle = await self._bundles.get(policy)
        if bundle is None:
            raise NotFound("the policy bundle that decided is not kept")
        return bundle.version

    async def close(self) -> None:
        """Release the engines."""
        while self._engines:
            _, engine = self._engines.popitem()
            await engine.close()

    async def _evaluate(self, asked: Iterable[Asked]) -> dict[Asked, str]:
        """Have a verdict for all of these; returns the code of why not, where there is none."""
        trouble: dict[Asked, str] = {}
        wanted: dict[str, dict[str, Facts]] = {}
        for policy, text in dict.fromkeys(asked):
            if (policy, text) not in self._verdicts:
                facts = _facts(text)
                if facts is None:
                    trouble[policy, text] = "facts_unreadable"
                else:
                    wanted.setdefault(policy, {})[text] = facts
        for policy, unknown in wanted.items():
            try:
                engine = await self._engine(policy)
            except BundleError:
                trouble |= {(policy, text): "policy_unreadable" for text in unknown}
                continue
            if engine is None:
                trouble |= {(policy, text): "policy_not_kept" for text in unknown}
                continue
            evaluated = await engine.evaluate(list(unknown.values()))
            self.evaluated += len(unknown)
            for text, verdict in zip(unknown, evaluated.verdicts, strict=True):
                if isinstance(verdict, Fault) and verdict.code in OF_THE_HOST:
                    trouble[policy, text] = verdict.code
                else:
                    self._verdicts[policy, text] = verdict
        return trouble

    async def _engine(self, policy: str) -> OnePolicyEngine | None:
        if policy not in self._engines:
            bundle = await self._bundles.get(policy)
            if bundle is None:
                return None
            self._engines[policy] = self._open_engine(bundle)
            if len(self._engines) > ENGINES_KEPT:
                _, oldest = self._engines.popitem(last=False)
                await oldest.close()
        self._engines.move_to_end(policy)
        return self._engines[policy]

    def _compare(self, entry: Members, item: Evidence, trouble: Mapping[Asked, str]) -> Replayed:
        policy = entry["policy"]
        if item.trouble is not None:
            return Replayed(item.id, "not_replayed", policy, because=item.trouble)
        if item.key is None:
            return Replayed(item.id, "erased", policy)
        for seen in item.seen:
            if because := _trouble(policy, seen, trouble):
                return Replayed(item.id, "not_replayed", policy, because=because)
        again = self._make_again(policy, item.seen)
        made = {
            **entry,
            "effect": again.effect,
            "rule": again.rule,
            "fault": again.fault,
            "facts": tag(item.key, "facts", item.id, *(seen.facts for seen in item.seen)),
            "verdict": tag(item.key, "verdict", item.id, *again.verdicts),
        }
        written = orjson.dumps(made, option=orjson.OPT_SORT_KEYS)
        if written == item.record and _is_listed(item, again):
            unanswered = all(seen.fault in OF_THE_HOST for seen in item.seen)
            outcome: Outcome = "unanswered" if unanswered else "same"
            return Replayed(item.id, outcome, policy, ruling=again.ruling)
        differences = _differences(entry, made, item, again)
        return Replayed(item.id, "differs", policy, differences, ruling=again.ruling)

    def _make_again(self, policy: str, seen: tuple[Seen, ...]) -> _Again:
        """Fold the verdicts on all categories; a fault of the host then is one now, too."""
        known = self._again.get((policy, seen))
        if known is None:
            verdicts = [
                Fault(item.fault, "")
                if item.fault in OF_THE_HOST and item.fault is not None
                else self._verdicts[policy, item.facts]
                for item in seen
            ]
            ruling = rule_on([Facts.from_text(item.facts) for item in seen], verdicts)
            known = self._again[policy, seen] = _Again(
                effect=ruling.effect,
                rule=forced_by(ruling),
                fault=faults_of(ruling),
                listed=tuple(
                    (
                        finding.effect,
                        finding.verdict.code if isinstance(finding.verdict, Fault) else None,
                    )
                    for finding in ruling.findings
                ),
                acts=ruling.acts,
                verdicts=tuple(verdict_text(finding.verdict) for finding in ruling.findings),
                ruling=ruling,
            )
        return known


def _read(item: Evidence) -> Members | None:
    """The record, if it is the one that was hashed.

    Not by the entry's own strict reader: to be called the same, it must come out the same when it
    is written again, which tells more.
    """
    if leaf_hash(item.record) != item.leaf_hash:
        return None
    try:
        members = orjson.loads(item.record)
    except ValueError:
        return None
    known = isinstance(members, dict) and members.keys() == _MEMBERS and members["id"] == item.id
    return members if known and isinstance(members["policy"], str) else None


def _spoilt(item: Evidence) -> Replayed:
    hashed = leaf_hash(item.record).hex()
    changed = Difference("record", recorded=item.leaf_hash.hex(), replayed=hashed)
    return Replayed(item.id, "differs", "", (changed,))


def _trouble(policy: str, seen: Seen, trouble: Mapping[Asked, str]) -> str | None:
    """Why a category cannot be made again; one that never had a verdict has facts, too."""
    if seen.fault in OF_THE_HOST:
        return None if _facts(seen.facts) else "facts_unreadable"
    return trouble.get((policy, seen.facts))


def _facts(text: str) -> Facts | None:
    try:
        return Facts.from_text(text)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _differences(
    entry: Members, made: Members, item: Evidence, again: _Again
) -> tuple[Difference, ...]:
    of_record = [
        Difference(name, recorded=said, replayed=now)
        for name in MEMBERS
        if (said := _text(entry[name])) != (now := _text(made[name]))
    ]
    of_categories = [
        Difference(f"{name} on category {number}", recorded=_text(was), replayed=_text(now))
        for number, (seen, said) in enumerate(zip(item.seen, again.listed, strict=True))
        for name, was, now in zip(("effect", "fault"), (seen.effect, seen.fault), said, strict=True)
        if was != now
    ]
    of_acts = [Difference("act", recorded=_text(item.acts or ()), replayed=_text(again.acts))]
    return (*of_record, *of_categories, *(of_acts if item.acts not in {None, again.acts} else ()))


def _is_listed(item: Evidence, again: _Again) -> bool:
    """Whether it is found by what it follows from."""
    listed = tuple((seen.effect, seen.fault) for seen in item.seen)
    return listed == again.listed and item.acts in {None, again.acts}


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _forget(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)
