"""A parsed JSON document -> what a person chose, checked against the active bundle's vocabulary.

As strict as `intake` is with questions, and in the same words: a misspelt choice must not be
dropped, and no value that was refused is sent back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, create_model

from mayuse.choices import GPC, NOT_SENT, SENT
from mayuse.errors import FieldError, InvalidQuestion
from mayuse.intake import Closed, Time, absent, enum
from mayuse.intake_faults import A_SIGNAL, A_TIME, Form, field_errors
from mayuse.vocabulary import Vocabulary

UNSTATED = "unstated"
BROWSER_SIGNAL = "browser_signal"
"""The source of a signal that came with the request itself, and of nothing else."""

SOURCE = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
NOTICE = r"^[!-~]{1,200}$"

CHOOSING = Form(
    members={
        (): ("choices", "signals", "effective_at", "source", "notice"),
        ("signals",): ("gpc",),
    },
    wanted={
        ("signals", "gpc"): A_SIGNAL,
        ("effective_at",): A_TIME,
        ("source",): "is not a short word of small letters, digits, dots, dashes and underscores",
        ("notice",): "is not 1 to 200 visible ASCII characters without a space",
    },
)


@dataclass(frozen=True, slots=True)
class Choosing:
    """What a person chose, as a caller tells it."""

    choices: Mapping[str, str]
    """Values by the choice's id; of a signal, by `choices.GPC`."""

    source: str = UNSTATED
    """Where the person made them, a short word."""

    notice: str | None = None
    """Which notice the person was shown."""

    effective_at: datetime | None = None
    """Since when they hold; None: from now on."""

    signal_sent: bool = False
    """The request carried `Sec-GPC: 1`."""


class ChoicesIntake:
    """The choices that can be recorded under one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._model = _model(vocabulary)

    def read(self, document: object, *, gpc_header: bool = False) -> Choosing:
        """Check a JSON document and make it a `Choosing`.

        `gpc_header` tells that the request carried `Sec-GPC: 1`: then that is recorded as well.
        Raises `InvalidQuestion` naming the faulty fields.
        """
        try:
            asked: Any = self._model.model_validate(document)
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=False, include_input=False)
            faults = field_errors(details, document, self._vocabulary, CHOOSING)
            raise InvalidQuestion(faults) from None
        if asked.source == BROWSER_SIGNAL:
            fault = FieldError("/source", "is kept for what the header `Sec-GPC` says")
            raise InvalidQuestion((fault,))
        chosen = {name: getattr(asked.choices, name) for name in asked.choices.model_fields_set}
        if "gpc" in asked.signals.model_fields_set:
            if gpc_header and not asked.signals.gpc:
                fault = FieldError("/signals/gpc", "says that no signal is sent; `Sec-GPC` is")
                raise InvalidQuestion((fault,))
            chosen[GPC] = SENT if asked.signals.gpc else NOT_SENT
        if not chosen and not gpc_header:
            raise InvalidQuestion((FieldError("", "names no choice and no signal"),))
        return Choosing(
            choices=chosen,
            source=asked.source,
            notice=asked.notice,
            effective_at=datetime.fromisoformat(asked.effective_at) if asked.effective_at else None,
            signal_sent=gpc_header,
        )

    def schema(self, ref_template: str) -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of what `read` accepts; its parts are under `$defs`."""
        return self._model.model_json_schema(ref_template=ref_template, mode="validation")


def _model(vocabulary: Vocabulary) -> type[BaseModel]:
    fields: dict[str, Any] = {
        name: (
            enum(choice.values),
            Field(default_factory=absent, description=f"Kind: {choice.kind}. Absent: unchanged."),
        )
        for name, choice in vocabulary.choices.items()
    }
    chosen = create_model(
        "Chosen", __base__=Closed, __doc__="What the person chose, one or many.", **fields
    )
    signals = create_model(
        "ChosenSignals",
        __base__=Closed,
        __doc__="What is known of the browser's signal.",
        gpc=(
            Annotated[bool, Field(strict=True)],
            Field(
                default_factory=absent,
                description="`true`: a Global Privacy Control signal was sent. `false`: the person "
                "said that it no longer stands; that none is sent says nothing.",
            ),
        ),
    )
    return create_model(
        "Choosing",
        __base__=Closed,
        __doc__="Choices of a person, to be recorded together.",
        choices=(chosen, Field(default_factory=chosen)),
        signals=(signals, Field(default_factory=signals)),
        effective_at=(
            Time,
            Field(
                default_factory=absent,
                description="Since when they hold: not before 2000, and not later than now. "
                "Absent: from now on.",
            ),
        ),
        source=(
            Annotated[str, Field(pattern=SOURCE, strict=True)],
            Field(
                default=UNSTATED,
                description="Where the person made them, such as `settings_page` or `letter`; "
                f"`{BROWSER_SIGNAL}` is kept for what `Sec-GPC` says.",
                json_schema_extra={"not": {"const": BROWSER_SIGNAL}},
            ),
        ),
        notice=(
            Annotated[str, Field(pattern=NOTICE, strict=True)],
            Field(
                default_factory=absent,
                description="Which notice the person was shown, by its id or address.",
            ),
        ),
    )
