"""`mayuse policy explain`, for people and for programs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mayuse.authoring import explain
from mayuse.authoring.explain import Condition, Explained, RuleSeen
from mayuse.authoring.source import Source, open_source
from mayuse.cli import question_file
from mayuse.cli.policies import HERE, Policies
from mayuse.intake import Intake
from mayuse.question import Question

WIDEST_VALUE = 100
"""Characters of a condition's value that are shown to people."""

NOT = "does not hold"
"""Of a condition that is false or undefined: a rule makes no difference between them."""


def show(
    file: Annotated[
        Path,
        typer.Option(help="One question as JSON; - reads stdin."),
    ],
    policies: Policies = HERE,
    trace: Annotated[
        str | None, typer.Option(metavar="RULE", help="Also OPA's trace of this rule.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how the rules come to their answer: the facts, each rule, each named condition."""
    raw = question_file.content(file)
    asyncio.run(_show(raw, file, policies, trace=trace, as_json=as_json))


async def _show(
    raw: bytes, file: Path, policies: Path, *, trace: str | None, as_json: bool
) -> None:
    async with open_source(policies) as source:
        question = question_file.question(raw, file, Intake(source.engine.vocabulary))
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
                _print_rule(console, rule, source.policies)
        _print_silent(console, item)


def _print_rule(console: Console, rule: RuleSeen, policies: Path) -> None:
    said = [f"permits {name}" for name in rule.permits] + [f"denies {name}" for name in rule.denies]
    style = "red" if rule.denies else "green"
    console.print(Text(f"{rule.rule}: {'; '.join(said) or 'says nothing'}", style=style))
    for condition in rule.conditions:
        console.print(Padding(_condition(condition, policies), (0, 0, 0, 4)))


def _condition(condition: Condition, policies: Path) -> Text:
    value = json.dumps(condition.value, ensure_ascii=False)
    shown = {"true": "holds", "false": NOT, '"undefined"': NOT}.get(value, f"is {value}")
    if len(shown) > WIDEST_VALUE:
        shown = shown[:WIDEST_VALUE] + "…"
    line = Text(f"{condition.name} {shown}")
    line.append(f"   {policies / condition.file}:{condition.line}", style="dim")
    return line


def _print_silent(console: Console, item: Explained) -> None:
    """The rules that say nothing, by what keeps them silent."""
    controller = item.facts.controller
    silent: dict[str, list[str]] = {
        "Not in scope": [],
        "Not in force": [],
        "Not in place": [],
        f"Terms of another controller (it is {controller})": [],
    }
    *_, others = silent
    for rule in item.rules:
        layer, whose, _ = rule.rule.split("/")
        if layer == "terms" and whose != controller:
            silent[others].append(rule.rule)
        elif rule.status != "speaks":
            silent[rule.status.capitalize()].append(rule.rule)
    for why, rules in silent.items():
        if rules:
            console.print(Text(f"{why}: {', '.join(rules)}", style="dim"))
