"""Case files: what YAML would make something else of stays text; mistakes are told by line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mayuse.authoring import cases
from mayuse.authoring.case_ids import CaseIds
from mayuse.authoring.case_yaml import parse
from mayuse.authoring.cases import Case
from mayuse.errors import AuthoringError
from mayuse.vocabulary import Vocabulary

NORWAY = """\
cases:
  - name: 012
    about: "a name may look like a number"
    question:
      recipient: microsoft
      purpose: ads_personalised
      data: [profile, salary]
      data_subject: {jurisdiction: NO, age: 35}
      choices: {share_with_affiliates: on, ai_training: off}
      signals: {gpc: true}
    answers:
      - on: [2025-11-20, 2025-11-21]
        effect: deny
        decided_by: [terms, law]
        reasons:
          terms/linkedin/microsoft_ads: [not_offered_here]
        provisions: [a, b]
        laws: {eu-gdpr: deny}
"""

Load = Callable[[str], tuple[Case, ...]]


@pytest.fixture
def load(tmp_path: Path, vocabulary: Vocabulary) -> Load:
    def read(text: str) -> tuple[Case, ...]:
        file = tmp_path / "x.cases.yaml"
        file.write_text(text, encoding="utf-8")
        return cases.load([file], vocabulary)

    return read


def faults(load: Load, text: str) -> list[str]:
    with pytest.raises(AuthoringError) as caught:
        load(text)
    return [fault.split("x.cases.yaml:", 1)[1] for fault in caught.value.faults]


def test_no_on_off_and_012_are_what_is_written(load: Load) -> None:
    [case] = load(NORWAY)
    question = case.answers[0].question
    assert case.name == "012"
    assert question.jurisdiction == "NO"
    assert question.choices == {"share_with_affiliates": "on", "ai_training": "off"}
    assert (question.age, question.gpc) == (35, True)
    assert question.data == ("profile", "salary")


def test_a_list_of_days_is_one_answer_a_day(load: Load) -> None:
    [case] = load(NORWAY)
    assert [answer.question.on for answer in case.answers] == [
        date(2025, 11, 20),
        date(2025, 11, 21),
    ]
    assert {answer.decided_by for answer in case.answers} == {("law", "terms")}
    assert case.answers[0].laws == {"eu-gdpr": "deny"}
    assert case.answers[0].obligations is None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("age: 35", "age: 012", "8: data_subject.age is not a whole number from 0 to 150"),
        ("age: 35", "age: 35.0", "8: data_subject.age is not a whole number from 0 to 150"),
        ("age: 35", "age: ٣٥", "8: data_subject.age is not a whole number from 0 to 150"),
        ("age: 35", "age: ''", "8: data_subject.age is not a whole number from 0 to 150"),
        (
            "age: 35",
            "age: unknown",
            "8: data_subject.age is not a whole number from 0 to 150: 'unknown'; leave it out",
        ),
        ("gpc: true", "gpc: yes", "10: signals.gpc is neither true nor false"),
        ("gpc: true", "gpc: True", "10: signals.gpc is neither true nor false"),
        ("gpc: true", "gpc: on", "10: signals.gpc is neither true nor false: 'on'"),
        (
            "ai_training: off",
            "ai_training: false",
            "9: choices.ai_training is not ",
        ),
        (
            "jurisdiction: NO",
            "jurisdiction: no",
            "8: data_subject.jurisdiction is not ",
        ),
        ("recipient: microsoft", "recipient: microsft", "5: recipient is not "),
        (
            "on: [2025-11-20, 2025-11-21]",
            "on: 2025-02-29",
            "12: on is not a date that exists, written YYYY-MM-DD, from the year 1900 to 2199",
        ),
        (
            "on: [2025-11-20, 2025-11-21]",
            "on: 20251120",
            "12: on is not a date that exists, written YYYY-MM-DD, from the year 1900 to 2199: '",
        ),
        ("2025-11-21]", "2025-11-20]", "12: 2025-11-20 is answered twice in this case"),
        ("effect: deny", "effect: indeterminate", "13: 'indeterminate' is not one of permit, deny"),
        ("effect: deny", "effect: no", "13: 'no' is not one of permit, deny"),
        ("[terms, law]", "[rules]", "14: 'rules' is not one of law, terms"),
        ("[terms, law]", "law", "14: expected a list here"),
        ("eu-gdpr: deny", "eu-gdpr: maybe", "18: 'maybe' is not one of not_yet_in_force"),
        ("name: 012", "name:", "2: expected some text here"),
    ],
)
def test_a_value_of_another_kind_is_told_by_its_line(
    load: Load, old: str, new: str, fault: str
) -> None:
    assert old in NORWAY
    found = faults(load, NORWAY.replace(old, new))
    assert found[0].startswith(fault)


def test_the_nearest_known_value_is_named(load: Load) -> None:
    [fault, *_] = faults(load, NORWAY.replace("jurisdiction: NO", "jurisdiction: no"))
    assert fault.endswith("is not a known jurisdiction: 'no'; did you mean 'NO'?")
    [fault, *_] = faults(load, NORWAY.replace("jurisdiction: NO", "jurisdiction: CO"))
    assert fault.endswith("is not a known jurisdiction: 'CO'; did you mean 'US-CO'?")


IDS = CaseIds(
    reasons={"terms/linkedin/microsoft_ads": ["not_offered_here"], "law": ["no_rule_permits"]},
    provisions=["a", "b", "eu-gdpr-7"],
    laws=["eu-gdpr"],
    obligations=["stop_within_15_days"],
)


def test_an_id_that_exists_is_read_and_one_that_does_not_is_told(
    tmp_path: Path, vocabulary: Vocabulary
) -> None:
    right, wrong = tmp_path / "right.cases.yaml", tmp_path / "wrong.cases.yaml"
    text = NORWAY.replace("microsoft_ads: [", "microsoft_ads:\n          - ").replace(
        "here]", "here"
    )
    text += "        obligations: [stop_within_15_days]\n"
    right.write_text(text.replace("reasons:", "reasons:\n          law: [no_rule_permits]"))
    assert len(cases.load([right], vocabulary, IDS)) == 1

    for old, new in (
        ("_here", "\n          - zzz\n          terms/linkedin/microsoft_adds: [x]"),
        ("[a, b]", "[a, eu-gdpr-8]"),
        ("eu-gdpr: deny", "eu-gdrp: deny"),
        ("15_days", "14_days"),
    ):
        text = text.replace(old, new)
    wrong.write_text(text)
    with pytest.raises(AuthoringError) as caught:
        cases.load([wrong], vocabulary, IDS)
    ads = "terms/linkedin/microsoft_ads"
    assert [fault.removeprefix(f"{wrong}:") for fault in caught.value.faults] == [
        f"17: 'not_offered' is no reason of {ads}; did you mean 'not_offered_here'?",
        f"18: 'zzz' is no reason of {ads}; known: not_offered_here",
        f"19: 'terms/linkedin/microsoft_adds' is no rule; did you mean {ads!r}?",
        "21: 'eu-gdrp' is no act; did you mean 'eu-gdpr'?",
        "20: 'eu-gdpr-8' is no provision; did you mean 'eu-gdpr-7'?",
        "22: 'stop_within_14_days' is no obligation; did you mean 'stop_within_15_days'?",
    ]


def test_a_key_that_is_not_known_is_told(load: Load) -> None:
    [fault] = faults(load, NORWAY.replace("        laws:", "        law:"))
    assert fault.startswith("18: the key 'law' is not known; known: on, effect, decided_by")


def test_an_unknown_key_of_a_question_is_told(load: Load) -> None:
    [fault, *_] = faults(load, NORWAY.replace("      signals:", "      signal:"))
    assert "did you mean 'signals'" in fault


def test_a_key_that_is_missing_is_told(load: Load) -> None:
    [fault] = faults(load, NORWAY.replace("        effect: deny\n", ""))
    assert fault == "12: the key 'effect' is missing"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("gpc: true}", "gpc: true, gpc: false}", 10),
        ("        provisions: [a, b]", "        provisions: [a]\n        provisions: [b]", 18),
        ("      purpose: ads", "      recipient: public\n      purpose: ads", 6),
    ],
)
def test_a_key_written_twice_is_told(load: Load, old: str, new: str, line: int) -> None:
    [fault] = faults(load, NORWAY.replace(old, new))
    assert fault.startswith(f"{line}: the key ")
    assert "stands here and near line" in fault


def test_a_second_document_is_told(load: Load) -> None:
    [fault] = faults(load, NORWAY + "---\n" + NORWAY)
    assert fault == "19: a second document starts here; a file holds one"


@pytest.mark.parametrize(
    "text",
    [
        "cases: &all []\nmore: *all\n",
        "cases: &loop [*loop]\n",
        "base: &base {a: b}\ncases: [{<<: *base}]\n",
    ],
)
def test_anchors_and_aliases_are_refused(load: Load, text: str) -> None:
    assert any("anchors and aliases are not read" in fault for fault in faults(load, text))


@pytest.mark.parametrize("tag", ["!!int 35", "!!python/object/apply:os.system [ls]", "!x y"])
def test_tags_are_refused(load: Load, tag: str) -> None:
    [fault] = faults(load, f"cases: {tag}\n")
    assert fault == "1: tags are not read; every value is text"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1: the file is empty"),
        ("# only a comment\n", "1: the file is empty"),
        ("cases: [\n", "2: "),
        ("cases: {a: b}\n", "1: expected a list here"),
        ("- one\n", "1: expected `key: value` lines here"),
        ("? [a, b]\n: c\n", "1: a key is plain text"),
        ("cases:\n\t- name: x\n", "2: "),
        ("cases: \x00\n", "1: "),
    ],
)
def test_a_file_of_another_shape_is_told(load: Load, text: str, fault: str) -> None:
    assert faults(load, text)[0].startswith(fault)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path, vocabulary: Vocabulary) -> None:
    file = tmp_path / "x.cases.yaml"
    file.write_bytes(b"cases: [\xff]\n")
    with pytest.raises(AuthoringError, match=r"x\.cases\.yaml:1: the file is not UTF-8"):
        cases.load([file], vocabulary)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, vocabulary: Vocabulary) -> None:
    with pytest.raises(AuthoringError, match=r"none\.cases\.yaml:1: cannot be read"):
        cases.load([tmp_path / "none.cases.yaml"], vocabulary)


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path, vocabulary: Vocabulary) -> None:
    files = [tmp_path / f"{name}.cases.yaml" for name in "ab"]
    for file in files:
        file.write_text(NORWAY.replace("NO", "XX").replace("gpc: true", "gpc: maybe"))
    with pytest.raises(AuthoringError) as caught:
        cases.load(files, vocabulary)
    assert len(caught.value.faults) == 5  # two values in each, and the name that both have


def test_a_name_is_given_once(load: Load) -> None:
    twice = NORWAY + NORWAY.removeprefix("cases:\n")
    [fault] = faults(load, twice)
    assert fault.startswith("19: the name '012' is taken by ")


def test_the_day_does_not_stand_in_the_question(load: Load) -> None:
    text = NORWAY.replace("      recipient:", "      on: 2025-11-20\n      recipient:")
    [fault] = faults(load, text)
    assert fault == "5: the day stands in the answers (`on`), not in the question"


def test_lines_count_from_one() -> None:
    node = parse("a:\n  b: c\n", "x")
    assert isinstance(node.value, dict)
    inner = node.value["a"]
    assert (node.line, inner.line) == (1, 2)
