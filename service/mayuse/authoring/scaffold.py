"""`mayuse policy new law/us/example`: a rule, its test, its act and provision, and two cases.

All of it is valid and runs: the rule is a small opt-out from a day far ahead, so that no answer of
today changes before a person has filled it in; the cases are what the rules really answer. Of the
files that are there, the index of the rules alone is written again. `mayuse policy lint` names
every line that is still to be written.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from mayuse import rule_index
from mayuse.answer import GENERIC, rule_on
from mayuse.authoring import case_write, scaffold_area, scaffold_place
from mayuse.authoring.case_run import evaluate, reasons_by_rule
from mayuse.authoring.scaffold_place import Scene
from mayuse.authoring.scaffold_plan import Plan
from mayuse.authoring.source import Source, SourceEngine, open_source
from mayuse.errors import AuthoringError

DEFAULT_FROM = date(2099, 1, 1)
FIRST, LAST = date(1900, 1, 2), date(2199, 12, 31)
"""The days that a question can ask about together with the day before."""


async def new(
    policies: Path, rule: str, *, place: str | None, begins: date, today: date
) -> list[Path]:
    """Write a new rule with everything that belongs to it; returns the files written.

    Without `place`, the place of the area where the fewest rules speak yet. Raises
    `AuthoringError` when the id is not one or is taken, when its area does not exist or is not
    asked in `place`, `BundleError` or `OpaFailed` when the folder did not build before. When
    anything fails, nothing is left behind.
    """
    scaffold_area.check_name(rule)
    async with open_source(policies) as source:
        plan, scene = await _plan(source, rule, place, begins, today)
    written = plan.files()
    try:
        for file, text in written.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        rule_index.write(policies)
        async with open_source(policies) as source:
            cases = await _cases(plan, scene, source.engine)
        plan.case_file.parent.mkdir(parents=True, exist_ok=True)
        plan.case_file.write_text(cases, encoding="utf-8")
    except BaseException:
        for file in written:
            shutil.rmtree(file.parent, ignore_errors=True)
        rule_index.write(policies)
        raise
    return [*written, plan.case_file, policies / rule_index.INDEX]


async def _plan(
    source: Source, rule: str, place: str | None, begins: date, today: date
) -> tuple[Plan, Scene]:
    """What is to be made and can be, and what its cases ask."""
    layer, area, _ = rule.split("/")
    words = source.engine.vocabulary
    scaffold_area.check_area(source.policies, layer, area, words)
    plan = Plan(source.policies, rule, place or "", begins, today)
    if faults := tuple(_taken(plan, source)):
        raise AuthoringError(faults)
    if not FIRST <= begins <= LAST:
        raise AuthoringError((f"--from {begins} is not a day from {FIRST} to {LAST}",))
    places = scaffold_area.places_of(source, layer, area, begins)
    if place is not None:
        scaffold_area.check_place(place, f"{layer}/{area}", places, words)
        places = [place]
    controller = area if layer == "terms" else GENERIC
    scene = await scaffold_place.choose(source, controller, places, begins)
    return replace(plan, place=scene.place, draft=scene.draft), scene


def _taken(plan: Plan, source: Source) -> Iterator[str]:
    """What is in the way, and the way out."""
    if plan.folder.exists():
        yield f"{plan.folder} exists already; go on there, or give the new rule another name"
        return
    files = [file for file in (*plan.files(), plan.case_file) if file.exists()]
    yield from (
        f"{file} exists already; remove it, or give the new rule another name" for file in files
    )
    if not files and plan.act in source.bundle.facts["acts"]:
        yield f"the act {plan.act} exists already; give the new rule another name"


async def _cases(plan: Plan, scene: Scene, engine: SourceEngine) -> str:
    """What the rules answer, the choice made and not, the day before and the first day.

    Raises `AuthoringError` when the new rule is not what decides on its first day.
    """
    days = (plan.begins - timedelta(days=1), plan.begins)
    cases = []
    for side in plan.draft.sides:
        questions = [scene.question(day, chosen=side.chosen) for day in days]
        facts = [question.facts(engine.vocabulary)[0] for question in questions]
        verdicts = await evaluate(facts, engine)
        rulings = [rule_on([a], [v]) for a, v in zip(facts, verdicts, strict=True)]
        if side.reason not in reasons_by_rule(rulings[-1].forcing).get(plan.rule, ()):
            raise AuthoringError((f"{plan.rule} is not asked in {plan.place}: see its area.rego",))
        answered = list(zip(questions, rulings, strict=True))
        cases.append(case_write.case(f"{plan.act}: {side.name}", "", answered))
    return (
        f"# {plan.rule}: what the rules answer the day before and the first day. Written by a\n"
        "# program: check that it is what the law says, and say why in `about`.\n"
        + case_write.to_yaml(cases)
    )
