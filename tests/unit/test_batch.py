"""A slice of a batch whose decisions cannot be recorded: each item says why, and is counted so."""

from datetime import UTC, datetime

import pytest

from mayuse import batch, bundle, problem
from mayuse.batch import Line, Member, Summary
from mayuse.errors import LogUnavailable
from mayuse.intake import Intake
from mayuse.vocabulary import Vocabulary

QUESTION = {"recipient": "microsoft", "purpose": "ads_personalised", "data": "profile"}


@pytest.mark.parametrize("code", problem.UNRECORDED)
async def test_what_was_not_recorded_is_counted_apart_from_what_is_no_question(code):
    async def each(_questions, _now):
        raise LogUnavailable(code, "not now")

    intake = Intake(Vocabulary.from_facts(bundle.packaged().facts))
    items = [Member(0, QUESTION), Line(2, b"{"), Member(2, QUESTION)]
    answers = await batch.answer(items, intake, each, datetime.now(UTC))
    summary = Summary()
    summary.add(answers)

    assert not answers.recorded
    assert [body["code"] for body in answers.bodies] == [code, "invalid_json", code]
    counted = summary.to_document(complete=True)
    assert (counted["unrecorded"], counted["refused"], counted["items"]) == (2, 1, 3)
