"""What a new rule is about until a person fills it in. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Side:
    """What the draft says with its choice made, or without."""

    chosen: bool
    reason: str
    name: str
    """Of the case that shows it."""

    sentence: str


@dataclass(frozen=True)
class Draft:
    """What a new rule is about until a person fills it in: a use, and a choice that stops it."""

    purpose: str
    choice: str
    value: str
    permits: Side
    denies: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both, the permit first."""
        return self.permits, self.denies


SALE = Draft(
    purpose="sell_data",
    choice="opt_out_sale",
    value="requested",
    permits=Side(
        chosen=False,
        reason="not_opted_out",
        name="no opt-out",
        sentence="the person has not opted out of the sale of personal data",
    ),
    denies=Side(
        chosen=True,
        reason="opted_out",
        name="opted out",
        sentence="the person has opted out of the sale of personal data",
    ),
)
SERVICE = Draft(
    purpose="service_core",
    choice="objection_legitimate_interest",
    value="raised",
    permits=Side(
        chosen=False,
        reason="not_objected",
        name="no objection",
        sentence="the person has not objected to this use",
    ),
    denies=Side(
        chosen=True,
        reason="objected",
        name="objected",
        sentence="the person has objected to this use",
    ),
)
DRAFTS = (SALE, SERVICE)
"""The likeliest first. Where nobody may sell data anyway, providing the service is permitted."""
