"""Questions that can be asked, faults told one by one, and nothing of the caller's sent back."""

import json
from datetime import date

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mayuse import intake_faults
from mayuse.errors import FieldError, InvalidQuestion
from mayuse.intake import Intake
from mayuse.vocabulary import Choice, Vocabulary

WORDS = Vocabulary(
    controllers={"linkedin": "LinkedIn", "generic": "any other company"},
    recipients={"microsoft": "Microsoft", "linkedin_ireland": "LinkedIn Ireland"},
    purposes={"ads_personalised": "ads", "train_ai_content": "training"},
    data={"profile": "profile", "public_posts": "posts", **{f"c{n}": f"c{n}" for n in range(28)}},
    jurisdictions={"US-CA": "California", "DE": "Germany", "unknown": "not known"},
    choices={
        "ai_training": Choice("setting", ("default", "on", "off"), "default"),
        "consent_ads": Choice("consent", ("none", "given", "refused", "withdrawn"), "none"),
    },
)
INTAKE = Intake(WORDS)
TODAY = date(2026, 1, 1)
ASKED = {"recipient": "microsoft", "purpose": "ads_personalised", "data": "profile"}
FULL = {
    "controller": "generic",
    **ASKED,
    "data": ["profile", "public_posts"],
    "data_subject": {"id": "member-7", "jurisdiction": "US-CA", "age": 34},
    "choices": {"ai_training": "off"},
    "signals": {"gpc": True},
    "on": "2024-02-29",
}


def faults(document):
    with pytest.raises(InvalidQuestion) as refused:
        INTAKE.read(document, today=TODAY)
    return refused.value.errors


def test_what_is_left_out_has_its_documented_meaning():
    question = INTAKE.read(ASKED, today=TODAY)
    assert question.controller == "linkedin"
    assert question.data == ("profile",)
    assert (question.jurisdiction, question.age, question.subject) == ("unknown", None, None)
    assert question.choices == {}
    assert question.gpc is False
    assert question.on == TODAY


def test_a_full_question_is_kept_as_asked():
    question = INTAKE.read(FULL, today=TODAY)
    assert question.controller == "generic"
    assert question.data == ("profile", "public_posts")
    assert (question.jurisdiction, question.age, question.subject) == ("US-CA", 34, "member-7")
    assert question.choices == {"ai_training": "off"}
    assert question.gpc is True
    assert question.on == date(2024, 2, 29)


def test_the_signal_counts_from_header_or_body():
    assert INTAKE.read(ASKED, today=TODAY, gpc_header=True).gpc
    assert INTAKE.read({**ASKED, "signals": {"gpc": False}}, today=TODAY, gpc_header=True).gpc


def test_an_integer_may_be_written_as_json_schema_allows():
    assert INTAKE.read({**ASKED, "data_subject": {"age": 34.0}}, today=TODAY).age == 34


