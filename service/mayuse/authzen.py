"""OpenID AuthZEN Authorization API 1.0 in terms of this service, and back. Pure.

https://openid.net/specs/authorization-api-1_0.html: the subject is the recipient, the action the
purpose, the resource a category of personal data with the person among its properties; all else
of a question is context. Members that the protocol does not know are ignored, as it demands;
what the question's own parts do not know denies with a reason, for a misspelt choice must not be
dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mayuse.errors import FieldError, InvalidQuestion

SUBJECT_TYPE, RESOURCE_TYPE = "recipient", "personal_data"
ENTITIES = ("subject", "action", "resource", "context")
"""What an evaluation consists of; at the top of a batch, the default of each item's."""

EXECUTE_ALL, FIRST_DENY, FIRST_PERMIT = (
    "execute_all",
    "deny_on_first_deny",
    "permit_on_first_permit",
)
SEMANTICS = (EXECUTE_ALL, FIRST_DENY, FIRST_PERMIT)

_REQUIRED: Mapping[str, Sequence[str]] = {
    "subject": ("type", "id"),
    "action": ("name",),
    "resource": ("type", "id"),
}
_CONTEXT = ("controller", "choices", "signals", "on", "known_at")

_REASONS = {
    ("recipient",): "unknown_recipient",
    ("purpose",): "unknown_purpose",
    ("data",): "unknown_data",
    ("controller",): "unknown_controller",
    ("data_subject", "jurisdiction"): "unknown_jurisdiction",
    ("data_subject",): "invalid_data_subject",
    ("choices",): "unknown_choice",
    ("signals",): "invalid_signals",
    ("on",): "invalid_date",
    ("known_at",): "invalid_time",
}
"""By the part of a question at fault, the more exact first."""

Body = dict[str, Any]


def question(evaluation: Mapping[str, Any]) -> Body:
    """The document of the question that an evaluation asks, for `Intake.read`.

    Raises `InvalidQuestion` when a required member is missing or has another JSON type. Ids are
    not looked at. `null` for a member that may be left out is as if it were.
    """
    parts = {name: _entity(evaluation, name) for name in _REQUIRED}
    properties = object_at(parts["resource"], "properties", "/resource/properties")
    context = object_at(evaluation, "context", "/context")
    person = properties.get("data_subject")
    return {
        "recipient": parts["subject"]["id"],
        "purpose": parts["action"]["name"],
        "data": parts["resource"]["id"],
        **({} if person is None else {"data_subject": person}),
        **{name: context[name] for name in _CONTEXT if context.get(name) is not None},
    }


def stranger(evaluation: Mapping[str, Any]) -> str | None:
    """The reason to deny an evaluation whose subject or resource is of a type we know nothing of.

    Expects what `question` has accepted.
    """
    if evaluation["subject"]["type"] != SUBJECT_TYPE:
        return "unknown_subject_type"
    if evaluation["resource"]["type"] != RESOURCE_TYPE:
        return "unknown_resource_type"
    return None


def reason(error: InvalidQuestion) -> str:
    """Why a question that cannot be asked is denied, by its first fault."""
    path = tuple(error.errors[0].pointer.split("/")[1:])
    return next((why for part, why in _REASONS.items() if path[: len(part)] == part), "invalid")


def evaluations(document: Mapping[str, Any]) -> list[Body]:
    """The items of a batch, each completed by the defaults; empty when it is a single evaluation.

    A member of an item replaces the whole default; `null` is as if it were left out. Raises
    `InvalidQuestion` for a batch that is no list of objects.
    """
    items = document.get("evaluations")
    if items in (None, []):
        return []
    if not isinstance(items, list):
        raise faulty("/evaluations", "is not a list")
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise faulty(f"/evaluations/{number}", "is not an object")
    defaults = _stated({name: document.get(name) for name in ENTITIES})
    for name in defaults.keys() & _REQUIRED.keys():
        _entity(defaults, name)
    object_at(defaults, "context", "/context")
    return [{**defaults, **_stated(item)} for item in items]


def semantics(document: Mapping[str, Any]) -> str:
    """When to stop evaluating. Raises `InvalidQuestion` for a way that is not known."""
    options = object_at(document, "options", "/options")
    named = options.get("evaluations_semantic")
    if named is None:
        return EXECUTE_ALL
    if named not in SEMANTICS:
        raise faulty("/options/evaluations_semantic", "is not a known semantic")
    return str(named)


def decision(answer: Body, at: str) -> Body:
    """A decision of this service as one of AuthZEN; `at` is when it was made (RFC 3339)."""
    return {
        "decision": answer["permitted"],
        "context": {
            "reason": _first_reason(answer),
            "evaluation_id": answer["decision_id"],
            "evaluated_at": at,
            "answer": answer,
        },
    }


def refusal(why: str) -> Body:
    """A denial of what is no question of this service. Nothing was decided or recorded."""
    return {"decision": False, "context": {"reason": why}}


def failure(status: int, message: str, why: str) -> Body:
    """A denial because one item of a batch could not be decided (section 7.2.1)."""
    error = {"status": status, "message": message}
    return {"decision": False, "context": {"reason": why, "error": error}}


def metadata(base: str, paths: Mapping[str, str]) -> Body:
    """The metadata document (section 9) of the service at `base`, by the endpoints it offers."""
    return {
        "policy_decision_point": base,
        **{name: f"{base}{path}" for name, path in paths.items()},
    }


def _stated(members: Mapping[str, Any]) -> Body:
    return {name: value for name, value in members.items() if value is not None}


def _first_reason(answer: Body) -> str:
    forcing = (row["reason"] for row in answer["reasons"] if row["effect"] == answer["effect"])
    faults = (row["code"] for row in answer.get("faults", ()))
    return next(forcing, next(faults, "no_rule_permits"))


def _entity(holder: Mapping[str, Any], name: str) -> Body:
    entity = holder.get(name)
    if not isinstance(entity, dict):
        raise faulty(f"/{name}", "is not an object" if name in holder else "is required")
    for member in _REQUIRED[name]:
        if not isinstance(entity.get(member), str):
            told = "is not a string" if member in entity else "is required"
            raise faulty(f"/{name}/{member}", told)
    object_at(entity, "properties", f"/{name}/properties")
    return entity


def object_at(holder: Mapping[str, Any], name: str, pointer: str) -> Body:
    """A member that is an object, or absent or null and then empty. Raises `InvalidQuestion`."""
    value = holder.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise faulty(pointer, "is not an object")
    return value


def faulty(pointer: str, detail: str) -> InvalidQuestion:
    """The fault of one field."""
    return InvalidQuestion((FieldError(pointer, detail),))
