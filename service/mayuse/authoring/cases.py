"""Worked cases: a question, and what must be answered on one or several days, and why.

`policies/cases/*.cases.yaml` is written and read by lawyers:

    cases:
      - name: A5 sharing switched off
        about: an optional sentence
        question:                      # the body of POST /v1/decisions, without `on`
          recipient: microsoft
          purpose: ads_personalised
          data: profile
          data_subject: {jurisdiction: US-CA, age: 35}
          choices: {share_with_affiliates: off}
        answers:
          - on: 2025-11-20             # or a list of days with the same answer
            effect: deny
            decided_by: [law, terms]
            reasons:                   # exactly the reasons that forced the effect, by rule
              law/us/ca_sharing: [opted_out]
              terms/linkedin/microsoft_ads: [sharing_is_off]
            provisions: [us-ca-ccpa-1798.120, linkedin-pp-2025-11-03-3.4]
            laws: {us-va-vcdpa: not_yet_in_force}        # optional: some of the acts considered
            obligations: [stop_within_15_days]           # optional: exactly these

Every value is text and is converted by the schema here; unknown and repeated keys are faults.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mayuse import bundle
from mayuse.answer import LAYERS
from mayuse.authoring import question_faults
from mayuse.authoring.case_ids import CaseIds
from mayuse.authoring.case_yaml import Node, parse
from mayuse.errors import AuthoringError, InvalidQuestion
from mayuse.intake import Intake
from mayuse.question import Question
from mayuse.vocabulary import Vocabulary

EFFECTS = ("permit", "deny")
OUTCOMES = ("not_yet_in_force", "no_longer_in_force", "not_in_scope", "permit", "deny")
REPLACED_BY_ANSWERS = "on"


@dataclass(frozen=True)
class Expected:
    """What must be answered to one question on one day."""

    line: int
    question: Question
    effect: str
    decided_by: tuple[str, ...]
    reasons: Mapping[str, frozenset[str]]
    """Rule -> the reasons of it that forced the effect."""

    provisions: frozenset[str]
    laws: Mapping[str, str]
    """Act -> outcome, for those acts the case speaks of."""

    obligations: frozenset[str] | None
    """Exactly these, or None when the case does not say."""


@dataclass(frozen=True)
class Case:
    """One worked case with all its days."""

    file: str
    line: int
    name: str
    about: str
    document: Mapping[str, Any]
    """The question as the body of `POST /v1/decisions`, without `on`."""

    answers: tuple[Expected, ...]


def find(policies: Path) -> list[Path]:
    """The case files beside a policies directory, sorted."""
    return sorted((policies / bundle.CASES).glob(bundle.CASE_FILES))


def load(
    files: Iterable[Path], vocabulary: Vocabulary, ids: CaseIds | None = None
) -> tuple[Case, ...]:
    """Read case files against a vocabulary, and the ids that answers may name, where given.

    Raises `AuthoringError` with every fault of every file, each as `file:line: what is wrong`.
    """
    texts: dict[str, str] = {}
    faults: list[str] = []
    for file in files:
        try:
            texts[str(file)] = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            faults.append(f"{file}:1: the file is not UTF-8")
        except OSError as error:
            faults.append(f"{file}:1: cannot be read: {error.strerror}")
    try:
        cases = read(texts, vocabulary, ids)
    except AuthoringError as error:
        faults.extend(error.faults)
    if faults:
        raise AuthoringError(tuple(faults))
    return cases


def read(
    texts: Mapping[str, str], vocabulary: Vocabulary, ids: CaseIds | None = None
) -> tuple[Case, ...]:
    """Read the texts of case files, by their names, as `load` does.

    Raises `AuthoringError` as `load`.
    """
    cases: list[Case] = []
    faults: list[str] = []
    intake = Intake(vocabulary)
    for file, text in texts.items():
        reader = _Reader(file, intake, ids)
        try:
            cases.extend(reader.cases(parse(text, file)))
        except AuthoringError as error:
            faults.extend(error.faults)
        faults.extend(reader.faults)
    faults.extend(_repeated_names(cases))
    if faults:
        raise AuthoringError(tuple(faults))
    return tuple(cases)


def _repeated_names(cases: Iterable[Case]) -> Iterator[str]:
    seen: dict[str, Case] = {}
    for case in cases:
        first = seen.setdefault(case.name, case)
        if first is not case:
            yield (
                f"{case.file}:{case.line}: the name {case.name!r} is taken "
                f"by {first.file}:{first.line}"
            )


class _Reader:
    """Converts the text of one file by schema and gathers faults on the way."""

    def __init__(self, file: str, intake: Intake, ids: CaseIds | None) -> None:
        self.file = file
        self.faults: list[str] = []
        self._intake = intake
        self._ids = ids

    def cases(self, root: Node) -> Iterator[Case]:
        top = self._members(root, required=("cases",))
        for node in self._items(top.get("cases")):
            members = self._members(
                node, required=("name", "question", "answers"), optional=("about",)
            )
            if {"name", "question", "answers"} <= set(members):
                yield self._case(node.line, members)

    def _case(self, line: int, members: Mapping[str, Node]) -> Case:
        document = self._document(members["question"])
        answers = [
            expected
            for node in self._items(members["answers"])
            for expected in self._answers(node, members["question"], document)
        ]
        days = [answer.question.on for answer in answers]
        for answer in answers:
            if days.count(answer.question.on) > 1:
                self._fault(answer.line, f"{answer.question.on} is answered twice in this case")
        return Case(
            file=self.file,
            line=line,
            name=self._text(members["name"]),
            about=self._text(members["about"]) if "about" in members else "",
            document=document,
            answers=tuple(answers),
        )

    def _answers(
        self, node: Node, question: Node, document: Mapping[str, Any]
    ) -> Iterator[Expected]:
        required = ("on", "effect", "decided_by", "reasons", "provisions")
        members = self._members(node, required=required, optional=("laws", "obligations"))
        if not set(required) <= set(members):
            return
        for line, sentence in self._ids.faults(members) if self._ids else ():
            self._fault(line, sentence)
        several = isinstance(members["on"].value, list)
        days = self._items(members["on"]) if several else [members["on"]]
        decided_by = {self._one_of(item, LAYERS) for item in self._items(members["decided_by"])}
        effect = self._one_of(members["effect"], EFFECTS)
        reasons = {
            rule: frozenset(map(self._text, self._items(names)))
            for rule, names in self._mapping(members["reasons"]).items()
        }
        provisions = frozenset(map(self._text, self._items(members["provisions"])))
        laws = {
            act: self._one_of(outcome, OUTCOMES)
            for act, outcome in self._mapping(members.get("laws")).items()
        }
        obligations = None
        if "obligations" in members:
            obligations = frozenset(map(self._text, self._items(members["obligations"])))
        for day in days:
            if (asked := self._question(day, question, document)) is not None:
                yield Expected(
                    line=day.line,
                    question=asked,
                    effect=effect,
                    decided_by=tuple(layer for layer in LAYERS if layer in decided_by),
                    reasons=reasons,
                    provisions=provisions,
                    laws=laws,
                    obligations=obligations,
                )

    # The question: its text becomes JSON here, and the intake of every other door checks it.

    def _document(self, node: Node) -> dict[str, Any]:
        document = _plain(node)
        if not isinstance(document, dict):
            self._fault(node.line, "a question is a list of `key: value` lines")
            return {}
        if REPLACED_BY_ANSWERS in document:
            self._fault(node.line, "the day stands in the answers (`on`), not in the question")
            del document[REPLACED_BY_ANSWERS]
        person, signals = document.get("data_subject"), document.get("signals")
        if isinstance(person, dict) and "age" in person:
            person["age"] = _whole_number(person["age"])
        if isinstance(signals, dict) and "gpc" in signals:
            signals["gpc"] = {"true": True, "false": False}.get(signals["gpc"], signals["gpc"])
        return document

    def _question(self, day: Node, node: Node, document: Mapping[str, Any]) -> Question | None:
        if not isinstance(day.value, str) or not day.value:
            self._fault(day.line, "`on` is a day, written YYYY-MM-DD")
            return None
        try:
            return self._intake.read({**document, "on": day.value}, today=date.min)
        except InvalidQuestion as error:
            for fault in error.errors:
                line = day.line if fault.pointer == "/on" else _line_of(node, fault.pointer)
                asked = {**document, "on": day.value}
                sentence = f"{self.file}:{line}: {question_faults.sentence(fault, asked)}"
                if sentence not in self.faults:
                    self.faults.append(sentence)
            return None

    # The schema's few shapes

    def _members(
        self, node: Node, *, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> Mapping[str, Node]:
        members = self._mapping(node)
        known = (*required, *optional)
        for name, member in members.items():
            if name not in known:
                self._fault(member.line, f"the key {name!r} is not known; known: {_list(known)}")
        for name in required:
            if name not in members:
                self._fault(node.line, f"the key {name!r} is missing")
        return members

    def _mapping(self, node: Node | None) -> Mapping[str, Node]:
        if node is None or isinstance(node.value, Mapping):
            return {} if node is None else node.value  # type: ignore[return-value]
        self._fault(node.line, "expected `key: value` lines here")
        return {}

    def _items(self, node: Node | None) -> list[Node]:
        if node is None:
            return []
        if isinstance(node.value, list):
            return node.value
        self._fault(node.line, "expected a list here, as `[one, two]` or lines that begin with `-`")
        return []

    def _text(self, node: Node) -> str:
        if isinstance(node.value, str) and node.value:
            return node.value
        self._fault(node.line, "expected some text here")
        return ""

    def _one_of(self, node: Node, known: tuple[str, ...]) -> str:
        text = self._text(node)
        if text and text not in known:
            self._fault(node.line, f"{text!r} is not one of {_list(known)}")
        return text

    def _fault(self, line: int, sentence: str) -> None:
        self.faults.append(f"{self.file}:{line}: {sentence}")


def _plain(node: Node) -> Any:  # noqa: ANN401 - text, list or object
    if isinstance(node.value, str):
        return node.value
    if isinstance(node.value, Mapping):
        return {name: _plain(item) for name, item in node.value.items()}
    return [_plain(item) for item in node.value]


def _whole_number(value: object) -> object:
    """`35` is a number; `012`, `3.0` and `٣` stay text, which the intake refuses."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and str(int(value)) == value:
        return int(value)
    return value


def _line_of(node: Node, pointer: str) -> int:
    for part in pointer.split("/")[1:]:
        if isinstance(node.value, Mapping) and part in node.value:
            node = node.value[part]
        elif isinstance(node.value, list) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
    return node.line


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)
