"""Questions the tests ask, and what every refusal must look like."""

from __future__ import annotations

from typing import Any

import httpx

from mayuse.problem import KINDS

DENIED = {
    "controller": "linkedin",
    "recipient": "microsoft",
    "purpose": "ads_personalised",
    "data": "profile",
    "data_subject": {"id": "member-7", "jurisdiction": "US-CA", "age": 35},
    "choices": {"share_with_affiliates": "off"},
    "on": "2025-11-20",
}
PERMITTED = {**DENIED, "choices": {}}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem object of a refusal, after all that is the same about every one was checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    said: dict[str, Any] = answer.json()
    assert said["type"] == f"/problems/{code}"
    assert (said["code"], said["status"]) == (code, status)
    assert said["title"] == KINDS[code].title
    assert said["detail"]
    assert ("retry-after" in answer.headers) == (status in {429, 503})
    assert None not in said.values()
    return said


def faults(said: dict[str, Any]) -> dict[str, str | None]:
    """Where the faults are, each with the nearest known word."""
    return {error["pointer"]: error.get("nearest") for error in said["errors"]}
