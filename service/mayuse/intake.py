"""A parsed JSON document -> `Question`, checked against the vocabulary of the active bundle.

One model serves every door (API, CLI, NDJSON lines) and the OpenAPI document, so that what is
documented is what is checked. A member that is not known is refused, never dropped: it may be a
misspelt choice. `null` is refused too: what is not known is left out. Faults name the field by
JSON pointer (RFC 6901) and the nearest known word (`intake_faults`); the rejected value is never
sent back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    create_model,
)
from pydantic_core import PydanticCustomError

from mayuse.errors import InvalidQuestion
from mayuse.intake_faults import MAX_AGE, MAX_SUBJECT_ID, ONE, SEVERAL, field_errors
from mayuse.question import MAX_DATA, Question
from mayuse.vocabulary import UNKNOWN, Choice, Vocabulary

DAY = (
    r"^(?:(?:19|20|21)[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|(?:(?:19|20|21)(?:0[48]|[2468][048]|[13579][26])|2000)-02-29)$"
)
"""Every ISO 8601 date that exists from 1900-01-01 to 2199-12-31, and nothing else."""

TIME = DAY.removesuffix("$") + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z$"
"""A time of RFC 3339 in UTC."""

PLAIN_TEXT = r"^[^\x00-\x1f\x7f]+$"
"""Any text but for control characters; its length is bounded beside it."""

SUBJECT_ID = r"^(?:\.?[^.\x00-\x1f\x7f][^\x00-\x1f\x7f]*|\.\.[^\x00-\x1f\x7f]+)$"
"""The same but for `.` and `..`, which clients and proxies take for steps of an address."""


def is_subject(text: str) -> bool:
    """Whether a question can name a person by this id."""
    return len(text) <= MAX_SUBJECT_ID and re.fullmatch(SUBJECT_ID, text) is not None


class Intake:
    """The questions that can be asked under one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.model = _question_model(vocabulary)

    def read(self, document: object, *, today: date, gpc_header: bool = False) -> Question:
        """Check a JSON document and make it a `Question`.

        `today` (UTC) is the day of use when `on` is absent; `gpc_header` tells that the request
        carried `Sec-GPC: 1`. Raises `InvalidQuestion` naming the faulty fields.
        """
        try:
            asked: Any = self.model.model_validate(document)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False, include_input=False)
            raise InvalidQuestion(field_errors(details, document, self.vocabulary)) from None
        return Question(
            controller=asked.controller,
            recipient=asked.recipient,
            purpose=asked.purpose,
            data=(asked.data,) if isinstance(asked.data, str) else tuple(asked.data),
            jurisdiction=asked.data_subject.jurisdiction,
            age=asked.data_subject.age,
            subject=asked.data_subject.id,
            choices={name: getattr(asked.choices, name) for name in asked.choices.model_fields_set},
            gpc=asked.signals.gpc or gpc_header,
            on=date.fromisoformat(asked.on) if asked.on else today,
            known_at=datetime.fromisoformat(asked.known_at) if asked.known_at else None,
        )

    def schema(self, ref_template: str) -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of what `read` accepts; its parts are under `$defs`."""
        return self.model.model_json_schema(ref_template=ref_template, mode="validation")


class Closed(BaseModel):
    """An object whose members are all known; any other is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _whole_number(value: object) -> object:
    """JSON Schema counts 34.0 as an integer and `true` as none; Pydantic's modes do neither."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _each_once(categories: list[str]) -> list[str]:
    if len(set(categories)) != len(categories):
        raise PydanticCustomError("repeated", "names a category twice")
    return categories


def _tag_of_data(value: object) -> str:
    return SEVERAL if isinstance(value, list) else ONE


def absent() -> None:
    """Stand in for a member that was left out, without inviting `null` into the schema."""


Age = Annotated[int, Field(ge=0, le=MAX_AGE, strict=True), BeforeValidator(_whole_number)]
SubjectId = Annotated[
    str, Field(min_length=1, max_length=MAX_SUBJECT_ID, pattern=SUBJECT_ID, strict=True)
]
Day = Annotated[str, Field(pattern=DAY, strict=True, json_schema_extra={"format": "date"})]


Time = Annotated[str, Field(pattern=TIME, strict=True, json_schema_extra={"format": "date-time"})]


class Signals(Closed):
    """Signals sent by the person's browser."""

    gpc: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="A Global Privacy Control signal (`Sec-GPC: 1`) is sent."
    )


def _question_model(vocabulary: Vocabulary) -> type[BaseModel]:
    subject, choices = _subject_model(vocabulary), _choices_model(vocabulary)
    return create_model(
        "Question",
        __base__=Closed,
        __doc__="May RECIPIENT use this person's DATA for PURPOSE?",
        controller=(
            enum(vocabulary.controllers),
            Field("linkedin", description="Whose data and terms it is about."),
        ),
        recipient=(enum(vocabulary.recipients), Field(description="Who wants to use the data.")),
        purpose=(enum(vocabulary.purposes), Field(description="What for.")),
        data=(
            _data_type(vocabulary),
            Field(description=f"One category of data, or a list of 1 to {MAX_DATA}."),
        ),
        data_subject=(subject, Field(default_factory=subject)),
        choices=(choices, Field(default_factory=choices)),
        signals=(Signals, Field(default_factory=Signals)),
        on=(
            Day,
            Field(default_factory=absent, description="The day of the use (UTC). Absent: today."),
        ),
        known_at=(
            Time,
            Field(
                default_factory=absent,
                description="Recorded choices count as far as they were recorded by then. "
                "Absent: all of them.",
            ),
        ),
    )


def _data_type(vocabulary: Vocabulary) -> Any:  # noqa: ANN401 - a type made at run time
    category = enum(vocabulary.data)
    several = Annotated[
        list[category],  # type: ignore[valid-type]
        Field(min_length=1, max_length=MAX_DATA, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_each_once),
    ]
    return Annotated[
        Annotated[category, Tag(ONE)] | Annotated[several, Tag(SEVERAL)],
        Discriminator(_tag_of_data),
    ]


def _subject_model(vocabulary: Vocabulary) -> type[BaseModel]:
    return create_model(
        "DataSubject",
        __base__=Closed,
        __doc__="The person whose data it is. What is not known is left out.",
        id=(
            SubjectId,
            Field(
                default_factory=absent,
                description="The caller's id of the person: any text but `.` and `..`.",
            ),
        ),
        jurisdiction=(
            enum(vocabulary.jurisdictions),
            Field(
                UNKNOWN,
                description="ISO 3166-1 alpha-2, or 3166-2 where a subdivision has its own law.",
            ),
        ),
        age=(
            Age,
            Field(
                default_factory=absent,
                description="In years. Absent: not known to be a minor.",
            ),
        ),
    )


def _absent_choice(choice: Choice) -> str:
    return f"Kind: {choice.kind}. Absent: no record, which counts as `{choice.default}`."


def _choices_model(vocabulary: Vocabulary) -> type[BaseModel]:
    fields: dict[str, Any] = {
        name: (
            enum(choice.values),
            Field(default_factory=absent, description=_absent_choice(choice)),
        )
        for name, choice in vocabulary.choices.items()
    }
    return create_model(
        "Choices", __base__=Closed, __doc__="The choices the caller asserts.", **fields
    )


def enum(values: Iterable[str]) -> Any:  # noqa: ANN401 - a type made at run time
    """The type of one of these words."""
    return Literal[tuple(values)]
