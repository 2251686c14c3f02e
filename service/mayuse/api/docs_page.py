"""`/docs`: the contract as a page for people. No script, nothing from elsewhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from mayuse.api import cached, openapi, problems, reading
from mayuse.api.access import public
from mayuse.api.serving import service
from mayuse.reports import page

HTML = "text/html"
SHOWN = 12
"""Values of a parameter that are named; longer lists are those of `/v1/vocabulary`."""

LONGEST = 12_000
"""Characters of an example."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

Row = dict[str, Any]

router = APIRouter(tags=["openapi"])


@router.get(
    "/docs",
    operation_id="readDocs",
    summary="This document, for people",
    response_class=HTMLResponse,
    response_model=None,
    response_description="A page.",
    responses={
        200: {"content": {HTML: {"schema": {"type": "string"}, "example": "<!doctype html>…"}}},
        **cached.NOT_MODIFIED,
        **problems.responses("invalid_parameter"),
    },
)
@public
async def read_docs(request: Request) -> Response:
    """Every operation with its parameters, an example and all it can answer."""
    reading.query(request)
    state, digest = request.app.state, service(request).bundle.digest
    made, html = getattr(state, "docs_page", ("", b""))
    if made != digest:
        document = await openapi.document(request.app, service(request))
        html = (await asyncio.to_thread(page.render, "api", contract(document))).encode()
        if openapi.is_whole(request.app, digest):
            state.docs_page = (digest, html)
    answer = cached.reply_bytes(request, html, f"{HTML}; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer


def contract(document: Mapping[str, Any]) -> Row:
    """What the page shows of an OpenAPI document."""
    info = document["info"]
    groups: dict[str, list[Row]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    return {
        "title": info["title"],
        "version": info["version"],
        "summary": info["summary"],
        "description": info["description"].split("\n\n"),
        "openapi": document["openapi"],
        "groups": [{"name": name, "operations": rows} for name, rows in groups.items()],
    }


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Row:
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "deprecated": operation.get("deprecated", False),
        "description": operation.get("description", "").split("\n\n"),
        "who": _who(operation["security"]),
        "parameters": [_parameter(one) for one in operation.get("parameters", ())],
        "sent": list(_sent(operation.get("requestBody", {}).get("content", {}))),
        "answers": [_answer(*one) for one in operation["responses"].items()],
    }


def _who(security: Sequence[Mapping[str, Sequence[str]]]) -> str:
    scopes = sorted({scope for one in security for named in one.values() for scope in named})
    if not security:
        return "For everybody."
    return f"Takes the scope {' or '.join(scopes)}." if scopes else "For every known caller."


def _parameter(parameter: Mapping[str, Any]) -> Row:
    values = parameter["schema"].get("enum", ())
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return {
        "name": parameter["name"],
        "where": parameter["in"],
        "required": parameter.get("required", False),
        "says": parameter.get("description", ""),
        "allowed": f"{', '.join(map(str, values[:SHOWN]))}{more}",
    }


def _sent(content: Mapping[str, Any]) -> Iterator[Row]:
    for media_type, described in content.items():
        yield {"media_type": media_type, "example": _example(described)}


def _answer(status: str, response: Mapping[str, Any]) -> Row:
    content = response.get("content", {})
    problem = content.get(problems.MEDIA_TYPE, {})
    good = [described for name, described in content.items() if name != problems.MEDIA_TYPE]
    return {
        "status": status,
        "says": response["description"],
        "codes": sorted(problem.get("examples", {})),
        "example": _example(good[0]) if good else "",
    }


def _example(described: Mapping[str, Any]) -> str:
    """The first example; a long one is cut."""
    given = [*described.get("examples", {}).values()]
    value = given[0]["value"] if given else described.get("example", "")
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n…"
