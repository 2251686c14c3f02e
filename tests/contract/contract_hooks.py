"""What schemathesis cannot know: real ids, and what our own answers must never be.

Loaded by schemathesis, not by pytest. `CONTRACT_FOLDER` names a folder: `seeds.json` in it holds
real ids, `calls.ndjson` receives one line per call, for the figures.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from pathlib import Path
from typing import Any

import schemathesis

FOLDER = Path(os.environ["CONTRACT_FOLDER"])
SEEDS = json.loads((FOLDER / "seeds.json").read_text())
CALLS = (FOLDER / "calls.ndjson").open("a", buffering=1)
TURNS = itertools.count()
BOUND = 2**53 - 1
OPEN = {
    *("decideEach", "evaluate", "evaluateEach"),
    *("searchSubjects", "searchResources", "searchActions"),
}
"""Operations whose bodies may hold any JSON somewhere."""

LEAKS = re.compile(rb"Traceback|File \"|site-packages|sqlalchemy|asyncpg|pydantic", re.IGNORECASE)


@schemathesis.serializer("application/gzip")
def as_it_is(_context: Any, value: Any) -> bytes:
    """An archive is sent byte for byte."""
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


@schemathesis.hook
def map_case(_context: Any, case: Any) -> Any:
    """Give well-formed cases what only the service can have given out.

    Every second id becomes a real one, as made-up ones are all 404, and every second size one the
    log has had; a cursor that of a list.
    """
    if case.meta is None or case.meta.generation.mode.value != "positive":
        return case
    if case.headers and "Idempotency-Key" in case.headers:
        # One key stands for one question: sent with another, it is refused, as it must be.
        case.headers["Idempotency-Key"] = f"contract-{next(TURNS)}"
    if case.headers and "If-Match" in case.headers:
        del case.headers["If-Match"]  # whatever is made up is not the ETag of what is there
    if (make := MAKE.get(case.operation.definition.raw["operationId"])) is not None:
        make(case.body)
    known = SEEDS.get(case.operation.definition.raw["operationId"])
    if known and (turn := next(TURNS)) % 2:
        case.path_parameters = known[turn // 2 % len(known)]
    sizes = SEEDS["queries"].get(case.operation.definition.raw["operationId"])
    if sizes and (turn := next(TURNS)) % 2:
        case.query = sizes[turn // 2 % len(sizes)]
    if case.query:
        case.query = _answerable(case.query, case.operation.definition.raw["operationId"])
    if case.operation.definition.raw["operationId"] in OPEN:
        case.body = _within_i_json(case.body)
        if isinstance(case.body, dict) and isinstance(case.body.get("page"), dict):
            case.body["page"].pop("token", None)  # a token is of one search
    return case


def _answerable(query: Any, operation: str) -> Any:
    """No schema says which of two days comes first, and that a cursor is of one list."""
    if "cursor" in query:
        return {"cursor": SEEDS["cursor"]} if operation == "listDecisions" else {}
    if str(query.get("to", "9999")) < str(query.get("from", "0000")):
        return {name: value for name, value in query.items() if name != "to"}
    since, until = (str(query.get(name, end)) for name, end in (("since", "0"), ("until", "9999")))
    if until.removesuffix("Z") < since.removesuffix("Z"):  # a fraction is later than none
        return {name: value for name, value in query.items() if name != "until"}
    return query


def _make_recordable(choosing: Any) -> None:
    """No schema says "not later than now", or what must agree with a header."""
    if isinstance(choosing, dict):
        choosing.pop("effective_at", None)
        choosing.pop("signals", None)
        choosing.setdefault("choices", {}).setdefault("ai_training", "off")


def _make_orderable(order: Any) -> None:
    """No schema says which bundle decides, or which ever did."""
    if isinstance(order, dict):
        order.pop("if_active", None)


def _make_reversible(order: Any) -> None:
    _make_orderable(order)
    if isinstance(order, dict):
        order["to"] = SEEDS["active"]


MAKE = {
    "recordChoices": _make_recordable,
    "activatePolicy": _make_orderable,
    "rollBackPolicy": _make_reversible,
}
"""What makes a body one that can be carried out."""


def _within_i_json(value: Any) -> Any:
    """The same without NUL and without integers beyond 2^53: no schema says so of any value."""
    if isinstance(value, dict):
        return {name.replace("\0", ""): _within_i_json(it) for name, it in value.items()}
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_within_i_json(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-BOUND, min(BOUND, value))
    return value


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Note how each operation answered well-formed and malformed data."""
    mode = case.meta.generation.mode.value if case.meta else "none"
    phase = case.meta.phase.name.value if case.meta else "none"
    row = {
        "operation": case.operation.definition.raw["operationId"],
        "declared": case.method.lower() == case.operation.method.lower(),
        "mode": mode,
        "phase": phase,
        "status": response.status_code,
    }
    CALLS.write(json.dumps(row) + "\n")


@schemathesis.check
def leaves_in_the_envelope(_ctx: Any, response: Any, _case: Any) -> None:
    """Every response has a request id, and tells nothing of what is behind it."""
    assert response.headers.get("x-request-id"), "no X-Request-ID"
    assert not LEAKS.search(response.content), "the answer tells of our inside"


@schemathesis.check
def faults_are_problems(_ctx: Any, response: Any, _case: Any) -> None:
    """Every fault is a problem whose status is the response's."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == ["application/problem+json"]
    said = response.json()
    assert said["status"] == response.status_code
    assert said["type"] == f"/problems/{said['code']}"


@schemathesis.check
def only_a_permit_is_permitted(_ctx: Any, response: Any, case: Any) -> None:
    """`permitted` is a boolean and agrees with `effect`; a permit names who permits."""
    if case.operation.definition.raw["operationId"] != "decide" or response.status_code != 200:
        return
    said = response.json()
    assert said["permitted"] is (said["effect"] == "permit")
    assert said["receipt"]["leaf_hash"]
    if said["permitted"]:
        assert any(reason["effect"] == "permit" for reason in said["reasons"])
