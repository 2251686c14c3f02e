"""The commands by name, each imported only when it is called.

`mayuse --help` and shell completion must not wait for the engine, the database or the web
framework; a table with one line a command is what that takes. A test holds it to the modules.
"""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "ask": "Ask whether RECIPIENT may use a person's DATA for PURPOSE.",
    "serve": "Answer questions over HTTP until stopped.",
    "rules": "List the rules, or show one with its reasons and its law.",
    "policy": "Build, test, start and explain policies.",
    "log": "Read the decision log.",
    "choices": "Record and read what persons chose.",
    "keys": "Make, list and revoke API keys: who may ask over HTTP.",
    "db": "Bring the decision log's database up to date, or check it.",
    "opa": "Install or run the pinned OPA, the second engine and the authors' tool.",
    "doctor": "Check that all is configured, reachable and whole.",
    "demo": "Ask the questions of the article and log the answers.",
}
"""Name -> what it is for. The command itself is `app` of the module of the same name."""


class Commands(TyperGroup):
    """The group of all commands: their names are known, their modules not yet imported."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - as Typer constructs groups
        super().__init__(**given)
        self.commands = {
            name: TyperCommand(name=name, help=summary) for name, summary in COMMANDS.items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as Typer has it
        """Find the command that the arguments name, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and load(command.name or ""), rest


def load(name: str) -> Any:  # noqa: ANN401 - a command or a group of commands
    """Import the command of this name."""
    app: typer.Typer = importlib.import_module(f"mayuse.cli.{name}").app
    command = typer.main.get_command(app)
    command.name = name
    command.help = command.help or COMMANDS[name]
    return command
