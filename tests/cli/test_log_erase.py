"""A person's rights at the command line; and that nothing of a forgotten one is left anywhere."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from cli_results import lines_of

PERSON = "maria.mustermann@example.org"
QUESTION = {
    "recipient": "linkedin_corporation",
    "purpose": "train_ai_content",
    "data": "profile",
    "data_subject": {"id": PERSON, "jurisdiction": "US-VA", "age": 16},
    "on": "2025-11-20",
}
OTHER = {**QUESTION, "data_subject": {"id": "member-8", "jurisdiction": "FR"}}


@pytest.fixture
def asked(mayuse) -> list[dict]:
    lines = "\n".join(map(json.dumps, [QUESTION, OTHER, QUESTION]))
    return lines_of(mayuse("ask", "--file", "-", "--json", stdin=lines))


def test_a_person_is_told_what_was_decided(mayuse, asked) -> None:
    told = lines_of(mayuse("log", "about", PERSON, "--json"))
    in_words = mayuse("log", "about", "-", stdin=f"{PERSON}\n").stdout

    assert [row["decision_id"] for row in told] == [
        asked[2]["decision_id"],
        asked[0]["decision_id"],
    ]
    for row in told:
        assert row["question"] in in_words
        assert row["answer"] in in_words
        assert row["reasons"] == asked[0]["reasons"]
    assert PERSON not in in_words


def test_a_forgotten_person_is_told_nothing(mayuse, asked) -> None:
    done = mayuse("log", "erase", PERSON, "--json")
    said = json.loads(done.stdout)

    assert (done.returncode, said["decisions"], said["overwritten"]) == (0, 2, True)
    for command in ("about", "erase"):
        again = mayuse("log", command, PERSON)
        assert (again.returncode, again.stderr) == (1, "mayuse: nothing is held of this person\n")
    report = json.loads(mayuse("log", "replay", "--json").stdout)
    assert (report["outcomes"]["erased"], report["outcomes"]["same"]) == (2, 1)
    assert "what was asked has been erased" in mayuse("log", "show", asked[0]["decision_id"]).stdout


def test_nothing_is_left_of_a_forgotten_person(mayuse, asked, tmp_path) -> None:
    """What could tell of her is looked for, byte by byte, in every file and all that is printed.

    The same search finds all of it before: else it would prove nothing.
    """
    assert asked
    chosen = ("consent_ads=withdrawn", "--source", "letter-of-may", "--notice", "notice-of-maria")
    assert mayuse("choices", "set", PERSON, *chosen).returncode == 0
    traces = traces_of_the_person(tmp_path)
    assert [name for name, trace in traces.items() if not found(trace, tmp_path)] == ["id"]

    assert mayuse("log", "erase", "-", stdin=f"{PERSON}\n").returncode == 0
    printed = "".join(
        mayuse("log", *arguments).stdout
        for arguments in (
            ("list", "--json"),
            ("show", asked[0]["decision_id"], "--json"),
            ("count", "--by", "jurisdiction", "--json"),
            ("replay", "--json"),
        )
    )

    (tmp_path / "printed").write_text(printed)
    left = {name: found(trace, tmp_path) for name, trace in traces.items()}
    assert not any(left.values()), left


def traces_of_the_person(folder: Path) -> dict[str, bytes]:
    """What the database has of her, before it is gone."""
    with sqlite3.connect(folder / "var" / "mayuse.db") as database:
        lookup, wrapped = database.execute(
            "SELECT lookup, wrapped FROM subject_key JOIN decision_detail ON subject = number"
            " WHERE jurisdiction = 'US-VA'"
        ).fetchone()
        [document] = database.execute(
            "SELECT document FROM facts WHERE document LIKE '%US-VA%'"
        ).fetchone()
    return {
        "id": PERSON.encode(),
        "lookup": lookup,
        "wrapped key": wrapped,
        "facts": document.encode(),
        "place": b"US-VA",
        "age": b'"age":"16"',
        "choice": b"withdrawn",
        "where it was made": b"letter-of-may",
        "what was shown": b"notice-of-maria",
    }


def found(trace: bytes, folder: Path) -> list[str]:
    """The files in which these bytes are."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if trace in file.read_bytes()]


@pytest.mark.parametrize("arguments", [[], ["x", "--again"]])
def test_it_must_be_clear_who_is_forgotten(mayuse, arguments) -> None:
    assert mayuse("log", "erase", *arguments).returncode == 2


def test_nobody_has_come_back(mayuse) -> None:
    done = mayuse("log", "erase", "--again")
    assert (done.returncode, done.stdout) == (0, "nobody has come back\n")


def test_whom_no_record_names_is_not_forgotten_again(mayuse, asked, tmp_path) -> None:
    assert asked
    assert mayuse("log", "list").returncode == 0
    with sqlite3.connect(tmp_path / "var" / "mayuse.db") as database:
        [listed] = database.execute(
            "INSERT INTO erased_key SELECT key_id, (SELECT max(seq) FROM decision WHERE kind = 3) "
            "FROM subject_key LIMIT 1 RETURNING leaf_seq"
        ).fetchone()
    done = mayuse("log", "erase", "--again")

    assert (done.returncode, done.stdout) == (1, "")
    assert f"row {listed} is no record that this key was destroyed" in done.stderr
    assert len(lines_of(mayuse("log", "about", PERSON, "--json"))) == 2
