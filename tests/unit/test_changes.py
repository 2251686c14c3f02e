"""On which days something changes: read from facts and rules, and from nothing else."""

from __future__ import annotations

from datetime import date

from mayuse.changes import Changes, days, named_by

FACTS = {
    "acts": {
        "one": {"title": "One", "layer": "law", "places": ["XA"], "from": "2020-01-01"},
        "two": {"title": "Two", "layer": "law", "regimes": ["R"], "until": "2019-12-31"},
        "three": {"title": "Three", "layer": "terms", "from": "0001-01-01", "until": "9999-12-31"},
    },
    "places": {
        "XA": {"regime": "Q", "regime_next": {"regime": "R"}},
        "XB": {"regime": "R"},
        "XC": {"regime": "Q"},
    },
    "rights": {"XC": {"rows": [{"from": "2020-01-01"}, {"from": "2020-01-01"}]}},
    "general": {"from": "2020-01-01"},
    "regimes": {"R": {"from": "2022-02-02"}},
    "unknown_place": {"from": "2022-02-02"},
    "odd": ["2023-02-29", "2022-02-02"],
    "calendar": {"from": "2021-01-01"},
    "vocabulary": {"from": "2021-01-01"},
}
OWN = """
# read: "2021-01-01"
first := "2020-01-01"
never := "2020-02-30"
last := "9999-12-31"
"""
MODULES = {"mayuse/law/xx/own/own.rego": OWN}
NEW_YEAR = date(2020, 1, 1)


def told(place=None):
    [day] = Changes(FACTS, MODULES).between(date(2019, 1, 1), NEW_YEAR, place)
    assert day["on"] == "2020-01-01"
    return {
        "begins": [row["act"] for row in day["begins"]],
        "ended": [(row["act"], row["jurisdictions"]) for row in day["ended"]],
        "facts": [row["fact"] for row in day["facts"]],
        "rules": [row["rule"] for row in day["rules"]],
    }


def test_a_day_has_what_begins_on_it_and_what_ended_the_day_before():
    assert told() == {
        "begins": ["one"],
        "ended": [("two", ["XA", "XB"])],
        "facts": ["rights/XC/rows", "general"],
        "rules": ["law/xx/own"],
    }


def test_a_place_has_what_concerns_it_or_nobody_in_particular():
    assert told("XA")["begins"] == ["one"]
    assert told("XB") == {
        "begins": [],
        "ended": [("two", ["XA", "XB"])],
        "facts": ["general"],
        "rules": ["law/xx/own"],
    }
    assert told("XC")["facts"] == ["rights/XC/rows", "general"]


def test_a_period_holds_its_first_day_and_its_last():
    changes = Changes(FACTS, MODULES)
    assert [len(changes.between(day, day)) for day in (NEW_YEAR, date(2020, 1, 3))] == [1, 0]
    assert len(changes.between(date(2019, 12, 31), NEW_YEAR)) == 1


def test_a_date_in_a_rule_may_be_a_first_day_or_a_last_one():
    assert named_by(OWN) == {NEW_YEAR}
    [after] = Changes(FACTS, MODULES).between(date(2020, 1, 2), date(2020, 1, 9))
    assert (after["on"], after["rules"]) == ("2020-01-02", [{"rule": "law/xx/own"}])
    assert days(FACTS, MODULES.values()) == {NEW_YEAR, date(2020, 1, 2), date(2022, 2, 2)}


def test_a_fact_of_a_regime_concerns_its_places_and_one_of_no_place_nobody_else():
    [day] = Changes(FACTS, MODULES).between(date(2022, 2, 2), date(2022, 2, 2))
    assert {row["fact"]: row["jurisdictions"] for row in day["facts"]} == {
        "regimes/R": ["XA", "XB"],
        "unknown_place": ["unknown"],
        "odd": [],
    }
