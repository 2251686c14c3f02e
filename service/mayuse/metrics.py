"""What the service counts of itself, for Prometheus. No label holds anything a caller chose.

The parts count here where things happen, by prometheus-client. One process keeps its numbers in
memory. Several (`MAYUSE_WORKERS`) keep them in files of one folder, and whichever of them is asked
adds up all: `shared_by_workers` makes that folder before they start, because prometheus-client
looks for it when it is imported.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    multiprocess,
)
from prometheus_client.exposition import choose_encoder

from mayuse.problem import INDETERMINATE

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus-client hears of the folder that workers share."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "QUERY"})
OTHER = "other"
"""Any method that is none of these: a caller can send whatever it likes."""

NO_ROUTE = "none"
EFFECTS = ("permit", "deny", "indeterminate")

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

REGISTRY = CollectorRegistry()

_REQUESTS = Histogram(
    "mayuse_http_request_seconds",
    "From a request's headers to the end of its answer.",
    ["method", "route", "status"],
    buckets=_FAST,
    registry=REGISTRY,
)
_DECISIONS = Counter(
    "mayuse_decisions", "Decisions recorded.", ["effect", "engine"], registry=REGISTRY
)
_LOOKUPS = Counter(
    "mayuse_memo_lookups",
    "Facts looked for among the verdicts remembered.",
    ["result"],
    registry=REGISTRY,
)
_EVALUATIONS = Histogram(
    "mayuse_evaluation_seconds",
    "One evaluation by the policy engine, of one or several facts.",
    ["engine"],
    buckets=_FAST,
    registry=REGISTRY,
)
_EVALUATED = Counter(
    "mayuse_evaluated_facts",
    "Facts the policy engine was asked about.",
    ["engine"],
    registry=REGISTRY,
)
_FAULTS = Counter(
    "mayuse_policy_faults", "Facts without a verdict.", ["engine", "code"], registry=REGISTRY
)
_QUEUE = Gauge(
    "mayuse_log_queue_entries",
    "Entries that wait to be recorded.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
_COMMITS = Histogram(
    "mayuse_log_commit_seconds", "One commit to the log.", buckets=_FAST, registry=REGISTRY
)
_ENTRIES = Histogram(
    "mayuse_log_commit_entries", "Entries in one commit.", buckets=_SIZES, registry=REGISTRY
)
_LOG_FAILURES = Counter(
    "mayuse_log_failures",
    "Callers whose entries could not be recorded.",
    ["code"],
    registry=REGISTRY,
)
UNSEALED = Gauge(
    "mayuse_log_unsealed_entries",
    "Entries in the database that are no leaves yet; NaN when the database cannot be asked.",
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)
SET_ASIDE = Gauge(
    "mayuse_log_set_aside_entries",
    "Entries that were found changed before they were sealed: an alarm.",
    multiprocess_mode="livemax",
    registry=REGISTRY,
)
_WORKERS = Gauge(
    "mayuse_bundle_workers",
    "Workers that answer, by the policy bundle they answer under.",
    ["digest", "version", "engine"],
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
ACTIVATED = Gauge(
    "mayuse_bundle_activated_timestamp_seconds",
    "When the policy bundle was first activated, in seconds since 1970.",
    ["digest"],
    multiprocess_mode="livemostrecent",
    registry=REGISTRY,
)


def exchanged(method: str, route: str | None, status: int | None, seconds: float) -> None:
    """An HTTP exchange is over. `route` is the template, `status` None when nothing was sent."""
    known = method if method in METHODS else OTHER
    _requests(known, route or NO_ROUTE, str(status or 0)).observe(seconds)


def looked_up(*, found: int, missed: int) -> None:
    """Facts were looked for in the memo."""
    if found:
        _lookups("hit").inc(found)
    if missed:
        _lookups("miss").inc(missed)


def evaluated(engine: str, facts: int, seconds: float, faults: Sequence[str]) -> None:
    """An engine was asked about `facts` facts; `faults` are the codes of those without verdict."""
    _evaluations(engine).observe(seconds)
    _EVALUATED.labels(engine).inc(facts)
    for code in faults:
        _FAULTS.labels(engine, code).inc()


def queued(entries: int) -> None:
    """So many entries wait now."""
    _QUEUE.set(entries)


def committed(entries: int, seconds: float) -> None:
    """A commit is done."""
    _COMMITS.observe(seconds)
    _ENTRIES.observe(entries)


def decided(effect: str, engine: str) -> None:
    """A decision was recorded."""
    _decisions(effect, engine).inc()


def not_recorded(code: str, callers: int = 1) -> None:
    """Callers hear that nothing of theirs is recorded."""
    _LOG_FAILURES.labels(code).inc(callers)


@contextlib.contextmanager
def answering(digest: str, version: str, engine: str) -> Iterator[None]:
    """Meanwhile this process answers under this bundle. What may be counted then starts at 0."""
    for effect in EFFECTS:
        _decisions(effect, engine)
    for code in INDETERMINATE:
        _FAULTS.labels(engine, code)
    for result in ("hit", "miss"):
        _lookups(result)
    mine = _WORKERS.labels(digest, version, engine)
    mine.set(1)
    try:
        yield
    finally:
        mine.set(0)


def exposition(accept: str) -> tuple[bytes, str]:
    """All numbers of all workers as text, and its media type: whichever `accept` prefers."""
    encode, media_type = choose_encoder(accept)
    return encode(_everything()), media_type


@contextlib.contextmanager
def shared_by_workers(workers: int) -> Iterator[None]:
    """Make several workers that are started meanwhile count together, from 0 on."""
    if workers == 1:
        os.environ.pop(FOLDER, None)
        yield
        return
    with tempfile.TemporaryDirectory(prefix="mayuse-metrics-") as folder:
        os.environ[FOLDER] = folder
        yield


def folder_of_workers() -> Path | None:
    """The folder that the workers share, where there are several."""
    folder = os.environ.get(FOLDER)
    return None if folder is None else Path(folder)


def _everything() -> CollectorRegistry:
    folder = folder_of_workers()
    if folder is None:
        return _alone()
    _forget_the_dead(folder)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    return registry


@cache
def _alone() -> CollectorRegistry:
    """One process: what it uses of the machine is told as well."""
    ProcessCollector(registry=REGISTRY)
    return REGISTRY


def _forget_the_dead(folder: Path) -> None:
    """Drop what ended workers said of themselves; what they counted stays counted."""
    for file in folder.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with contextlib.suppress(FileNotFoundError):  # another worker was first
                multiprocess.mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]


# `labels` takes longer than counting does.
_requests = cache(_REQUESTS.labels)
_evaluations = cache(_EVALUATIONS.labels)
_decisions = cache(_DECISIONS.labels)
_lookups = cache(_LOOKUPS.labels)
