"""Every state's signal duty and every rule on minors, against tables taken by hand from notes.

The tables say what the law is, not what the policies hold: a wrong date in the facts differs here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sweeping import ADS, IMPROVE, SALE, ask, asked, day_after, day_before, decided, states, tell

from mayuse.engines.embedded import EmbeddedEngine
from mayuse.question import Facts
from mayuse.vocabulary import Vocabulary

SIGNAL_BINDS = {
    "US-CA": "2023-01-01",
    "US-CO": "2024-07-01",
    "US-CT": "2025-01-01",
    "US-DE": "2026-01-01",
    "US-LA": "2027-01-01",
    "US-MN": "2025-07-31",
    "US-MT": "2025-01-01",
    "US-NE": "2025-01-01",
    "US-NH": "2025-01-01",
    "US-NJ": "2025-07-15",
    "US-OR": "2026-01-01",
    "US-TX": "2025-01-01",
    "US-VT": "2028-01-01",
}
"""Where a browser signal is an opt-out of targeted advertising, and from which day."""

SIGNAL_IS_DISPUTED = {"US-AL": "2027-05-01", "US-MD": "2026-04-01"}
"""Where readings split, from the day the act reaches processing."""

NO_DUTY = [
    f"US-{state}"
    for states_of_a_line in (
        "AK AR AZ DC FL GA HI IA ID IL IN KS KY MA ME MI MO MS",
        "NC ND NM NV NY OH OK PA RI SC SD TN UT VA WA WI WV WY",
    )
    for state in states_of_a_line.split(" ")
]
DAYS_WITHOUT_DUTY = ("2022-01-01", "2024-07-01", "2026-01-01", "2026-06-10", "2028-06-01")

MASSACHUSETTS_IS_UNSETTLED = "2026-06-11"
"""A bill passed both chambers, its outcome was not found: denied until somebody looks."""

Answer = tuple[str, set[str]]
PERMIT: Answer = ("permit", set())


async def test_a_signal_is_an_opt_out_from_its_day_in_each_state(
    embedded: EmbeddedEngine, figure: Callable[[str], None]
) -> None:
    expected = {
        asked(embedded.vocabulary, place, day, gpc=True): answer
        for place, day, answer in _signals()
    }
    assert {facts.jurisdiction for facts in expected} == set(states(embedded.vocabulary))
    await _hold("browser signals by state", expected, embedded, figure)


def _signals() -> Iterator[tuple[str, str, Answer]]:
    for days, reason in ((SIGNAL_BINDS, "signal_on"), (SIGNAL_IS_DISPUTED, "disputed")):
        for place, day in days.items():
            yield place, day_before(day), PERMIT
            yield place, day, ("deny", {reason})
    for place in NO_DUTY:
        for day in (*DAYS_WITHOUT_DUTY, MASSACHUSETTS_IS_UNSETTLED):
            unsettled = place == "US-MA" and day >= MASSACHUSETTS_IS_UNSETTLED
            yield place, day, ("deny", {"needs_counsel"}) if unsettled else PERMIT


OPEN_END = "9999-12-31"
ADS_AND_SALE, WHAT_IS_NOT_NECESSARY = (ADS, SALE), (ADS, SALE, IMPROVE)
CONSENT, BANNED = "no_consent", "banned"


@dataclass(frozen=True)
class Protection:
    """Whom a place protects, by age, how, from and until when, and against which uses."""

    place: str
    youngest: int
    oldest: int
    reason: str
    """Why a use is denied: for `banned` consent does not help."""

    first: str
    last: str = OPEN_END
    uses: tuple[str, ...] = ADS_AND_SALE

    def denies(self, facts: Facts) -> bool:
        age = 18 if facts.age == "adult" else int(facts.age)
        consented = dict(facts.choices)["consent_minor"] == "given"
        return (
            facts.jurisdiction.startswith(self.place)
            and self.youngest <= age <= self.oldest
            and self.first <= facts.on <= self.last
            and facts.purpose in self.uses
            and (self.reason == BANNED or not consented)
        )


HISTORY = (
    Protection("US-", 0, 12, "no_parental_consent", "2000-04-21", uses=WHAT_IS_NOT_NECESSARY),
    Protection("US-CA", 0, 12, CONSENT, "2020-01-01", uses=(SALE,)),
    Protection("US-CA", 0, 12, CONSENT, "2023-01-01", uses=(ADS,)),
    Protection("US-CA", 13, 15, CONSENT, "2020-01-01", uses=(SALE,)),
    Protection("US-CA", 13, 15, CONSENT, "2023-01-01", uses=(ADS,)),
    Protection("US-CO", 0, 12, CONSENT, "2023-07-01", uses=WHAT_IS_NOT_NECESSARY),
    Protection("US-CO", 13, 17, CONSENT, "2025-10-01"),
    Protection("US-CT", 13, 15, CONSENT, "2023-07-01", "2024-09-30"),
    Protection("US-CT", 13, 17, CONSENT, "2024-10-01", "2026-06-30"),
    Protection("US-CT", 0, 17, BANNED, "2026-07-01"),
    Protection("US-DE", 13, 17, CONSENT, "2025-01-01"),
    Protection("US-FL", 0, 17, CONSENT, "2024-07-01", uses=WHAT_IS_NOT_NECESSARY),
    Protection("US-MD", 0, 17, BANNED, "2026-04-01"),
    Protection("US-MN", 13, 16, CONSENT, "2025-07-31"),
    Protection("US-MT", 13, 15, CONSENT, "2024-10-01", "2025-09-30"),
    Protection("US-MT", 13, 17, CONSENT, "2025-10-01"),
    Protection("US-NE", 0, 17, BANNED, "2026-01-01", uses=(ADS,)),
    Protection("US-NH", 13, 15, CONSENT, "2025-01-01"),
    Protection("US-NH", 0, 12, BANNED, "2027-01-01", uses=(SALE,)),
    Protection("US-NJ", 13, 16, CONSENT, "2025-01-15"),
    Protection("US-OR", 13, 15, CONSENT, "2024-07-01", "2025-12-31"),
    Protection("US-OR", 0, 15, BANNED, "2026-01-01"),
    Protection("US-VA", 0, 12, CONSENT, "2025-01-01"),
    Protection("US-NY", 13, 17, CONSENT, "2025-06-20", uses=WHAT_IS_NOT_NECESSARY),
    Protection("US-NY", 0, 17, BANNED, "2025-06-20", uses=(SALE,)),
    Protection("US-AR", 0, 16, BANNED, "2026-07-01", uses=(ADS,)),
    Protection("US-LA", 0, 17, BANNED, "2025-07-01", uses=(ADS,)),
    Protection("US-SC", 0, 17, BANNED, "2026-02-05", uses=(ADS,)),
    Protection("US-AL", 13, 15, CONSENT, "2027-05-01"),
    Protection("US-VT", 0, 17, BANNED, "2027-01-01", uses=WHAT_IS_NOT_NECESSARY),
    Protection("US-VT", 13, 17, BANNED, "2028-01-01"),
)
"""The first row is the federal one: it stands in every state, beside the state's own."""


