"""`mayuse rules`: what the deciding bundle or a folder rules, in words. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mayuse import strict_json
from mayuse.catalog import Catalog
from mayuse.cli import policies as which
from mayuse.errors import NotFound
from mayuse.intake_faults import nearest

app = typer.Typer()


@app.command()
def rules(
    rule: Annotated[
        str | None, typer.Argument(help="One rule, e.g. law/us/browser_signal; default all.")
    ] = None,
    policies: Annotated[
        Path | None,
        typer.Option(
            help="Of this policies folder; default: of the bundle that decides.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the rules, or show one with its reasons and its law.

    It says on standard error whose rules they are.
    """
    bundle, name = asyncio.run(which.bundle_of(policies))
    catalog = Catalog(bundle)
    if rule is None:
        typer.echo(f"Under {name}:", err=True)
        _print(catalog.rules(), _table, as_json=as_json)
        return
    row = catalog.rule(rule.strip("/"))
    if row is None:
        raise NotFound(_none(rule, name, catalog, policies))
    typer.echo(f"Under {name}:", err=True)
    _print(row, _page, as_json=as_json)


def _none(rule: str, name: str, catalog: Catalog, policies: Path | None) -> str:
    """Why there is no such rule, and where it may be."""
    near = nearest(rule, (row["rule"] for row in catalog.rules()))
    if policies is None and (which.HERE / "mayuse" / rule.strip("/")).is_dir():
        hint = f"the folder {which.HERE} has it: give --policies {which.HERE}"
    else:
        hint = f"did you mean {near}?" if near else "`mayuse rules` lists them"
    return f"there is no rule {rule} under {name}; {hint}"


def _print(found: Any, people: Callable[[Any], None], *, as_json: bool) -> None:  # noqa: ANN401 - rows or one
    if as_json:
        typer.echo(strict_json.dumps(found))
    else:
        people(found)


def _table(rows: Iterable[Mapping[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    table.add_column("what it rules")
    for row in rows:
        table.add_row(row["rule"], row["title"])
    Console(highlight=False).print(table)


def _page(row: Mapping[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(Text(row["title"], style="bold"))
    console.print(Text(row["description"]))
    only = f", can only {row['only']}" if row["only"] else ""
    read = (
        f"{row['rule']}: {row['layer']}{only}; owner {row['owner']}, last read {row['last_read']}"
    )
    console.print(Text(read, style="dim"))
    for heading, items, name in (
        ("Reasons", "reasons", "reason"),
        ("Obligations", "obligations", "id"),
    ):
        if row[items]:
            console.print(f"{heading}:")
        for item in row[items]:
            console.print(Text(f"  {item[name]}: {item['says']}"))
    console.print(
        "An answer cites the act and the provisions of each reason it gives.", style="dim"
    )
