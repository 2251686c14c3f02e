"""`/v1/policies`: the policy bundles that decide or did, to read and to take along.

Whoever has a bundle and a decision's facts can make the decision again without this service.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from mayuse import recorded
from mayuse.api import cached, problems, reading
from mayuse.api.access import needs
from mayuse.api.opa_bundle import MEDIA_TYPE
from mayuse.api.schemas_policy import Policy, StoredPolicies
from mayuse.api.serving import service
from mayuse.bootstrap import Service
from mayuse.bundle import Bundle
from mayuse.errors import NotFound
from mayuse.store.policy_bundles import activations

router = APIRouter(prefix="/v1/policies", tags=["policies"])

SCOPES = ("log:read", "policy:write")
_RECORDS = 1_000
"""Activations that are looked at for the versions of bundles, the newest ones."""

# Told, not checked: any other address is simply not there.
Digest = Annotated[str, Path(json_schema_extra={"pattern": "^sha256:[0-9a-f]{64}$"})]


@router.get(
    "",
    operation_id="listPolicies",
    summary="The policy bundles that decisions were made under",
    response_model=StoredPolicies,
    response_description="The bundles, the one that was activated last first.",
    responses={
        200: {
            "links": {
                "readFirst": {
                    "operationId": "readPolicy",
                    "parameters": {"digest": "$response.body#/policies/0/digest"},
                }
            }
        },
        **cached.NOT_MODIFIED,
        **problems.responses("invalid_parameter", *problems.UNREADABLE),
    },
)
@needs(*SCOPES)
async def list_policies(request: Request) -> Response:
    """Each bundle by its digest, which decisions name, with its version and since when."""
    reading.query(request)
    running = service(request)
    active = {"digest": running.bundle.digest, "version": running.bundle.version}
    return cached.reply(request, {"active": active, "policies": await _stored(running)})


@router.get(
    "/{digest}",
    operation_id="readPolicy",
    summary="One policy bundle",
    response_model=Policy,
    response_description="The bundle, with its rules.",
    responses=cached.NOT_MODIFIED
    | problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE),
)
@needs(*SCOPES)
async def read_policy(request: Request, digest: Digest) -> Response:
    """Which rules it has; what they say in words is told for the active bundle by `/v1/rules`."""
    reading.query(request)
    running = service(request)
    found = await _bundle(running, digest)
    [row] = [row for row in await _stored(running) if row["digest"] == digest]
    rules = [{"rule": rule["rule"], "title": rule["title"]} for rule in found.rules]
    return cached.reply(request, {**row, "version": found.version, "rules": rules})


@router.get(
    "/{digest}/bundle",
    operation_id="downloadPolicy",
    summary="One policy bundle, whole",
    response_class=Response,
    response_description="An OPA bundle, as it was activated.",
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
        **cached.NOT_MODIFIED,
        **problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE),
    },
)
@needs(*SCOPES)
async def download_policy(request: Request, digest: Digest) -> Response:
    """The archive. Its digest was computed anew before it was sent."""
    reading.query(request)
    found = await _bundle(service(request), digest)
    return cached.reply_bytes(request, found.raw, MEDIA_TYPE)


async def _stored(running: Service) -> list[dict[str, Any]]:
    """Every stored bundle, the newest first."""
    events = await running.happenings.newest("bundle", _RECORDS)
    versions = {event.to_document()["policy"]: event.to_document()["version"] for event in events}
    return [
        {
            "digest": digest,
            **({"version": versions[digest]} if digest in versions else {}),
            "activated": recorded.time(at),
            "active": digest == running.bundle.digest,
        }
        for digest, at in (await activations(running.reader)).items()
    ]


async def _bundle(running: Service, digest: str) -> Bundle:
    """The stored bundle of this digest, checked. Raises `NotFound`, `BundleError`."""
    stored = digest in await activations(running.reader)
    found = await running.kept.get(digest) if stored else None
    if found is None:
        raise NotFound("there is no policy bundle of this digest")
    return found
