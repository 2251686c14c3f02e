"""Exports of decisions with their proof: written, checked elsewhere, and tampered with."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from cli_results import lines_of

from mayuse.cli import log_decisions

QUESTION = {
    "recipient": "linkedin_corporation",
    "purpose": "train_ai_content",
    "data": "profile",
    "data_subject": {"id": "member-7", "jurisdiction": "US-VA", "age": 35},
    "on": "2025-11-20",
}
DENIED = {**QUESTION, "data_subject": {"jurisdiction": "FR"}, "choices": {"ai_training": "off"}}
FORMATS = ("ndjson", "csv", "parquet")


@pytest.fixture
def asked(mayuse) -> list[dict]:
    lines = "\n".join(map(json.dumps, [QUESTION, DENIED, QUESTION]))
    return lines_of(mayuse("ask", "--file", "-", "--json", stdin=lines))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_exported_is_checked_elsewhere(mayuse, asked, tmp_path, kind) -> None:
    done = mayuse("log", "export-decisions", "out", "--format", kind)
    assert (done.returncode, done.stderr.split(",")[0]) == (0, "3 decisions")
    key = mayuse("log", "key").stdout.splitlines()[0]
    shutil.move(tmp_path / "out", tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "var")

    checked = mayuse("log", "check-export", "elsewhere", "--key", key, "--json")
    said = json.loads(checked.stdout)
    assert (checked.returncode, said["holds"], said["rows"], said["faults"]) == (0, True, 3, [])
    assert not (tmp_path / "var").exists()
    assert len(asked) == 3


def test_filters_choose_what_is_exported(mayuse, asked, tmp_path) -> None:
    mayuse("log", "export-decisions", "out", "--format", "csv", "--effect", "deny")
    with (tmp_path / "out" / "decisions.csv").open(newline="") as text:
        [row] = csv.DictReader(text)

    assert row["decision_id"] == asked[1]["decision_id"]
    assert mayuse("log", "check-export", "out").returncode == 0


def swap(text: bytes, old: bytes, new: bytes) -> bytes:
    assert old in text
    return text.replace(old, new, 1)


def flip_permitted(raw):
    """Against the effect of its own row."""
    yes, no = b'"permitted":true', b'"permitted":false'
    return swap(raw, yes, no) if yes in raw else swap(raw, no, yes)


TAMPERINGS = {
    "an effect": ("decisions.ndjson", lambda raw: swap(raw, b'"permit"', b'"deny"')),
    "permitted": ("decisions.ndjson", flip_permitted),
    "a time": ("decisions.ndjson", lambda raw: swap(raw, b'"at":"2', b'"at":"3')),
    "a reason": ("decisions.ndjson", lambda raw: swap(raw, b'"reason":"', b'"reason":"x')),
    "a leaf hash": ("decisions.ndjson", lambda raw: swap(raw, b'"leaf_hash":"', b'"leaf_hash":"0')),
    "a record": ("decisions.ndjson", lambda raw: swap(raw, b'"record":"', b'"record":"A')),
    "a member twice": (
        "decisions.ndjson",
        lambda raw: swap(raw, b'"at":', b'"effect":"permit","at":'),
    ),
    "a member of no export": ("decisions.ndjson", lambda raw: swap(raw, b'{"', b'{"note":"x","')),
    "a row less": ("decisions.ndjson", lambda raw: raw[raw.index(b"\n") + 1 :]),
    "a row twice": ("decisions.ndjson", lambda raw: raw[: raw.index(b"\n") + 1] + raw),
    "two rows changed about": ("decisions.ndjson", lambda raw: b"\n".join(raw.split(b"\n")[::-1])),
    "another index": ("proof/leaves.jsonl", lambda raw: swap(raw, b'"index":', b'"index":1')),
    "a leaf": ("proof/leaves.jsonl", lambda raw: swap(raw, b'"leaf":"eyJ', b'"leaf":"eyK')),
    "leaves less": ("proof/leaves.jsonl", lambda raw: raw[raw.index(b"\n") + 1 :]),
    "the size": ("proof/checkpoint", lambda raw: swap(raw, b"\n", b"\n1")),
    "the signature": ("proof/checkpoint", lambda raw: raw[:-6] + b"AAAA=\n"),
    "another key": ("proof/keys", lambda raw: swap(raw, b"+", b"+f")),
}


TABLES = {
    "a column twice": lambda lines: [b"effect," + lines[0], *(b"permit," + it for it in lines[1:])],
    "a column less": lambda lines: [it.partition(b",")[2] for it in lines],
    "cells behind the last": lambda lines: [lines[0], *(it + b",more" for it in lines[1:])],
    "an empty line": lambda lines: [*lines, b""],
    "no line at all": lambda _lines: [],
}


@pytest.mark.parametrize("tampering", TABLES)
def test_a_table_has_the_columns_of_an_export_and_no_others(
    mayuse, asked, tmp_path, tampering
) -> None:
    assert mayuse("log", "export-decisions", "out", "--format", "csv").returncode == 0
    file = tmp_path / "out" / "decisions.csv"
    lines = file.read_bytes().removesuffix(b"\r\n").split(b"\r\n")
    file.write_bytes(b"".join(line + b"\r\n" for line in TABLES[tampering](lines)))

    assert mayuse("log", "check-export", "out").returncode == 1
    assert asked


def test_a_decision_is_there_once(mayuse, asked, tmp_path) -> None:
    mayuse("log", "export-decisions", "out")
    for name in ("decisions.ndjson", "proof/leaves.jsonl"):
        file = tmp_path / "out" / name
        first, rest = file.read_bytes().split(b"\n", 1)
        file.write_bytes(b"\n".join([first, first, rest]))

    checked = mayuse("log", "check-export", "out")
    assert checked.returncode == 1
    assert "is in the export already" in checked.stdout
    assert asked


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_whatever_was_changed_is_found(mayuse, asked, tmp_path, tampering) -> None:
    assert mayuse("log", "export-decisions", "out").returncode == 0
    name, change = TAMPERINGS[tampering]
    file = tmp_path / "out" / name
    file.write_bytes(change(file.read_bytes()))

    assert mayuse("log", "check-export", "out").returncode == 1
    assert asked


def test_a_tile_that_was_changed_is_found(mayuse, asked, tmp_path) -> None:
    mayuse("log", "export-decisions", "out")
    for tile in [
        file for file in (tmp_path / "out" / "proof" / "tile").rglob("*") if file.is_file()
    ]:
        whole = tile.read_bytes()
        tile.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        assert mayuse("log", "check-export", "out").returncode == 1
        tile.write_bytes(whole)
    assert mayuse("log", "check-export", "out").returncode == 0
    assert asked


def test_a_formula_is_text_in_a_spreadsheet(mayuse) -> None:
    from mayuse import export  # noqa: PLC0415

    assert export.cell("=HYPERLINK()") == "'=HYPERLINK()"
    assert export.cell(["a", "b"]) == "a b"
    assert export.cell(None) == ""
    assert mayuse("log", "export-decisions", "out", "--format", "xlsx").returncode == 2


def test_a_folder_with_something_in_it_is_left_alone(mayuse, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")

    assert mayuse("log", "export-decisions", "out").returncode == 2
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mine"]
    done = mayuse("log", "check-export", "out")
    assert (done.returncode, done.stdout) == (1, "")


def test_an_export_that_fails_leaves_nothing_in_the_way_of_the_next(
    mayuse, asked, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "there").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(log_decisions, "PATIENCE_SECONDS", 0.0)  # as if nothing were sealed
        for folder in ("out", "there"):
            failed = mayuse("log", "export-decisions", folder)
            assert failed.returncode == 1
            assert "try again" in failed.stderr
            assert not list((tmp_path / folder).iterdir())
    assert mayuse("log", "export-decisions", "out").returncode == 0
    assert asked
