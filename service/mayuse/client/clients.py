"""`Client` and `AsyncClient`: the same calls, each carried out in its own way, by httpx."""

from __future__ import annotations

import asyncio
import functools
import importlib.metadata
import re
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
)
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast

import httpx

from mayuse.client import calls
from mayuse.client.answers import RecordedDecision
from mayuse.client.calls import Terms
from mayuse.client.exchange import Outcome, Patience, Step, Steps, Wait, check_open, request
from mayuse.client.faults import NotSent
from mayuse.client.lines import BATCH, SENT_LINES, Asked, Batch, Item, answered_lines
from mayuse.client.receipts import Pinned

P = ParamSpec("P")
T = TypeVar("T")

SECONDS = 30.0
PATIENCE = Patience()
_LAST_PORT = 2**16 - 1
_KEY = re.compile(r"[!-~]+")


def _now(
    call: Callable[Concatenate[Terms, P], Steps[T]],
) -> Callable[Concatenate[Client, P], T]:
    """A call as a method that returns when it is done."""

    @functools.wraps(call)
    def method(client: Client, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return client.carry_out(call(client.terms, *args, **kwargs))

    return method


def _soon(
    call: Callable[Concatenate[Terms, P], Steps[T]],
) -> Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, T]]:
    """A call as a method to be awaited."""

    @functools.wraps(call)
    async def method(client: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await client.carry_out(call(client.terms, *args, **kwargs))

    return method


def _address(server: str) -> httpx.URL:
    """Where the service is. Raises `NotSent` for what no connection could be made to."""
    try:
        url = httpx.URL(server.rstrip("/"))
        url.host.encode("idna")  # as it is looked up: no label may be empty or too long
    except (httpx.InvalidURL, ValueError):
        raise NotSent("the service's address is none") from None
    if url.scheme not in {"http", "https"} or not url.host or (url.port or 0) > _LAST_PORT:
        raise NotSent("the service's address is none, such as https://mayuse.example")
    return url


class _Base(ABC):
    """What both clients are told."""

    def __init__(  # noqa: PLR0913 - given by name
        self,
        server: str,
        *,
        key: str | None = None,
        pinned: Iterable[str] = (),
        patience: Patience = PATIENCE,
        seconds: float = SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`server` is the service's address, `key` the caller's API key or JWT.

        `pinned` are the log's verifier keys, all that `mayuse log key` prints: with them every
        receipt is checked, and an answer whose receipt none of them signed is refused; what the
        record behind it says, `confirm` looks at. `seconds` bounds each wait for the network;
        `tls` replaces the system's trust in certificates.
        No environment variable counts: a proxy named there would be shown the key. Raises `NotSent`
        for an address or a key that cannot be sent, `ProofError` for a key of the log that is none.
        """
        if key is not None and not _KEY.fullmatch(key):
            raise NotSent("the key is not visible ASCII without spaces")
        keys = list(pinned)
        self.terms = Terms(patience, Pinned(keys) if keys else None)
        version = importlib.metadata.version("mayuse")
        headers = {"User-Agent": f"mayuse-client/{version}", "Accept-Encoding": "identity"}
        self._open(
            base_url=_address(server),
            headers=headers | ({} if key is None else {"Authorization": f"Bearer {key}"}),
            timeout=seconds,
            verify=True if tls is None else tls,
            follow_redirects=False,  # the key is for this address alone
            trust_env=False,  # likewise
        )

    @abstractmethod
    def _open(self, **options: Any) -> None:  # noqa: ANN401 - as httpx has them
        """Make the connections' owner."""


class Client(_Base):
    """Asks a running service, and waits for the answer. May be shared by threads."""

    decide = _now(calls.decide)
    decision = _now(calls.decision)
    decisions = _now(calls.decisions)
    replay = _now(calls.replay)
    proof = _now(calls.proof)
    confirm = _now(calls.confirm)
    checkpoint = _now(calls.checkpoint)
    check_growth = _now(calls.check_growth)
    log_keys = _now(calls.log_keys)
    decisions_about = _now(calls.decisions_about)
    choices = _now(calls.choices)
    record_choices = _now(calls.record_choices)
    choices_history = _now(calls.choices_history)
    erase = _now(calls.erase)
    vocabulary = _now(calls.vocabulary)
    changes = _now(calls.changes)
    policies = _now(calls.policies)
    policy = _now(calls.policy)
    policy_activations = _now(calls.policy_activations)
    upload_policy = _now(calls.upload_policy)
    remove_policy = _now(calls.remove_policy)
    activate_policy = _now(calls.activate_policy)
    roll_back_policy = _now(calls.roll_back_policy)

    def batch(self, questions: Iterable[Asked]) -> Iterator[Item]:
        """Ask many questions; each is answered on its own, in order, as they are read.

        Never sent twice. Raises `CutOff` in the end unless all that was sent has been answered.
        """
        check_open(self._http)
        batch = Batch(self.terms.pinned)
        sent = batch.lines(questions)
        try:
            with self._http.stream("POST", BATCH, headers=SENT_LINES, content=sent) as response:
                if not response.is_success:
                    response.read()
                for chunk in answered_lines(response).iter_bytes():
                    yield from batch.feed(chunk)
        except httpx.RequestError as error:
            raise batch.broken_by(error) from error
        batch.end()

    def each_decision(self, filters: Mapping[str, str] | None = None) -> Iterator[RecordedDecision]:
        """Read the whole list of decisions, page by page; as `decisions`."""
        page = self.decisions(filters)
        yield from page.items
        while page.next_cursor is not None:
            page = self.decisions(filters, cursor=page.next_cursor)
            yield from page.items

    def carry_out(self, steps: Steps[T]) -> T:
        """Carry out an exchange."""
        outcome: Outcome = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                return cast("T", done.value)
            outcome = self._step(step)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _open(self, **options: Any) -> None:  # noqa: ANN401 - as httpx has them
        self._http = httpx.Client(**options)

    def _step(self, step: Step) -> Outcome:
        if isinstance(step, Wait):
            time.sleep(step.seconds)
            return None
        try:
            return self._http.send(request(self._http, step))
        except httpx.RequestError as error:
            return error


class AsyncClient(_Base):
    """Asks a running service from asyncio's event loop; otherwise as `Client`."""

    decide = _soon(calls.decide)
    decision = _soon(calls.decision)
    decisions = _soon(calls.decisions)
    replay = _soon(calls.replay)
    proof = _soon(calls.proof)
    confirm = _soon(calls.confirm)
    checkpoint = _soon(calls.checkpoint)
    check_growth = _soon(calls.check_growth)
    log_keys = _soon(calls.log_keys)
    decisions_about = _soon(calls.decisions_about)
    choices = _soon(calls.choices)
    record_choices = _soon(calls.record_choices)
    choices_history = _soon(calls.choices_history)
    erase = _soon(calls.erase)
    vocabulary = _soon(calls.vocabulary)
    changes = _soon(calls.changes)
    policies = _soon(calls.policies)
    policy = _soon(calls.policy)
    policy_activations = _soon(calls.policy_activations)
    upload_policy = _soon(calls.upload_policy)
    remove_policy = _soon(calls.remove_policy)
    activate_policy = _soon(calls.activate_policy)
    roll_back_policy = _soon(calls.roll_back_policy)

    async def batch(self, questions: Iterable[Asked] | AsyncIterable[Asked]) -> AsyncIterator[Item]:
        """Ask many questions; as `Client.batch`."""
        check_open(self._http)
        batch = Batch(self.terms.pinned)

        async def sent() -> AsyncIterator[bytes]:
            if isinstance(questions, AsyncIterable):
                async for question in questions:
                    yield batch.line(question)
            else:
                for line in batch.lines(questions):
                    yield line

        try:
            async with self._http.stream(
                "POST", BATCH, headers=SENT_LINES, content=sent()
            ) as response:
                if not response.is_success:
                    await response.aread()
                async for chunk in answered_lines(response).aiter_bytes():
                    for item in batch.feed(chunk):
                        yield item
        except httpx.RequestError as error:
            raise batch.broken_by(error) from error
        batch.end()

    async def each_decision(
        self, filters: Mapping[str, str] | None = None
    ) -> AsyncIterator[RecordedDecision]:
        """Read the whole list of decisions; as `Client.each_decision`."""
        page = await self.decisions(filters)
        for item in page.items:
            yield item
        while page.next_cursor is not None:
            page = await self.decisions(filters, cursor=page.next_cursor)
            for item in page.items:
                yield item

    async def carry_out(self, steps: Steps[T]) -> T:
        """Carry out an exchange."""
        outcome: Outcome = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as done:
                return cast("T", done.value)
            outcome = await self._step(step)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    def _open(self, **options: Any) -> None:  # noqa: ANN401 - as httpx has them
        self._http = httpx.AsyncClient(**options)

    async def _step(self, step: Step) -> Outcome:
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._http.send(request(self._http, step))
        except httpx.RequestError as error:
            return error
