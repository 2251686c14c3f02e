"""The ids that a case's answers may name: rules with their reasons, provisions, acts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mayuse.answer import LAYERS, NO_RULE_PERMITS
from mayuse.authoring.case_yaml import Node
from mayuse.intake_faults import nearest

SHOWN = 8
"""So many names are listed where none is near."""


@dataclass(frozen=True)
class CaseIds:
    """All that exists in some policies."""

    reasons: Mapping[str, Iterable[str]]
    """Rule -> its reasons; layer -> the reason of a deny that no rule gave."""

    provisions: Iterable[str]
    laws: Iterable[str]
    obligations: Iterable[str]

    @classmethod
    def of(cls, rules: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]) -> CaseIds:
        """Those of a rule catalogue and facts."""
        rows = list(rules)
        return cls(
            reasons={
                **{row["rule"]: tuple(row["reasons"]) for row in rows},
                **dict.fromkeys(LAYERS, (NO_RULE_PERMITS,)),
            },
            provisions=tuple(facts["provisions"]),
            laws=tuple(facts["acts"]),
            obligations=tuple(name for row in rows for name in row["obligations"]),
        )

    def faults(self, answer: Mapping[str, Node]) -> Iterator[tuple[int, str]]:
        """(line, sentence) of each id in an answer's members that does not exist."""
        for line, rule, names in _pairs(answer.get("reasons")):
            if rule not in self.reasons:
                yield line, _says("rule", rule, self.reasons)
            else:
                of_rule = f"reason of {rule}"
                yield from _unknown(of_rule, names, self.reasons[rule])
        for line, act, _ in _pairs(answer.get("laws")):
            if act not in self.laws:
                yield line, _says("act", act, self.laws)
        yield from _unknown("provision", answer.get("provisions"), self.provisions)
        yield from _unknown("obligation", answer.get("obligations"), self.obligations)


def _pairs(node: Node | None) -> Iterator[tuple[int, str, Node]]:
    if node is not None and isinstance(node.value, Mapping):
        for name, item in node.value.items():
            yield item.line, name, item


def _unknown(what: str, node: Node | None, known: Iterable[str]) -> Iterator[tuple[int, str]]:
    for item in node.value if node is not None and isinstance(node.value, list) else ():
        if isinstance(item.value, str) and item.value and item.value not in known:
            yield item.line, _says(what, item.value, known)


def _says(what: str, name: str, known: Iterable[str]) -> str:
    says, names = f"{name!r} is no {what}", list(known)
    if near := nearest(name, names):
        return f"{says}; did you mean {near!r}?"
    return f"{says}; known: {', '.join(names)}" if len(names) <= SHOWN else says
