"""What a start does to a log: it says which policy bundle decides, unless that is said."""

from __future__ import annotations

from datetime import datetime

import drafts
from mayuse.answer import Policy
from mayuse.decision_log.opening import OpenLog
from mayuse.store.policy_activations import AT_START, Activations, what_activates
from mayuse.store.session import Location, open_engine


async def begin_under(
    log: OpenLog, location: Location, policy: Policy, raw: bytes, at: datetime = drafts.NOW
) -> None:
    """Have this bundle decide, if none has yet."""
    reader = open_engine(location)
    try:
        activations = Activations(reader, log.keys)
        if await activations.newest() is None:
            what = what_activates(policy, None, by=AT_START)
            changes = activations.changes(what, at, raw)
            await log.owe_activation(what, changes, at)
    finally:
        await reader.dispose()
