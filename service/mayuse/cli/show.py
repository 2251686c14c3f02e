"""Answers for people, on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

COLOURS = {"permit": "green", "deny": "red", "indeterminate": "yellow"}
SIGNS = {"permit": "+", "deny": "-"}


def answer(console: Console, asked: str, sentence: str, body: Mapping[str, Any]) -> None:
    """Print an answer: the question, the sentence, every reason with its law, the log entry."""
    console.print(Text(asked, style="dim"))
    console.print(Text(sentence, style=f"bold {COLOURS[body['effect']]}"))
    if body["decided_by"]:
        console.print(f"Decided by {' and '.join(body['decided_by'])}.")
    for reason in body["reasons"]:
        _reason(console, reason)
    for heading, items in (("Along with it", "obligations"), ("It would help to", "missing")):
        for item in body[items]:
            console.print(Text(f"{heading}: {item['says']}"))
    _where(console, body)


def citation(cited: Mapping[str, Any]) -> str:
    """A provision in one line: its act, the text to quote, its title, where to read it."""
    doubt = "" if cited["confidence"] == "high" else f" [confidence {cited['confidence']}]"
    address = f" {cited['url']}" if cited["url"] else ""
    return f"{cited['act']}: {cited['provision']}, {cited['title']}{doubt}{address}"


def _reason(console: Console, reason: Mapping[str, Any]) -> None:
    sign, colour = SIGNS[reason["effect"]], COLOURS[reason["effect"]]
    about = f" ({', '.join(reason['data'])})" if "data" in reason else ""
    console.print(Text(f"{sign} {reason['title']}: {reason['says']}{about}", style=colour))
    console.print(
        Padding(Text(f"{reason['rule']} · {reason['reason']}", style="dim"), (0, 0, 0, 2))
    )
    for cited in reason["citations"]:
        console.print(Padding(Text(citation(cited)), (0, 0, 0, 2)))


def _where(console: Console, body: Mapping[str, Any]) -> None:
    if "decision_id" not in body:
        console.print(Text("unsealed: from files, not logged, not a decision", style="yellow"))
        return
    policy = body["policy"]
    console.print(
        Text(
            f"Log entry {body['decision_id']}, leaf {body['receipt']['leaf_hash'][:16]}…, "
            f"under policy {policy['version']} ({policy['digest'][:19]}…).",
            style="dim",
        )
    )
