"""From what a policy said to a verdict that can be explained, or a fault. Never a guess."""

from __future__ import annotations

from mayuse.answer import Fault, Obliged, Said, Verdict
from mayuse.bundle import Bundle
from mayuse.errors import MalformedVerdict


class Reader:
    """Reads verdicts of one bundle: each id a verdict names must have words in that bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self._reasons = {(row["rule"], name) for row in bundle.rules for name in row["reasons"]}
        self._duties = {(row["rule"], name) for row in bundle.rules for name in row["obligations"]}
        self._rules = {row["rule"] for row in bundle.rules}
        self._acts = set(bundle.facts["acts"])
        self._provisions = set(bundle.facts["provisions"])

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
        for rule in verdict.speaking:
            if rule not in self._rules:
                return rule
        for said in (*verdict.permits, *verdict.denies):
            if (said.rule, said.reason) not in self._reasons:
                return f"{said.rule} {said.reason}"
        for duty in verdict.obliges:
            if (duty.rule, duty.obligation) not in self._duties:
                return f"{duty.rule} {duty.obligation}"
        cited: list[Said | Obliged] = [*verdict.permits, *verdict.denies, *verdict.obliges]
        for item in cited:
            if item.act not in self._acts:
                return item.act
            if not self._provisions.issuperset(item.cites):
                return min({*item.cites} - self._provisions)
        return None
