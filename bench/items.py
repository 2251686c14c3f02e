"""What one item of a batch of 1,000 costs, on each engine: the whole policy set, laws included.

`python bench/items.py [--rounds 9]`, from the repository's top folder. The questions are random
over the whole vocabulary, and each round asks others. An item's cost is the time of the batch,
divided by 1,000, from its facts to its verdict, its effect and the outcome of each law. `wall` is
what passes on the clock; `cpu` what this process computes, on all processors, without the OPA
server's share.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests")]

from mayuse import bundle  # noqa: E402
from mayuse.answer import rule_on  # noqa: E402
from mayuse.bundle import Bundle  # noqa: E402
from mayuse.decide import Engine  # noqa: E402
from mayuse.engines.embedded import EmbeddedEngine  # noqa: E402
from mayuse.engines.opa import OpaEngine  # noqa: E402
from mayuse.laws import Laws  # noqa: E402
from mayuse.question import Facts  # noqa: E402
from mayuse.vocabulary import Vocabulary  # noqa: E402
from opa_server import serving  # noqa: E402
from sampler import Sampler  # noqa: E402 - beside the tests

ITEMS = 1_000
PATIENT = 60.0
SEED = 5


async def cost(engine: Engine, laws: Laws, rounds: Sequence[Sequence[Facts]]) -> None:
    """Print the median, the least and the most of `rounds`, in microseconds an item."""
    walls, processors = [], []
    for facts in rounds:
        wall, processor = time.perf_counter(), time.process_time()
        verdicts = (await engine.evaluate(facts)).verdicts
        for item, verdict in zip(facts, verdicts, strict=True):
            on = date.fromisoformat(item.on)
            laws.of(item.jurisdiction, on, rule_on((item,), (verdict,)))
        walls.append((time.perf_counter() - wall) / len(facts) * 1e6)
        processors.append((time.process_time() - processor) / len(facts) * 1e6)
    print(
        f"{engine.info.name:9} wall {median(walls):6.0f} µs an item "
        f"({min(walls):.0f}..{max(walls):.0f}), cpu {median(processors):6.0f} µs "
        f"({min(processors):.0f}..{max(processors):.0f})"
    )


async def main(rounds: int, active: Bundle) -> None:
    """Measure both engines in turn."""
    sampler = Sampler(Vocabulary.from_facts(active.facts), active.facts, SEED)
    asked = [[sampler.draw() for _ in range(ITEMS)] for _ in range(rounds)]
    laws = Laws(active.facts)
    embedded = EmbeddedEngine(active, timeout=PATIENT)
    await cost(embedded, laws, asked)
    await embedded.close()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mayuse.tar.gz"
        file.write_bytes(active.raw)
        with serving("--bundle", file) as url:
            server = OpaEngine(url, active, timeout=PATIENT)
            await cost(server, laws, asked)
            await server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    asyncio.run(main(parser.parse_args().rounds, bundle.packaged()))