NO_DATE = "is not a date that exists, written YYYY-MM-DD, from the year 1900 to 2199"
NO_ID = "is not a text of 1 to 256 characters, none a control, nor . or .."
NO_AGE = "is not a whole number from 0 to 150"
NULL = "is null; leave out what is not known"
NO_PLACE = "is not a known jurisdiction"
ODD_MEMBER = "holds a member that is not known"
NO_SETTING = "is not a known value of this setting"
NO_MEMBER = "is not a known member"
NOT_OF_A_PART = f"{NO_MEMBER} here; it belongs to the whole, not to a part of it"
NO_CATEGORY = "is not a known category of data"
FAULTY = [
    ({"recipient": "microsofd"}, "/recipient", "is not a known recipient", "microsoft"),
    ({"recipient": "zzzz"}, "/recipient", "is not a known recipient", None),
    ({"recipient": 7}, "/recipient", "is no string", None),
    ({"controller": "Linkedin "}, "/controller", "is not a known controller", "linkedin"),
    ({"purpose": ["ads"]}, "/purpose", "is no string", None),
    ({"data": "profyle"}, "/data", NO_CATEGORY, "profile"),
    ({"data": ["profile", "publicposts"]}, "/data/1", NO_CATEGORY, "public_posts"),
    ({"data": ["profile", 3]}, "/data/1", "is no string", None),
    ({"data": [None]}, "/data/0", NULL, None),
    ({"data": []}, "/data", "names no category", None),
    ({"data": ["profile"] * 2}, "/data", "names a category twice", None),
    ({"data": list(WORDS.data)}, "/data", "names more than 28 categories", None),
    ({"data": {"profile": 1}}, "/data", "is neither a category nor a list of them", None),
    ({"data": True}, "/data", "is neither a category nor a list of them", None),
    ({"data_subject": "member-7"}, "/data_subject", "is not an object", None),
    ({"data_subject": {"id": ""}}, "/data_subject/id", NO_ID, None),
    ({"data_subject": {"id": "a\nb"}}, "/data_subject/id", NO_ID, None),
    ({"data_subject": {"id": "a\n"}}, "/data_subject/id", NO_ID, None),
    ({"data_subject": {"id": "."}}, "/data_subject/id", NO_ID, None),
    ({"data_subject": {"id": ".."}}, "/data_subject/id", NO_ID, None),
    ({"data_subject": {"id": "x" * 257}}, "/data_subject/id", NO_ID, None),
    ({"data_subject": {"id": 7}}, "/data_subject/id", NO_ID, None),
    ({"data_subject": {"jurisdiction": "us-ca"}}, "/data_subject/jurisdiction", NO_PLACE, "US-CA"),
    ({"data_subject": {"age": -1}}, "/data_subject/age", NO_AGE, None),
    ({"data_subject": {"age": 151}}, "/data_subject/age", NO_AGE, None),
    ({"data_subject": {"age": True}}, "/data_subject/age", NO_AGE, None),
    ({"data_subject": {"age": "34"}}, "/data_subject/age", NO_AGE, None),
    ({"data_subject": {"age": 34.5}}, "/data_subject/age", NO_AGE, None),
    ({"data_subject": {"age": None}}, "/data_subject/age", NULL, None),
    ({"data_subject": {"Age": 3}}, "/data_subject/Age", NO_MEMBER, "age"),
    ({"choices": []}, "/choices", "is not an object", None),
    ({"choices": {"ai_training": "of"}}, "/choices/ai_training", NO_SETTING, "off"),
    ({"choices": {"consent_ads": None}}, "/choices/consent_ads", NULL, None),
    ({"choices": {"ai_trainig": "off"}}, "/choices/ai_trainig", NO_MEMBER, "ai_training"),
    ({"choices": {"ai training": "off"}}, "/choices", ODD_MEMBER, "ai_training"),
    ({"choices": {"a" * 65: "off"}}, "/choices", ODD_MEMBER, None),
    ({"signals": {"gpc": 1}}, "/signals/gpc", "is neither true nor false", None),
    ({"signals": {"gpc": "1"}}, "/signals/gpc", "is neither true nor false", None),
    ({"signals": {"gcp": True}}, "/signals/gcp", NO_MEMBER, "gpc"),
    ({"signals": None}, "/signals", NULL, None),
    ({"on": "2025-02-29"}, "/on", NO_DATE, None),
    ({"on": "2025-02-28 "}, "/on", NO_DATE, None),
    ({"on": "2025-2-3"}, "/on", NO_DATE, None),
    ({"on": "1899-12-31"}, "/on", NO_DATE, None),
    ({"on": "2200-01-01"}, "/on", NO_DATE, None),
    ({"on": 20250228}, "/on", NO_DATE, None),
    ({"recipent": "microsoft"}, "/recipent", NO_MEMBER, "recipient"),
    ({"~/secret": 1}, "", ODD_MEMBER, None),
    ({"gpc": True}, "/gpc", f"{NO_MEMBER} here; it belongs to /signals", None),
    ({"age": 12}, "/age", f"{NO_MEMBER} here; it belongs to /data_subject", None),
    ({"ai_training": "off"}, "/ai_training", f"{NO_MEMBER} here; it belongs to /choices", None),
    ({"signals": {"on": "2026-01-01"}}, "/signals/on", NOT_OF_A_PART, None),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "pointer", "detail", "nearest"), FAULTY)
def test_a_fault_is_told_where_it_is(changed, pointer, detail, nearest):
    assert faults({**ASKED, **changed}) == (FieldError(pointer, detail, nearest),)


