"""`mayuse policy list | upload | activate | rollback`: what decides at a running service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from mayuse import settings, strict_json
from mayuse.cli.remote import address, credential
from mayuse.client import Client

SECONDS = 180.0
"""An examination may take two minutes."""

Server = Annotated[
    str | None,
    typer.Option("--server", help="The service's address; default MAYUSE_SERVER."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
IfActive = Annotated[
    str | None, typer.Option(help="Only if the bundle of this digest decides now.")
]


def list_policies(server: Server = None, *, as_json: AsJson = False) -> None:
    """List the policy bundles of a running service: which decides, which did, which may."""
    with _client(server) as client:
        told = client.policies()
    if as_json:
        typer.echo(strict_json.dumps(told))
        return
    for row in told["policies"]:
        since = row.get("activated") or row.get("uploaded", "")
        typer.echo(f"{row['status']:9}  {row.get('version', ''):12}  {since:27}  {row['digest']}")


def upload(
    bundle: Annotated[
        Path, typer.Argument(help="The archive.", exists=True, dir_okay=False, readable=True)
    ],
    server: Server = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Have a running service examine a policy bundle and keep it as a candidate.

    It decides nothing until it is activated. Exit code 1 when it does not pass.
    """
    with _client(server) as client:
        told = client.upload_policy(bundle.read_bytes())
    if as_json:
        typer.echo(strict_json.dumps(told))
        return
    found = told["examination"]
    cases, beside = found["cases"], found["comparison"]
    typer.echo(f"{bundle}: version {told['version']}, {told['digest']}, is kept as a candidate.")
    typer.echo(f"{cases['right']} of {cases['answers']} answers of its cases are right.")
    typer.echo(f"{beside['changed']} of the active bundle's {beside['asked']} answers change.")
    for topic, ids in beside["dropped"].items():
        typer.echo(f"It knows no longer, of {topic}: {', '.join(ids)}.")
    typer.echo(f"To have it decide: mayuse policy activate {told['digest']} --reason …")


def activate(  # noqa: PLR0913 - one parameter per flag, given by name
    digest: Annotated[str, typer.Argument(help="Of a bundle that `list` names.")],
    server: Server = None,
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the log.")] = None,
    if_active: IfActive = None,
    *,
    allow_removal: Annotated[
        bool, typer.Option("--allow-removal", help="Also where ids are then no longer known.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have a policy bundle decide at a running service, after it has examined it once more."""
    with _client(server) as client:
        told = client.activate_policy(
            digest, reason=reason, allow_removal=allow_removal, if_active=if_active
        )
    _print(told, as_json=as_json)


def rollback(
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")],
    server: Server = None,
    to: Annotated[
        str | None, typer.Option(help="A bundle that once decided; default: the one before.")
    ] = None,
    if_active: IfActive = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Have the policy bundle of before decide again at a running service."""
    with _client(server) as client:
        told = client.roll_back_policy(reason, to=to, if_active=if_active)
    _print(told, as_json=as_json)


def _print(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(strict_json.dumps(told))
        return
    now, by = told["active"], told["activation"]
    typer.echo(f"Version {now['version']} decides: {now['digest']}")
    typer.echo(f"Activation {by['number']}, {by['at']}, by {by['by']}.")


@contextmanager
def _client(server: str | None) -> Iterator[Client]:
    """A client of the service that is named. Raises `SettingsError` when none is."""
    chosen = settings.load(server=server)
    with Client(address(chosen), key=credential(chosen), seconds=SECONDS) as client:
        yield client
