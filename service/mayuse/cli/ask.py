"""`mayuse ask`: one question by flags, or a file of them."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from mayuse import problem, settings, strict_json
from mayuse.cli import ask_file, show
from mayuse.cli.pairs import choices_of
from mayuse.errors import InvalidQuestion, LogUnavailable

if TYPE_CHECKING:
    from mayuse.cli.asking import Answered

app = typer.Typer()

FALSE, WRONG_USE = 1, 2
FLAGS = {
    "/controller": "--controller",
    "/recipient": "--recipient",
    "/purpose": "--purpose",
    "/data": "--data",
    "/data_subject/jurisdiction": "--jurisdiction",
    "/data_subject/age": "--age",
    "/data_subject/id": "--subject",
    "/on": "--on",
    "/known_at": "--known-at",
}


@app.command()
def ask(  # noqa: PLR0913, PLR0917 - one parameter per flag, given by name
    recipient: Annotated[str | None, typer.Option(help="Who wants to use the data.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What for.")] = None,
    data: Annotated[
        list[str] | None, typer.Option(help="Which data; give it once per category.")
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option(help="Where the person is: ISO 3166, e.g. FR or US-CA.")
    ] = None,
    age: Annotated[int | None, typer.Option(help="The person's age in years, if known.")] = None,
    choice: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=VALUE", help="A choice of the person; give it once per choice."),
    ] = None,
    gpc: Annotated[bool, typer.Option("--gpc", help="The browser sends Sec-GPC: 1.")] = False,
    on: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The day of the use; default today.")
    ] = None,
    controller: Annotated[
        str | None, typer.Option(help="Whose data it is; default linkedin.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Your id of the person.")] = None,
    known_at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Recorded choices count as far as they were recorded by then."
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Questions as NDJSON, one a line; - reads stdin.")
    ] = None,
    policies: Annotated[
        Path | None,
        typer.Option(
            help="Answer from this policies folder through OPA: unsealed, never logged.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Ask this service, with the key in MAYUSE_API_KEY. Default: MAYUSE_SERVER; "
            "without either, answer here.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as the API does.")] = False,
) -> None:
    """Ask whether RECIPIENT may use a person's DATA for PURPOSE.

    Before each reason, + says that it permits and - that it denies.

    Exit code of one question: 0 permit, 1 deny or indeterminate, 2 not a question. Of a file:
    0 when every line has its verdict, 1 otherwise. Blank lines are passed over.
    """
    document: dict[str, Any] = {
        "controller": controller,
        "recipient": recipient,
        "purpose": purpose,
        "data": data[0] if data and len(data) == 1 else data,
        "data_subject": _given({"id": subject, "jurisdiction": jurisdiction, "age": age}),
        "choices": choices_of(choice or [], "--choice"),
        "signals": {"gpc": True} if gpc else None,
        "on": on,
        "known_at": known_at,
    }
    if policies is not None and server is not None:
        raise typer.BadParameter("give --policies or --server")
    chosen = settings.load(server=server)
    remote = chosen.server is not None and policies is None
    if file is None:
        asked = _given(document)
        raise typer.Exit(
            _remotely(asked, chosen, as_json=as_json)
            if remote
            else asyncio.run(_one(asked, policies, as_json=as_json))
        )
    if _given(document):
        raise typer.BadParameter("a file holds whole questions: give no other flags with it")
    if str(file) != "-" and not file.is_file():
        raise typer.BadParameter(f"there is no file {file}")
    opening = _answering_there(chosen) if remote else _answering_here(policies)
    raise typer.Exit(asyncio.run(ask_file.ask(file, opening, as_json=as_json)))


def _answering_here(policies: Path | None) -> AbstractAsyncContextManager[ask_file.Answering]:
    # Engine and database are loaded where they are used: who asks a server needs neither.
    from mayuse.cli.asking import answering  # noqa: PLC0415

    return answering(policies)


def _answering_there(chosen: settings.Settings) -> AbstractAsyncContextManager[ask_file.Answering]:
    from mayuse.cli.ask_remote import answering  # noqa: PLC0415 - as above

    return answering(chosen)


def _remotely(document: dict[str, Any], chosen: settings.Settings, *, as_json: bool) -> int:
    from mayuse.cli import ask_remote  # noqa: PLC0415 - as above
    from mayuse.client import Problem  # noqa: PLC0415 - as above

    try:
        decision = ask_remote.one(document, chosen)
    except Problem as error:
        if as_json:
            typer.echo(strict_json.dumps(dict(error.said.document)))
        if (faulty := ask_remote.faults(error)) is None:
            raise
        return _not_answered(faulty, as_json=as_json)
    if as_json:
        typer.echo(strict_json.dumps(dict(decision.document)))
    else:
        asked, sentence = ask_remote.in_words(document, decision, chosen)
        show.answer(Console(highlight=False), asked, sentence, decision.document)
    return 0 if decision.permitted else FALSE


async def _one(document: dict[str, Any], policies: Path | None, *, as_json: bool) -> int:
    from mayuse.cli.asking import asker  # noqa: PLC0415 - as above

    try:
        async with asker(policies) as opened:
            now = datetime.now(UTC)  # not before the bundle began to decide
            question = opened.intake.read(document, today=now.date())
            [answered] = await opened.each([question], now)
            asked = opened.catalog.in_words(answered.question)
    except (InvalidQuestion, LogUnavailable) as error:
        if as_json:
            typer.echo(strict_json.dumps(problem.of(error).as_document()))
        return _not_answered(error, as_json=as_json)
    _print(asked, answered, as_json=as_json)
    return 0 if answered.body["permitted"] else FALSE


def _not_answered(error: InvalidQuestion | LogUnavailable, *, as_json: bool) -> int:
    """Say why, by flags; beside JSON on standard error. The exit code."""
    if not as_json:
        raise _by_flags(error) from error
    typer.echo(f"mayuse ask: {_by_flags(error)}", err=True)
    return WRONG_USE if isinstance(error, InvalidQuestion) else FALSE


def _print(asked: str, answered: Answered, *, as_json: bool) -> None:
    if as_json:
        typer.echo(strict_json.dumps(answered.body))
    else:
        show.answer(Console(highlight=False), asked, answered.sentence, answered.body)


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, {}, [])}


def _by_flags(error: InvalidQuestion | LogUnavailable) -> Exception:
    """The same fault, naming flags where a caller over HTTP hears of JSON pointers."""
    if isinstance(error, LogUnavailable):
        return error
    sentences = []
    for fault in error.errors:
        name = FLAGS.get(fault.pointer) or f"--choice {fault.pointer.rsplit('/', 1)[-1]}"
        near = f"; did you mean {fault.nearest}?" if fault.nearest else ""
        sentences.append(f"{name.removesuffix(' choices')} {fault.detail}{near}")
    return typer.BadParameter("; ".join(sentences))
