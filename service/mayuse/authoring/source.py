"""A local policies folder, evaluated from source by OPA, for authors.

Nothing here is recorded: an answer from source is `unsealed` and is no decision. The folder is
built as the real bundle would be, so that an author hears at once what the build refuses; `opa
eval` then asks that bundle.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mayuse import bundle as bundles
from mayuse import opa_binary
from mayuse.answer import EngineInfo, Fault, Policy, Verdict
from mayuse.bundle import Bundle
from mayuse.catalog import Catalog
from mayuse.decide import Evaluated
from mayuse.errors import MalformedVerdict, OpaFailed
from mayuse.question import Facts
from mayuse.vocabulary import Vocabulary

UNSEALED = "unsealed"
BATCH = "data.mayuse.main.batch"


@dataclass(frozen=True)
class Source:
    """A policies folder, built into a temporary bundle."""

    policies: Path
    bundle: Bundle
    archive: Path

    @property
    def catalog(self) -> Catalog:
        """Words and law of the folder as it stands."""
        return Catalog(self.bundle)

    @property
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
    """`decide.Engine` by one `opa eval` a call: right for authors, far too slow for a service."""

    def __init__(self, bundle: Bundle, archive: Path) -> None:
        self._archive = archive
        self._vocabulary = Vocabulary.from_facts(bundle.facts)
        self.policy = Policy(bundle.digest, bundle.version)

    @property
    def info(self) -> EngineInfo:
        """OPA, pinned."""
        return EngineInfo("opa-eval", opa_binary.VERSION)

    @property
    def vocabulary(self) -> Vocabulary:
        """The ids of the folder's vocabulary."""
        return self._vocabulary

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        """Verdicts in the order of `facts`; what OPA refuses or leaves undefined is a `Fault`."""
        return await self.evaluate_inputs([item.as_input() for item in facts])

    async def evaluate_inputs(self, inputs: Sequence[object]) -> Evaluated:
        """The same for input documents that need not be well-formed facts."""
        verdicts = await asyncio.to_thread(self._verdicts, inputs) if inputs else []
        return Evaluated(self.policy, tuple(verdicts))

    def _verdicts(self, inputs: Sequence[object]) -> list[Verdict | Fault]:
        items = {str(index): item for index, item in enumerate(inputs)}
        try:
            answers = query_bundle(self._archive, BATCH, {"items": items})
        except OpaFailed as error:
            if len(inputs) == 1:
                return [Fault("policy_unavailable", f"OPA refused: {error}")]
            half = len(inputs) // 2
            return [*self._verdicts(inputs[:half]), *self._verdicts(inputs[half:])]
        return [_verdict(answers, index) for index in items]


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


def _verdict(answers: Mapping[str, object] | None, index: str) -> Verdict | Fault:
    if not answers or index not in answers:
        return Fault("undefined", "the policy has no decision on these facts")
    try:
        return Verdict.from_policy(answers[index])
    except MalformedVerdict as error:
        return Fault(error.code, error.detail)
