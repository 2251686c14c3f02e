"""How alembic reaches the database: on the connection and in the transaction it is given.

`mayuse.store.migrate` gives it one. A developer who runs `alembic` by hand (to draft a revision,
or `alembic check`) gets one for MAYUSE_DATABASE_URL, in the same way.
"""

from __future__ import annotations

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from mayuse.store.session import Location, open_engine
from mayuse.store.tree_tables import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_by_hand() -> None:
    engine = open_engine(Location.from_url(os.environ["MAYUSE_DATABASE_URL"]), may_write=True)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_by_hand())
