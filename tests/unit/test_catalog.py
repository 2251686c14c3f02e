"""Ids to words and law, on a small made-up bundle whose every line can be seen here."""

from __future__ import annotations

import gc
import json
import weakref
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mayuse.answer import Decision, Draft, EngineInfo, Policy, Receipt, rule_on
from mayuse.catalog import Catalog
from mayuse.question import Question
from mayuse.verdict import Fault, Obliged, Said, Verdict
from mayuse.vocabulary import Vocabulary


def act(first: str, last: str = "9999-12-31", **where: Any) -> dict[str, Any]:
    row = {"title": "An Act", "layer": "law", "from": first, "until": last, "confidence": "high"}
    return {**row, "url": "https://example.org/act", "source": "read", **where}


def provision(of: str, text: str, **more: Any) -> dict[str, Any]:
    row = {"act": of, "provision": text, "title": "A title", "confidence": "medium"}
    return {**row, "source": "read", **more}


FACTS: dict[str, Any] = {
    "vocabulary": {
        "controllers": {"linkedin": {"label": "LinkedIn"}, "generic": {"label": "another company"}},
        "recipients": {"microsoft": {"label": "Microsoft"}},
        "purposes": {"ads": {"label": "advertising", "dpv_purpose": "https://w3id.org/dpv#Ads"}},
        "data": {"profile": {"label": "profile"}, "salary": {"label": "salary"}},
        "choices": {
            "share": {
                "kind": "setting",
                "label": "the sharing setting",
                "values": {"off": 1, "default": 2, "on": 3},
                "default": "default",
            }
        },
    },
    "places": {
        "US-CA": {"name": "California", "regime": "US"},
        "IN": {
            "name": "India",
            "regime": "IN-OLD",
            "regime_next": {"regime": "IN-NEW", "from": "2027-05-14"},
        },
    },
    "acts": {
        "ca-act": act("2020-01-01", places=["US-CA"]),
        "ca-future": act("2030-01-01", places=["US-CA"]),
        "ca-past": act("2000-01-01", "2020-12-31", places=["US-CA"]),
        "us-act": act("2000-01-01", regimes=["US"]),
        "in-old": act("2011-04-11", "2027-05-13", regimes=["IN-OLD"]),
        "in-new": act("2027-05-14", regimes=["IN-NEW"]),
        "terms": act("2025-11-03", layer="terms", places=["US-CA"]),
    },
    "provisions": {
        "ca-1": provision("ca-act", "§ 1"),
        "us-1": provision("us-act", "§ 1", url="https://example.org/us-1"),
        "terms-1": provision("terms", "§ 3.4"),
    },
}
RULES: tuple[dict[str, Any], ...] = (
    {
        "rule": "terms/linkedin/ads",
        "title": "Own terms",
        "description": "What they promise.",
        "owner": "legal",
        "last_read": "2026-11-23",
        "only": None,
        "reasons": {"sharing_is_off": "sharing is switched off", "sharing": "sharing is on"},
        "obligations": {},
    },
    {
        "rule": "law/us/signal",
        "title": "Signal",
        "description": "A signal opts out.",
        "owner": "legal",
        "last_read": "2026-11-23",
        "only": None,
        "reasons": {"signal_on": "a signal is sent", "signal_off": "no signal is sent"},
        "obligations": {"show_it": "the site shows it"},
    },
)
ON = date(2025, 11, 20)
OFF = Said("terms/linkedin/ads", "sharing_is_off", "terms", ("terms-1",))
SHARING = Said("terms/linkedin/ads", "sharing", "terms", ("terms-1",))
SIGNAL = Said("law/us/signal", "signal_on", "ca-act", ("ca-1", "us-1"))
NO_SIGNAL = Said("law/us/signal", "signal_off", "us-act", ("us-1",))


@dataclass(frozen=True)
class Words:
    """A bundle, as far as the catalogue reads one."""

    digest: str = "sha256:00"
    version: str = "1.0"
    facts: dict[str, Any] = field(default_factory=lambda: FACTS)
    rules: tuple[dict[str, Any], ...] = RULES


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(Words())


def question(**changes: Any) -> Question:
    asked = Question("microsoft", "ads", ("profile",), ON, jurisdiction="US-CA")
    return replace(asked, **changes)


