"""A local policies folder, evaluated from source by OPA, for authors.

Nothing here is recorded: an answer from source is `unsealed` and is no decision. The folder is
built as the real bundle would be, so that an author hears at once what the build refuses; `opa
eval` then asks that bundle.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mayuse import bundle as bundles
from mayuse import opa_binary
from mayuse.answer import EngineInfo, Policy
from mayuse.bundle import Bundle
from mayuse.catalog import Catalog
from mayuse.decide import Evaluated
from mayuse.engines import slices
from mayuse.engines.verdicts import Reader
from mayuse.errors import OpaFailed
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict
from mayuse.vocabulary import Vocabulary

UNSEALED = "unsealed"


@dataclass(frozen=True)
class Source:
    """A policies folder, built into a temporary bundle."""

    policies: Path
    bundle: Bundle
    archive: Path

    @cached_property
    def catalog(self) -> Catalog:
        """Words and law of the folder as it stands."""
        return Catalog(self.bundle)

    @cached_property
    def engine(self) -> SourceEngine:
        """OPA on the folder as it stands."""
        return SourceEngine(self.bundle, self.archive)

    def query(self, query: str, document: object, *options: str) -> Any:  # noqa: ANN401 - any JSON
        """Evaluate a Rego query with `document` as input; None when it is undefined.

        Raises `OpaFailed` with OPA's own words.
        """
        return query_bundle(self.archive, query, document, *options)


@asynccontextmanager
async def open_source(policies: Path) -> AsyncIterator[Source]:
    """Build `policies` into a bundle that is gone afterwards.

    Raises `BundleError`, `OpaFailed` or `OpaMissing`: what is wrong with the folder, or no OPA.
    """
    with tempfile.TemporaryDirectory(prefix="mayuse-") as folder:
        archive = Path(folder) / "source.tar.gz"
        bundle = await asyncio.to_thread(bundles.build, policies, archive, UNSEALED)
        yield Source(policies, bundle, archive)


class SourceEngine:
    """`decide.Engine` by one `opa eval` a slice: right for authors, far too slow for a service."""

    def __init__(self, bundle: Bundle, archive: Path) -> None:
        self.vocabulary = Vocabulary.from_facts(bundle.facts)
        self.info = EngineInfo("opa-eval", opa_binary.VERSION)
        self.policy = Policy(bundle.digest, bundle.version)
        self._archive = archive
        self._reader = Reader(bundle)

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        """Verdicts in the order of `facts`; what OPA refuses or leaves undefined is a `Fault`."""
        return Evaluated(self.policy, await asyncio.to_thread(self._evaluate, facts))

    def _evaluate(self, facts: Sequence[Facts]) -> tuple[Verdict | Fault, ...]:
        asking = slices.by_slices(facts, self._reader)
        try:
            asked = next(asking)
            while True:
                asked = asking.send(self._ask(asked))
        except StopIteration as done:
            verdicts: tuple[Verdict | Fault, ...] = done.value
            return verdicts

    def _ask(self, asked: slices.Slice) -> slices.Outcome:
        query = "data." + slices.entrypoint(asked).replace("/", ".")
        try:
            result = query_bundle(self._archive, query, slices.document(asked))
        except OpaFailed as error:
            return slices.Broken(Fault("malformed_verdict", f"the policy failed: {error}"))
        return {} if result is None else slices.said(asked, result)


def query_bundle(archive: Path, query: str, document: object, *options: str) -> Any:  # noqa: ANN401 - any JSON
    """Evaluate a Rego query on a bundle archive; None when it is undefined.

    Raises `OpaFailed` with OPA's own words.
    """
    arguments: list[str | Path] = [
        *("eval", "--format", "json", "--strict-builtin-errors", "--stdin-input"),
        *options,
        *("--bundle", archive, query),
    ]
    said = json.loads(opa_binary.run(arguments, stdin=json.dumps(document)))
    rows = said.get("result", [])
    return rows[0]["expressions"][0]["value"] if rows else None
