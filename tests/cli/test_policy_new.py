"""`mayuse policy new`: a rule to fill in, with all that belongs to it, that runs as it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from case_files import read
from spoiling import spoil

NEW_RULE, TERMS = "law/us/example", "terms/linkedin/example"
pytestmark = pytest.mark.usefixtures("policies")


def test_a_new_rule_runs_and_says_what_is_to_be_filled_in(mayuse):
    before = mayuse("policy", "lint", "--json")
    done = mayuse("policy", "new", NEW_RULE)
    assert done.returncode == 0, done.stderr
    *written, index, _ = done.stdout.splitlines()
    assert [Path(file).is_file() for file in written] == [True] * 5
    assert index == "policies/mayuse/main/rules.rego (written again, with the new rule)"

    tested = mayuse("policy", "test", "--all")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "ok   us-example: opted out, 2099-01-01: No: law denies, because" in tested.stdout

    known = {(row["file"], row["says"]) for row in json.loads(before.stdout)}
    found = [
        row
        for row in json.loads(mayuse("policy", "lint", "--json").stdout)
        if (row["file"], row["says"]) not in known
    ]
    assert {row["check"] for row in found} == {"placeholder"}
    assert len(found) == 7


def test_a_new_rule_denies_from_its_first_day(mayuse, policies):
    mayuse("policy", "new", NEW_RULE, "--place", "US-WY", "--from", "2031-02-01")
    written = read((policies / "cases" / "us_example.cases.yaml").read_text())
    answers = {
        case["name"]: [(answer["on"], answer["effect"]) for answer in case["answers"]]
        for case in written["cases"]
    }

    assert answers["us-example: opted out"] == [("2031-01-31", "permit"), ("2031-02-01", "deny")]
    assert {effect for _, effect in answers["us-example: no opt-out"]} == {"permit"}


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("law/us/Foo-Bar", "each of a-z, 0-9 and _, beginning with a letter"),
        ("law/us/Foo-Bar", "did you mean law/us/foo_bar?"),
        ("law/us/2031_act", "beginning with a letter"),
        ("law/us/an_act_test", "not ending in _test"),
        ("law/mars/example", "no area mars of law; known: ca, eu, unknown, us, world."),
        ("law/mars/example", "first make its folder policies/mayuse/law/mars"),
        ("law/wrld/example", "Did you mean world?"),
        (
            "terms/generic/ads",
            "the terms of any other company are not known, and law alone decides",
        ),
        ("terms/linkdin/ads", "known: linkedin. Did you mean linkedin?"),
        ("us/example", "is not law/<area>/<slug> or terms/<controller>/<slug>"),
        ("law/us/browser_signal", "exists already; go on there, or give the new rule another name"),
        ("terms/nobody/example", "nobody is no controller"),
        ("law/us/../../../evil", "is not law/<area>/<slug>"),
    ],
)
def test_a_rule_that_cannot_be_started_is_wrong_use(mayuse, policies, rule, told):
    before = sorted(policies.rglob("*"))
    done = mayuse("policy", "new", rule)

    assert done.returncode == 2
    assert told in done.stderr
    assert sorted(policies.rglob("*")) == before


def test_where_the_policies_do_not_build_nothing_is_left_behind(mayuse, policies):
    spoil(policies / "mayuse" / "main" / "main.rego", "if facts.well_formed", "if facts.")
    before = sorted(policies.rglob("*"))
    done = mayuse("policy", "new", NEW_RULE)

    assert done.returncode == 1
    assert "main.rego" in done.stderr
    assert sorted(policies.rglob("*")) == before


def test_in_every_area_a_new_rule_is_shown_permitting_and_denying(mayuse, policies):
    """Some areas have a gate and some not; in most of them nobody may sell data."""
    for rule in (*(f"law/{area}/example" for area in ("ca", "eu", "unknown")), TERMS):
        done = mayuse("policy", "new", rule)
        assert done.returncode == 0, done.stderr
    files = sorted((policies / "cases").glob("*_example.cases.yaml"))
    tested = mayuse("policy", "test", *(part for file in files for part in ("--cases", file)))
    found = json.loads(mayuse("policy", "lint", "--json").stdout)

    assert tested.returncode == 0, tested.stdout
    assert "8 cases: 16 of 16 answers as expected on embedded and opa; 5 checks" in tested.stdout
    about = [row for row in found if "example" in row["file"]]
    assert {row["check"] for row in about} == {"placeholder", "missing-places"}
    assert [row["file"].split("/")[-2] for row in about if row["check"] == "missing-places"] == [
        "unknown-example"
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--place", "FR"), "the rules of law/us are not asked in FR, but in US, US-AK,"),
        (("--place", "CO"), "--place CO is no place of the vocabulary; did you mean US-CO?"),
        (("--from", "1900-01-01"), "--from 1900-01-01 is not a day from 1900-01-02 to 2199-12-31"),
        (("--from", "2031-02-29"), "'2031-02-29' does not match"),
    ],
)
def test_a_place_or_a_day_that_no_case_could_show_is_told(mayuse, policies, given, told):
    before = sorted(policies.rglob("*"))
    done = mayuse("policy", "new", NEW_RULE, *given)

    assert done.returncode == 2
    assert told in done.stderr
    assert sorted(policies.rglob("*")) == before


def test_what_is_left_of_a_rule_that_was_removed_is_named(mayuse, policies):
    assert mayuse("policy", "new", NEW_RULE).returncode == 0
    again = mayuse("policy", "new", NEW_RULE)
    shutil.rmtree(policies / "mayuse" / NEW_RULE)
    mayuse("policy", "index")
    left = mayuse("policy", "new", NEW_RULE)

    assert again.stderr.count("exists already") == 1
    assert left.stderr.count("exists already; remove it, or give the new rule another name") == 3
