"""AuthZEN 1.0: Subject Search, Resource Search and Action Search."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from mayuse import authzen, authzen_search, problem
from mayuse.api import problems, reading
from mayuse.api.access import needs
from mayuse.api.authzen import ENDPOINTS, EXAMPLE, PARTS, REFUSED, SIGNAL, document_of, sent
from mayuse.api.schemas import AuthzenResults
from mayuse.api.serving import answered, caller, service
from mayuse.authzen_search import Kind
from mayuse.errors import InvalidQuestion
from mayuse.problem import Problem
from mayuse.question import Question
from mayuse.searches import Act
from mayuse.searching import Found, Searched, candidates, search
from mayuse.store.search import Filters

router = APIRouter(tags=["authzen"])

_SEARCHED: dict[Kind, tuple[Searched, Act, str]] = {
    "subject": ("recipient", "search_subject", "Which recipients may use this data for this"),
    "resource": ("data", "search_resource", "Which categories of data this recipient may use"),
    "action": ("purpose", "search_action", "What for this recipient may use this data"),
}
_PAGE: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {
        "token": {"type": ["string", "null"], "description": "`next_token` of the page before."},
        "limit": {
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "Results on a page; with a token, that of the first page or none.",
        },
        "properties": {"type": ["object", "null"]},
    },
}


def _asked(kind: Kind) -> dict[str, Any]:
    parts = {name: part for name, part in PARTS.items() if (name, kind) != ("action", "action")}
    if kind in parts:  # an id that is sent there is ignored, whatever it is
        members = {name: PARTS[kind]["properties"][name] for name in ("type", "properties")}
        parts[kind] = {"type": "object", "required": ["type"], "properties": members}
    example = {name: value for name, value in EXAMPLE.items() if name != kind}
    if kind != "action":
        example[kind] = {name: value for name, value in EXAMPLE[kind].items() if name != "id"}
    required = [name for name in ("subject", "action", "resource") if name in parts]
    schema = {"type": "object", "required": required, "properties": {**parts, "page": _PAGE}}
    return SIGNAL | sent(schema, {**example, "page": {"limit": 5}})


def _route(kind: Kind) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    @needs("decide")
    async def searching(request: Request) -> Response:
        return await _search(request, kind)

    searching.__doc__ = (
        "All candidates are evaluated, none is decided; that it was searched is one record of the "
        "log.\n\nWhat an evaluation would deny for an id, choice or date that is not known gives "
        "no results, with a reason in `context`. A result put into an evaluation is permitted."
    )
    return searching


for _kind, _row in _SEARCHED.items():
    router.post(
        ENDPOINTS[f"search_{_kind}_endpoint"],
        operation_id=f"search{_kind.title()}s",
        summary=f"{_kind.title()} Search: {_row[2]}",
        response_model=AuthzenResults,
        response_description="What would be permitted.",
        responses=REFUSED,
        openapi_extra=_asked(_kind),
    )(_route(_kind))


async def _search(request: Request, kind: Kind) -> Response:
    running, who = service(request), caller(request)
    signal = reading.gpc_header(request)
    document = await document_of(request, running)
    now = datetime.now(UTC)
    searched, act, _ = _SEARCHED[kind]
    stand_in = candidates(searched, running.engine.vocabulary)[0]
    evaluation = authzen_search.evaluation(document, kind, stand_in)
    asked = authzen.question(evaluation)
    print_of_it = authzen_search.fingerprint(document, kind, signal=signal)
    seal = running.log.keys.seal_cursor
    page = authzen_search.page_of(document, print_of_it, seal)
    day = (page.on if page else None) or now.date()
    question, why = None, authzen.stranger(evaluation)
    if why is None:
        try:
            question = running.intake.read(asked, today=day, gpc_header=signal)
        except InvalidQuestion as error:
            why = authzen.reason(error)
    found = Found((), {}, 0)
    if question is not None:
        found = await search(question, searched, engine=running.engine, choices=running.choices)
        if len(found.faults) == found.candidates:
            return problems.reply(_unanswered(found))
    shown, paging = list(found.permitted), None
    if page is not None:
        dated = page if "on" in asked else replace(page, on=day)
        shown, paging = authzen_search.paged(found.permitted, dated, print_of_it, seal)
    await running.searches.record(act, _filters(question, searched), len(shown), caller=who)
    context = {
        **({"reason": why} if why else {}),
        **({"indeterminate": sorted(found.faults)} if found.faults else {}),
    }
    return answered(
        {
            **({} if paging is None else {"page": paging}),
            **({"context": context} if context else {}),
            "results": [authzen_search.entity(kind, name) for name in shown],
        }
    )


def _filters(question: Question | None, searched: Searched) -> Filters:
    """What the log keeps of a search: its ids but the one that was searched, and no place.

    Where the ids were not known, nothing: they could be any text.
    """
    if question is None:
        return Filters()
    return Filters(
        recipient=None if searched == "recipient" else question.recipient,
        purpose=None if searched == "purpose" else question.purpose,
        data=None if searched == "data" else question.data[0],
        subject=question.subject,
    )


def _unanswered(found: Found) -> Problem:
    """That there is no verdict on any candidate, as an evaluation would be told of each."""
    fault = next(iter(found.faults.values()))
    return Problem(fault.code, fault.detail, retry_after=problem.RETRY_AFTER)
