"""Where a new rule can be seen at work: a place, a recipient and a use that all else permits.

A rule whose deny cannot be told from others, or whose permit nobody hears, has no case that shows
it. So the rules that are there are asked first, on the last day before and on the first day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mayuse.answer import find
from mayuse.authoring.case_run import evaluate
from mayuse.authoring.scaffold_draft import DRAFTS, Draft
from mayuse.authoring.source import Source
from mayuse.errors import AuthoringError
from mayuse.question import Facts, Question
from mayuse.verdict import Verdict
from mayuse.vocabulary import Vocabulary

USUAL_RECIPIENT = "advertiser"
SHOWN = 6
"""So many places are named."""


@dataclass(frozen=True)
class Scene:
    """What the first cases of a rule ask."""

    draft: Draft
    controller: str
    recipient: str
    place: str

    def question(self, on: date, *, chosen: bool) -> Question:
        """The question on a day, with the draft's choice made or not."""
        return Question(
            controller=self.controller,
            recipient=self.recipient,
            purpose=self.draft.purpose,
            data=("profile",),
            jurisdiction=self.place,
            age=35,
            choices={self.draft.choice: self.draft.value} if chosen else {},
            on=on,
        )


async def choose(source: Source, controller: str, places: Sequence[str], begins: date) -> Scene:
    """The scene in one of these places in which the fewest rules speak.

    All else permits there, the draft's choice made or not, on the last day before and on the
    first. Raises `AuthoringError` when there is none.
    """
    for scenes in _scenes(source.engine.vocabulary, controller, places):
        spoken = await _spoken(source, scenes, begins)
        if spoken:
            return min(spoken, key=lambda scene: spoken[scene])
    said = f"in {_some(places)} these policies permit no use that a first case could show"
    raise AuthoringError((f"{said} around {begins}; give another --place or --from",))


def _scenes(words: Vocabulary, controller: str, places: Sequence[str]) -> Iterator[list[Scene]]:
    """Scenes that differ in their place only, the likeliest first."""
    recipients = sorted(words.recipients, key=lambda name: name != USUAL_RECIPIENT)
    for draft in DRAFTS:
        if draft.purpose in words.purposes and draft.choice in words.choices:
            for recipient in recipients:
                yield [Scene(draft, controller, recipient, place) for place in places]


async def _spoken(source: Source, scenes: Sequence[Scene], begins: date) -> Mapping[Scene, int]:
    """How many rules speak in each of these scenes in which all else permits."""
    engine = source.engine
    days = (begins - timedelta(days=1), begins)
    asked: list[tuple[Scene, Facts]] = [
        (scene, scene.question(day, chosen=chosen).facts(engine.vocabulary)[0])
        for scene in scenes
        for day in days
        for chosen in (False, True)
    ]
    verdicts = await evaluate([facts for _, facts in asked], engine)
    spoken = dict.fromkeys(scenes, 0)
    for (scene, facts), verdict in zip(asked, verdicts, strict=True):
        if find(facts, verdict).effect != "permit":
            spoken.pop(scene, None)
        elif scene in spoken and isinstance(verdict, Verdict):
            spoken[scene] += len(verdict.speaking)
    return spoken


def _some(places: Sequence[str]) -> str:
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return ", ".join(places[:SHOWN]) + more
