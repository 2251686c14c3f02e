"""A parsed JSON document -> `Question`, checked against the vocabulary of the active bundle.

One model serves every door (API, CLI, NDJSON lines) and the OpenAPI document, so that what is
documented is what is checked. Errors name the field by JSON pointer and the nearest known value;
the rejected value is never sent back.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from mayuse.errors import FieldError, InvalidQuestion
from mayuse.question import MAX_DATA, Question
from mayuse.vocabulary import UNKNOWN, Vocabulary

MAX_AGE = 150
MAX_SUBJECT_ID = 256
DAY = (
    r"^(?:(?:19|20|21)[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|(?:(?:19|20|21)(?:0[48]|[2468][048]|[13579][26])|2000)-02-29)$"
)
"""Every ISO 8601 date that exists from 1900-01-01 to 2199-12-31, and nothing else."""


def _whole_number(value: object) -> object:
    """JSON Schema counts 34.0 as an integer and `true` as none; Pydantic's modes do neither."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


Age = Annotated[int, Field(ge=0, le=MAX_AGE, strict=True), BeforeValidator(_whole_number)]
SubjectId = Annotated[
    str, Field(min_length=1, max_length=MAX_SUBJECT_ID, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Day = Annotated[str, Field(pattern=DAY, json_schema_extra={"format": "date"})]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignalsDocument(_Closed):
    """Signals sent by the person's browser."""

    gpc: Annotated[bool, Field(strict=True)] = Field(
        False, description="A Global Privacy Control signal (`Sec-GPC: 1`) is sent."
    )


class Intake:
    """The questions that can be asked under one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.model = _question_model(vocabulary)

    def read(self, document: object, *, today: date, gpc_header: bool = False) -> Question:
        """Check a JSON document and make it a `Question`.

        `today` (UTC) is the day of use when `on` is absent; `gpc_header` tells that the request
        carried `Sec-GPC: 1`. Raises `InvalidQuestion` naming every faulty field.
        """
        try:
            asked = self.model.model_validate(document)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=True, include_input=False)
            raise InvalidQuestion(self._field_errors(details, document)) from None
        body: dict[str, Any] = asked.model_dump()
        data = body["data"] if isinstance(body["data"], list) else [body["data"]]
        if len(set(data)) != len(data):
            raise InvalidQuestion((FieldError("/data", "names a category twice"),))
        person = body["data_subject"]
        return Question(
            controller=body["controller"],
            recipient=body["recipient"],
            purpose=body["purpose"],
            data=tuple(data),
            jurisdiction=person["jurisdiction"],
            age=person["age"],
            subject=person["id"],
            choices={name: value for name, value in body["choices"].items() if value is not None},
            gpc=body["signals"]["gpc"] or gpc_header,
            on=date.fromisoformat(body["on"]) if body["on"] else today,
        )

    def _field_errors(
        self, details: Sequence[ErrorDetails], document: object
    ) -> tuple[FieldError, ...]:
        found: dict[str, FieldError] = {}
        for detail in details:
            path = [part for part in detail["loc"] if part not in _UNION_BRANCHES]
            pointer = "".join("/" + _escape(str(part)) for part in path)
            if pointer not in found or detail["type"] != "list_type":
                found[pointer] = self._field_error(pointer, path, detail, document)
        return tuple(found[pointer] for pointer in sorted(found))

    def _field_error(
        self, pointer: str, path: list[Any], detail: ErrorDetails, document: object
    ) -> FieldError:
        kind = detail["type"]
        if kind == "extra_forbidden":
            near = _nearest(str(path[-1]), self._keys(path[:-1]))
            parent = "".join("/" + _escape(str(part)) for part in path[:-1])
            # An unknown key is the caller's own text: name the object that holds it, not the key.
            return FieldError(parent, "holds a member that is not known", near)
        if kind == "missing":
            return FieldError(pointer, "is required")
        if kind in {"literal_error", "string_type", "list_type"}:
            known = self._values(path)
            return FieldError(pointer, "is not a known value", _nearest(_at(document, path), known))
        return FieldError(pointer, _SENTENCES.get(kind, "is not valid"))

    def _keys(self, path: list[Any]) -> Iterable[str]:
        if path == ["choices"]:
            return self.vocabulary.choices
        return {
            "data_subject": ("id", "jurisdiction", "age"),
            "signals": ("gpc",),
        }.get(str(path[0]) if path else "", tuple(self.model.model_fields))

    def _values(self, path: list[Any]) -> Iterable[str]:
        words = self.vocabulary
        if len(path) > 1 and path[0] == "choices" and path[1] in words.choices:
            return words.choices[str(path[1])].values
        return {
            "controller": words.controllers,
            "recipient": words.recipients,
            "purpose": words.purposes,
            "data": words.data,
            "data_subject": words.jurisdictions,
        }.get(str(path[0]) if path else "", ())


_UNION_BRANCHES = {"one", "several"}
_SENTENCES = {
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
    "dict_type": "is not an object",
    "int_type": f"is not a whole number from 0 to {MAX_AGE}",
    "int_parsing": f"is not a whole number from 0 to {MAX_AGE}",
    "greater_than_equal": f"is not a whole number from 0 to {MAX_AGE}",
    "less_than_equal": f"is not a whole number from 0 to {MAX_AGE}",
    "bool_type": "is neither true nor false",
    "string_type": "is not a string",
    "string_too_short": "is empty",
    "string_too_long": f"is longer than {MAX_SUBJECT_ID} characters",
    "string_pattern_mismatch": "is not a date that exists, as YYYY-MM-DD, or holds control characters",
    "too_short": "is empty",
    "too_long": f"names more than {MAX_DATA} categories",
}


def _question_model(vocabulary: Vocabulary) -> type[BaseModel]:
    subject = create_model(
        "DataSubject",
        __base__=_Closed,
        __doc__="The person whose data it is.",
        id=(SubjectId | None, Field(None, description="The caller's id of the person.")),
        jurisdiction=(
            _enum(vocabulary.jurisdictions),
            Field(UNKNOWN, description="ISO 3166-1 alpha-2, or 3166-2 where it has its own law."),
        ),
        age=(Age | None, Field(None, description="In years. Absent: not known to be a minor.")),
    )
    choice_fields: dict[str, Any] = {
        name: (_enum(choice.values) | None, Field(None, description=f"{choice.kind}"))
        for name, choice in vocabulary.choices.items()
    }
    choices = create_model("Choices", __base__=_Closed, **choice_fields)
    category = _enum(vocabulary.data)
    several = Annotated[
        list[category],  # type: ignore[valid-type]
        Field(min_length=1, max_length=MAX_DATA, json_schema_extra={"uniqueItems": True}),
    ]
    return create_model(
        "Question",
        __base__=_Closed,
        __doc__="May RECIPIENT use this person's DATA for PURPOSE?",
        controller=(_enum(vocabulary.controllers), Field("linkedin")),
        recipient=(_enum(vocabulary.recipients), ...),
        purpose=(_enum(vocabulary.purposes), ...),
        data=(category | several, ...),
        data_subject=(subject, Field(default_factory=subject)),
        choices=(choices, Field(default_factory=choices)),
        signals=(SignalsDocument, Field(default_factory=SignalsDocument)),
        on=(Day | None, Field(None, description="The day of the use (UTC). Default: today.")),
    )


def _enum(values: Iterable[str]) -> Any:  # noqa: ANN401 - a type made at run time
    return Literal[tuple(values)]


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _at(document: object, path: Sequence[Any]) -> str:
    for part in path:
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, list) and isinstance(part, int) and part < len(document):
            document = document[part]
    return document if isinstance(document, str) else ""


def _nearest(value: str, known: Iterable[str]) -> str | None:
    folded = {item.casefold(): item for item in known}
    found = difflib.get_close_matches(value[:64].casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None
