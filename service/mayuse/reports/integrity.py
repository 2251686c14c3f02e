"""The integrity report: whether the whole log is as it was written, and who has looked.

Gaps, records, tree, checkpoints and signatures are computed again; who has seen the log from
outside, who has searched it, what was erased and what was purged, is told from the log itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mayuse import proofs, recorded
from mayuse.decision_log import findings
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.event import Anchor, Event
from mayuse.decision_log.published import PublishedLog
from mayuse.replay import Report
from mayuse.store.happenings import Happenings
from mayuse.store.whole_log import Beside

SHOWN = 25
ANCHORS = 1_000
"""Newest records looked at for the names of witnesses."""

WITNESS = "witness"
CHECKPOINT, KEYS = "checkpoint.txt", "keys.txt"


async def integrity(  # noqa: PLR0913 - what it tells of, given by name
    verified: findings.Report,
    *,
    happenings: Happenings,
    published: PublishedLog,
    replayed: Report | None,
    outside: Beside,
    now: datetime,
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The report of a verification, and the files to check it with.

    `outside`: what the verification was given. Raises `LogUnavailable`.
    """
    note = (await published.checkpoint()).to_text()
    keys = await published.keys()
    report = {
        "kind": "integrity",
        "made_at": recorded.time(now),
        "origin": published.origin,
        "holds": verified.ok and (replayed is None or replayed.holds),
        "verified": verified.to_document(),
        "replayed": None if replayed is None else recorded.replay_report(replayed),
        "checkpoint": note,
        "keys": [proofs.key(key) for key in keys],
        "given": {
            "keys": [key.to_text() for key in outside.keys or ()],
            "checkpoints": [note for _, note in outside.checkpoints],
            "witnesses": [key.to_text() for key in outside.witnesses],
        },
        "anchors": [
            {"kind": item.kind, "size": item.size, "at": recorded.time(item.at)}
            for item in await happenings.anchored()
        ],
        "witnesses": _witnesses(await happenings.newest("anchor", ANCHORS)),
        "former_names": [
            {
                "origin": told.origin,
                "size": told.size,
                "root": told.root.hex(),
                "given_up_at": recorded.time(at),
                "contained": await _contains(published, told),
            }
            for told, at in await happenings.former()
        ],
        "searches": _told(await happenings.newest("search", SHOWN)),
        "erasures": _told(await happenings.newest("erasure", SHOWN)),
        "purges": _told(await happenings.newest("purge", SHOWN)),
        "bundles": _told(await happenings.newest("bundle", SHOWN)),
    }
    return report, {CHECKPOINT: note.encode(), KEYS: proofs.keys(keys).encode()}


def _witnesses(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Who cosigned lately by what the log says, each with the largest log it saw."""
    seen: dict[str, int] = {}
    for event in events:
        if isinstance(event.what, Anchor) and event.what.by == WITNESS:
            seen[event.what.name] = max(seen.get(event.what.name, 0), event.what.size)
    return [{"name": name, "size": size} for name, size in sorted(seen.items())]


async def _contains(published: PublishedLog, former: Checkpoint) -> bool:
    """Whether the log as it is begins with the tree that was signed under another name."""
    async with published.whole() as log:
        if former.size > log.checkpoint.size:
            return False
        return not former.size or await log.root(former.size) == former.root


def _told(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {
            **{name: value for name, value in event.to_document().items() if name not in _PLACE},
            "at": recorded.time(event.at),
        }
        for event in events
    ]


_PLACE = {"salt", "epoch", "n", "v", "t"}
