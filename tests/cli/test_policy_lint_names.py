"""`mayuse policy lint` refuses names that do not exist: in the input, its values, the facts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mayuse.cli.main import run as run_program

MISSPELT = Path("mayuse/shared/misspelt.rego")
TABLES = Path("mayuse/facts/tables/data.yaml")

FAULTS = {
    # A field of the input, however it is reached.
    'input.agee == "3"': ("`input` has no agee", "did you mean `age`?"),
    "input.zzz": (
        "`input` has no zzz",
        "write one of: age, choices, controller, data, jurisdiction, on, purpose, recipient, …",
    ),
    'input.choices.seling == "on"': ("`input.choices` has no seling", "did you mean `selling`?"),
    'object.get(input.choices, "seling", "on") == "on"': (
        "`input.choices` has no seling",
        "did you mean `selling`?",
    ),
    'object.get(input, ["choices", "seling"], "on") == "on"': (
        "`input.choices` has no seling",
        "did you mean `selling`?",
    ),
    "input.signals.gcp": ("`input.signals` has no gcp", "did you mean `gpc`?"),
    'chosen.seling == "on"': ("`chosen` has no seling", "did you mean `selling`?"),
    'count([1 | c := input.choices; c.seling == "on"]) == 1': (
        "`c` has no seling",
        "did you mean `selling`?",
    ),
    # A value that a field never has.
    'input.purpose == "sel"': ('`input.purpose` is never "sel"', "did you mean `sell`?"),
    '"sel" != input.purpose': ('`input.purpose` is never "sel"', "did you mean `sell`?"),
    'input.purpose in {"sel", "serve"}': (
        '`input.purpose` is never "sel"',
        "did you mean `sell`?",
    ),
    'input.purpose in ["sel", "serve"]': (
        '`input.purpose` is never "sel"',
        "did you mean `sell`?",
    ),
    'input.choices.selling == "onn"': (
        '`input.choices.selling` is never "onn"',
        "did you mean `on`?",
    ),
    'input.choices[_] == "never"': (
        '`input.choices[…]` is never "never"',
        "write one of: off, default, on",
    ),
    'input.jurisdiction == "A"': ('`input.jurisdiction` is never "A"', "did you mean `AA`?"),
    'input.signals.gpc == "yes"': (
        '`input.signals.gpc` is never "yes"',
        "write one of: true, false",
    ),
    "input.age == 15": ("`input.age` is never 15", "did you mean `15`?"),
    "input.age >= 13": (
        "the values of `input.age` have no order: as text, 9 comes after 13",
        "name the values with `in {…}`, or look them up in the facts",
    ),
    'input.on >= "2025-02-30"': (
        '`input.on` is never "2025-02-30"',
        "write a day that exists, as YYYY-MM-DD",
    ),
    # A path of `data` that leads nowhere.
    "data.mayuse.facts.vocabulry.data": (
        "`data.mayuse.facts` has no vocabulry",
        "did you mean `vocabulary`?",
    ),
    "placs[input.jurisdiction]": None,  # its import is told, once
    "row.regim": ("`row` has no regim", "did you mean `regime`?"),
    "places[input.jurisdiction].regime_nex.from": (
        "`places[…]` has no regime_nex",
        "did you mean `regime_next`?",
    ),
    "data.mayuse.law.world.signal.in_scop": (
        "`data.mayuse.law.world.signal` has no in_scop",
        "did you mean `in_scope`?",
    ),
    "data.mayuse.law.wrld.signal.in_scope": (
        "`data.mayuse.law` has no wrld",
        "did you mean `world`?",
    ),
    "count([1 | some r in tables.rows; r.kid]) == 1": ("`r` has no kid", "did you mean `kind`?"),
    'tables.by_purpose[input.purpose] == "x"': None,  # its row of facts is told
}

RIGHT = """\
fine if {
	input.age in {"0", "adult", "unknown"}
	input.on >= "1999-12-31"
	input.jurisdiction in {"AA", "unknown", tables.anywhere}
	input.choices[_] == "off"
	input[tables.anywhere]
	tables.rows[0].kind == "never"
	row.regime_next.from > input.on
	input.signals.gpc == true
	tables.by_anything[row.name]
}
"""
HEAD = """\
package mayuse.shared.misspelt

import data.mayuse.facts.places
import data.mayuse.facts.placs
import data.mayuse.facts.tables

chosen := input.choices

default row := {}

row := places[input.jurisdiction]

"""


@pytest.fixture
def policies(root: Path, tmp_path: Path) -> Path:
    """The small policies of the engines' tests, with a table of facts."""
    folder = shutil.copytree(root / "tests/engines/policies", tmp_path / "policies")
    (folder / MISSPELT).parent.mkdir()
    (folder / TABLES).parent.mkdir()
    (folder / TABLES).write_text(
        "anywhere: AA\nrows:\n- {kind: a}\n- {}\nby_purpose:\n  sell: x\n  serv: x\n"
        "by_anything: {x: y}\n"
    )
    return folder


def found_in(folder: Path, capsys) -> list[dict]:
    run_program(["policy", "lint", "--json", "--policies", str(folder)])
    rows = json.loads(capsys.readouterr().out)
    return [row for row in rows if row["check"] in {"unknown-name", "impossible-value"}]


def test_a_name_that_does_not_exist_is_refused_at_its_line(policies, capsys):
    lines = [f"c{number} if {condition}\n" for number, condition in enumerate(FAULTS)]
    (policies / MISSPELT).write_text(HEAD + "\n".join([*lines, RIGHT]))
    first = HEAD.count("\n") + 1
    wanted = {
        (str(MISSPELT), first + 2 * number, *told)
        for number, told in enumerate(FAULTS.values())
        if told
    }
    wanted.add((str(MISSPELT), 4, "`data.mayuse.facts` has no placs", "did you mean `places`?"))
    looked = f"{MISSPELT}:{first + 2 * (len(FAULTS) - 1)}"
    says = f"`input.purpose`, by which {looked} looks here, is never serv"
    wanted.add((str(TABLES), 7, says, "did you mean `serve`?"))

    found = found_in(policies, capsys)
    told = {(row["file"], row["line"], row["says"], row["mend"]) for row in found}
    assert told == wanted
    assert {row["kind"] for row in found} == {"fault"}
