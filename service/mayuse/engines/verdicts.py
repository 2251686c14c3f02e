"""From what a policy said to a verdict that can be explained, or a fault. Never a guess."""

from __future__ import annotations

from functools import lru_cache

import orjson

from mayuse.bundle import Bundle
from mayuse.errors import MalformedVerdict
from mayuse.verdict import Fault, Obliged, Said, Speech, Verdict

REMEMBERED = 16_384
"""How many different speeches of rules are kept; a policy has a few thousand."""


class Reader:
    """Reads verdicts of one bundle: each id a verdict names must have words in that bundle.

    Rules say the same few things again and again: each speech is read and checked once.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._reasons = {(row["rule"], name) for row in bundle.rules for name in row["reasons"]}
        self._duties = {(row["rule"], name) for row in bundle.rules for name in row["obligations"]}
        self._rules = {row["rule"] for row in bundle.rules}
        self._acts = set(bundle.facts["acts"])
        self._provisions = set(bundle.facts["provisions"])
        self._known = lru_cache(REMEMBERED)(self._checked)

    def read(self, said: object) -> Verdict | Fault:
        """The verdict in a policy's answer; a `Fault` for any shape or id the bundle lacks."""
        try:
            return Verdict.from_policy(said, self._speech)
        except MalformedVerdict as error:
            return Fault(error.code, error.detail)

    def _speech(self, rule: str, says: object) -> Speech:
        try:
            text = orjson.dumps(says)
        except TypeError as error:  # nested deeper than JSON is written
            raise MalformedVerdict("malformed_verdict", f"{rule} says too much") from error
        return self._known(rule, text)

    def _checked(self, rule: str, text: bytes) -> Speech:
        speech = Speech.from_policy(rule, orjson.loads(text))
        if stranger := self._stranger(rule, speech):
            raise MalformedVerdict("malformed_verdict", f"the bundle has no words for {stranger}")
        return speech

    def _stranger(self, rule: str, speech: Speech) -> str | None:
        if rule not in self._rules:
            return rule
        items: list[Said | Obliged] = [*speech.permits, *speech.denies, *speech.obliges]
        for item in items:
            names, name = (
                (self._reasons, item.reason)
                if isinstance(item, Said)
                else (self._duties, item.obligation)
            )
            if (rule, name) not in names:
                return f"{rule} {name}"
            if item.act not in self._acts:
                return item.act
            if strangers := {*item.cites} - self._provisions:
                return min(strangers)
        return None
