"""The options that narrow a command to some of the recorded decisions, the same for each."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from mayuse.cli.persons import STEPS
from mayuse.cli.show import COLOURS
from mayuse.errors import FieldError
from mayuse.intake import is_subject
from mayuse.intake_faults import NO_SUBJECT_ID
from mayuse.known_filters import faults_ever
from mayuse.narrowing import narrowing
from mayuse.service import Records
from mayuse.store.search import Filters

DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]

OPTIONS: dict[str, Any] = {
    "since": Annotated[
        datetime | None, typer.Option(formats=DAYS, help="Made at this time (UTC) or later.")
    ],
    "until": Annotated[
        datetime | None, typer.Option(formats=DAYS, help="Made before this time (UTC).")
    ],
    "effect": Annotated[str | None, typer.Option(help="permit, deny or indeterminate.")],
    "recipient": Annotated[str | None, typer.Option(help="Who wanted to use the data.")],
    "purpose": Annotated[str | None, typer.Option(help="What for.")],
    "data": Annotated[str | None, typer.Option(help="One of the categories asked about.")],
    "jurisdiction": Annotated[str | None, typer.Option(help="Where the person was.")],
    "rule": Annotated[str | None, typer.Option(help="A rule that forced the effect.")],
    "act": Annotated[
        str | None, typer.Option(help="A law or terms under which a reason forced the effect.")
    ],
    "caller": Annotated[str | None, typer.Option(help="Who asked.")],
    "policy": Annotated[str | None, typer.Option(help="Digest of the policy bundle.")],
    "subject": Annotated[str | None, typer.Option(help="The caller's id of the person.")],
}


def narrowed_by_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command whose first parameter is `filters: Filters` an option for each filter.

    Typer reads a command's parameters from its signature: this one has the options in the
    place of `filters`, behind the command's own arguments.
    """

    @functools.wraps(command)
    def with_options(**given: Any) -> None:  # noqa: ANN401 - whatever the options give
        named = {name: given.pop(name) for name in OPTIONS}
        command(filters=_filters(named), **given)

    own = inspect.signature(command, eval_str=True).parameters
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in OPTIONS.items()
    ]
    others = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.items()
        if name != "filters"
    ]
    parameters = sorted(
        [*options, *others], key=lambda one: one.default is not inspect.Parameter.empty
    )
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_options


def is_narrowed(filters: Filters) -> bool:
    """Whether any filter is named."""
    return filters != Filters()


async def need_known(records: Records, filters: Filters) -> None:
    """Raise `typer.BadParameter` for a value that no decision can fit, with the nearest known one.

    Raises `LogUnavailable`.
    """
    faults = await faults_ever(_query(filters), narrowing, records)
    if faults:
        raise typer.BadParameter("; ".join(map(_told, faults)))


def _query(filters: Filters) -> dict[str, str]:
    """The filters as parameters; the person's id was checked, as the log has some of before."""
    named = {name: value for name, value in asdict(filters).items() if value is not None}
    named.pop("subject", None)
    return {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in named.items()
    }


def _told(fault: FieldError) -> str:
    near = f"; did you mean {fault.nearest}?" if fault.nearest else ""
    return f"--{fault.pointer} {fault.detail}{near}"


def _filters(given: dict[str, Any]) -> Filters:
    if given["effect"] not in {None, *COLOURS}:
        raise typer.BadParameter(f"--effect is one of {', '.join(COLOURS)}")
    subject = given["subject"]
    if subject is not None and not is_subject(subject) and subject not in STEPS:
        raise typer.BadParameter(f"--subject {NO_SUBJECT_ID}")
    for name in ("since", "until"):
        if given[name] is not None:
            given[name] = given[name].replace(tzinfo=UTC)
    return Filters(**given)
