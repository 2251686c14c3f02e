"""The worked cases of the legal notes answer under the acts that the notes name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml
from sweeping import tell

from mayuse.authoring import case_run, cases
from mayuse.catalog import Catalog
from mayuse.engines.embedded import EmbeddedEngine


async def test_each_worked_case_is_forced_by_a_provision_of_an_act_that_the_notes_name(
    embedded: EmbeddedEngine, catalog: Catalog, root: Path, figure: Callable[[str], None]
) -> None:
    folder = root / "policies" / "cases"
    text = (folder / "provisions.yaml").read_text(encoding="utf-8")
    named: dict[str, list[str]] = yaml.safe_load(text)
    worked = cases.load([folder / "worked.cases.yaml"], embedded.vocabulary)
    assert [case.name.split()[0] for case in worked] == list(named)

    wrong = []
    for result in await case_run.run(worked, embedded, catalog):
        provisions = named[result.case.name.split()[0]]
        acts = {catalog.citation(provision)["act"] for provision in provisions}
        if result.differences or not acts & {said.act for said in result.ruling.forcing}:
            wrong.append(result.name)
    tell(figure, "worked cases", len(worked), len(worked) - len(wrong))
    assert not wrong
