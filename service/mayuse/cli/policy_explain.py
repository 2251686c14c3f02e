"""`mayuse policy explain`, for people and for programs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mayuse.authoring import explain
from mayuse.authoring.explain import Condition, Explained, RuleSeen
from mayuse.authoring.source import Source, open_source
from mayuse.intake import Intake
from mayuse.question import Question

WIDEST_VALUE = 100
"""Characters of a condition's value that are shown to people."""

NOT = "does not hold"
"""Of a condition that is false or undefined: a rule makes no difference between them."""


async def show(
    policies: Path, document: object, today: date, *, trace: str | None, as_json: bool
) -> None:
    """Explain one question.

    Raises `InvalidQuestion` for a faulty one, `NotFound` when there is no rule to trace.
    """
    async with open_source(policies) as source:
        question = Intake(source.engine.vocabulary).read(document, today=today)
        explained = await explain.explain(source, question)
        traces = [explain.trace(source, item.facts, trace) for item in explained if trace]
        if as_json:
            typer.echo(json.dumps([_json(source, item) for item in explained], indent=1))
        else:
            _print(source, question, explained)
        for text in traces:
            typer.echo(text, err=as_json)


def _json(source: Source, item: Explained) -> dict[str, Any]:
    return {
        "facts": item.facts.as_input(),
        "effect": item.ruling.effect,
        "answer": source.catalog.in_words(item.ruling),
        "rules": [rule.to_json() for rule in item.rules],
    }


def _print(source: Source, question: Question, explained: list[Explained]) -> None:
    console = Console(highlight=False)
    console.print(Text(source.catalog.in_words(question), style="dim"))
    for item in explained:
        console.print()
        console.print(Text(f"Facts: {item.facts.to_text()}"), soft_wrap=True)
        console.print(Text(source.catalog.in_words(item.ruling), style="bold"))
        for rule in item.rules:
            if rule.status == "speaks":
                _print_rule(console, rule)
        _print_silent(console, item)


def _print_rule(console: Console, rule: RuleSeen) -> None:
    said = [f"permits {name}" for name in rule.permits] + [f"denies {name}" for name in rule.denies]
    style = "red" if rule.denies else "green"
    console.print(Text(f"{rule.rule}: {'; '.join(said) or 'says nothing'}", style=style))
    for condition in rule.conditions:
        console.print(Padding(_condition(condition), (0, 0, 0, 4)))


def _condition(condition: Condition) -> Text:
    value = json.dumps(condition.value, ensure_ascii=False)
    shown = {"true": "holds", "false": NOT, '"undefined"': NOT}.get(value, f"is {value}")
    if len(shown) > WIDEST_VALUE:
        shown = shown[:WIDEST_VALUE] + "…"
    line = Text(f"{condition.name} {shown}")
    line.append(f"   {condition.file}:{condition.line}", style="dim")
    return line


def _print_silent(console: Console, item: Explained) -> None:
    for status in ("not in scope", "not in force", "not in place"):
        rules = [rule.rule for rule in item.rules if rule.status == status]
        if rules:
            console.print(Text(f"{status.capitalize()}: {', '.join(rules)}", style="dim"))
