"""How far one statement of a search looks: so many rows of the index it walks, and no further.

Where filters exclude each other, a search would read all that have one of them before it could say
that nothing has both: minutes, in a large log, and no statement may take so long. So where it may
find little it looks through a window of that index, then through a wider one, and says how far it
has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from mayuse.decision_log.keys import LogKeys
from mayuse.store.cursor import Cursor
from mayuse.store.narrowest import narrowest, probing
from mayuse.store.paging import in_order, narrowed, walked
from mayuse.store.search import Filters, axis_of, conditions

_PERIOD = ("since", "until")

WINDOWS = (10_000, 50_000)
"""Rows of an index looked through; mostly the first are enough for a page."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and along which index."""

    filters: Filters
    keys: LogKeys
    newest_first: bool
    first: str | None
    """The filter to begin with, where there is a choice."""

    windows: tuple[int, ...]
    """What it looks through, one after the other; none where one statement cannot take long."""

    @classmethod
    async def begin(
        cls, connection: AsyncConnection, filters: Filters, keys: LogKeys, *, newest_first: bool
    ) -> Search:
        """Choose where to begin."""
        first, is_rare = None, False
        if (probe := probing(filters)) is not None:
            first, is_rare = narrowest((await connection.execute(probe)).one())
        named = {name for name, value in asdict(filters).items() if value is not None}
        beside = named - {*_PERIOD, first or walked(filters)}
        few = is_rare or not beside or filters.subject is not None
        return cls(filters, keys, newest_first, first, () if few else WINDOWS)

    async def some(
        self, connection: AsyncConnection, columns: Select[Any], after: Cursor | None, limit: int
    ) -> tuple[Sequence[Row[Any]], Cursor | None]:
        """At most `limit` rows behind a place, and the place up to which was looked.

        None in its place when there is no more. `columns` of `decision`, `t_us` and `seq` among
        them.
        """
        found: Sequence[Row[Any]] = ()
        end: Cursor | None = None
        for rows in self.windows or (0,):
            end = await self._end(connection, after, rows) if rows else None
            statement = narrowed(
                columns,
                self.filters,
                self.keys,
                limit=limit,
                after=after,
                up_to=end,
                newest_first=self.newest_first,
                first=self.first,
            )
            found = (await connection.execute(statement)).all()
            if len(found) == limit:
                return found, place_of(found[-1])
            if end is None:
                break
        return found, end

    async def _end(
        self, connection: AsyncConnection, after: Cursor | None, rows: int
    ) -> Cursor | None:
        found = (await connection.execute(self.reaching(after, rows))).first()
        return None if found is None else place_of(found)

    def reaching(self, after: Cursor | None, rows: int) -> Select[Any]:
        """The place of the last of so many rows of the index; no row when it has no more."""
        axis = axis_of(self.filters, self.first)
        name = self.first or walked(self.filters)
        alone = Filters(**{it: getattr(self.filters, it) for it in (*_PERIOD, name) if it})
        rows_of_index = select(axis.t_us, axis.seq).where(*conditions(alone, axis, self.keys, name))
        statement = in_order(rows_of_index, axis, after=after, newest_first=self.newest_first)
        return statement.offset(rows - 1).limit(1)


def place_of(row: Row[Any]) -> Cursor:
    """Where a row is in the order of all lists."""
    return Cursor(row.t_us, row.seq)
