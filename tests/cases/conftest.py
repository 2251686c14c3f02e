"""The packaged policies on both engines: the embedded one, and a real OPA server.

Without OPA these tests fail; they are never skipped.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mayuse import bundle
from mayuse.authoring import cases
from mayuse.authoring.cases import Case
from mayuse.bundle import Bundle
from mayuse.catalog import Catalog
from mayuse.decide import Engine
from mayuse.engines.embedded import EmbeddedEngine
from mayuse.engines.opa import OpaEngine
from mayuse.vocabulary import Vocabulary
from opa_server import serving

PATIENT = 60.0
"""Seconds an engine may take where the test is about the answer, on a machine that is busy."""


@pytest.fixture(scope="session")
def packaged() -> Bundle:
    return bundle.packaged()


@pytest.fixture(scope="session")
def vocabulary(packaged: Bundle) -> Vocabulary:
    return Vocabulary.from_facts(packaged.facts)


@pytest.fixture(scope="session")
def catalog(packaged: Bundle) -> Catalog:
    return Catalog(packaged)


@pytest.fixture(scope="session")
def case_files(root: Path) -> list[Path]:
    """Every case file there is."""
    return [
        *cases.find(root / "policies"),
        *sorted((root / "tests" / "cases").glob(bundle.CASE_FILES)),
    ]


@pytest.fixture(scope="session")
def every_case(case_files: list[Path], vocabulary: Vocabulary) -> tuple[Case, ...]:
    return cases.load(case_files, vocabulary)


@pytest.fixture(scope="session")
def opa_url(packaged: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("opa") / "mayuse.tar.gz"
    file.write_bytes(packaged.raw)
    with serving("--bundle", file) as url:
        yield url


@pytest.fixture
async def embedded(packaged: Bundle) -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(packaged, timeout=PATIENT)
    yield engine
    await engine.close()


@pytest.fixture
async def opa(packaged: Bundle, opa_url: str) -> AsyncIterator[OpaEngine]:
    engine = OpaEngine(opa_url, packaged, timeout=PATIENT)
    yield engine
    await engine.close()


@pytest.fixture(params=["embedded", "opa"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    found: Engine = request.getfixturevalue(request.param)
    return found
