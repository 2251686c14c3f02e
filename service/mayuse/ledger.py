"""The ledger of choices: what persons chose, when, and since when it is known.

Events are only ever added. What holds on a day follows from them (`choices.state`); nothing is
changed when a person changes their mind, and deciding never writes here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import uuid_utils
from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse.choices import GPC, SENT, Event, micros
from mayuse.choices_intake import BROWSER_SIGNAL, Choosing
from mayuse.decision_log.writer import DecisionLog
from mayuse.errors import FieldError, InvalidQuestion
from mayuse.store import choice_history
from mayuse.store.choice_history import HistoryPage
from mayuse.store.choice_reader import ChoiceReader
from mayuse.store.choice_writer import Made, Making, Repeat, open_writer
from mayuse.store.session import Location

SLACK = timedelta(minutes=5)
"""How far ahead of ours the clock of a caller may be."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing is older: a clock that was never set says 1970, or the year 1."""

MAX_PAGE = 500

Check = Callable[[Sequence[Event]], None]


class Ledger:
    """The choices of one database; satisfies `decide.Choices`. For one event loop."""

    def __init__(self, location: Location, log: DecisionLog, reader: AsyncEngine) -> None:
        """`log` and `reader` stay their owners', who close them."""
        self._log = log
        self._keys = keys = log.keys
        self._engine = reader
        self._reader = ChoiceReader(location, keys)
        self._writer = open_writer(location, keys)

    async def of(self, persons: Collection[str]) -> Mapping[str, Sequence[Event]]:
        """All that is recorded of each of these persons; of whom nothing is, nothing.

        Raises `LogUnavailable`.
        """
        return await self._reader.of(persons)

    async def record(  # noqa: PLR0913 - a request's parts, given by name
        self,
        person: str,
        chosen: Choosing,
        *,
        actor: str,
        clock: Callable[[], datetime],
        key: str | None = None,
        asked: bytes = b"",
        check: Check = lambda _: None,
    ) -> Made:
        """Record what a person chose, all of it or none.

        They are known from the moment at which nobody else can record of this person, and the
        `clock` is read then: read when the request came, it would tell that decisions knew of
        what had yet to arrive.

        With a `key`, the same sent again (`asked`, byte for byte) is recorded once, for as long as
        its events are kept. `check` is given all that is recorded of the person, while nobody else
        can add to it. Raises `InvalidQuestion` for a time that cannot be, `KeyReused`,
        `LogUnavailable`, and what `check` raises.
        """
        begun = clock()
        stated = _stated(chosen.effective_at, begun)

        def make(earlier: Sequence[Event]) -> tuple[Event, ...]:
            check(earlier)
            now = micros(clock())
            effective = now if stated is None else stated
            told = [
                (name, value, effective, chosen.source)
                for name, value in sorted(chosen.choices.items())
            ]
            if chosen.signal_sent:  # now, whenever the rest was chosen
                told.append((GPC, SENT, now, BROWSER_SIGNAL))
            # Another process's clock may be ahead; what comes later is not known earlier.
            recorded = max([now, *(event.recorded for event in earlier)])
            return tuple(
                Event(
                    id=str(uuid_utils.uuid7()),
                    choice=name,
                    value=value,
                    effective=since,
                    recorded=recorded,
                    source=source,
                    notice=chosen.notice,
                    actor=actor,
                )
                for name, value, since, source in told
            )

        repeat = None
        if key is not None:
            digest = self._keys.request_digest
            repeat = Repeat(
                digest(b"choices", actor.encode(), key.encode()), digest(person.encode(), asked)
            )
        lookup = self._keys.subject_lookup(person)
        await self._log.until_free(lookup)
        return await self._writer.add(Making(lookup, micros(begun), make, repeat))

    async def history(
        self, person: str, *, cursor: str | None = None, limit: int = MAX_PAGE
    ) -> HistoryPage:
        """A page of a person's events, newest first.

        Raises `InvalidQuestion` for a cursor of another list, `LogUnavailable`.
        """
        return await choice_history.page(
            self._engine, self._keys, person, cursor=cursor, limit=limit
        )

    async def close(self) -> None:
        """Let go of the database."""
        await self._writer.close()
        await self._reader.close()


def _stated(at: datetime | None, now: datetime) -> int | None:
    """Since when a choice holds, if the caller says. Raises `InvalidQuestion` for no such time.

    A choice binds from the moment it is made: one that is to bind later would let a controller
    put off an opt-out. An earlier time is right for a letter that was opened late and for choices
    that another system kept; that it became known later shows by its other clock.
    """
    if at is None:
        return None
    if at > now + SLACK:
        detail = "lies ahead: a choice binds from the moment it is made"
    elif at < EARLIEST:
        detail = f"lies before {EARLIEST:%Y-%m-%d}"
    else:
        return micros(at)
    raise InvalidQuestion((FieldError("/effective_at", detail),))