def verdict(permits: tuple[Said, ...] = (), denies: tuple[Said, ...] = (), **more: Any) -> Verdict:
    speaking = tuple(sorted({said.rule for said in (*permits, *denies)}))
    permits, denies = tuple(sorted(permits)), tuple(sorted(denies))
    return Verdict(permits, denies, more.get("obliges", ()), more.get("missing", ()), speaking)


def decide(asked: Question, *verdicts: Verdict | Fault) -> Decision:
    facts = asked.facts(Vocabulary.from_facts(FACTS))
    draft = Draft(
        id="0198",
        at=datetime(2025, 11, 20, tzinfo=UTC),
        caller="test",
        question=asked,
        ruling=rule_on(facts, verdicts),
        policy=Policy("sha256:00", "1.0"),
        engine=EngineInfo("embedded", "1"),
    )
    return Decision(draft, Receipt("ab" * 32))


def outcomes(body: dict[str, Any]) -> dict[str, str]:
    return {row["act"]: row["outcome"] for row in body["laws"]}


def test_an_answer_says_what_was_decided_and_by_what(catalog: Catalog) -> None:
    body = catalog.answer(decide(question(), verdict(denies=(SIGNAL, OFF), permits=(NO_SIGNAL,))))
    assert body["decision_id"] == "0198"
    assert (body["effect"], body["permitted"]) == ("deny", False)
    assert body["decided_by"] == ["law", "terms"]
    assert body["layers"] == {"law": "deny", "terms": "deny"}
    assert body["policy"] == {"digest": "sha256:00", "version": "1.0"}
    assert body["engine"] == {"name": "embedded", "version": "1"}
    assert body["receipt"] == {"leaf_hash": "ab" * 32}
    assert "faults" not in body


def test_a_reason_carries_its_words_and_its_law(catalog: Catalog) -> None:
    body = catalog.answer(decide(question(), verdict(denies=(SIGNAL,), permits=(SHARING,))))
    assert body["reasons"][0] == {
        "rule": "law/us/signal",
        "reason": "signal_on",
        "effect": "deny",
        "layer": "law",
        "title": "Signal",
        "says": "a signal is sent",
        "citations": [
            {
                "id": "ca-1",
                "act": "ca-act",
                "provision": "§ 1",
                "title": "A title",
                "url": "https://example.org/act",
                "confidence": "medium",
            },
            {
                "id": "us-1",
                "act": "us-act",
                "provision": "§ 1",
                "title": "A title",
                "url": "https://example.org/us-1",
                "confidence": "medium",
            },
        ],
    }


def test_every_rule_that_spoke_is_told_and_the_deciding_ones_first(catalog: Catalog) -> None:
    body = catalog.answer(decide(question(), verdict(permits=(NO_SIGNAL,), denies=(OFF,))))
    assert [(row["rule"], row["effect"]) for row in body["reasons"]] == [
        ("terms/linkedin/ads", "deny"),
        ("law/us/signal", "permit"),
    ]


def test_a_deny_by_silence_is_a_reason_of_its_layer(catalog: Catalog) -> None:
    body = catalog.answer(decide(question(), verdict(permits=(NO_SIGNAL,))))
    assert body["decided_by"] == ["terms"]
    first = body["reasons"][0]
    assert (first["rule"], first["reason"], first["effect"]) == ("terms", "no_rule_permits", "deny")
    assert first["citations"] == []
    assert "silence" in first["says"]


def test_several_categories_say_which_were_refused_and_by_which_reason(catalog: Catalog) -> None:
    asked = question(data=("profile", "salary"))
    fine, refused = verdict(permits=(NO_SIGNAL, SHARING)), verdict((NO_SIGNAL,), (OFF,))
    body = catalog.answer(decide(asked, fine, refused))
    assert body["data"] == {"permitted": ["profile"], "refused": ["salary"], "indeterminate": []}
    concerned = {row["reason"]: row["data"] for row in body["reasons"]}
    assert concerned == {
        "sharing_is_off": ["salary"],
        "signal_off": ["profile", "salary"],
        "sharing": ["profile"],
    }


def test_one_category_needs_no_list_beside_each_reason(catalog: Catalog) -> None:
    body = catalog.answer(decide(question(), verdict(permits=(NO_SIGNAL, SHARING))))
    assert body["data"]["permitted"] == ["profile"]
    assert all("data" not in row for row in body["reasons"])


