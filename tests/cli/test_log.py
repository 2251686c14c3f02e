"""`mayuse log`: recorded decisions, read back."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys

import pytest
from cli_results import lines_of, recorded

import policy_versions

QUESTION = {
    "recipient": "linkedin_corporation",
    "purpose": "train_ai_content",
    "data": "profile",
    "data_subject": {"id": "member-7", "jurisdiction": "US-VA", "age": 35},
    "on": "2025-11-20",
}
DENIED = {
    **QUESTION,
    "data_subject": {"jurisdiction": "FR"},
    "choices": {"ai_training": "off"},
}


@pytest.fixture
def asked(mayuse) -> list[dict]:
    """Three decisions: permit, deny, permit."""
    lines = "\n".join(map(json.dumps, [QUESTION, DENIED, QUESTION]))
    return lines_of(mayuse("ask", "--file", "-", "--json", stdin=lines))


def test_the_newest_come_first(mayuse, asked) -> None:
    found = lines_of(mayuse("log", "list", "--json"))
    newest = lines_of(mayuse("log", "list", "--json", "--limit", "1"))

    assert [row["decision_id"] for row in found] == [row["decision_id"] for row in asked[::-1]]
    assert newest == found[:1]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (["--effect", "deny"], 1),
        (["--effect", "permit", "--jurisdiction", "US-VA"], 2),
        (["--subject", "member-7"], 2),
        (["--subject", "member-8"], 0),
        (["--rule", "terms/linkedin/ai_training"], 3),
        (["--recipient", "microsoft"], 0),
        (["--act", "eu-dma"], 0),
        (["--data", "profile", "--caller", "cli"], 3),
        (["--since", "2199-01-01"], 0),
        (["--until", "2199-01-01T00:00:00Z"], 3),
    ],
)
def test_a_list_is_narrowed_by_what_an_auditor_knows(mayuse, asked, filters, count) -> None:
    assert len(asked) == 3
    assert len(lines_of(mayuse("log", "list", "--json", *filters))) == count


def test_people_get_a_line_each(mayuse, asked) -> None:
    lines = mayuse("log", "list").stdout.splitlines()

    assert len(lines) == 3
    for line, row in zip(lines, asked[::-1], strict=True):
        assert row["decision_id"] in line
        assert row["effect"] in line


def test_one_decision_is_shown_with_what_decided_and_what_the_policy_saw(mayuse, asked) -> None:
    denied = asked[1]
    said = mayuse("log", "show", denied["decision_id"]).stdout
    row = json.loads(mayuse("log", "show", denied["decision_id"], "--json").stdout)

    assert row["receipt"]["leaf_hash"] == denied["receipt"]["leaf_hash"]
    assert row["detail"]["facts"]["jurisdiction"] == "FR"
    assert row["detail"]["data"] == [{"data": "profile", "effect": "deny"}]
    assert row["detail"]["sources"] == {"ai_training": "asserted"}
    assert denied["receipt"]["leaf_hash"] in said
    assert "terms/linkedin/ai_training#setting_is_off" in said
    assert "jurisdiction: FR" in said


def test_nothing_shown_names_the_person(mayuse, asked, tmp_path) -> None:
    for row in asked:
        shown = mayuse("log", "show", row["decision_id"], "--json").stdout
        assert "member-7" not in shown
    assert "member-7" not in json.dumps(recorded(tmp_path))


def test_the_record_is_printed_byte_for_byte_and_hashes_to_the_receipt(
    asked, tmp_path, environment
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mayuse", "log", "show", asked[0]["decision_id"], "--record"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
    )

    leaf = hashlib.sha256(b"\x00" + done.stdout).hexdigest()
    assert leaf == asked[0]["receipt"]["leaf_hash"]
    assert json.loads(done.stdout) == recorded(tmp_path)[0]


@pytest.mark.parametrize("unknown", ["00000000-0000-7000-8000-000000000000", "x", "' OR 1=1"])
def test_an_unknown_decision_is_false(mayuse, unknown) -> None:
    done = mayuse("log", "show", unknown)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "mayuse: no such decision\n"


@pytest.mark.parametrize(
    "arguments", [["--effect", "maybe"], ["--since", "yesterday"], ["--limit", "0"]]
)
def test_what_cannot_be_searched_for_is_wrong_use(mayuse, arguments) -> None:
    done = mayuse("log", "list", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["list", "count", "replay", "export-decisions"])
@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (["--recipient", "microsofd"], "--recipient is not a known recipient; did you mean micro"),
        (
            ["--jurisdiction", "us-ca"],
            "--jurisdiction is not a known jurisdiction; did you mean US",
        ),
        (["--purpose", ""], "--purpose is not a known purpose"),
        (["--data", "canary"], "--data is not a known data"),
        (["--policy", "nonsense"], "--policy is not a digest"),
        (["--rule", "a b"], "--rule is not a rule's id"),
        (["--act", "CCPA "], "--act is not an act's id"),
        (["--caller", ""], "--caller is not the name of a caller"),
        (["--since", "2025-11-21", "--until", "2025-11-20"], "--until lies before `since`"),
    ],
)
def test_what_no_decision_can_fit_is_wrong_use(mayuse, tmp_path, command, filters, told) -> None:
    folder = ["new"] if command == "export-decisions" else []
    done = mayuse("log", command, *folder, *filters)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert not (tmp_path / "new").exists()


def test_what_a_former_bundle_knew_can_be_looked_for(mayuse, tmp_path) -> None:
    def ask(bundle: bytes, recipient: str) -> None:
        file = tmp_path / "bundle.tar.gz"
        file.write_bytes(bundle)
        line = json.dumps(DENIED | {"recipient": recipient})
        told = mayuse("ask", "--file", "-", stdin=line, env={"MAYUSE_BUNDLE": str(file)})
        assert told.stderr == ""

    assert mayuse("log", "list", "--recipient", "acme").returncode == 2
    ask(policy_versions.with_recipient("acme"), "acme")
    ask(policy_versions.another("2028.1.1"), "microsoft")

    [found] = lines_of(mayuse("log", "list", "--recipient", "acme", "--json"))
    assert found["recipient"] == "acme"
    assert mayuse("log", "list", "--recipient", "acmee").returncode == 2


def test_decisions_come_out_the_same_when_made_again(mayuse, asked) -> None:
    one = mayuse("log", "replay", asked[1]["decision_id"], "--json")
    done = mayuse("log", "replay", "--json")
    report = json.loads(done.stdout)

    assert (one.returncode, json.loads(one.stdout)["outcomes"]["same"]) == (0, 1)
    assert (done.returncode, report["holds"], report["decisions"]) == (0, True, 3)
    assert report["outcomes"]["same"] == 3
    assert report["distinct_facts_evaluated"] == 2
    assert "3  came out the same, byte for byte" in mayuse("log", "replay").stdout


def test_a_range_is_made_again(mayuse, asked) -> None:
    assert len(asked) == 3
    report = json.loads(mayuse("log", "replay", "--effect", "deny", "--json").stdout)
    assert report["outcomes"]["same"] == report["decisions"] == 1


def test_what_comes_out_otherwise_is_false_and_told(mayuse, asked, tmp_path) -> None:
    with sqlite3.connect(tmp_path / "var" / "mayuse.db") as database:
        database.execute(
            "UPDATE decision_facts SET facts_id ="
            " (SELECT facts_id FROM decision_facts ORDER BY seq LIMIT 1)"
        )
    done = mayuse("log", "replay")
    report = json.loads(mayuse("log", "replay", "--json").stdout)

    assert done.returncode == 1
    assert f"{asked[1]['decision_id']}  " in done.stdout
    assert "1  came out otherwise" in done.stdout
    [differing] = report["differing"]
    assert differing["decision_id"] == asked[1]["decision_id"]
    assert "facts" in {item["member"] for item in differing["differences"]}


def test_an_unknown_decision_cannot_be_made_again(mayuse) -> None:
    done = mayuse("log", "replay", "00000000-0000-7000-8000-000000000000")
    assert (done.returncode, done.stderr) == (1, "mayuse: no such decision\n")


def test_an_empty_id_is_not_all_of_them(mayuse, asked) -> None:
    assert len(asked) == 3
    done = mayuse("log", "replay", "")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the id of the decision is empty" in done.stderr


def test_an_id_and_filters_together_are_wrong_use(mayuse) -> None:
    assert mayuse("log", "replay", "x", "--effect", "deny").returncode == 2


def test_decisions_are_counted(mayuse, asked) -> None:
    assert len(asked) == 3
    done = mayuse("log", "count", "--by", "effect", "--by", "jurisdiction", "--json")
    table = mayuse("log", "count", "--by", "effect", "--interval", "year").stdout

    assert json.loads(done.stdout) == {
        "by": ["effect", "jurisdiction"],
        "counts": [
            {"effect": "deny", "jurisdiction": "FR", "decisions": 1},
            {"effect": "permit", "jurisdiction": "US-VA", "decisions": 2},
        ],
    }
    heading, *rows = [line.split() for line in table.splitlines()]
    assert heading == ["year", "effect", "decisions"]
    assert [row[1:] for row in rows] == [["deny", "1"], ["permit", "2"]]


@pytest.mark.parametrize(
    "arguments",
    [["--by", "subject"], ["--by", "data", "--by", "data"], ["--interval", "week"]],
)
def test_what_cannot_be_counted_is_wrong_use(mayuse, arguments) -> None:
    assert mayuse("log", "count", *arguments).returncode == 2
