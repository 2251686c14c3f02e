"""What the sweeps share: asking many questions at once, and what came back in short."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from mayuse.answer import Finding, find
from mayuse.authoring import case_run
from mayuse.decide import Engine
from mayuse.question import Facts
from mayuse.vocabulary import AGES, UNKNOWN, Vocabulary

FIRST_DAY, LAST_DAY = date(2025, 9, 1), date(2028, 12, 31)

ADS, SALE, IMPROVE = "ads_personalised", "sell_data", "improve_services"


def asked(  # noqa: PLR0913 - one question in one line
    vocabulary: Vocabulary,
    place: str,
    day: str,
    *,
    use: str = ADS,
    age: int = 35,
    gpc: bool = False,
    **choices: str,
) -> Facts:
    """A use by another company: of off-site activity for advertising, else of the profile."""
    defaults = {name: choice.default for name, choice in vocabulary.choices.items()}
    return Facts(
        controller="generic",
        recipient="advertiser",
        purpose=use,
        data="offsite_activity" if use == ADS else "profile",
        jurisdiction=place,
        on=day,
        age="adult" if age >= 18 else str(age),
        choices=tuple(sorted((defaults | choices).items())),
        gpc=gpc,
    )


def drawn(vocabulary: Vocabulary, chance: random.Random, place: str) -> Facts:
    """Any question at all about a person in `place`; half of the choices are left alone."""
    choices = {
        name: chance.choice((choice.default, chance.choice(choice.values)))
        for name, choice in sorted(vocabulary.choices.items())
    }
    return Facts(
        controller=chance.choice(sorted(vocabulary.controllers)),
        recipient=chance.choice(sorted(vocabulary.recipients)),
        purpose=chance.choice(sorted(vocabulary.purposes)),
        data=chance.choice(sorted(vocabulary.data)),
        jurisdiction=place,
        on=(FIRST_DAY + timedelta(chance.randrange((LAST_DAY - FIRST_DAY).days + 1))).isoformat(),
        age=chance.choice(AGES),
        choices=tuple(sorted(choices.items())),
        gpc=chance.choice((False, True)),
    )


async def ask(questions: Sequence[Facts], engine: Engine) -> list[Finding]:
    """Each question's verdict, folded, in the order asked."""
    verdicts = await case_run.evaluate(questions, engine)
    return [find(facts, verdict) for facts, verdict in zip(questions, verdicts, strict=True)]


def decided(found: Finding) -> tuple[str, set[str]]:
    """The effect; and for a deny, the reasons that forced it."""
    denied = found.effect == "deny"
    return found.effect, {said.reason for said in found.forcing} if denied else set()


def known_places(vocabulary: Vocabulary) -> list[str]:
    return sorted(set(vocabulary.jurisdictions) - {UNKNOWN})


def states(vocabulary: Vocabulary) -> list[str]:
    return [place for place in known_places(vocabulary) if place.startswith("US-")]


def day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def tell(figure: Callable[[str], None], what: str, questions: int, right: int) -> None:
    figure(f"{what}: {questions} questions, {right} right")
