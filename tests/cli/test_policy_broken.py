"""Policies that OPA cannot read: each fault once, as `file:line: what is wrong` and the remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SIGNAL = Path("policies/mayuse/law/world/signal/signal.rego")
ACTS = Path("policies/mayuse/facts/acts/data.yaml")
UNSAFE = (
    "rego_unsafe_var_error: var signal_of is unsafe: "
    "it has no value here; did you mean `signal_off`?"
)
NOTHING_ELSE = (
    "mayuse: nothing else was tested, as the policies do not compile; "
    "`mayuse policy lint` may say more"
)
CANNOT = "http.send cannot be called; rules compare facts with values; see `mayuse policy lint`"
LOOK = "look at its quotes, brackets, colons and indentation"


@pytest.fixture(autouse=True)
def small(root: Path, tmp_path: Path) -> Path:
    """The small policies of the engines' tests."""
    return shutil.copytree(root / "tests/engines/policies", tmp_path / "policies")


@pytest.mark.parametrize(
    ("file", "old", "new", "faults"),
    [
        (
            SIGNAL,
            "in_place if",
            "in_place iff",
            [
                f"{SIGNAL}:12: rego_parse_error: var cannot be used for rule name",
                f"{SIGNAL}:12: rego_parse_error: rule name conflicts with built-in function",
            ],
        ),
        (
            SIGNAL,
            "if not signal_off",
            "if not signal_of",
            [f"{SIGNAL}:22: {UNSAFE}"],
        ),
        (
            SIGNAL,
            "signal_off if input.signals.gpc == false",
            'signal_off if count(input.purpose, "a", 2)',
            [
                f"{SIGNAL}:18: rego_type_error: count: arity mismatch",
                "    have: (any, string, number)",
                "    want: (collection: any<string, array[any], object[any: any], set[any]>)",
            ],
        ),
        (
            ACTS,
            "act-a: {title: Act A,",
            "act-a: {title: Act: A,",
            [f"{ACTS}:1: expected ',' or '}}', but got ':'; {LOOK}"],
        ),
        (
            ACTS,
            "acme-terms: ",
            "act-b:\n\ttitle: B\nacme-terms: ",
            [f"{ACTS}:3: found character '\\t' that cannot start any token; {LOOK}"],
        ),
    ],
)
def test_a_fault_is_told_once_with_its_line(mayuse, file, old, new, faults):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    linted, tested = mayuse("policy", "lint"), mayuse("policy", "test")

    assert (linted.returncode, tested.returncode) == (1, 1)
    # OPA's own details are in the words of `check` only.
    told = [line for line in faults if not line.startswith(" ")]
    assert linted.stderr.splitlines() == ["mayuse: opa eval failed:", *told]
    assert [*tested.stdout.splitlines(), *tested.stderr.splitlines()] == [
        "ok   index of the rules",
        "FAIL opa check --strict",
        *(f"     {line}" for line in faults),
        NOTHING_ELSE,
    ]


def test_a_row_in_two_files_is_told_with_the_remedy(mayuse):
    twice = ACTS.parent / "act-a" / "data.yaml"
    twice.parent.mkdir()
    twice.write_text("title: Act A, again\n")

    [_, fault] = mayuse("policy", "lint").stderr.splitlines()
    assert fault.startswith(f"{ACTS.parent}")
    assert fault.endswith("; a row of it may stand in another file, too")


def test_a_builtin_that_the_engine_lacks_and_a_reason_without_law_are_told_with_the_way(mayuse):
    text = SIGNAL.read_text()
    off = "signal_off if input.signals.gpc == false"
    SIGNAL.write_text(text.replace(off, 'signal_off if http.send({"url": input.data}).body'))
    assert mayuse("policy", "test").stderr.splitlines()[-2:] == [
        "mayuse: the embedded engine lacks these builtins: http.send",
        f"{SIGNAL}:18: {CANNOT}",
    ]

    SIGNAL.write_text(text.replace(', "cites": ["act-a-2", "act-a-1"]', ""))
    assert (
        "no verdict on profile: malformed_verdict, law/world/signal gives a reason of another "
        "shape; `mayuse policy lint` says where"
    ) in mayuse("policy", "test").stdout
