"""`/v1/log`: what the log proves, in the formats that others can check (C2SP).

Plain text, each answer a whole file: it is fetched, kept and checked without this service.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from mayuse import proofs
from mayuse.api import problems, reading
from mayuse.api.access import public
from mayuse.api.filters import refusal
from mayuse.api.serving import service
from mayuse.errors import FieldError, NotFound

TEXT = "text/plain"

router = APIRouter(prefix="/v1/log", tags=["log"])

SIZE = r"^(0|[1-9][0-9]{0,15})$"
"""A size or an index: a decimal without leading zeroes."""

# Told, not checked: any other address is simply not there.
Index = Annotated[str, Path(json_schema_extra={"pattern": SIZE})]


def text_response(example: str) -> dict[int | str, dict[str, Any]]:
    """The documented answer of a route that gives a text file."""
    return {200: {"content": {TEXT: {"schema": {"type": "string"}, "example": example}}}}


_NOTE = """\
example.com/mayuse
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/mayuse Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""  # noqa: E501 - a signature is one line
_HASH = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="
PROOF = f"c2sp.org/tlog-proof@v1\nindex 73894\n{_HASH}\n\n{_NOTE}"
_SIZES = ("old", "new")
_CONSISTENCY: dict[str, Any] = {
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": name == "old",
            "description": f"Leaves of the {which}.",
            "schema": {"type": "string", "pattern": SIZE},
        }
        for name, which in (("old", "older tree"), ("new", "newer tree; without it, of all now"))
    ]
}


@router.get(
    "/checkpoint",
    operation_id="readCheckpoint",
    summary="The log's signed checkpoint",
    response_class=Response,
    response_description="A signed note: C2SP tlog-checkpoint.",
    responses=text_response(_NOTE)
    | problems.responses("invalid_parameter", *problems.UNREADABLE, "log_rolled_back"),
)
@public
async def read_checkpoint(request: Request) -> Response:
    """How many leaves the log has now, the root of its tree, and the log's signature on both."""
    reading.query(request)
    return text((await service(request).published.checkpoint()).to_text())


@router.get(
    "/key",
    operation_id="readLogKeys",
    summary="The log's verifier keys",
    response_class=Response,
    response_description="A C2SP verifier key a line.",
    responses=text_response(
        "example.com/mayuse+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n"
    )
    | problems.responses("invalid_parameter", *problems.UNREADABLE),
)
@public
async def read_log_keys(request: Request) -> Response:
    """Those that sign checkpoints, the newest first, then those that sign promises.

    Get them once by a way you trust, and keep them all: what was signed before a rotation is
    checked by the older key. A key that comes with what it is to check proves nothing.
    """
    reading.query(request)
    return text(proofs.keys(await service(request).published.keys()))


@router.get(
    "/proof/{index}",
    operation_id="readLeafProof",
    summary="That a leaf is in the log",
    response_class=Response,
    response_description="C2SP tlog-proof: the leaf's index, hashes, and the checkpoint.",
    responses=text_response(PROOF)
    | problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE, "log_rolled_back"),
)
@public
async def read_leaf_proof(request: Request, index: Index) -> Response:
    """The same as a decision's own proof, by the index of any leaf."""
    reading.query(request)
    number = _number(index)
    if number is None:
        raise NotFound("a leaf's index is a decimal number")
    return text((await service(request).published.at(number)).to_text())


@router.get(
    "/consistency",
    operation_id="readConsistency",
    summary="That the log has only grown",
    response_class=Response,
    response_description="The consistency proof of RFC 9162: a hash in base64 a line.",
    responses=text_response(f"{_HASH}\n")
    | problems.responses("invalid_parameter", "not_found", *problems.UNREADABLE),
    openapi_extra=_CONSISTENCY,
)
@public
async def read_consistency(request: Request) -> Response:
    """With two checkpoints of these sizes: the first is the beginning of the second.

    Have both checkpoints before asking, and give both sizes: the log may grow at any moment.
    """
    asked = reading.query(request, _SIZES)
    faults = [
        FieldError(name, "is not a size of the log")
        for name, value in asked.items()
        if _number(value) is None
    ]
    if "old" not in asked:
        faults.append(FieldError("old", "is missing"))
    if faults:
        raise refusal(faults)
    old, new = (_number(asked.get(name, "")) for name in _SIZES)
    return text(proofs.consistency(await service(request).published.consistency(old or 0, new)))


def text(content: str) -> Response:
    """A text file that nobody keeps on the way."""
    return Response(
        content.encode(),
        media_type=f"{TEXT}; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _number(value: str) -> int | None:
    return int(value) if re.fullmatch(SIZE, value) else None
