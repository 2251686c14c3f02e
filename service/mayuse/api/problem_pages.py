"""`/problems`: what each problem means. A problem's `type` is the address of its page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from mayuse import problem
from mayuse.api import cached, problems, reading
from mayuse.api.access import public
from mayuse.api.schemas import ProblemPage, ProblemPages

# Told, not checked: any other address is simply not there.
Code = Annotated[str, Path(json_schema_extra={"enum": list(problem.KINDS)})]

router = APIRouter(tags=["problems"])


@router.get(
    "/problems",
    operation_id="listProblems",
    summary="Every problem a caller can hear of",
    response_model=ProblemPages,
    response_description="The problems, by status.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter"),
)
@public
async def list_problems(request: Request) -> Response:
    """Codes are stable: scripts may branch on them."""
    reading.query(request)
    return cached.reply(request, {"problems": [problem.page(code) for code in problem.KINDS]})


@router.get(
    "/problems/{code}",
    operation_id="readProblem",
    summary="What one problem means",
    response_model=ProblemPage,
    response_description="The problem.",
    responses=cached.NOT_MODIFIED | problems.responses("invalid_parameter", "not_found"),
)
@public
async def read_problem(request: Request, code: Code) -> Response:
    """The `type` of a problem, resolved against the service's address, leads here."""
    reading.query(request)
    return cached.reply(request, problem.page(code))
