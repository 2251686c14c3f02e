"""The OpenAPI document: FastAPI's, made to say exactly what this service does.

FastAPI documents validation it does itself; here questions are read by `intake` and parameters by
`reading`, so their schemas are put in from there.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from mayuse.access import SCOPES
from mayuse.api import (
    access,
    changes,
    choices,
    data_subjects,
    decision_counts,
    deprecation,
    filters,
    problems,
    schemas,
    shown,
)
from mayuse.api.deprecation import Deprecation
from mayuse.api.heads import REQUEST_ID
from mayuse.choices_intake import ChoicesIntake
from mayuse.intake import Intake

_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key (`mayuse keys create`), or a token of the trusted issuer, with one "
    "of the scopes that the operation names: "
    + "; ".join(f"`{scope}`: {says}" for scope, says in SCOPES.items())
    + ". On a machine where no key was ever made and no issuer is trusted, it needs none.",
}

REF = "#/components/schemas/{model}"

DESCRIPTION = """\
May RECIPIENT use this person's DATA for PURPOSE? Each answer names every rule that spoke, its law
and its receipt in the decision log. It is an answer under a policy bundle, not legal advice.

Every fault is a problem (RFC 9457) with a stable `code`. Members and parameters that are not known
are refused, never dropped; `null` is refused where a member can be left out. Every response
carries `X-Request-ID`; HEAD works wherever GET does."""


def build(
    routes: Sequence[BaseRoute], intake: Intake, answers: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the document of these routes under a vocabulary.

    `answers` are the decisions on `examples.QUESTIONS`, shown as examples.
    """
    document = get_openapi(
        title="mayuse",
        version=importlib.metadata.version("mayuse"),
        openapi_version="3.1.0",
        summary="May RECIPIENT use this person's DATA for PURPOSE?",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
        routes=routes,
    )
    parts = document.setdefault("components", {}).setdefault("schemas", {})
    parts.pop("HTTPValidationError", None)
    parts.pop("ValidationError", None)
    _add(parts, "Problem", schemas.Problem.model_json_schema(ref_template=REF))
    _add(parts, "Question", intake.schema(REF))
    _add(parts, "Choosing", ChoicesIntake(intake.vocabulary).schema(REF))
    parts["AnyJson"] = schemas.ANY_JSON
    document["components"]["schemas"] = dict(sorted(parts.items()))
    document["paths"]["/v1/decisions"]["get"]["parameters"] = [
        parameter.as_document() for parameter in filters.parameters(intake.vocabulary)
    ]
    document["paths"]["/v1/decisions:count"]["get"]["parameters"] = [
        parameter.as_document() for parameter in decision_counts.parameters(intake.vocabulary)
    ]
    document["paths"]["/v1/changes"]["get"]["parameters"] = [
        parameter.as_document() for parameter in changes.parameters(intake.vocabulary)
    ]
    about = document["paths"]["/v1/data-subjects/{subject}/decisions"]["get"]
    about["parameters"] += [parameter.as_document() for parameter in data_subjects.PARAMETERS]
    of_choices = "/v1/data-subjects/{subject}/choices"
    for path, known in (
        (of_choices, choices.OF_STATE),
        (f"{of_choices}/history", choices.OF_HISTORY),
    ):
        reading = document["paths"][path]["get"]
        reading["parameters"] += [parameter.as_document() for parameter in known]
    decided = document["paths"]["/v1/decisions"]["post"]["responses"]["200"]
    decided["content"]["application/json"]["examples"] = dict(answers)
    document["components"]["securitySchemes"] = {"bearer": _BEARER}
    endpoints = {route.operation_id: route.endpoint for route in iter_route_contexts(routes)}
    shown.add_to(document)
    for operations in document["paths"].values():
        for operation in operations.values():
            endpoint = endpoints[operation["operationId"]]
            _say_who(operation, access.scopes_of(endpoint))
            _tell_true(operation)
            _say_its_end(operation, deprecation.of(endpoint))
    return document


def _add(parts: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    parts.update(schema.pop("$defs", {}))
    parts[name] = schema


def _say_who(operation: dict[str, Any], any_of: Sequence[str]) -> None:
    """Add who may use it, and what everybody else is told."""
    if any_of == access.PUBLIC:
        operation["security"] = []
        return
    whoever = set(any_of) == set(SCOPES)
    operation["security"] = (
        [{"bearer": []}] if whoever else [{"bearer": [scope]} for scope in any_of]
    )
    answers = operation["responses"]
    for status, refused in problems.responses(*access.REFUSALS).items():
        known = answers.setdefault(str(status), refused)["content"][problems.MEDIA_TYPE]
        examples = {**known["examples"], **refused["content"][problems.MEDIA_TYPE]["examples"]}
        known["examples"] = examples
    operation["responses"] = dict(sorted(answers.items()))


def _say_its_end(operation: dict[str, Any], end: Deprecation | None) -> None:
    if end is not None:
        operation["deprecated"] = True
        for response in operation["responses"].values():
            response["headers"].update(end.document())


def _tell_true(operation: dict[str, Any]) -> None:
    """Drop the 422 that is never sent; add the 406 that always can be, and the header that is."""
    answers = operation["responses"]
    answers.pop("422", None)
    answers["406"] = problems.responses("not_acceptable")[406]
    operation["responses"] = dict(sorted(answers.items()))
    for response in operation["responses"].values():
        response.setdefault("headers", {})[REQUEST_ID] = {
            "description": "The caller's, or a new one. The service's log has it, too.",
            "required": True,
            "schema": {"type": "string"},
        }
