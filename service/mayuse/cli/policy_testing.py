"""`mayuse policy test`, for people and for programs."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import Annotated

import typer

from mayuse.authoring import case_report, cases, testing
from mayuse.authoring.opa_checks import Step
from mayuse.cli.policies import HERE, Policies
from mayuse.errors import AuthoringError

FALSE, WRONG_USE = 1, 2


def run(
    policies: Policies = HERE,
    case_file: Annotated[
        list[Path] | None,
        typer.Option(
            "--cases",
            help="Case files to run instead of the folder's own; give it once per file.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help=f"{', '.join(case_report.FORMATS)}.")
    ] = "sentences",
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Show the answers that are as expected, too.")
    ] = False,
    covering: Annotated[
        bool, typer.Option("--coverage", help="Also tell what no case shows.")
    ] = False,
) -> None:
    """Test the policies: OPA's checks, the rules' tests, every worked case on both engines.

    Failures stand last. Exit code 0 when all is as expected, 1 when not, 2 for a case file that
    cannot be read.
    """
    if form not in case_report.FORMATS:
        raise typer.BadParameter(f"--format is one of {', '.join(case_report.FORMATS)}")
    # Sentences are read in the order in which they come: all of them on one stream.
    beside = form != "sentences"

    def tell(step: Step) -> None:
        typer.echo(f"{'ok  ' if step.passed else 'FAIL'} {step.name}", err=beside)
        for line in step.details:
            typer.echo(f"     {line}", err=beside)

    files = case_file or cases.find(policies)
    try:
        tested = asyncio.run(testing.run(policies, files, covering=covering, tell=tell))
    except AuthoringError as error:
        typer.echo("\n".join(error.faults), err=True)
        raise typer.Exit(WRONG_USE) from error
    if tested.coverage is not None:
        typer.echo(tested.coverage.to_text(), err=beside)
    typer.echo(case_report.report(tested, form, every=every, explain=_explain(policies)))
    raise typer.Exit(0 if tested.passed else FALSE)


def _explain(policies: Path) -> str:
    """The command that explains a question under the folder that was tested."""
    where = "" if policies == HERE else f" --policies {shlex.quote(str(policies))}"
    return f"mayuse policy explain{where} --file -"
