"""`mayuse policy`: build, test, lint, start, explain and examine policies, for their authors."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mayuse import bundle, rule_index, strict_json
from mayuse.authoring import docs, lint, scaffold
from mayuse.authoring.findings import FAULT
from mayuse.cli import (
    policy_calendar,
    policy_candidate,
    policy_case,
    policy_explain,
    policy_rollout,
    policy_testing,
)
from mayuse.cli.policies import HERE, Policies
from mayuse.errors import AuthoringError, BundleError

app = typer.Typer(no_args_is_help=True)
app.add_typer(policy_case.app, name="case", help="Keep a worked case.")
app.command("test")(policy_testing.run)
app.command("explain")(policy_explain.show)
app.command("calendar")(policy_calendar.show)
app.command()(policy_candidate.examine)
app.command()(policy_candidate.sign)
app.command("list")(policy_rollout.list_policies)
app.command()(policy_rollout.upload)
app.command()(policy_rollout.activate)
app.command()(policy_rollout.rollback)

FALSE = 1
SHIPPED = Path("service/mayuse/package_data/mayuse.tar.gz")
"""Where the default bundle lies in a checkout."""

PAGES = Path("docs/rules")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def build(
    policies: Policies = HERE,
    out: Annotated[Path, typer.Option(help="Where to write the bundle.")] = SHIPPED,
    version: Annotated[
        str | None,
        typer.Option(help="For people, e.g. 2026.11.1; default: what `.manifest` names."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Build the policy bundle. The same policies give the same bytes wherever they lie."""
    built = bundle.build(policies, out, version or _version(policies))
    told = {"digest": built.digest, "version": built.version, "file": str(out)}
    if as_json:
        typer.echo(json.dumps({**told, "rules": len(built.rules)}))
    else:
        typer.echo(f"{out}: version {built.version}, {len(built.rules)} rules, {built.digest}")


@app.command()
def index(policies: Policies = HERE) -> None:
    """Write the index of the rules again, after a rule was added or removed."""
    changed = rule_index.write(policies)
    typer.echo(f"{policies / rule_index.INDEX}: {'written' if changed else 'is up to date'}")


@app.command("lint")
def find_faults(policies: Policies = HERE, *, as_json: AsJson = False) -> None:
    """Find what a reviewer would have to find by reading, and say how to mend it.

    Files are named as seen from here, in JSON as seen from the folder. Exit code 1 when there is
    a fault; a note is none.
    """
    found = lint.lint(policies, datetime.now(UTC).date())
    faults = sum(finding.kind == FAULT for finding in found)
    if as_json:
        typer.echo(json.dumps([finding.to_json() for finding in found], indent=1))
    else:
        for finding in found:
            typer.echo(replace(finding, file=_from_here(finding.file, policies)).to_text())
        typer.echo(f"{faults} faults, {len(found) - faults} notes")
    raise typer.Exit(FALSE if faults else 0)


@app.command("new")
def start(
    rule: Annotated[str, typer.Argument(help="law/<area>/<slug> or terms/<controller>/<slug>.")],
    policies: Policies = HERE,
    place: Annotated[
        str | None,
        typer.Option(help="Where it is law; default: where the fewest rules speak."),
    ] = None,
    begins: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help=f"Its first day; default {scaffold.DEFAULT_FROM}."
        ),
    ] = None,
) -> None:
    """Start a rule: Rego, test, act, provision and cases that run, ready to be filled in."""
    today = datetime.now(UTC).date()
    first = begins.date() if begins else scaffold.DEFAULT_FROM
    try:
        written = asyncio.run(scaffold.new(policies, rule, place=place, begins=first, today=today))
    except AuthoringError as error:
        raise typer.BadParameter("; ".join(error.faults)) from error
    for file in written:
        changed = file == policies / rule_index.INDEX
        typer.echo(f"{file}{' (written again, with the new rule)' if changed else ''}")
    typer.echo("Fill in what `mayuse policy lint` names, then run `mayuse policy test`.")


@app.command("docs")
def write_pages(
    policies: Policies = HERE,
    out: Annotated[Path, typer.Option(help="Where the pages stand.")] = PAGES,
    on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The matrix's day; default: since which all rules were read."
        ),
    ] = None,
) -> None:
    """Write one page per rule and the matrix of purposes and places."""
    found = asyncio.run(docs.pages(policies, on.date() if on else None))
    changed = docs.write(found, out)
    typer.echo(f"{out}: {len(found)} pages, {len(changed)} changed")


def _from_here(file: str, policies: Path) -> str:
    """A file of the folder, or one that is named as seen from here already, as seen from here."""
    inside = policies / file
    return str(inside) if inside.exists() else file


def _version(policies: Path) -> str:
    manifest: Any = strict_json.loads((policies / bundle.MANIFEST).read_bytes())
    version = manifest.get("metadata", {}).get("version") if isinstance(manifest, dict) else None
    if not isinstance(version, str):
        raise BundleError(f"{policies / bundle.MANIFEST} names no metadata.version: give --version")
    return version
