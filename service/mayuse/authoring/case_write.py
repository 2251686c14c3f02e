"""Write a worked case from what was asked and answered, for a person to check and keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from mayuse.answer import Ruling
from mayuse.authoring.case_run import provisions, reasons_by_rule
from mayuse.question import Question

Answered = tuple[Question, Ruling]


def case(name: str, about: str, answered: Sequence[Answered]) -> dict[str, Any]:
    """One case on one or several days; the questions differ in their day only.

    Days that follow one another with the same answer share one entry.
    """
    answers: list[dict[str, Any]] = []
    for question, ruling in answered:
        expected = _expected(ruling)
        day = question.on.isoformat()
        if answers and {**answers[-1], "on": None} == {**expected, "on": None}:
            answers[-1]["on"] = [*_list(answers[-1]["on"]), day]
        else:
            answers.append({"on": day, **expected})
    return {
        "name": name,
        **({"about": about} if about else {}),
        "question": document(answered[0][0]),
        "answers": answers,
    }


def document(question: Question) -> dict[str, Any]:
    """A question as a case file writes it: without its day, its person's id and the defaults."""
    person: dict[str, Any] = {"jurisdiction": question.jurisdiction}
    if question.age is not None:
        person["age"] = str(question.age)
    body: dict[str, Any] = (
        {} if question.controller == "linkedin" else {"controller": question.controller}
    )
    body |= {
        "recipient": question.recipient,
        "purpose": question.purpose,
        "data": question.data[0] if len(question.data) == 1 else list(question.data),
        "data_subject": person,
    }
    if question.choices:
        body["choices"] = dict(sorted(question.choices.items()))
    if question.gpc:
        body["signals"] = {"gpc": "true"}
    return body


def to_yaml(cases: Sequence[Mapping[str, Any]]) -> str:
    """The text of a case file. Every value is written as it is read: as text."""
    return yaml.dump(
        {"cases": list(cases)},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=100,
    )


def _expected(ruling: Ruling) -> dict[str, Any]:
    said = ruling.forcing
    return {
        "effect": ruling.effect,
        "decided_by": list(ruling.decided_by),
        "reasons": {rule: sorted(names) for rule, names in reasons_by_rule(said).items()},
        "provisions": sorted(provisions(said)),
    }


def _list(day: str | list[str]) -> list[str]:
    return [day] if isinstance(day, str) else day


class _Dumper(yaml.BaseDumper):
    """Scalars unquoted where text may stand unquoted, lists of cases indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - the library's signature
        super().increase_indent(flow, False)  # noqa: FBT003 - likewise

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - the library's signature
        return True


def _text(dumper: yaml.BaseDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value)


def _mapping(dumper: yaml.BaseDumper, value: dict[str, Any]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items())


def _sequence(dumper: yaml.BaseDumper, value: list[Any]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _sequence)
