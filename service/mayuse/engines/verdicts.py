"""From what a policy said to a verdict that can be explained, or a fault. Never a guess."""

from __future__ import annotations

from mayuse.bundle import Bundle
from mayuse.errors import MalformedVerdict
from mayuse.verdict import Fault, Obliged, Said, Verdict


class Reader:
    """Reads verdicts of one bundle: each id a verdict names must have words in that bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self._reasons = {(row["rule"], name) for row in bundle.rules for name in row["reasons"]}
        self._duties = {(row["rule"], name) for row in bundle.rules for name in row["obligations"]}
        self._rules = {row["rule"] for row in bundle.rules}
        self._acts = set(bundle.facts["acts"])
        self._provisions = set(bundle.facts["provisions"])
        self._worded: set[Said | Obliged] = set()
        """What was found to have words. Bounded, for only what is in the bundle gets in."""

    def read(self, said: object) -> Verdict | Fault:
        """The verdict in a policy's answer; a `Fault` for any shape or id the bundle lacks."""
        try:
            verdict = Verdict.from_policy(said)
        except MalformedVerdict as error:
            return Fault(error.code, error.detail)
        if stranger := self._stranger(verdict):
            return Fault("malformed_verdict", f"the bundle has no words for {stranger}")
        return verdict

    def _stranger(self, verdict: Verdict) -> str | None:
        if not self._rules.issuperset(verdict.speaking):
            return min({*verdict.speaking} - self._rules)
        items: list[Said | Obliged] = [*verdict.permits, *verdict.denies, *verdict.obliges]
        for item in items:
            if item not in self._worded:
                if stranger := self._without_words(item):
                    return stranger
                self._worded.add(item)
        return None

    def _without_words(self, item: Said | Obliged) -> str | None:
        names, name = (
            (self._reasons, item.reason)
            if isinstance(item, Said)
            else (self._duties, item.obligation)
        )
        if (item.rule, name) not in names:
            return f"{item.rule} {name}"
        if item.act not in self._acts:
            return item.act
        if strangers := {*item.cites} - self._provisions:
            return min(strangers)
        return None
