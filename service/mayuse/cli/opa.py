"""`mayuse opa`: the pinned OPA, which builds and tests policies and is the second engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mayuse import bundle, opa_binary, opa_install, settings

app = typer.Typer(
    help="Install or run the pinned OPA, the second engine and the authors' tool.",
    no_args_is_help=True,
)

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""OPA's own arguments, `--help` among them, are none of ours."""


@app.command()
def install(
    folder: Annotated[
        Path | None,
        typer.Option("--dir", help="Where to put it, whatever is in PATH.", file_okay=False),
    ] = None,
) -> None:
    """Install the pinned OPA, unless it is there: the release binary, else built by Go."""
    installed = opa_install.install(folder)
    typer.echo(f"{installed.program}: OPA {opa_binary.VERSION}, {installed.how}")


@app.command(context_settings=PASS_ON)
def run(context: typer.Context) -> None:
    """Run the pinned OPA with the arguments that follow, e.g. `mayuse opa run test -b policies`."""
    _become(opa_binary.find(), *context.args)


@app.command()
def serve(
    addr: Annotated[
        str, typer.Option(help="Where to listen. OPA has no login: keep it on loopback.")
    ] = "127.0.0.1:8181",
) -> None:
    """Serve the active policy bundle by an OPA server; set MAYUSE_OPA_URL to use it."""
    configured = settings.load().bundle
    active = bundle.read(configured) if configured else bundle.packaged()
    typer.echo(f"OPA {opa_binary.VERSION} on {addr}, {active.version} {active.digest}", err=True)
    _become(
        opa_binary.find(),
        *("run", "--server", "--addr", addr, "--skip-version-check", "--log-level", "error"),
        *("--bundle", str(configured or bundle.packaged_path())),
    )


def _become(program: Path, *arguments: str) -> None:
    """Let OPA take this process's place, so that its exit code and signals are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(program, [program.name, *arguments])  # noqa: S606 - no shell is wanted
