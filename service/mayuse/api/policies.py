"""`/v1/policies`: the policy bundles that decide, did, or may, to read and to take along.

Whoever has a bundle and a decision's facts can make the decision again without this service.
"""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from mayuse import bundle as bundles
from mayuse import recorded
from mayuse.answer import DIGEST
from mayuse.api import cached, problems, reading
from mayuse.api.access import needs
from mayuse.api.reading import ARCHIVE
from mayuse.api.schemas_policy import Policy, StoredPolicies
from mayuse.api.serving import service
from mayuse.bundle import Bundle
from mayuse.errors import BundleError, NotFound
from mayuse.service import Service
from mayuse.store.policy_bundles import activations
from mayuse.store.policy_candidates import Candidate

router = APIRouter(prefix="/v1/policies", tags=["policies"])

SCOPES = ("log:read", "policy:write")
_RECORDS = 1_000
"""Activations that are looked at for the versions of bundles, the newest ones."""

# Told, not checked: any other address is simply not there.
Digest = Annotated[str, Path(json_schema_extra={"pattern": f"^{DIGEST}$"})]


@router.get(
    "",
    operation_id="listPolicies",
    summary="The policy bundles that decide, did, or may",
    response_model=StoredPolicies,
    response_description="First those that decided, the newest first; then the candidates.",
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
    """Each bundle by its digest, which decisions name, and since when it decided, if ever."""
    reading.query(request)
    running = service(request)
    what = running.activation.what
    active = {"digest": what.policy, "version": what.version}
    rows = [*await _stored(running), *map(candidate, await running.candidates.every())]
    return cached.reply(request, {"active": active, "policies": rows})


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
    """Which rules it has; what they say in words is told for the active bundle by `/v1/rules`.

    Of a candidate also what its examination found. It is examined again before it decides.
    """
    reading.query(request)
    running = service(request)
    return cached.reply(request, await document_of(running, digest))


@router.get(
    "/{digest}/bundle",
    operation_id="downloadPolicy",
    summary="One policy bundle, whole",
    response_class=Response,
    response_description="An OPA bundle, as it was activated or uploaded.",
    responses={
        200: {"content": {ARCHIVE: {"schema": {"type": "string", "format": "binary"}}}},
        **cached.NOT_MODIFIED,
        **problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE),
    },
)
@needs(*SCOPES)
async def download_policy(request: Request, digest: Digest) -> Response:
    """The archive. Its digest was computed anew before it was sent."""
    reading.query(request)
    found = await _bundle(service(request), digest)
    return cached.reply_bytes(request, found.raw, ARCHIVE)


async def document_of(running: Service, digest: str) -> dict[str, Any]:
    """One bundle as it is told. Raises `NotFound`, `BundleError`."""
    found = await _bundle(running, digest)
    [row] = [row for row in await _every(running) if row["digest"] == digest]
    rules = [{"rule": rule["rule"], "title": rule["title"]} for rule in found.rules]
    return {**row, "version": found.version, "rules": rules}


async def _every(running: Service) -> list[dict[str, Any]]:
    """Every bundle as it is told alone."""
    waiting = [
        {**candidate(one), "examination": one.examination}
        for one in await running.candidates.every()
    ]
    return [*await _stored(running), *waiting]


async def _stored(running: Service) -> list[dict[str, Any]]:
    """Every bundle that decides or did, the newest first."""
    events = await running.happenings.newest("bundle", _RECORDS)
    versions = {event.to_document()["policy"]: event.to_document()["version"] for event in events}
    active = running.activation.what.policy
    return [
        {
            "digest": digest,
            **({"version": versions[digest]} if digest in versions else {}),
            "activated": recorded.time(at),
            "active": digest == active,
            "status": "active" if digest == active else "retired",
        }
        for digest, at in (await activations(running.reader)).items()
    ]


def candidate(one: Candidate) -> dict[str, Any]:
    """A bundle that waits, as lists tell it."""
    return {
        "digest": one.digest,
        "version": one.version,
        "active": False,
        "status": "candidate",
        "uploaded": recorded.time(one.at),
        "uploaded_by": one.by,
    }


def known(digest: str) -> str:
    """The digest, if it is one. Raises `NotFound`: nothing else names a bundle."""
    if not re.fullmatch(DIGEST, digest):
        raise NotFound("there is no policy bundle of this digest")
    return digest


async def _bundle(running: Service, digest: str) -> Bundle:
    """The bundle of this digest, checked. Raises `NotFound`, `BundleError`."""
    if known(digest) in await activations(running.reader):
        found = await running.kept.get(digest)
    else:
        raw = await running.candidates.archive(digest)
        found = None if raw is None else await asyncio.to_thread(bundles.read, raw)
    if found is None:
        raise NotFound("there is no policy bundle of this digest")
    if found.digest != digest:
        raise BundleError(f"what is kept as the candidate {digest} is another bundle")
    return found
