"""`mayuse log witness`: have somebody outside see how far the log is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import typer

from mayuse import strict_json
from mayuse.cli.log_proofs import read_witnesses
from mayuse.cli.serving import opened
from mayuse.decision_log.witnessing import Witness, Witnessed, have_witnessed


def witness(
    url: Annotated[str, typer.Argument(help="The witness's submission prefix.")],
    key: Annotated[str, typer.Option("--key", help="Its verifier key, or a file with it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Have a C2SP witness cosign the log's checkpoint, and keep what it said in the log.

    The witness cosigns only what extends the last checkpoint it saw under the log's name. Whoever
    asks for its cosignature (`mayuse log check --witness KEY --quorum 1`) cannot be shown another
    log than it saw; who does not ask, can. Exit code 1 when it does not cosign, or does not answer;
    decisions go on.
    """
    if not _is_address(url):
        raise typer.BadParameter(f"URL: {url} is not an http:// or https:// address")
    keys = read_witnesses([key])
    if len(keys) != 1:
        raise typer.BadParameter("a witness has one key")
    seen = asyncio.run(_witness(Witness(url, keys[0])))
    at = datetime.fromtimestamp(seen.at, UTC).isoformat().replace("+00:00", "Z")
    if as_json:
        told = {"witness": keys[0].name, "size": seen.size, "at": at, "note": seen.note.to_text()}
        typer.echo(strict_json.dumps(told))
    else:
        typer.echo(f"{keys[0].name} has seen {seen.size} leaves at {at}")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - read, it is checked
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)


async def _witness(by: Witness) -> Witnessed:
    async with opened() as records:
        now = datetime.now(UTC)
        return await have_witnessed(records.log, records.published, by, now=now)
