"""`mayuse policy examine | sign`: before a bundle may become the active one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mayuse import archive, bundle_signature, deciding, settings, strict_json
from mayuse import bundle as bundles
from mayuse.authoring import examine as examination
from mayuse.authoring.examination import NOT_CHECKED, REFUSED, Change, Comparison, Examination
from mayuse.authoring.findings import FAULT
from mayuse.bundle import Bundle
from mayuse.bundle_keys import PrivateKey, TrustedKeys
from mayuse.errors import BundleError

FALSE = 1

Candidate = Annotated[
    Path, typer.Argument(help="The bundle's archive.", exists=True, dir_okay=False, readable=True)
]


def examine(
    candidate: Candidate,
    against: Annotated[
        Path | None,
        typer.Option(
            help="The bundle to compare it with; default: the configured one.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            help="Public keys that may sign, a PEM file or a folder of *.pem; "
            "default: MAYUSE_BUNDLE_KEYS.",
            exists=True,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Examine a bundle as the service does before it may become active.

    Its signature, where keys are configured; whether it is whole, compiles without network and
    clock and is what its own policies build; the lint; every worked case it carries; and what it
    answers otherwise than the bundle it is compared with. Exit code 1 when it did not pass.
    """
    try:
        trusted = _trusted(keys)
        active = _active(against)
    except BundleError as error:
        raise typer.BadParameter(str(error)) from error
    found = examination.examine(candidate.read_bytes(), trusted=trusted, active=active)
    if as_json:
        typer.echo(strict_json.dumps(found.to_json()))
    else:
        _print(found, candidate, active)
    raise typer.Exit(0 if found.passed else FALSE)


def sign(  # noqa: PLR0913 - one parameter per flag, given by name
    candidate: Candidate,
    key: Annotated[
        Path, typer.Option(help="A private key in PEM, RSA or EC.", exists=True, dir_okay=False)
    ],
    key_id: Annotated[
        str | None, typer.Option(help="The key's name; default: its file's, without .pem.")
    ] = None,
    algorithm: Annotated[
        str | None, typer.Option(help="Default RS256, or ES256, ES384, ES512 by the curve.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the signed bundle; default: in its place.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Sign a bundle as OPA does. Its digest stays the same."""
    try:
        private = PrivateKey.read(key, key_id, algorithm)
    except BundleError as error:
        raise typer.BadParameter(str(error)) from error
    files = bundle_signature.sign(archive.unpack(bundles.read(candidate).raw), private)
    signed, target = bundles.read(archive.pack(files)), out or candidate
    bundles.write(signed, target)
    told = {"digest": signed.digest, "key_id": private.key_id, "algorithm": private.algorithm}
    if as_json:
        typer.echo(strict_json.dumps({"file": str(target), **told}))
    else:
        typer.echo(f"{target}: signed by {private.key_id} ({private.algorithm}), {signed.digest}")


def _trusted(keys: Path | None) -> TrustedKeys | None:
    return deciding.trusted_keys(settings.load()) if keys is None else TrustedKeys.read(keys)


def _active(against: Path | None) -> Bundle:
    return deciding.configured_bundle(settings.load()) if against is None else bundles.read(against)


def _print(found: Examination, candidate: Path, active: Bundle) -> None:
    console = Console(highlight=False)
    for line in _head(found, candidate):
        console.print(Text(line), soft_wrap=True)
    for finding in found.findings:
        colour = "red" if finding.kind == FAULT else "yellow"
        place = f"{finding.file}:{finding.line}: {finding.kind} [{finding.check}]"
        console.print(Text(place, style=colour))
        for text in (finding.says, finding.mend):
            console.print(_indented(text, 4))
    if found.complete:
        for line in _compared(found.comparison, active):
            console.print(Text(line))
        for change in found.comparison.changes:
            _change(console, change)
    verdict = "It passed." if found.passed else f"It did not pass: {_why(found)}."
    console.print(Text(verdict, style="bold green" if found.passed else "bold red"))


def _head(found: Examination, candidate: Path) -> Iterator[str]:
    if found.bundle is None:
        yield f"{candidate}: nothing of it is used."
    else:
        yield f"{candidate}: version {found.bundle.version}, {found.bundle.digest}."
    if found.signature == NOT_CHECKED:
        yield "No keys are configured, so its signature was not looked at."
    elif found.signature != REFUSED and not isinstance(found.signature, str):
        yield f"It is signed by {found.signature['key_id']} ({found.signature['algorithm']})."
    if found.answers:
        yield f"It carries {found.cases} cases; {found.right} of {found.answers} answers are right."


def _compared(told: Comparison, active: Bundle) -> Iterator[str]:
    later = "is later than" if told.newer else "is not later than"
    yield f"Its version {later} {active.version}, the one it is compared with."
    for topic, ids in told.dropped.items():
        yield f"It no longer has these {topic}: {', '.join(ids)}."
    if not told.asked:
        yield "The bundle it is compared with carries no cases to ask it."
    elif not told.changed:
        yield f"It answers all {told.asked} cases of that bundle as before, for the same reasons."
    else:
        shown = len(told.changes)
        first = f"; the first {shown}:" if shown < told.changed else ":"
        yield f"It answers {told.changed} of the {told.asked} cases of that bundle otherwise{first}"


def _change(console: Console, change: Change) -> None:
    console.print(_indented(f"{change.case}, {change.on}: {change.question}", 2))
    for word, told in (("was", change.before), ("now", change.after)):
        reasons = f" ({'; '.join(told.reasons)})" if told.reasons else ""
        console.print(_indented(f"{word} {told.effect}{reasons}", 6))


def _indented(text: str, by: int) -> Padding:
    return Padding(Text(text), (0, 0, 0, by), expand=False)


def _why(found: Examination) -> str:
    faults = len(found.faults)
    if faults:
        return f"{faults} fault{'s' if faults > 1 else ''}"
    return "not everything could be checked"
