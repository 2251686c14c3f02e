"""How long an auditor waits for a million decisions: lists, counts, proofs, replay, export.

    PYTHONPATH=service:tests python bench/log_reader.py --database postgresql --decisions 1000000

The decisions are made by the real policy and written by the real log, in batches, over twenty-four
months. `--folder` keeps the database for another run; what is there already is not made again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import uvloop

import postgres
from mayuse import bootstrap, export, journal
from mayuse.decide import may_each
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.errors import LogUnavailable
from mayuse.question import Question
from mayuse.replay import Report
from mayuse.service import Service
from mayuse.settings import Settings
from mayuse.store.search import Filters
from mayuse.store.session import Location
from mayuse.store.whole_log import Beside, verify_stored

BATCH = 500
PEOPLE = 300_000
END = datetime(2026, 11, 24, tzinfo=UTC)
MONTHS = timedelta(days=730)
PLACES = ("US-CA", "US-VA", "US-TX", "US-NY", "DE", "FR", "IE", "GB", "BR", "IN", "CA-QC", "JP")
WHO = (
    ("microsoft", "ads_personalised"),
    ("linkedin_corporation", "train_ai_content"),
    ("linkedin_ireland", "train_ai_content"),
    ("advertiser", "ads_measurement"),
    ("linkedin_corporation", "personalise_content"),
    ("public", "publish_synthetic_likeness"),
)
DATA = (("profile",), ("profile",), ("public_posts",), ("profile", "offsite_activity"))
CHOICES = ({}, {}, {"share_with_affiliates": "off"}, {"ai_training": "off"})
DAYS = (date(2025, 11, 20), date(2026, 2, 1))
NAMED, SIGNALS = 0.9, 0.1


def questions(count: int) -> Iterator[Question]:
    """Questions as they come: many people, few distinct facts, some combinations rare."""
    chance = random.Random(20261124)  # noqa: S311 - the same each time
    for _ in range(count):
        recipient, purpose = chance.choices(WHO, (40, 25, 15, 10, 9, 1))[0]
        yield Question(
            recipient=recipient,
            purpose=purpose,
            data=chance.choice(DATA),
            on=chance.choice(DAYS),
            jurisdiction=chance.choice(PLACES),
            age=chance.choice((15, 35, 35, 35)),
            subject=f"member-{chance.randrange(PEOPLE)}" if chance.random() < NAMED else None,
            choices=chance.choice(CHOICES),
            gpc=chance.random() < SIGNALS,
        )


async def load(service: Service, count: int) -> None:
    """Fill the log up to `count` decisions."""
    there = sum(item.decisions for item in await service.counts.by())
    asked = list(questions(count))[there:]
    started = time.perf_counter()
    for start in range(0, len(asked), BATCH):
        at = END - MONTHS + MONTHS * (there + start) / count
        some = asked[start : start + BATCH]
        caller = ("ads-pipeline", "training-set", "feed")[start // BATCH % 3]
        try:
            await may_each(
                some,
                engine=service.engine,
                choices=service.choices,
                log=service.log,
                caller=caller,
                now=at,
            )
        except LogUnavailable:  # a busy machine: the batch is recorded late, or not at all
            await asyncio.sleep(5)
    took = time.perf_counter() - started
    if asked:
        print(f"  loaded {len(asked):,} decisions in {took:.0f} s, {len(asked) / took:,.0f}/s")


def searches(count: int) -> Iterator[Filters]:
    """What auditors look for: one to four filters together, some of them rare or empty."""
    chance = random.Random(7)  # noqa: S311 - the same each time
    for _ in range(count):
        since = END - MONTHS * chance.random()
        values = {
            "since": since,
            "until": since + timedelta(days=chance.choice((1, 30, 365))),
            "effect": chance.choice(("permit", "deny", "indeterminate")),
            "recipient": chance.choice(WHO)[0],
            "purpose": chance.choice(WHO)[1],
            "data": chance.choice(DATA)[-1],
            "jurisdiction": chance.choice(PLACES),
            "rule": chance.choice(("law/us/browser_signal", "terms/linkedin/microsoft_ads")),
            "act": chance.choice(("us-ca-ccpa", "eu-gdpr", "linkedin-us-2025-11-03", "eu-dma")),
            "caller": chance.choice(("ads-pipeline", "training-set", "feed", "nobody")),
            "subject": f"member-{chance.randrange(PEOPLE)}",
        }
        names = chance.sample(sorted(values), chance.choice((1, 2, 2, 3, 4)))
        yield Filters(**{name: values[name] for name in names})


async def measure_size(service: Service, count: int) -> None:
    """What all of it takes on the disk."""
    location = Location.from_url(service.settings.database_url)
    if location.dialect == "sqlite":
        size = location.file.stat().st_size
    else:
        connection = await asyncpg.connect(location.dsn)
        size = await connection.fetchval("SELECT pg_database_size(current_database())")
        await connection.close()
    print(f"  {size / 2**20:,.0f} MiB, {size / count:,.0f} bytes a decision")


async def measure_lists(service: Service, count: int) -> None:
    """Time pages of fifty, each of another search."""
    took: list[tuple[float, Filters]] = []
    for filters in searches(count):
        started = time.perf_counter()
        await service.decisions.list(filters, limit=50)
        took.append((time.perf_counter() - started, filters))
    took.sort(key=lambda item: item[0])
    median, p99 = took[len(took) // 2][0], took[len(took) * 99 // 100][0]
    print(f"  {count} searches: p50 {median * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms")
    for seconds, filters in took[-3:]:
        named = {name: str(v) for name, v in asdict(filters).items() if v is not None}
        print(f"    slow: {seconds * 1000:.0f} ms {named}")


async def measure_counts(service: Service) -> None:
    """Time counts of all decisions by two dimensions, and of one month."""
    month = Filters(since=END - timedelta(days=31))
    for by, interval, filters in (
        (("effect", "recipient"), "month", Filters()),
        (("jurisdiction", "effect"), None, Filters()),
        (("rule", "act"), None, Filters()),
        (("effect", "recipient"), "day", month),
        (("rule", "jurisdiction"), None, month),
    ):
        started = time.perf_counter()
        try:
            found = len(await service.counts.by(by, interval, filters))
        except Exception as error:  # noqa: BLE001 - a figure, too
            found = f"{type(error).__name__}: {error}"
        took = time.perf_counter() - started
        span = "one month" if filters.since else "all"
        print(f"  counts by {' and '.join(by)} over {interval}, {span}: {took:.2f} s ({found})")


async def measure_proofs(service: Service, count: int = 1_000) -> None:
    """Prove leaves at random, each with a checkpoint signed for it."""
    chance = random.Random(3)  # noqa: S311 - the same each time
    note = await service.published.checkpoint()
    size, took = Checkpoint.from_text(note.text).size, []
    for _ in range(count):
        started = time.perf_counter()
        await service.published.at(chance.randrange(size))
        took.append(time.perf_counter() - started)
    took.sort()
    median, p99 = took[count // 2] * 1000, took[count * 99 // 100] * 1000
    print(f"  {count} proofs in a log of {size:,}: p50 {median:.1f} ms, p99 {p99:.1f} ms")


async def measure_verify(service: Service) -> None:
    """Compute the whole log again."""
    started = time.perf_counter()
    location = Location.from_url(service.settings.database_url)
    report = await verify_stored(location, Beside(row_mac=service.log.keys.row_mac))
    took = time.perf_counter() - started
    print(
        f"  verified {report.size:,} leaves in {took:.0f} s, {report.size / took:,.0f}/s, "
        f"{len(report.findings)} findings"
    )


async def measure_replay(service: Service) -> None:
    """Make all of them again."""
    report = Report()
    started = time.perf_counter()
    async for _ in service.replayer.each(service.evidence.each(), report):
        pass
    took = time.perf_counter() - started
    print(
        f"  replay of {report.total:,}: {took:.0f} s, {report.total / took:,.0f}/s, "
        f"{report.evaluated:,} distinct facts evaluated, {dict(report.outcomes)}"
    )


async def measure_export(service: Service, folder: Path) -> None:
    """Write all of them down."""
    started, count = time.perf_counter(), 0
    with (folder / "decisions.ndjson").open("wb") as file:
        async for some in export.each(service.decisions, Filters(), now=datetime.now(UTC)):
            file.write(export.ndjson(some))
            count += len(some)
    took = time.perf_counter() - started
    size = (folder / "decisions.ndjson").stat().st_size
    speed = f"{count / took:,.0f}/s, {size / count:.0f} B each"
    print(f"  export of {count:,} as NDJSON: {took:.0f} s, {speed}")
    (folder / "decisions.ndjson").unlink()


async def run(arguments: argparse.Namespace, url: str, folder: Path) -> None:
    """Load, then measure."""
    settings = Settings(database_url=url, keys_dir=folder / "keys", log_queue=100_000)
    async with bootstrap.open_service(settings) as service:
        await load(service, arguments.decisions)
        await measure_size(service, arguments.decisions)
        await measure_lists(service, arguments.searches)
        await measure_counts(service)
        await measure_proofs(service)
        if arguments.all:
            await measure_verify(service)
            await measure_replay(service)
            await measure_export(service, folder)


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database of this kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/mayuse.db"
        return
    with postgres.running(on_disk=True) as server:
        yield asyncio.run(server.create_database())


def main() -> None:
    """Read the arguments, make a database, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--searches", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="Keep the SQLite database and the keys here.")
    parser.add_argument("--all", action="store_true", help="Replay and export as well.")
    arguments = parser.parse_args()
    journal.configure("error")
    print(f"{arguments.database}, load average {os.getloadavg()[0]:.1f}")
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        url = stack.enter_context(database(arguments.database, folder.absolute()))
        uvloop.run(run(arguments, url, folder.absolute()))  # as the service does


if __name__ == "__main__":
    main()