def test_every_act_of_the_place_is_listed_with_its_outcome(catalog: Catalog) -> None:
    body = catalog.answer(decide(question(), verdict(permits=(NO_SIGNAL, SHARING))))
    assert outcomes(body) == {
        "ca-act": "not_in_scope",
        "ca-future": "not_yet_in_force",
        "ca-past": "no_longer_in_force",
        "us-act": "permit",
    }


def test_terms_are_no_law(catalog: Catalog) -> None:
    body = catalog.answer(decide(question(), verdict(denies=(OFF,), permits=(NO_SIGNAL,))))
    assert "terms" not in outcomes(body)


def test_an_act_not_in_force_cannot_permit_but_a_deny_stands(catalog: Catalog) -> None:
    permit = Said("law/us/signal", "signal_off", "ca-future", ("ca-1",))
    deny = Said("law/us/signal", "signal_on", "ca-past", ("ca-1",))
    body = catalog.answer(decide(question(), verdict(permits=(permit,), denies=(deny,))))
    assert outcomes(body)["ca-future"] == "not_yet_in_force"
    assert outcomes(body)["ca-past"] == "deny"


def test_one_deny_under_an_act_outweighs_its_permits(catalog: Catalog) -> None:
    permit = Said("law/us/other", "fine", "ca-act", ("ca-1",))
    body = catalog.answer(decide(question(), verdict(permits=(permit,), denies=(SIGNAL,))))
    assert outcomes(body)["ca-act"] == "deny"


@pytest.mark.parametrize(
    ("on", "old", "new"),
    [
        (date(2027, 5, 13), "not_in_scope", "not_yet_in_force"),
        (date(2027, 5, 14), "no_longer_in_force", "not_in_scope"),
    ],
)
def test_the_act_of_the_next_regime_is_listed_before_it_begins(
    catalog: Catalog, on: date, old: str, new: str
) -> None:
    asked = question(jurisdiction="IN", on=on)
    body = catalog.answer(decide(asked, verdict(permits=(SHARING,))))
    assert outcomes(body) == {"in-old": old, "in-new": new}


def test_an_act_that_spoke_is_listed_even_where_no_place_is_known(catalog: Catalog) -> None:
    asked = question(jurisdiction="unknown")
    assert outcomes(catalog.answer(decide(asked, verdict(denies=(SIGNAL,))))) == {"ca-act": "deny"}


def test_a_fault_is_told_and_says_nothing_about_the_law(catalog: Catalog) -> None:
    body = catalog.answer(decide(question(), Fault("policy_timeout", "too slow")))
    assert (body["effect"], body["permitted"], body["reasons"]) == ("indeterminate", False, [])
    assert body["data"]["indeterminate"] == ["profile"]
    assert body["faults"] == [{"code": "policy_timeout", "detail": "too slow", "data": ["profile"]}]
    assert outcomes(body)["ca-act"] == "indeterminate"
    assert outcomes(body)["ca-future"] == "not_yet_in_force"


def test_obligations_and_missing_facts_are_told_once_in_words(catalog: Catalog) -> None:
    duty = Obliged("law/us/signal", "show_it", "ca-act", ("ca-1",), 15)
    said = verdict(
        permits=(NO_SIGNAL, SHARING),
        obliges=(duty,),
        missing=(("law/us/signal", "choices.share"), ("law/us/signal", "age")),
    )
    body = catalog.answer(decide(question(data=("profile", "salary")), said, said))
    [told] = body["obligations"]
    assert (told["id"], told["says"], told["within_days"]) == ("show_it", "the site shows it", 15)
    assert [cited["id"] for cited in told["citations"]] == ["ca-1"]
    assert body["missing"] == [
        {"field": "age", "says": "find out the person's age", "rules": ["law/us/signal"]},
        {
            "field": "choices.share",
            "says": "find out whether there is one: the sharing setting",
            "rules": ["law/us/signal"],
        },
    ]


def test_the_same_decision_gives_the_same_bytes(catalog: Catalog) -> None:
    first = verdict(permits=(NO_SIGNAL,), denies=(SIGNAL, OFF))
    again = verdict(permits=(NO_SIGNAL,), denies=(OFF, SIGNAL))
    bodies = [catalog.answer(decide(question(), item)) for item in (first, again, first)]
    assert len({json.dumps(body) for body in bodies}) == 1


