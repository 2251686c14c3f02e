"""The second engine: an OPA server that holds the same bundle.

Uses `opa-python-client`, whose `query_rule` is the Data API
(https://www.openpolicyagent.org/docs/rest-api#data-api). A verdict counts only if OPA says that it
came from the very bundle this service expects.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from mayuse.answer import EngineInfo, Policy
from mayuse.bundle import Bundle
from mayuse.decide import Evaluated
from mayuse.engines import slices
from mayuse.engines.opa_client import BoundedOpaClient, OpaRefused, OpaTooLong
from mayuse.engines.verdicts import Reader
from mayuse.errors import SettingsError
from mayuse.question import Facts
from mayuse.verdict import Fault, Verdict
from mayuse.vocabulary import Vocabulary

QUERY = {"provenance": "true", "strict-builtin-errors": "true"}
"""Provenance names the bundle; strict, a failing builtin is an error and no deny goes undefined."""

AT_ONCE = 4
"""Into how many requests many facts are shared: OPA evaluates each on one processor."""


class OpaEngine:
    """Asks an OPA server; see `decide.Engine`. For one event loop; `close` it there."""

    def __init__(self, url: str, bundle: Bundle, *, timeout: float = 1.0) -> None:
        """Prepare to ask the OPA at `url` (`http[s]://host[:port]`); connects when first asked.

        `timeout` (seconds) bounds one exchange about one question, its one repeated try included,
        and with `slices.SECONDS_PER_ITEM` for each further one that about a slice.
        Raises `SettingsError` for a URL with a path or user, which OPA's API has not.
        """
        self.vocabulary = Vocabulary.from_facts(bundle.facts)
        self.policy = Policy(bundle.digest, bundle.version)
        self._reader = Reader(bundle)
        self._timeout = timeout
        self._version = "unknown"
        self._client = _client(url)

    @property
    def info(self) -> EngineInfo:
        """The server's version is known once it has answered."""
        return EngineInfo("opa", self._version)

    async def evaluate(self, facts: Sequence[Facts]) -> Evaluated:
        """Verdicts in the order of `facts`; see `decide.Engine`."""
        shares = await asyncio.gather(
            *(self._evaluate(share) for share in slices.shares(facts, AT_ONCE))
        )
        return Evaluated(self.policy, tuple(itertools.chain.from_iterable(shares)))

    async def ready(self) -> Fault | None:
        """None when OPA is healthy and holds the bundle this service expects, else why not."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._client.open()
                if not await self._client.check_health(query={"bundles": "true"}):
                    return Fault("policy_unavailable", "OPA is not healthy")
        except TimeoutError:
            return Fault("policy_timeout", f"no answer from OPA within {self._timeout:g} s")
        answer = await self._exchange(slices.DECISION, {}, self._timeout)
        return answer if isinstance(answer, Fault) else None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close_connection()

    async def _evaluate(self, facts: slices.Slice) -> tuple[Verdict | Fault, ...]:
        asking = slices.by_slices(facts, self._reader)
        try:
            asked = next(asking)
            while True:
                asked = asking.send(await self._ask(asked))
        except StopIteration as done:
            verdicts: tuple[Verdict | Fault, ...] = done.value
            return verdicts

    async def _ask(self, asked: slices.Slice) -> slices.Outcome:
        entry = slices.entrypoint(asked)
        seconds = slices.patience(self._timeout, asked)
        answer = await self._exchange(entry, slices.document(asked), seconds)
        if isinstance(answer, Fault | slices.Broken):
            return answer
        return slices.said(asked, answer["result"]) if "result" in answer else {}

    async def _exchange(
        self, entry: str, document: dict[str, Any], seconds: float
    ) -> Mapping[str, Any] | slices.Broken | Fault:
        """One question to OPA and its answer, if it comes from the expected bundle."""
        try:
            async with asyncio.timeout(seconds):
                await self._client.open()
                answer = await self._client.query_rule(document, entry, query_params=QUERY)
        except TimeoutError:
            return Fault("policy_timeout", f"no answer from OPA within {seconds:g} s")
        except OpaRefused as error:
            return _refused(error)
        except (OpaTooLong, orjson.JSONDecodeError):
            return Fault("malformed_verdict", "OPA's answer is too long or no JSON")
        except aiohttp.ClientError as error:
            return Fault("policy_unavailable", f"OPA cannot be asked: {type(error).__name__}")
        return self._provenance_fault(answer) or answer

    def _provenance_fault(self, answer: object) -> Fault | None:
        if not isinstance(answer, dict):
            return Fault("malformed_verdict", "OPA's answer is no object")
        provenance = answer.get("provenance")
        if not isinstance(provenance, dict):
            return Fault("policy_unavailable", "OPA does not say which bundle it holds")
        bundles = provenance.get("bundles")
        if not isinstance(bundles, dict) or not bundles:
            return Fault("policy_unavailable", "OPA holds no bundle")
        revisions = [row.get("revision") for row in bundles.values() if isinstance(row, dict)]
        if self.policy.digest not in revisions:
            return Fault("stale_policy", "OPA holds another bundle than the active one")
        if isinstance(version := provenance.get("version"), str):
            self._version = version
        return None


def _refused(error: OpaRefused) -> slices.Broken | Fault:
    """An error of evaluation concerns some item of the slice; any other the whole of OPA."""
    if error.evaluation:
        return slices.Broken(Fault("malformed_verdict", f"the policy failed: {error.evaluation}"))
    return Fault("policy_unavailable", f"OPA answered with status {error.status}")


def _client(url: str) -> BoundedOpaClient:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise SettingsError("MAYUSE_OPA_URL: is not http[s]://host[:port] without a path")
    if parts.username or parts.query:
        raise SettingsError("MAYUSE_OPA_URL: has a user or a query, which OPA does not know")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    https = parts.scheme == "https"
    return BoundedOpaClient(host=host, port=parts.port or (443 if https else 8181), ssl=https)
