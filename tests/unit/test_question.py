"""The question as asked, and the facts as the policy sees them."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayuse.question import Facts, Question
from mayuse.vocabulary import AGES, UNKNOWN, Choice, Vocabulary

DAY = date(2025, 11, 20)


def question(**changes: object) -> Question:
    asked = {"recipient": "microsoft", "purpose": "ads", "data": ("profile",), "on": DAY}
    return Question(**{**asked, **changes})


def test_each_category_becomes_one_facts_in_the_order_asked(vocabulary: Vocabulary) -> None:
    seen = question(data=("profile", "likeness")).facts(vocabulary)

    assert [facts.data for facts in seen] == ["profile", "likeness"]


def test_facts_carry_every_field_of_the_question(vocabulary: Vocabulary) -> None:
    [facts] = question(
        controller="generic",
        jurisdiction="FR",
        age=35,
        subject="member-7",
        choices={"share": "off"},
        gpc=True,
    ).facts(vocabulary)

    assert facts.as_input() == {
        "controller": "generic",
        "recipient": "microsoft",
        "purpose": "ads",
        "data": "profile",
        "jurisdiction": "FR",
        "on": "2025-11-20",
        "age": "adult",
        "choices": {"object": "none", "share": "off"},
        "signals": {"gpc": True},
    }


def test_facts_hold_no_identity(vocabulary: Vocabulary) -> None:
    [named] = question(subject="member-7").facts(vocabulary)
    [nameless] = question().facts(vocabulary)

    assert named == nameless
    assert "member-7" not in named.to_text()


def test_what_is_not_told_is_unknown_or_the_default(vocabulary: Vocabulary) -> None:
    [facts] = question().facts(vocabulary)

    assert facts.jurisdiction == UNKNOWN
    assert facts.age == UNKNOWN
    assert dict(facts.choices) == {"object": "none", "share": "default"}
    assert facts.gpc is False


@pytest.mark.parametrize(
    ("years", "value"), [(None, "unknown"), (0, "0"), (17, "17"), (18, "adult"), (150, "adult")]
)
def test_an_age_is_one_of_the_declared_values(
    vocabulary: Vocabulary, years: int | None, value: str
) -> None:
    [facts] = question(age=years).facts(vocabulary)

    assert facts.age == value
    assert value in AGES


def test_canonical_text_has_sorted_keys_no_white_space_and_plain_utf_8(facts: Facts) -> None:
    text = facts.to_text()

    document = json.loads(text)
    assert list(document) == sorted(document)
    assert text == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


words = st.text(min_size=1, max_size=8)


@given(
    st.builds(
        Facts,
        controller=words,
        recipient=words,
        purpose=words,
        data=words,
        jurisdiction=words,
        on=st.dates().map(date.isoformat),
        age=st.sampled_from(AGES),
        choices=st.dictionaries(words, words).map(lambda chosen: tuple(sorted(chosen.items()))),
        gpc=st.booleans(),
    )
)
def test_facts_read_back_what_they_wrote(facts: Facts) -> None:
    assert Facts.from_text(facts.to_text()) == facts


@given(st.permutations([("a", "1"), ("b", "2"), ("c", "3")]))
def test_the_order_in_which_choices_are_asserted_does_not_matter(
    chosen: list[tuple[str, str]],
) -> None:
    vocabulary = Vocabulary(
        controllers={},
        recipients={},
        purposes={},
        data={},
        jurisdictions={},
        choices={name: Choice("setting", ("0", value), "0") for name, value in chosen},
    )

    [facts] = question(choices=dict(chosen)).facts(vocabulary)

    assert facts.choices == (("a", "1"), ("b", "2"), ("c", "3"))


def test_the_vocabulary_knows_the_place_that_is_not_known(vocabulary: Vocabulary) -> None:
    assert vocabulary.jurisdictions == {
        "US-CA": "California",
        "FR": "France",
        UNKNOWN: "a place that is not known",
    }
    assert vocabulary.choices["object"] == Choice("objection", ("raised", "none"), "none")
    assert vocabulary.recipients == {"microsoft": "Microsoft"}
