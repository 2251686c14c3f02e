"""Questions and rulings as sentences a person reads. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mayuse.answer import NO_RULE_PERMITS, Finding, Ruling
from mayuse.question import Question
from mayuse.verdict import Fault
from mayuse.vocabulary import Vocabulary

LAYER_TITLES = {"law": "The law of the place", "terms": "The controller's own terms"}
SIGNALS = {"gpc": "a Global Privacy Control signal (`Sec-GPC: 1`) is sent by the browser"}

_SILENCE = {
    "law": "no rule of law permits it, and silence is no permit",
    "terms": "nothing in the terms permits it, and silence is no permit",
}
_VERBS = {"permit": "permits", "deny": "denies"}


class Sentences:
    """Makes sentences from the labels of a vocabulary and the reasons of the rules' METADATA."""

    def __init__(self, facts: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]]) -> None:
        self._labels = Vocabulary.from_facts(facts)
        self._choices: Mapping[str, Mapping[str, Any]] = facts["vocabulary"]["choices"]
        self._rules = rules

    def question(self, question: Question) -> str:
        """A question in words: who, which data, what for, where, when, and what was stated."""
        labels = self._labels
        holder = labels.controllers[question.controller]
        held = "" if question.controller == "linkedin" else f" held by {holder}"
        parts = (
            f"May {labels.recipients[question.recipient]}",
            f"use this person's {_and([labels.data[item] for item in question.data])}{held}",
            f"for {labels.purposes[question.purpose]},",
            f"in {labels.jurisdictions[question.jurisdiction]},",
            f"on {question.on.isoformat()}",
        )
        return " ".join(parts) + self._stated(question) + "?"

    def ruling(self, ruling: Ruling) -> str:
        """An effect in words: yes or no, which layers decided, and because of what."""
        if ruling.effect == "indeterminate":
            codes = sorted(
                {item.verdict.code for item in ruling.findings if isinstance(item.verdict, Fault)}
            )
            return f"No answer: there is no verdict ({', '.join(codes)}), which is never a yes."
        forced = [finding for finding in ruling.findings if finding.effect == ruling.effect]
        yes_or_no = "Yes" if ruling.effect == "permit" else "No"
        if len(forced) < len(ruling.findings):
            yes_or_no += f" for {_and([self._labels.data[item.facts.data] for item in forced])}"
        return f"{yes_or_no}: {self._because(ruling.effect, forced)}."

    def says(self, rule: str, reason: str) -> str:
        """The clause that completes "no, because …" or "yes, because …"."""
        if reason == NO_RULE_PERMITS:
            return _SILENCE[rule]
        return _sentence(self._rules.get(rule, {}).get("reasons"), reason)

    def obligation(self, rule: str, obligation: str) -> str:
        """What must be done along with the answer."""
        return _sentence(self._rules.get(rule, {}).get("obligations"), obligation)

    def title(self, rule: str) -> str:
        """The title of a rule; for a deny by silence, of the layer that is silent."""
        return str(self._rules.get(rule, {}).get("title") or LAYER_TITLES.get(rule, rule))

    def next_step(self, field: str) -> str:
        """What to find out so that a rule which misses `field` can say more."""
        choice = self._choices.get(field.removeprefix("choices."))
        if choice is not None:
            return f"find out whether there is one: {choice['label']}"
        return _NEXT_STEPS.get(field.rsplit(".", 1)[-1], f"state {field}")

    def _because(self, effect: str, forced: Sequence[Finding]) -> str:
        said = [item for finding in forced for item in finding.forcing]
        silent = sorted({item.rule for item in said if item.reason == NO_RULE_PERMITS})
        spoken = sorted(item for item in set(said) if item.reason != NO_RULE_PERMITS)
        parts = [_SILENCE[layer] for layer in silent]
        if spoken:
            layers = sorted({item.layer for item in spoken})
            verb = _VERBS[effect] if layers == ["law"] else effect
            clauses = dict.fromkeys(self.says(item.rule, item.reason) for item in spoken)
            parts.insert(0, f"{_and(layers)} {verb}, because {'; '.join(clauses)}")
        return "; ".join(parts)

    def _stated(self, question: Question) -> str:
        stated = [] if question.age is None else [f"aged {question.age}"]
        stated += [
            f"{self._choices[name]['label']}: {value}"
            for name, value in sorted(question.choices.items())
            if value != self._choices[name]["default"]
        ]
        if question.gpc:
            stated.append("a Global Privacy Control signal is sent")
        return f" ({'; '.join(stated)})" if stated else ""


_NEXT_STEPS = {
    "age": "find out the person's age",
    "jurisdiction": "find out where the person is",
    "gpc": "find out whether the browser sends a Global Privacy Control signal",
}


def _sentence(sentences: Mapping[str, str] | None, name: str) -> str:
    return str((sentences or {}).get(name) or name.replace("_", " "))


def _and(words: Sequence[str]) -> str:
    if len(words) < 2:  # noqa: PLR2004 - "a", else "a, b and c"
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
