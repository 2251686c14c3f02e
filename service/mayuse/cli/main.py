"""The program `mayuse`: every fault becomes one clear sentence on stderr and an exit code.

0 = done and true, 1 = done and false or partly failed, 2 = wrong use.
"""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from mayuse.cli.commands import Commands
from mayuse.errors import InvalidJSON, InvalidQuestion, MayuseError, SettingsError

FALSE = 1
WRONG_USE = 2

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done and true, 1 done and false or partly failed, 2 wrong use.",
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if wanted:
        typer.echo(f"mayuse {importlib.metadata.version('mayuse')}")
        raise typer.Exit


@app.callback()
def _mayuse(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """May RECIPIENT use this person's DATA for PURPOSE? Answers with reasons, law and a receipt."""
    del version


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; say any fault in a sentence on stderr. Returns the exit code."""
    command = typer.main.get_command(app)
    try:
        code = command.main(list(arguments), prog_name="mayuse", standalone_mode=False)
    except typer.TyperException as error:
        return _wrong_use(error)
    except MayuseError as error:
        wrong = isinstance(error, InvalidQuestion | InvalidJSON | SettingsError)
        return _failed(str(error), WRONG_USE if wrong else FALSE)
    except typer.Abort:
        return _failed("stopped", FALSE)
    except OSError as error:
        return _failed(_of_system(error), FALSE)
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        hint = "`python -X dev -m mayuse …` shows where"
        return _failed(f"an unexpected {type(error).__name__}: {error} ({hint})", FALSE)
    return code if type(code) is int else 0


def _wrong_use(error: typer.TyperException) -> int:
    """Say a fault of the command line; asking for nothing has shown the help already."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else "mayuse"
    if message := error.format_message().rstrip("."):
        typer.echo(f"{path}: {message} (see {path} --help)", err=True)
    return error.exit_code


def _failed(sentence: str, code: int) -> int:
    typer.echo(f"mayuse: {sentence}", err=True)
    return code


def _of_system(error: OSError) -> str:
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename else what
