"""Engines on small policies of their own and on the packaged bundle, embedded and through OPA.

Without OPA these tests fail; they are never skipped, since half of them would say nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from mayuse import bundle
from mayuse.bundle import Bundle
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.engines.memo import OnePolicyEngine
from mayuse.engines.opa import OpaEngine
from mayuse.question import Facts
from opa_server import serving

POLICIES = Path(__file__).parent / "policies"
PATIENT = 30.0
"""Seconds an engine may take where the test is about the answer, on a machine that is busy."""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The bundle of the small policies beside this file."""
    return bundle.build(POLICIES, tmp_path_factory.mktemp("small") / "small.tar.gz", "1.0")


@pytest.fixture(scope="session")
def small_opa(small: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An OPA server that holds the small bundle."""
    file = tmp_path_factory.mktemp("opa") / "small.tar.gz"
    file.write_bytes(small.raw)
    with serving("--bundle", file) as url:
        yield url


@pytest.fixture(scope="session")
def packaged_opa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An OPA server that holds the packaged bundle."""
    file = tmp_path_factory.mktemp("opa") / "mayuse.tar.gz"
    file.write_bytes(bundle.packaged().raw)
    with serving("--bundle", file) as url:
        yield url


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the small policies that a test may spoil."""
    return shutil.copytree(POLICIES, tmp_path / "policies")


@pytest.fixture
async def embedded(small: Bundle) -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(small, timeout=PATIENT)
    yield engine
    await engine.close()


@pytest.fixture
async def opa(small: Bundle, small_opa: str) -> AsyncIterator[OpaEngine]:
    engine = OpaEngine(small_opa, small, timeout=PATIENT)
    yield engine
    await engine.close()


@pytest.fixture(params=["embedded", "opa"])
def engine(request: pytest.FixtureRequest) -> OnePolicyEngine:
    """Each engine in turn, on the small policies."""
    found: OnePolicyEngine = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def ask() -> Callable[..., Facts]:
    """Facts of the small policies: by default a sale in a place with an act, under no terms."""

    def make(**given: object) -> Facts:
        fields: dict[str, object] = {
            "controller": "generic",
            "recipient": "acme_corp",
            "purpose": "sell",
            "data": "profile",
            "jurisdiction": "AA",
            "on": "2025-11-20",
            "age": "adult",
            "choices": (("selling", "default"),),
            "gpc": False,
        }
        return Facts(**{**fields, **given})  # type: ignore[arg-type]

    return make