async def test_minors_are_protected_from_the_first_to_the_last_day_of_each_rule(
    embedded: EmbeddedEngine, figure: Callable[[str], None]
) -> None:
    questions = [facts for row in HISTORY for facts in _around(row, embedded.vocabulary)]
    expected = {facts: _protected(facts) for facts in questions}
    await _hold("rules on minors", expected, embedded, figure)


def _around(row: Protection, vocabulary: Vocabulary) -> Iterator[Facts]:
    """The day before, the first, the last and the day after; one year of age below and above."""
    place = row.place if row.place != "US-" else "US-WY"
    days = [day_before(row.first), row.first]
    if row.last < OPEN_END:
        days += [row.last, day_after(row.last)]
    for use in row.uses:
        for day in days:
            for age in {max(row.youngest - 1, 0), row.youngest, row.oldest, row.oldest + 1}:
                for consent in ("none", "given", "withdrawn"):
                    yield asked(vocabulary, place, day, use=use, age=age, consent_minor=consent)


def _protected(facts: Facts) -> Answer:
    """What the whole history says of a question: every row that reaches it has its say."""
    reasons = {row.reason for row in HISTORY if row.denies(facts)}
    return ("deny", reasons) if reasons else PERMIT


async def _hold(
    what: str,
    expected: dict[Facts, Answer],
    engine: EmbeddedEngine,
    figure: Callable[[str], None],
) -> None:
    found = {item.facts: decided(item) for item in await ask(list(expected), engine)}
    wrong = {
        f"{facts.jurisdiction} {facts.purpose} {facts.on} age {facts.age}": (found[facts], answer)
        for facts, answer in expected.items()
        if found[facts] != answer
    }
    tell(figure, what, len(expected), len(expected) - len(wrong))
    assert not wrong
