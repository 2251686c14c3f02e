"""`mayuse policy calendar`: what changes when, under the folder that is here or what decides."""

from __future__ import annotations

import json

FIRST_DAY = "2031-02-01"


def test_the_calendar_names_days_acts_and_answers_that_turn(mayuse):
    asked = ("policy", "calendar", "--from", "2025-11-03", "--to", "2025-11-03")
    [day] = json.loads(mayuse(*asked, "--json").stdout)
    turns = [
        turn
        for turn in day["turns"]
        if (turn["recipient"], turn["data"], turn["after"]) == ("microsoft", "profile", "permit")
    ]

    assert day["on"] == "2025-11-03"
    assert "linkedin-pp-2025-11-03" in day["begins"]
    assert any("US-CA" in turn["jurisdictions"] for turn in turns)
    assert all(turn["before"] != turn["after"] for turn in day["turns"])
    assert "\n2025-11-03\n  begins: " in mayuse(*asked).stdout


def test_a_calendar_runs_forward(mayuse):
    done = mayuse("policy", "calendar", "--from", "2026-01-02", "--to", "2026-01-01")

    assert done.returncode == 2
    assert "--from 2026-01-02 lies after --to 2026-01-01" in done.stderr


def test_a_law_that_was_just_written_is_in_the_calendar(mayuse, policies, tmp_path):
    mayuse("policy", "new", "law/us/example", "--place", "US-WY", "--from", FIRST_DAY)
    asked = ("policy", "calendar", "--from", FIRST_DAY, "--to", FIRST_DAY)
    here = mayuse(*asked).stdout
    policies.rename(tmp_path / "elsewhere")
    there = mayuse(*asked, "--policies", "elsewhere").stdout
    deciding = mayuse(*asked).stdout

    begins = f"{FIRST_DAY}\n  begins: FILL IN: the act's title (us-example)\n"
    days = f"from {FIRST_DAY} to {FIRST_DAY}:\n"
    assert here == f"Under the folder policies as it stands, {days}{begins}"
    assert there == f"Under the folder elsewhere as it stands, {days}{begins}"
    assert deciding.startswith("Under policy 20")
    assert deciding.endswith(f"which decides here, {days}nothing changes\n")


def test_what_turns_together_turns_for_the_same_reasons(mayuse):
    """On this day health data needs consent in three more states, and a signal counts there."""
    asked = ("policy", "calendar", "--from", "2025-01-01", "--to", "2025-01-01", "--json")
    done = mayuse(*asked)
    [day] = json.loads(done.stdout)
    signalled = [t for t in day["turns"] if "law/us/browser_signal: signal_on" in t["because"]]

    assert len(signalled) > 1
    assert all(person["gpc"] for turn in signalled for person in turn["persons"])
    assert any(not person["gpc"] for turn in day["turns"] for person in turn["persons"])
    assert "which decides here, from 2025-01-01 to 2025-01-01:" in done.stderr
