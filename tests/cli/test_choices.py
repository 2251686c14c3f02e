"""A person's choices at the command line: recorded, shown as of a day, taken back, listed."""

from __future__ import annotations

import asyncio
import json

import pytest
from cli_results import lines_of

import drafts
from mayuse.decision_log.opening import open_log

PERSON = "maria.mustermann@example.org"
SINCE = "2025-11-20T09:00:00Z"
QUESTION = (
    *("--recipient", "microsoft", "--purpose", "ads_personalised", "--data", "profile"),
    *("--jurisdiction", "US-CA", "--age", "35", "--subject", PERSON),
)


def test_an_opt_out_is_recorded_and_decides_from_its_day_on(mayuse) -> None:
    done = mayuse(
        *("choices", "set", PERSON, "share_with_affiliates=off", "--effective-at", SINCE),
        *("--source", "letter", "--json"),
    )
    [event] = json.loads(done.stdout)["recorded"]
    assert (done.returncode, event["choice"], event["value"]) == (
        0,
        "share_with_affiliates",
        "off",
    )
    assert (event["source"], event["recorded_by"]) == ("letter", "cli")
    assert mayuse("ask", *QUESTION, "--on", "2025-11-19").returncode == 0
    denied = mayuse("ask", *QUESTION, "--on", "2025-11-20")
    assert denied.returncode == 1
    assert "sharing_is_off" in denied.stdout
    before = mayuse("ask", *QUESTION, "--on", "2025-11-20", "--known-at", "2025-11-20T00:00:00Z")
    assert before.returncode == 0


def test_what_holds_is_shown_as_of_a_day_and_as_it_was_known(mayuse) -> None:
    set_them = ("choices", "set", "-", "consent_ads=given", "--gpc", "--effective-at", SINCE)
    assert mayuse(*set_them, stdin=f"{PERSON}\n").returncode == 0
    shown = json.loads(mayuse("choices", "show", PERSON, "--on", "2025-11-20", "--json").stdout)
    assert shown["choices"]["consent_ads"]["value"] == "given"
    assert shown["signals"]["gpc"]["value"] is True
    in_words = mayuse("choices", "show", PERSON).stdout
    assert "consent_ads  given" in in_words
    assert "signal gpc   true" in in_words
    assert PERSON not in in_words

    for narrowed in (("--on", "2025-11-19"), ("--known-at", "2025-11-21")):
        done = mayuse("choices", "show", PERSON, *narrowed, "--json")
        assert (done.returncode, json.loads(done.stdout)["choices"]) == (1, {})


def test_taking_back_is_the_same_command_and_history_keeps_both(mayuse) -> None:
    for value, hour in (("given", "09"), ("withdrawn", "10")):
        mayuse(
            *("choices", "set", PERSON, f"consent_ads={value}"),
            *("--effective-at", f"2025-11-20T{hour}:00:00Z"),
        )
    events = lines_of(mayuse("choices", "history", PERSON, "--json"))
    assert [event["value"] for event in events] == ["withdrawn", "given"]
    in_words = mayuse("choices", "history", PERSON).stdout
    assert in_words.index("withdrawn") < in_words.index("given")
    told = mayuse("log", "about", PERSON)
    assert (told.returncode, "withdrawn" in told.stdout) == (0, True)

    erased = json.loads(mayuse("log", "erase", PERSON, "--json").stdout)
    assert (erased["decisions"], erased["choices"]) == (0, 2)
    for command in ("show", "history"):
        done = mayuse("choices", command, PERSON)
        assert (done.returncode, "nothing is recorded" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ai_trainig=off"], "ai_trainig is not a known member; did you mean ai_training?"),
        (["ai_training=of"], "ai_training is not a known value of this setting; did you mean off?"),
        (["ai_training"], "choices set takes ID=VALUE"),
        (["ai_training=on", "ai_training=off"], "gives ai_training two values"),
        ([], "names no choice and no signal"),
        (["ai_training=off", "--source", "A Letter"], "--source is not a short word"),
        (["ai_training=off", "--effective-at", "2199-01-01"], "--effective-at lies ahead"),
    ],
)
def test_what_cannot_be_recorded_is_wrong_use(mayuse, arguments, says) -> None:
    done = mayuse("choices", "set", PERSON, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "A Letter" not in done.stderr
    assert mayuse("choices", "history", PERSON).returncode == 1


def test_a_fault_is_a_problem_with_json(mayuse) -> None:
    done = mayuse("choices", "set", PERSON, "ai_training=of", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["code"]) == (2, "invalid_choices")
    assert said["errors"][0]["nearest"] == "off"


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_end_of_a_line_is_no_part_of_an_id(mayuse, ending) -> None:
    done = mayuse("choices", "set", "-", "ai_training=off", stdin=f"{PERSON}{ending}")
    assert done.returncode == 0
    assert len(lines_of(mayuse("choices", "history", PERSON, "--json"))) == 1


@pytest.mark.parametrize("person", ["", ".", "..", "a\tb", "x" * 257])
@pytest.mark.parametrize(
    "command",
    [
        ("choices", "set", "-", "ai_training=off"),
        ("choices", "show", "-"),
        ("choices", "history", "-"),
        ("log", "about", "-"),
        ("log", "erase", "-"),
    ],
)
def test_an_id_no_question_could_name_is_wrong_use(mayuse, command, person) -> None:
    done = mayuse(*command, stdin=f"{person}\n")
    if command[0] == "log" and person in {".", ".."}:  # older versions recorded these
        assert (done.returncode, done.stdout) == (1, "")
        assert "nothing is held of this person" in done.stderr
        return
    assert (done.returncode, done.stdout) == (2, "")
    assert "the id of the person is not a text of 1 to 256 characters" in done.stderr


@pytest.mark.parametrize("person", [".", ".."])
def test_who_was_recorded_by_an_id_of_before_is_told_and_forgotten(
    mayuse, tmp_path, person
) -> None:
    async def record():
        log = await open_log(f"sqlite:///{tmp_path}/var/mayuse.db", tmp_path / "var" / "keys")
        await log.append(await drafts.drafts(drafts.question(subject=person)))
        await log.close()

    mayuse("ask", *QUESTION, "--on", "2025-11-20")
    asyncio.run(record())
    assert len(lines_of(mayuse("log", "list", "--subject", person, "--json"))) == 1
    assert len(lines_of(mayuse("log", "about", person, "--json"))) == 1
    assert mayuse("log", "erase", person).returncode == 0
    assert mayuse("log", "about", person).returncode == 1
    assert mayuse("log", "verify").returncode == 0


def test_an_id_is_checked_where_it_is_an_argument_too(mayuse) -> None:
    assert mayuse("choices", "set", "..", "ai_training=off").returncode == 2
    listed = mayuse("log", "list", "--subject", "x" * 257)
    assert (listed.returncode, "--subject is not a text of 1 to 256" in listed.stderr) == (2, True)