@pytest.mark.parametrize(
    ("document", "detail"),
    [([], "is not an object"), (None, NULL), ("x", "is not an object"), (7, "is not an object")],
)
def test_what_is_no_object_is_no_question(document, detail):
    assert faults(document) == (FieldError("", detail),)


def test_required_members_are_named():
    assert [(fault.pointer, fault.detail) for fault in faults({})] == [
        ("/recipient", "is required"),
        ("/purpose", "is required"),
        ("/data", "is required"),
    ]


def test_every_fault_is_told_at_once():
    told = faults({"recipient": "x", "data": ["profile", "y"], "on": "z", "choices": {"w": 1}})
    assert {fault.pointer for fault in told} == {
        "/recipient",
        "/purpose",
        "/data/1",
        "/on",
        "/choices/w",
    }


def test_a_document_full_of_faults_is_told_in_part():
    assert len(faults({**ASKED, **{f"recipient_{n}": n for n in range(5_000)}})) == 32


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_date_that_exists_can_be_asked_about(day):
    assert INTAKE.read({**ASKED, "on": day.isoformat()}, today=TODAY).on == day


@given(st.integers(1890, 2210), st.integers(0, 13), st.integers(0, 32))
def test_a_date_is_read_exactly_when_it_exists(year, month, day):
    try:
        exists = 1900 <= date(year, month, day).year <= 2199
    except ValueError:
        exists = False
    document = {**ASKED, "on": f"{year:04}-{month:02}-{day:02}"}
    if exists:
        assert INTAKE.read(document, today=TODAY).on == date(year, month, day)
    else:
        assert faults(document)[0].pointer == "/on"


CANARY = "canary-7f3a"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["microsoft", "profile", "on", "off", "US-CA", "2025-01-01", CANARY]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=10)
            | st.sampled_from(["id", "age", "jurisdiction", "gpc", "ai_training"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
DOCUMENTS = VALUES | st.dictionaries(
    st.sampled_from([*intake_faults.QUESTION.members[()], "recipent"]), VALUES
).map(lambda changed: {**FULL, **changed})


@settings(max_examples=200)
@given(DOCUMENTS)
def test_any_document_is_read_or_refused_as_its_schema_says(document):
    """No exception but ours, and the documented schema agrees on every document."""
    try:
        question = INTAKE.read(document, today=TODAY)
    except InvalidQuestion as refused:
        told = refused.errors
        question = None
    if SCHEMA.is_valid(document):
        assert question is not None
        assert question.facts(WORDS)
    else:
        assert question is None
        assert 0 < len(told) <= intake_faults.MAX_FAULTS
        assert all(len(fault.pointer) < 100 for fault in told)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: text + CANARY),
    st.sampled_from(["recipient", "purpose", "data", "controller", "on", "signals", "choices"]),
)
def test_a_rejected_value_is_never_sent_back(secret, member):
    for document in (
        {**ASKED, member: secret},
        {**ASKED, member: [secret]},
        {**ASKED, member: {f"{secret} ": secret}},
        {**ASKED, "data_subject": {"jurisdiction": secret, "id": f"{secret}\x07", "age": secret}},
        {**ASKED, "choices": {"ai_training": secret, f"my {secret}": secret}},
        {**ASKED, f"{secret}/{secret}": secret},
    ):
        with pytest.raises(InvalidQuestion) as refused:
            INTAKE.read(document, today=TODAY)
        told = json.dumps([vars(fault) for fault in refused.value.errors]) + str(refused.value)
        assert CANARY not in told


def test_the_names_of_members_are_those_of_the_model():
    fields = INTAKE.model.model_fields
    assert tuple(fields) == intake_faults.QUESTION.members[()]
    for holder in ("data_subject", "signals"):
        inner = fields[holder].annotation
        assert tuple(inner.model_fields) == intake_faults.QUESTION.members[(holder,)]
    assert tuple(fields["choices"].annotation.model_fields) == tuple(WORDS.choices)


def test_the_schema_promises_no_null_and_no_unknown_member():
    text = json.dumps(INTAKE.schema("#/$defs/{model}"))
    assert "null" not in text
    assert text.count('"additionalProperties": false') == 4


SCHEMA = jsonschema_rs.validator_for(INTAKE.schema("#/$defs/{model}"), validate_formats=True)
