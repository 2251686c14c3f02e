"""Verdicts as main gives them, and how they fold into layers and an effect."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayuse.answer import NO_RULE_PERMITS, Finding, Ruling, find, rule_on
from mayuse.errors import MalformedVerdict
from mayuse.question import Facts
from mayuse.verdict import Fault, Obliged, Said, Verdict

FACTS = Facts(
    controller="linkedin",
    recipient="microsoft",
    purpose="ads",
    data="profile",
    jurisdiction="US-CA",
    on="2025-11-20",
    age="adult",
    choices=(),
    gpc=False,
)
LAW = Said("law/us/baseline", "nothing_forbids", "us-ca-ccpa", ("ca-1798.100",))
SIGNAL = Said("law/us/signal", "signal_on", "us-ca-ccpa", ("ca-1798.135",))
TERMS = Said("terms/linkedin/ads", "notice_says_so", "linkedin-pp", ("li-3.4",))
OFF = Said("terms/linkedin/ads", "sharing_is_off", "linkedin-pp", ("li-3.4",))
FAULT = Fault("policy_timeout", "the engine took longer than its deadline")


def verdict(permits: tuple[Said, ...] = (), denies: tuple[Said, ...] = ()) -> Verdict:
    speaking = tuple(sorted({said.rule for said in (*permits, *denies)}))
    return Verdict(tuple(sorted(permits)), tuple(sorted(denies)), (), (), speaking)


def reason(said: Said) -> dict[str, Any]:
    return {"reason": said.reason, "act": said.act, "cites": list(said.cites)}


def from_main(rule: str = LAW.rule, **changes: Any) -> dict[str, Any]:
    """What main says of one item: a law rule permits, a terms rule denies; `rule` is changed."""
    said: dict[str, Any] = {
        OFF.rule: {
            "denies": [reason(OFF)],
            "obliges": [
                {"obligation": "tell", "act": OFF.act, "cites": ["li-3.4"], "within_days": 15}
            ],
            "missing": ["choices.consent_ads"],
        },
        LAW.rule: {
            "permits": [reason(LAW)],
            "denies": [],
            "obliges": [{"obligation": "notice", "act": LAW.act, "cites": ["ca-1798.100"]}],
        },
    }
    said[rule] = {**said.get(rule, {}), **changes}
    return copy.deepcopy(said)


class TestVerdict:
    def test_reads_all_that_main_says_in_canonical_order(self) -> None:
        assert Verdict.from_policy(from_main()) == Verdict(
            permits=(LAW,),
            denies=(OFF,),
            obliges=(
                Obliged(LAW.rule, "notice", LAW.act, ("ca-1798.100",)),
                Obliged(OFF.rule, "tell", OFF.act, ("li-3.4",), 15),
            ),
            missing=((OFF.rule, "choices.consent_ads"),),
            speaking=(LAW.rule, OFF.rule),
        )

    @given(st.data())
    def test_the_order_of_rules_and_sets_never_matters(self, data: st.DataObject) -> None:
        said = from_main(
            permits=[reason(LAW), {"reason": "b", "act": "x", "cites": ["2", "1"]}],
        )
        shuffled = {
            rule: {
                name: [
                    {**item, "cites": data.draw(st.permutations(item["cites"]))}
                    if isinstance(item, dict)
                    else item
                    for item in data.draw(st.permutations(items))
                ]
                for name, items in data.draw(st.permutations(list(said[rule].items())))
            }
            for rule in data.draw(st.permutations(list(said)))
        }

        assert Verdict.from_policy(shuffled) == Verdict.from_policy(said)
        assert Verdict.from_policy(shuffled).to_text() == Verdict.from_policy(said).to_text()

    def test_the_same_reason_said_twice_counts_once(self) -> None:
        twice = from_main(permits=[reason(LAW), reason(LAW)])

        assert Verdict.from_policy(twice) == Verdict.from_policy(from_main())

    @pytest.mark.parametrize("said", [None, [], "permit", True, 1])
    def test_anything_but_an_object_by_rule_is_malformed(self, said: object) -> None:
        assert code_of(said) == "malformed_verdict"

    def test_a_member_too_many_is_malformed(self) -> None:
        assert code_of(from_main(allow=True)) == "malformed_verdict"

    @pytest.mark.parametrize("says", [None, True, "permit", ["permits"]])
    def test_a_rule_that_says_no_object_is_malformed(self, says: object) -> None:
        assert code_of({LAW.rule: says}) == "malformed_verdict"

    @pytest.mark.parametrize("member", ["permits", "denies", "obliges", "missing"])
    @pytest.mark.parametrize("value", [None, 1, "ab", [1], [[]], [None], {"law": 1}])
    def test_a_member_of_another_shape_is_malformed(self, member: str, value: object) -> None:
        assert code_of(from_main(**{member: value})) == "malformed_verdict"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"reason": "r", "act": "a"},
            {"reason": "r", "act": "a", "cites": []},
            {"reason": "r", "act": "a", "cites": "p"},
            {"reason": "r", "act": "a", "cites": [1]},
            {"reason": "", "act": "a", "cites": ["p"]},
            {"reason": "r", "act": None, "cites": ["p"]},
            {"reason": "r", "act": "a", "cites": ["p"], "more": 1},
        ],
    )
    def test_a_reason_without_act_or_provision_is_malformed(self, wrong: dict[str, Any]) -> None:
        assert code_of(from_main(permits=[wrong])) == "malformed_verdict"

    @pytest.mark.parametrize(
        "item",
        [
            {"obligation": "o", "act": "a", "cites": ["p"], "within_days": "15"},
            {"obligation": "o", "act": "a", "cites": ["p"], "within_days": True},
            {"obligation": "o", "act": "a", "cites": ["p"], "within_days": None},
            {"obligation": "o", "act": "a", "cites": ["p"], "soon": 1},
            {"obligation": "o", "act": "a"},
        ],
    )
    def test_an_obligation_of_another_shape_is_malformed(self, item: dict[str, Any]) -> None:
        assert code_of(from_main(obliges=[item])) == "malformed_verdict"

    @pytest.mark.parametrize("rule", ["law/us", "facts/us/x", "law//x", "law", "law/us/x/y"])
    def test_a_rule_outside_the_two_layers_is_malformed(self, rule: str) -> None:
        assert code_of(from_main(rule, permits=[reason(LAW)])) == "malformed_verdict"

    def test_a_rule_that_speaks_and_says_nothing_is_no_verdict(self) -> None:
        assert code_of(from_main(OFF.rule, denies=[])) == "rule_silent"

    def test_nobody_speaking_is_a_verdict(self) -> None:
        assert Verdict.from_policy({}) == Verdict((), (), (), (), ())

    def test_canonical_text_is_sorted_json_of_ids(self) -> None:
        text = Verdict.from_policy(from_main()).to_text()

        document = json.loads(text)
        assert text == json.dumps(document, sort_keys=True, separators=(",", ":"))
        assert document == {
            "denies": [
                {
                    "act": OFF.act,
                    "cites": ["li-3.4"],
                    "reason": "sharing_is_off",
                    "rule": OFF.rule,
                }
            ],
            "missing": [{"field": "choices.consent_ads", "rule": OFF.rule}],
            "obliges": [
                {
                    "act": LAW.act,
                    "cites": ["ca-1798.100"],
                    "obligation": "notice",
                    "rule": LAW.rule,
                },
                {
                    "act": OFF.act,
                    "cites": ["li-3.4"],
                    "obligation": "tell",
                    "rule": OFF.rule,
                    "within_days": 15,
                },
            ],
            "permits": [
                {
                    "act": LAW.act,
                    "cites": ["ca-1798.100"],
                    "reason": "nothing_forbids",
                    "rule": LAW.rule,
                }
            ],
            "speaking": [LAW.rule, OFF.rule],
        }


def code_of(said: object) -> str:
    with pytest.raises(MalformedVerdict) as caught:
        Verdict.from_policy(said)
    return caught.value.code


@pytest.mark.parametrize(
    ("permits", "denies", "layers", "effect", "forcing"),
    [
        ((LAW, TERMS), (), ("permit", "permit"), "permit", (LAW, TERMS)),
        ((LAW, TERMS), (SIGNAL,), ("deny", "permit"), "deny", (SIGNAL,)),
        ((LAW, TERMS), (OFF,), ("permit", "deny"), "deny", (OFF,)),
        ((LAW,), (SIGNAL, OFF), ("deny", "deny"), "deny", (SIGNAL, OFF)),
        ((), (SIGNAL,), ("deny", "silent"), "deny", (SIGNAL,)),
        (
            (LAW,),
            (),
            ("permit", "silent"),
            "deny",
            (Said("terms", NO_RULE_PERMITS, "", ()),),
        ),
        (
            (TERMS,),
            (),
            ("silent", "permit"),
            "deny",
            (Said("law", NO_RULE_PERMITS, "", ()),),
        ),
        (
            (),
            (),
            ("silent", "silent"),
            "deny",
            (Said("law", NO_RULE_PERMITS, "", ()), Said("terms", NO_RULE_PERMITS, "", ())),
        ),
    ],
)
def test_find_folds_one_verdict(
    permits: tuple[Said, ...],
    denies: tuple[Said, ...],
    layers: tuple[str, str],
    effect: str,
    forcing: tuple[Said, ...],
) -> None:
    finding = find(FACTS, verdict(permits, denies))

    assert tuple(finding.layers[layer] for layer in ("law", "terms")) == layers
    assert finding.effect == effect
    assert finding.forcing == forcing
    assert finding.decided_by == tuple(dict.fromkeys(said.layer for said in forcing))


@pytest.mark.parametrize(
    ("permits", "denies", "law", "effect", "decided_by"),
    [
        ((LAW,), (), "permit", "permit", ("law",)),
        ((LAW,), (SIGNAL,), "deny", "deny", ("law",)),
        ((), (), "silent", "deny", ("law",)),
    ],
)
def test_terms_do_not_apply_to_any_other_company(
    permits: tuple[Said, ...],
    denies: tuple[Said, ...],
    law: str,
    effect: str,
    decided_by: tuple[str, ...],
) -> None:
    finding = find(replace(FACTS, controller="generic"), verdict(permits, denies))

    assert finding.layers == {"law": law, "terms": "not_applicable"}
    assert (finding.effect, finding.decided_by) == (effect, decided_by)


def test_a_fault_is_indeterminate_and_forces_nothing() -> None:
    finding = find(FACTS, FAULT)

    assert finding.effect == "indeterminate"
    assert set(finding.layers.values()) == {"indeterminate"}
    assert finding.decided_by == ()
    assert finding.forcing == ()


PERMITTED = verdict((LAW, TERMS))
REFUSED = verdict((LAW, TERMS), (SIGNAL,))
NOT_OFFERED = verdict((LAW, TERMS), (OFF,))


@pytest.mark.parametrize(
    ("verdicts", "effect", "layers", "decided_by"),
    [
        ([PERMITTED], "permit", ("permit", "permit"), ("law", "terms")),
        ([PERMITTED, PERMITTED], "permit", ("permit", "permit"), ("law", "terms")),
        ([PERMITTED, REFUSED], "deny", ("deny", "permit"), ("law",)),
        ([REFUSED, NOT_OFFERED], "deny", ("deny", "deny"), ("law", "terms")),
        ([PERMITTED, FAULT], "indeterminate", ("indeterminate", "indeterminate"), ()),
        ([FAULT, REFUSED], "deny", ("deny", "indeterminate"), ("law",)),
        ([PERMITTED, verdict((LAW,))], "deny", ("permit", "silent"), ("terms",)),
    ],
)
def test_several_categories_fold_into_one_effect(
    verdicts: list[Verdict | Fault],
    effect: str,
    layers: tuple[str, str],
    decided_by: tuple[str, ...],
) -> None:
    ruling = rule_on([FACTS] * len(verdicts), verdicts)

    assert ruling.effect == effect
    assert tuple(ruling.layers[layer] for layer in ("law", "terms")) == layers
    assert ruling.decided_by == decided_by
    assert len(ruling.findings) == len(verdicts)


some_verdicts = st.lists(
    st.sampled_from([PERMITTED, REFUSED, NOT_OFFERED, verdict(), FAULT]), min_size=1, max_size=5
)


def gist(ruling: Ruling) -> tuple[object, ...]:
    return ruling.effect, dict(ruling.layers), ruling.decided_by


@given(some_verdicts, st.randoms(use_true_random=False))
def test_the_order_of_categories_never_matters(
    verdicts: list[Verdict | Fault], chance: random.Random
) -> None:
    shuffled = chance.sample(verdicts, k=len(verdicts))

    assert gist(rule_on([FACTS] * len(verdicts), verdicts)) == gist(
        rule_on([FACTS] * len(verdicts), shuffled)
    )


@given(some_verdicts)
def test_one_more_category_never_turns_a_refusal_into_a_permit(
    verdicts: list[Verdict | Fault],
) -> None:
    fewer = rule_on([FACTS] * len(verdicts), verdicts)
    more = rule_on([FACTS] * (len(verdicts) + 1), [*verdicts, PERMITTED])

    assert (fewer.effect == "permit") == (more.effect == "permit")


reasons = st.builds(
    Said,
    rule=st.sampled_from(["law/us/a", "law/eu/b", "terms/linkedin/c"]),
    reason=st.sampled_from(["x", "y"]),
    act=st.just("act"),
    cites=st.just(("p",)),
)


@given(st.lists(reasons, max_size=4), st.lists(reasons, max_size=4))
def test_a_permit_needs_every_layer_and_no_deny(permits: list[Said], denies: list[Said]) -> None:
    finding: Finding = find(FACTS, verdict(tuple(permits), tuple(denies)))

    layers_permitting = {said.layer for said in permits}
    expected = not denies and layers_permitting == {"law", "terms"}
    assert (finding.effect == "permit") is expected
    assert finding.forcing, "a permit or a deny always names what forced it"