def test_a_catalogue_that_nobody_uses_is_gone_at_once(catalog: Catalog) -> None:
    other = Catalog(Words())
    other.answer(decide(question(), verdict(permits=(SHARING,))))
    gone = weakref.ref(other)
    gc.disable()
    try:
        del other
        assert gone() is None
    finally:
        gc.enable()
    assert catalog


def test_conflicts_are_told_of_their_own_question_alone(catalog: Catalog) -> None:
    """Both are answered by one ruling: what follows from it is remembered, and nothing else."""
    said = verdict(denies=(OFF,))
    overruled = question(choices={"share": "off"}, overruled={"share": "on"}, recorded={"share"})
    plain = question(choices={"share": "off"})
    bodies = [catalog.answer(decide(asked, said)) for asked in (plain, overruled, plain)]
    assert [len(body.get("conflicts", ())) for body in bodies] == [0, 1, 0]
    assert bodies[0] == bodies[2]


def test_a_question_reads_as_a_question(catalog: Catalog) -> None:
    asked = question(data=("profile", "salary"), age=34, choices={"share": "off"}, gpc=True)
    assert catalog.in_words(asked) == (
        "May Microsoft use this person's profile and salary for advertising, in California, "
        "on 2025-11-20 (aged 34; the sharing setting: off; a Global Privacy Control signal "
        "is sent)?"
    )


def test_a_question_names_the_holder_when_it_is_not_linkedin(catalog: Catalog) -> None:
    assert "profile held by another company for" in catalog.in_words(question(controller="generic"))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            verdict(denies=(SIGNAL, OFF)),
            "No: law and terms deny, because a signal is sent; sharing is switched off.",
        ),
        (verdict(denies=(SIGNAL,)), "No: law denies, because a signal is sent."),
        (
            verdict(permits=(NO_SIGNAL, SHARING)),
            "Yes: law and terms permit, because no signal is sent; sharing is on.",
        ),
        (
            verdict(permits=(NO_SIGNAL,)),
            "No: nothing in the terms permits it, and silence is no permit.",
        ),
        (
            Fault("policy_timeout", "too slow"),
            "No answer: there is no verdict (policy_timeout), which is never a yes.",
        ),
    ],
)
def test_an_answer_reads_as_an_answer(
    catalog: Catalog, said: Verdict | Fault, sentence: str
) -> None:
    assert catalog.in_words(decide(question(), said)) == sentence


def test_a_partial_refusal_names_what_is_refused(catalog: Catalog) -> None:
    asked = question(data=("profile", "salary"))
    decision = decide(asked, verdict(permits=(NO_SIGNAL, SHARING)), verdict((NO_SIGNAL,), (OFF,)))
    assert catalog.in_words(decision).startswith("No for salary: terms deny, because")


def test_rules_are_listed_in_words_and_found_by_id(catalog: Catalog) -> None:
    assert [row["rule"] for row in catalog.rules()] == ["law/us/signal", "terms/linkedin/ads"]
    row = catalog.rule("law/us/signal")
    assert row is not None
    assert row["layer"] == "law"
    assert row["reasons"][0] == {"reason": "signal_on", "says": "a signal is sent"}
    assert row["obligations"] == [{"id": "show_it", "says": "the site shows it"}]
    assert catalog.rule("law/us/none") is None


def test_the_vocabulary_keeps_the_ids_of_other_vocabularies(catalog: Catalog) -> None:
    words = catalog.vocabulary()
    assert [row["values"] for row in words["choices"]] == [["off", "default", "on"]]
    assert words["purposes"] == [
        {"id": "ads", "label": "advertising", "dpv_purpose": "https://w3id.org/dpv#Ads"}
    ]
    assert {row["id"]: row["regime"] for row in words["jurisdictions"]} == {
        "US-CA": "US",
        "IN": "IN-OLD",
        "unknown": "unknown",
    }
    assert [row["id"] for row in words["signals"]] == ["gpc"]


def test_an_act_is_found_by_id(catalog: Catalog) -> None:
    found = catalog.act("ca-act")
    assert found is not None
    assert (found["id"], found["title"]) == ("ca-act", "An Act")
    assert catalog.act("none") is None
