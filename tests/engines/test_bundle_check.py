from __future__ import annotations

import copy
from typing import Any

import pytest

from mayuse import bundle_check
from mayuse.bundle import Bundle
from mayuse.errors import BundleError

SIGNAL = 1
"""Index of `law/world/signal` in the small catalogue."""


@pytest.fixture
def parts(small: Bundle) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    return copy.deepcopy(list(small.rules)), copy.deepcopy(small.facts)


def test_the_small_and_the_packaged_policies_are_complete(small: Bundle) -> None:
    bundle_check.check(small.rules, small.facts)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("rule", "law/us", "package: law/us is not law/<area>/<slug>"),
        ("rule", "law/us/a/b", "package: law/us/a/b is not"),
        ("rule", "law/us/Signal", "package: law/us/Signal is not"),
        ("rule", "terms/nobody/x", "terms of a controller the vocabulary does not know"),
        ("title", None, "METADATA title: is missing"),
        ("title", "  ", "METADATA title: is missing"),
        ("description", None, "METADATA description: is missing"),
        ("owner", None, "METADATA custom.owner: is missing"),
        ("last_read", None, "METADATA custom.last_read: is not a day"),
        ("last_read", "2026-02-30", "METADATA custom.last_read: is not a day"),
        ("last_read", "20260223", "METADATA custom.last_read: is not a day"),
        ("reasons", {}, "METADATA custom.reasons: has no sentence"),
        ("reasons", ["signal_on"], "METADATA custom.reasons: is not a map"),
        ("reasons", {"signal_on": ""}, "METADATA custom.reasons: signal_on: is not a sentence"),
        ("reasons", {"Signal on": "x"}, "METADATA custom.reasons: Signal on: is not a sentence"),
        ("obligations", {"tell": None}, "METADATA custom.obligations: tell: is not a sentence"),
        ("only", "never", "METADATA custom.only: is neither deny nor permit"),
        ("only", "deny", "defines permits although custom.only is deny"),
        ("only", "permit", "defines denies although custom.only is permit"),
        ("defines", ["permits", "denies"], "does not define in_force, in_place, in_scope"),
        ("defines", ["in_force", "in_place", "in_scope"], "does not define denies, permits"),
    ],
)
def test_a_rule_that_does_not_explain_itself_is_refused(
    parts: tuple[list[dict[str, Any]], dict[str, Any]], field: str, value: object, says: str
) -> None:
    rules, facts = parts
    rules[SIGNAL][field] = value
    with pytest.raises(BundleError) as refused:
        bundle_check.check(rules, facts)
    [fault] = str(refused.value).splitlines()[1:]
    assert fault.startswith("mayuse/law/world/signal/signal.rego: ")
    assert says in fault


@pytest.mark.parametrize(
    ("topic", "row", "field", "value"),
    [
        ("acts", "act-a", "title", None),
        ("acts", "act-a", "layer", "treaty"),
        ("acts", "act-a", "from", "2025-13-01"),
        ("acts", "act-a", "from", 2025),
        ("acts", "act-a", "until", None),
        ("acts", "act-a", "until", "2019-12-31"),
        ("acts", "act-a", "confidence", "certain"),
        ("acts", "act-a", "source", ""),
        ("acts", "act-a", "url", ""),
        ("acts", "act-a", "places", ["ZZ"]),
        ("provisions", "act-a-1", "act", "act-z"),
        ("provisions", "act-a-1", "provision", None),
        ("provisions", "act-a-1", "title", ""),
        ("provisions", "act-a-1", "confidence", None),
        ("provisions", "act-a-1", "source", None),
        ("places", "BB", "name", None),
        ("places", "BB", "regime", ""),
        ("places", "BB", "regime_next", {"regime": "AA"}),
        ("places", "BB", "regime_next", {"from": "2027-01-01"}),
        ("places", "BB", "regime_next", "AA"),
    ],
)
def test_facts_that_cannot_be_cited_are_refused(
    parts: tuple[list[dict[str, Any]], dict[str, Any]],
    topic: str,
    row: str,
    field: str,
    value: object,
) -> None:
    rules, facts = parts
    facts[topic][row][field] = value
    with pytest.raises(BundleError) as refused:
        bundle_check.check(rules, facts)
    [fault] = str(refused.value).splitlines()[1:]
    assert fault.startswith(f"mayuse/facts/{topic}/data.yaml: {row}.{field}")


@pytest.mark.parametrize("topic", ["vocabulary", "places", "acts", "provisions"])
def test_facts_left_out_are_refused(
    parts: tuple[list[dict[str, Any]], dict[str, Any]], topic: str
) -> None:
    rules, facts = parts
    del facts[topic]
    with pytest.raises(BundleError, match=f"facts/{topic}/data.yaml: is missing or empty"):
        bundle_check.check(rules, facts)


def test_all_faults_are_told_at_once_but_not_endlessly(
    parts: tuple[list[dict[str, Any]], dict[str, Any]],
) -> None:
    rules, facts = parts
    for number in range(50):
        facts["provisions"][f"p{number}"] = {}
    with pytest.raises(BundleError) as refused:
        bundle_check.check(rules, facts)
    lines = str(refused.value).splitlines()
    assert len(lines) == bundle_check.SHOWN + 2
    assert lines[-1] == "… and 230 more"
