"""The ids a question may use, as the active policy bundle declares them.

The bundle's facts are the only source: `mayuse.facts.vocabulary` and `mayuse.facts.places`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mayuse.errors import BundleError

UNKNOWN = "unknown"
"""The jurisdiction of a person whose place is not known, and the age of one whose age is not."""

ADULT = "adult"
AGES = (*(str(years) for years in range(18)), ADULT, UNKNOWN)
"""Every value the `age` field of the facts can take."""


@dataclass(frozen=True)
class Choice:
    """A setting, request, consent or objection a person can make."""

    kind: str
    """`setting`, `request`, `consent` or `objection`."""

    values: tuple[str, ...]
    """The most protective of the person first."""

    default: str


@dataclass(frozen=True)
class Vocabulary:
    """Known ids, and a label in words for each of them."""

    controllers: Mapping[str, str]
    recipients: Mapping[str, str]
    purposes: Mapping[str, str]
    data: Mapping[str, str]
    jurisdictions: Mapping[str, str]
    choices: Mapping[str, Choice]

    @cached_property
    def defaults(self) -> tuple[tuple[str, str], ...]:
        """(choice id, value where there is no record), sorted by id."""
        return tuple(sorted((name, choice.default) for name, choice in self.choices.items()))

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Vocabulary:
        """Read the vocabulary out of a bundle's `data.mayuse.facts`.

        Raises `BundleError` for facts without one.
        """
        try:
            return cls._read(facts)
        except (KeyError, TypeError, AttributeError) as error:
            raise BundleError("the bundle's vocabulary cannot be read") from error

    @classmethod
    def _read(cls, facts: Mapping[str, Any]) -> Vocabulary:
        words = facts["vocabulary"]
        return cls(
            controllers=_labels(words["controllers"]),
            recipients=_labels(words["recipients"]),
            purposes=_labels(words["purposes"]),
            data=_labels(words["data"]),
            jurisdictions={
                **{place: row["name"] for place, row in facts["places"].items()},
                UNKNOWN: "a place that is not known",
            },
            choices={
                name: Choice(row["kind"], _by_rank(row["values"]), row["default"])
                for name, row in words["choices"].items()
            },
        )


def _labels(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {name: row["label"] for name, row in rows.items()}


def _by_rank(ranks: Mapping[str, int] | Sequence[str]) -> tuple[str, ...]:
    """By their rank; bundles from before there were ranks have them in this order."""
    return tuple(sorted(ranks, key=ranks.__getitem__) if isinstance(ranks, Mapping) else ranks)
