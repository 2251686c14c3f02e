"""A client of a running mayuse: `Client`, and `AsyncClient` for programs on an event loop.

    from mayuse.client import Client

    with Client("https://mayuse.example", key=os.environ["MAYUSE_API_KEY"]) as mayuse:
        decision = mayuse.decide({"recipient": "microsoft", "purpose": "ads_personalised", …})
        if decision.permitted:
            …

The one `__init__` that is not empty: it is what other programs import. Nothing here loads the
service: no database, no policy engine, no web framework.
"""

from mayuse.client.answers import (
    Choices,
    Decision,
    Erasure,
    ItemProblem,
    Page,
    Reason,
    Receipt,
    RecordedDecision,
    Replayed,
)
from mayuse.client.clients import AsyncClient, Client
from mayuse.client.exchange import Patience
from mayuse.client.faults import (
    ClientError,
    CutOff,
    NoAnswer,
    NotAuthorised,
    NotSent,
    NotThere,
    Problem,
    ReceiptRefused,
    Refused,
    Unavailable,
    UnfitAnswer,
)
from mayuse.client.questions import DataSubject, Question, Signals

__all__ = [
    "AsyncClient",
    "Choices",
    "Client",
    "ClientError",
    "CutOff",
    "DataSubject",
    "Decision",
    "Erasure",
    "ItemProblem",
    "NoAnswer",
    "NotAuthorised",
    "NotSent",
    "NotThere",
    "Page",
    "Patience",
    "Problem",
    "Question",
    "Reason",
    "Receipt",
    "ReceiptRefused",
    "RecordedDecision",
    "Refused",
    "Replayed",
    "Signals",
    "Unavailable",
    "UnfitAnswer",
]
