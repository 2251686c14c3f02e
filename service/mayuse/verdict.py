"""What the policy says of one set of facts, read strictly and put in canonical order. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from mayuse.errors import MalformedVerdict


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """One reason a rule gave. Ids only."""

    rule: str
    """Folder of the rule under `policies/mayuse`, e.g. `law/us/browser_signal`."""

    reason: str
    act: str
    cites: tuple[str, ...]
    """Provision ids, sorted."""

    @property
    def layer(self) -> str:
        """`law` or `terms`."""
        return self.rule.partition("/")[0]


@dataclass(frozen=True, slots=True, order=True)
class Obliged:
    """Something the recipient or controller must do along with the answer."""

    rule: str
    obligation: str
    act: str
    cites: tuple[str, ...]
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """What one rule says of one `Facts`, in canonical order."""

    permits: tuple[Said, ...]
    denies: tuple[Said, ...]
    obliges: tuple[Obliged, ...]
    missing: tuple[tuple[str, str], ...]

    @classmethod
    def from_policy(cls, rule: str, says: object) -> Speech:
        """Read the sets a rule gave, as far as it offers them, in any order.

        Raises `MalformedVerdict`: `malformed_verdict` for any other shape, `rule_silent` when the
        rule neither permits nor denies.
        """
        if not _is_rule(rule) or not isinstance(says, dict) or not says.keys() <= _SAYS:
            raise MalformedVerdict("malformed_verdict", "a rule says what no rule can say")
        try:
            read = cls(
                _ordered([_said(rule, item) for item in _set(says, "permits")]),
                _ordered([_said(rule, item) for item in _set(says, "denies")]),
                _ordered([_obliged(rule, item) for item in _set(says, "obliges")]),
                _ordered([(rule, _id(field)) for field in _set(says, "missing")]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedVerdict(
                "malformed_verdict", f"{rule} gives a reason of another shape"
            ) from error
        if not read.permits and not read.denies:
            raise MalformedVerdict("rule_silent", f"{rule} neither permits nor denies")
        return read


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says of one `Facts`, in canonical order."""

    permits: tuple[Said, ...]
    denies: tuple[Said, ...]
    obliges: tuple[Obliged, ...]
    missing: tuple[tuple[str, str], ...]
    """(rule, field of the question that would let it say more), e.g. `choices.consent_ads`."""

    speaking: tuple[str, ...]
    """Every rule that is in place, in force and in scope."""

    _hash: int = field(init=False, repr=False, compare=False)
    """A verdict that is remembered is looked for with each decision."""

    def __post_init__(self) -> None:
        said = (self.permits, self.denies, self.obliges, self.missing, self.speaking)
        object.__setattr__(self, "_hash", hash(said))

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def from_policy(
        cls, said: object, read: Callable[[str, object], Speech] = Speech.from_policy
    ) -> Verdict:
        """Read what `data.mayuse.main.decision` evaluated to: an object by rule that speaks.

        `read` reads what one of them says; one that remembers may take its place. Raises
        `MalformedVerdict` for any other shape, and what `read` raises.
        """
        if not isinstance(said, dict):
            raise MalformedVerdict("malformed_verdict", "the verdict is not an object by rule")
        permits: list[Said] = []
        denies: list[Said] = []
        obliges: list[Obliged] = []
        missing: list[tuple[str, str]] = []
        speaking = sorted(said)
        for rule in speaking:
            speech = read(rule, said[rule])
            permits += speech.permits
            denies += speech.denies
            obliges += speech.obliges
            missing += speech.missing
        return cls(tuple(permits), tuple(denies), tuple(obliges), tuple(missing), tuple(speaking))

    def to_text(self) -> str:
        """Canonical JSON (RFC 8785) of the verdict: no ids of decisions, no engine, no prose."""
        document: dict[str, Any] = {
            "denies": [_said_document(item) for item in self.denies],
            "missing": [{"field": name, "rule": rule} for rule, name in self.missing],
            "obliges": [_obliged_document(item) for item in self.obliges],
            "permits": [_said_document(item) for item in self.permits],
            "speaking": list(self.speaking),
        }
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no verdict. Only the host makes one; it is never a yes."""

    code: str
    """`policy_unavailable`, `policy_timeout`, `undefined`, `malformed_verdict`, `rule_silent`
    or `stale_policy`."""

    detail: str


Member = TypeVar("Member", Said, Obliged, tuple[str, str])

_RULE = re.compile(r"(?:law|terms)/[a-z0-9_]+/[a-z0-9_]+")
_SAYS = {"permits", "denies", "obliges", "missing"}
_SAID = {"reason", "act", "cites"}
_OBLIGED = {"obligation", "act", "cites"}


def _is_rule(name: str) -> bool:
    return _RULE.fullmatch(name) is not None


def _set(says: Mapping[str, object], name: str) -> list[Any]:
    items = says.get(name, [])
    if not isinstance(items, list):
        raise TypeError("a set arrives as a list")
    return items


def _ordered(members: list[Member]) -> tuple[Member, ...]:
    return tuple(sorted(set(members), key=_order))


def _order(member: Said | Obliged | tuple[str, str]) -> tuple[Any, ...]:
    if isinstance(member, Said):
        return member.reason, member.act, member.cites
    if isinstance(member, Obliged):
        return member.obligation, member.act, member.cites
    return member


def _said(rule: str, reason: object) -> Said:
    if not isinstance(reason, dict) or reason.keys() != _SAID:
        raise ValueError("a reason has a reason, an act and cites")
    return Said(rule, _id(reason["reason"]), _id(reason["act"]), _ids(reason["cites"]))


def _obliged(rule: str, item: object) -> Obliged:
    if not isinstance(item, dict) or item.keys() - {"within_days"} != _OBLIGED:
        raise ValueError("an obligation has an obligation, an act, cites and perhaps within_days")
    days = item.get("within_days")
    if "within_days" in item and type(days) is not int:
        raise ValueError("within_days is a whole number")
    return Obliged(rule, _id(item["obligation"]), _id(item["act"]), _ids(item["cites"]), days)


def _ids(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("a reason cites at least one provision")
    return tuple(sorted({_id(item) for item in value}))


def _id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("an id is a string that is not empty")
    return value


def _said_document(item: Said) -> dict[str, Any]:
    return {"act": item.act, "cites": list(item.cites), "reason": item.reason, "rule": item.rule}


def _obliged_document(item: Obliged) -> dict[str, Any]:
    document: dict[str, Any] = {
        "act": item.act,
        "cites": list(item.cites),
        "obligation": item.obligation,
        "rule": item.rule,
    }
    if item.within_days is not None:
        document["within_days"] = item.within_days
    return document
