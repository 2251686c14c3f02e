"""`mayuse policy new law/us/example`: a rule, its test, its act and provision, and two cases.

All of it is valid and runs: the rule is a small opt-out from a day far ahead, so that no answer of
today changes before a person has filled it in; the cases are what the rules really answer. No
existing file is touched. `mayuse policy lint` names every line that is still to be written.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from mayuse import rule_index
from mayuse.answer import rule_on
from mayuse.authoring import case_write
from mayuse.authoring.case_run import evaluate
from mayuse.authoring.scaffold_plan import Plan
from mayuse.authoring.source import Source, SourceEngine, open_source
from mayuse.bundle_check import RULE
from mayuse.errors import AuthoringError
from mayuse.question import Question
from mayuse.verdict import Verdict

DEFAULT_FROM = date(2099, 1, 1)
EEA_AREA = "eu"


async def new(
    policies: Path, rule: str, *, place: str | None, begins: date, today: date
) -> list[Path]:
    """Write a new rule with everything that belongs to it; returns the files written.

    Without `place`, the place of the area where the fewest rules speak yet. Raises
    `AuthoringError` when the id is not one or is taken, `BundleError` or `OpaFailed` when the
    folder did not build before. When anything fails, nothing is left behind.
    """
    if not RULE.fullmatch(rule):
        raise AuthoringError((f"{rule} is not law/<area>/<slug> or terms/<controller>/<slug>",))
    async with open_source(policies) as source:
        place = place or await _quietest_place(source.engine, rule)
        plan = Plan(policies, rule, place, begins, today)
        _check(plan, source)
    written = plan.files()
    try:
        for file, text in written.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        rule_index.write(policies)
        async with open_source(policies) as source:
            cases = await _cases(plan, source.engine)
        plan.case_file.parent.mkdir(parents=True, exist_ok=True)
        plan.case_file.write_text(cases, encoding="utf-8")
    except BaseException:
        for file in written:
            shutil.rmtree(file.parent, ignore_errors=True)
        rule_index.write(policies)
        raise
    return [*written, plan.case_file]


def _check(plan: Plan, source: Source) -> None:
    faults = []
    words = source.engine.vocabulary
    if plan.layer == "terms" and plan.area not in words.controllers:
        faults.append(f"{plan.area} is no controller of the vocabulary")
    if plan.place not in words.jurisdictions:
        faults.append(f"{plan.place} is no place of the vocabulary")
    if plan.act in source.bundle.facts["acts"]:
        faults.append(f"the act {plan.act} exists already")
    files = (plan.folder, *plan.files(), plan.case_file)
    faults.extend(f"{file} exists already" for file in files if file.exists())
    if faults:
        raise AuthoringError(tuple(faults))


async def _quietest_place(engine: SourceEngine, rule: str) -> str:
    places = list(_places_of(rule, list(engine.vocabulary.jurisdictions)))
    asked = [_question(rule, place, DEFAULT_FROM).facts(engine.vocabulary)[0] for place in places]
    spoken = [
        len(verdict.speaking) if isinstance(verdict, Verdict) else len(places)
        for verdict in await evaluate(asked, engine)
    ]
    return places[spoken.index(min(spoken))]


def _places_of(rule: str, places: list[str]) -> Iterator[str]:
    """The places an area may mean: `us` and `ca` their parts, `eu` France, else any."""
    area = rule.split("/")[1].upper().replace("_", "-")
    parts = [place for place in places if place.startswith(f"{area}-")]
    if parts or area in places:
        yield from parts or [area]
    elif area.lower() == EEA_AREA and "FR" in places:
        yield "FR"
    else:
        yield from (place for place in places if place != "unknown")


def _question(rule: str, place: str, on: date, **choices: str) -> Question:
    layer, area, _ = rule.split("/")
    return Question(
        controller=area if layer == "terms" else "generic",
        recipient="advertiser",
        purpose="sell_data",
        data=("profile",),
        jurisdiction=place,
        age=35,
        choices=choices,
        on=on,
    )


async def _cases(plan: Plan, engine: SourceEngine) -> str:
    days = (plan.begins - timedelta(days=1), plan.begins)
    cases = []
    for name, choices in (("no opt-out", {}), ("opted out", {"opt_out_sale": "requested"})):
        questions = [_question(plan.rule, plan.place, day, **choices) for day in days]
        facts = [question.facts(engine.vocabulary)[0] for question in questions]
        verdicts = await evaluate(facts, engine)
        answered = [
            (question, rule_on([asked], [verdict]))
            for question, asked, verdict in zip(questions, facts, verdicts, strict=True)
        ]
        cases.append(case_write.case(f"{plan.act}: {name}", "", answered))
    return (
        f"# {plan.rule}: what the rules answer the day before and the first day. Written by a\n"
        "# program: check that it is what the law says, and say why in `about`.\n"
        + case_write.to_yaml(cases)
    )
