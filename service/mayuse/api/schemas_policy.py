"""The shapes of policies, their rules and their ids; see `schemas`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mayuse.api.schemas import Digest, Document, PolicyRef, left_out


class StoredPolicy(Document):
    """A policy bundle that decides, or did."""

    digest: Digest
    version: str = left_out(str, "Absent when the record of its activation was purged.")
    activated: str = Field(
        json_schema_extra={"format": "date-time"}, description="When it first was, UTC."
    )
    active: bool = Field(description="Whether it decides now.")


class StoredPolicies(Document):
    """The policy bundles that decisions were made under."""

    active: PolicyRef
    policies: list[StoredPolicy] = Field(description="The one that was activated last comes first.")


class PolicyRule(Document):
    """A rule of a bundle, by its id and title."""

    rule: str
    title: str


class Policy(StoredPolicy):
    """A policy bundle, with what it rules."""

    rules: list[PolicyRule]


class Sentence(Document):
    """A reason a rule can give, in words."""

    reason: str
    says: str


class Duty(Document):
    """An obligation a rule can name, in words."""

    id: str
    says: str


class Rule(Document):
    """One rule: one obligation of law, or one promise of a controller's terms."""

    rule: str
    layer: Literal["law", "terms"]
    title: str
    description: str
    owner: str
    last_read: str = Field(json_schema_extra={"format": "date"})
    only: Literal["permit", "deny"] | None
    reasons: list[Sentence]
    obligations: list[Duty]


class Rules(Document):
    """Every rule of the active bundle."""

    policy: PolicyRef
    rules: list[Rule]


class Term(BaseModel):
    """An id with its words, and its ids in other vocabularies under further names."""

    model_config = ConfigDict(extra="allow")

    id: str
    label: str


class Place(Document):
    """A jurisdiction: ISO 3166-1 alpha-2, or 3166-2 where a subdivision has its own law."""

    id: str
    label: str
    regime: str = Field(description="The body of law that governs there.")


class ChoiceTerm(Term):
    """A choice a person can make."""

    kind: Literal["setting", "request", "consent", "objection"]
    values: list[str]
    default: str = Field(description="What counts while no other value is known.")


class Signal(Document):
    """A signal a browser can send."""

    id: str
    label: str


class VocabularyDocument(Document):
    """Every id a question may use, under the active bundle."""

    policy: PolicyRef
    controllers: list[Term]
    recipients: list[Term]
    purposes: list[Term]
    data: list[Term]
    jurisdictions: list[Place]
    choices: list[ChoiceTerm]
    signals: list[Signal]
