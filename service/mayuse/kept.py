"""The policy bundles that decisions were made under, as the log has kept them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from sqlalchemy.ext.asyncio import AsyncEngine

from mayuse import bundle as bundles
from mayuse.bundle import Bundle
from mayuse.errors import BundleError
from mayuse.store.policy_bundles import stored_bundle
from mayuse.vocabulary import Vocabulary

AT_HAND = 2
"""Bundles in memory: the one that decides, and the one before."""


class Kept:
    """Finds bundles by their digest: the active one at hand, all others in the database."""

    def __init__(self, reader: AsyncEngine) -> None:
        """`reader` stays its owner's, who disposes of it."""
        self._reader = reader
        self._at_hand: OrderedDict[str, Bundle] = OrderedDict()
        self._vocabularies: dict[str, Vocabulary] = {}  # small, and one for each order at most

    def remember(self, bundle: Bundle) -> None:
        """Have a bundle at hand."""
        self._at_hand[bundle.digest] = bundle
        self._at_hand.move_to_end(bundle.digest)
        if len(self._at_hand) > AT_HAND:
            self._at_hand.popitem(last=False)

    async def get(self, digest: str) -> Bundle | None:
        """The bundle of this digest, or None when it is not kept.

        It need not be complete by today's measure: it may be older than that. Raises
        `LogUnavailable`, and `BundleError` when what is kept is not that bundle.
        """
        if digest in self._at_hand:
            return self._at_hand[digest]
        raw = await stored_bundle(self._reader, digest)
        if raw is None:
            return None
        kept = await asyncio.to_thread(bundles.read, raw, complete=False)
        if kept.digest != digest:
            raise BundleError(f"what is kept as the policy bundle {digest} is another one")
        return kept

    async def vocabulary(self, digest: str) -> Vocabulary:
        """What the bundle of this digest knows. Raises as `get`, and `BundleError` without one."""
        if digest not in self._vocabularies:
            kept = await self.get(digest)
            if kept is None:
                raise BundleError(f"the policy bundle {digest} is not kept")
            self._vocabularies[digest] = Vocabulary.from_facts(kept.facts)
        return self._vocabularies[digest]
