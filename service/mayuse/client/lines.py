"""A batch as lines of JSON: one question a line there, one answer a line back, then the summary.

What does not end with a summary that counts every question was cut off, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import httpx

from mayuse import strict_json
from mayuse.client.answers import Decision, ItemProblem
from mayuse.client.exchange import NEVER_SENT, PROBLEM, content_of, failure, fit
from mayuse.client.faults import CutOff, NoAnswer, NotSent, UnfitAnswer
from mayuse.client.receipts import Pinned
from mayuse.errors import InvalidJSON

LINES = "application/x-ndjson"
BATCH = "/v1/decisions:batch"
SENT_LINES = {"Content-Type": LINES, "Accept": f"{LINES}, {PROBLEM}"}

Asked = Mapping[str, object] | bytes
"""A question, or a line that is sent as it is."""

Item = Decision | ItemProblem


class Batch:
    """One batch: what was sent, and what came back so far."""

    def __init__(self, pinned: Pinned | None) -> None:
        self._pinned = pinned
        self._sent = self._answered = 0
        self._rest = b""
        self._summary: Mapping[str, object] | None = None

    def line(self, question: Asked) -> bytes:
        """One question as it is sent. Raises `NotSent` for bytes that are not one line."""
        text = question if isinstance(question, bytes) else content_of(question)
        text = text.removesuffix(b"\n")
        if b"\n" in text or not text.strip():
            raise NotSent("a question is one line that is not blank")
        self._sent += 1
        return text + b"\n"

    def lines(self, questions: Iterable[Asked]) -> Iterator[bytes]:
        """All questions as they are sent."""
        return map(self.line, questions)

    def feed(self, chunk: bytes) -> Iterator[Item]:
        """The answers that are whole now. Raises `UnfitAnswer`, or `ReceiptRefused`."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for text in whole:
            if (item := self._read(text)) is not None:
                yield item

    def end(self) -> None:
        """See that nothing is missing. Raises `CutOff`."""
        summary = self._summary
        if summary is None or self._rest:
            raise self.cut_off()
        counted = (summary.get("items"), self._answered)
        if summary.get("complete") is not True or counted != (self._sent, self._sent):
            raise CutOff(f"{self._answered} of {self._sent} questions were answered")

    def cut_off(self) -> CutOff:
        """The exception for a batch that ended before its summary."""
        return CutOff(f"the batch was cut off after {self._answered} answers")

    def broken_by(self, error: httpx.RequestError) -> NoAnswer:
        """The exception for a connection that failed: before anything was sent, or after."""
        if isinstance(error, NEVER_SENT):
            return NoAnswer(f"the service gave no answer: {type(error).__name__}")
        return self.cut_off()

    def _read(self, text: bytes) -> Item | None:
        try:
            document = strict_json.loads(text)
        except InvalidJSON as error:
            raise UnfitAnswer(f"a line is not strict JSON: {error.detail}") from None
        if self._summary is not None or not isinstance(document, dict):
            raise UnfitAnswer("a line is no answer")
        if isinstance(summary := document.get("summary"), dict):
            self._summary = summary
            return None
        self._answered += 1
        if "effect" not in document:
            return ItemProblem.of(document)
        decision = Decision.of(document)
        if self._pinned is not None:
            self._pinned.check_receipt(decision.receipt)
        return decision


def answered_lines(response: httpx.Response) -> httpx.Response:
    """The response, if it is lines. Raises `Problem` or `UnfitAnswer`; read a refusal before."""
    if not response.is_success:
        raise failure(response)
    return fit(response, LINES)
