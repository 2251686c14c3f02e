"""What is searched by rules must be what the records say, whoever chose the rows."""

from __future__ import annotations

import pytest

from mayuse.store.log_beside import RuleIndex

T = 1_763_600_000_000_000
SAID = {3: ["law/us/a#x", "law/us/a#y", "terms/b#x"], 4: [], 10: ["law/us/a#x"], 13: ["law/us/a#x"]}
ROWS = [("law/us/a", T, 3), ("law/us/a", T, 10), ("law/us/a", T, 13), ("terms/b", T, 3)]


def index(said=SAID, **options):
    made = RuleIndex(**options)
    for seq, reasons in said.items():
        made.follow(seq, {"t": T, "rule": reasons})
    return made


def differing(rows, made=None):
    made = made or index()
    pages = iter([rows[at : at + 2] for at in range(0, len(rows), 2)])
    while made.compare(pages):
        pass
    return made.differing()


def test_rows_that_follow_from_the_records_agree():
    assert differing(ROWS) == []


def test_events_name_no_rules():
    made = index()
    made.follow(14, {"t": T, "kind": "open"})
    assert differing(ROWS, made) == []


def test_two_that_share_a_secret_are_taken_together():
    first = index({3: SAID[3]})
    second = index({10: SAID[10], 13: SAID[13]}, secret=first.secret)
    first.add(second.products)
    assert differing(ROWS, first) == []


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (ROWS[1:], ["law/us/a"]),
        ([*ROWS, ("terms/b", T, 4)], ["terms/b"]),
        ([*ROWS, ("terms/c", T, 4)], ["terms/c"]),
        ([("law/us/a", T + 1, 3), *ROWS[1:]], ["law/us/a"]),
        ([*ROWS[:3], ("terms/c", T, 3)], ["terms/b", "terms/c"]),
        ([*ROWS[:3], ("terms/b", "then", 3)], ["terms/b"]),
        ([*ROWS[:3], ("terms/b", T, 3.5)], ["terms/b"]),
        ([*ROWS, ("terms/b", None, 3), ("terms/b", T, 3)], ["terms/b"]),
        ([], ["law/us/a", "terms/b"]),
        *(
            ([*ROWS[:3], ("terms/b", T + in_time, 3 + in_number)], ["terms/b"])
            for by in (2**61 - 1, 2**62, 2**63, 2**64, -(2**61) + 1, -(2**63))
            for in_time, in_number in ((by, 0), (0, by))
        ),
    ],
)
def test_a_row_that_does_not_follow_is_found(rows, wrong):
    assert differing(rows) == wrong


def test_rows_chosen_to_add_up_are_found():
    for shift in range(1, 200):
        chosen = [ROWS[0], ("law/us/a", T, 10 + shift), ("law/us/a", T, 13 - shift), ROWS[3]]
        if sorted(chosen) != ROWS:
            assert differing(chosen) == ["law/us/a"]


def test_each_comparison_has_a_secret_of_its_own():
    secrets = {RuleIndex().secret for _ in range(100)}
    assert len(secrets) == 100
