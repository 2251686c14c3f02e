"""A candidate is examined by a process of its own: what passes, and what does not and why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from candidates import file_of, reworked

from mayuse import bundle
from mayuse.authoring.examination import NOT_CHECKED, Answered, Examination
from mayuse.authoring.examine import examine
from mayuse.bundle import Bundle

TODAY = date(2026, 11, 24)
SIGNAL = "mayuse/law/world/signal/signal.rego"
CASES = "cases/small.cases.yaml"
NO_BUNDLE_HAS = b'{"rules":[]}'

Build = Callable[[], bytes]


def examined(raw: bytes, active: Bundle) -> Examination:
    return examine(raw, trusted=None, active=active, today=TODAY)


@pytest.fixture
def build(policies: Path) -> Build:
    """Builds the copy of the small policies as it then stands."""
    return lambda: bundle.build(policies, policies.parent / "built.tar.gz", "1.1").raw


def spoil(policies: Path, file: str, old: str, new: str) -> None:
    path = policies / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def checks_of(found: Examination) -> set[str]:
    return {finding.check for finding in found.faults}


def test_the_packaged_bundle_proves_itself_and_changes_nothing_beside_itself() -> None:
    active = bundle.packaged()
    found = examined(active.raw, active)
    assert found.passed, found.findings
    assert found.findings == ()
    assert found.bundle is not None
    assert found.bundle.digest == active.digest
    assert found.right == found.answers > found.cases > 1000
    assert found.signature == NOT_CHECKED
    told = found.comparison
    assert (told.asked, told.changed, told.changes) == (found.answers, 0, ())
    assert (told.dropped, told.newer) == ({}, False)


def test_a_later_version_that_answers_otherwise_passes_and_tells_what_turns(
    policies: Path, small: Bundle, build: Build
) -> None:
    spoil(policies, SIGNAL, 'input.jurisdiction == "AA"', 'input.jurisdiction == "BB"')
    spoil(policies, CASES, "{jurisdiction: AA, age: 35}", "{jurisdiction: BB, age: 35}")
    found = examined(build(), small)
    assert found.passed, found.findings
    assert (found.cases, found.answers, found.right) == (3, 4, 4)
    told = found.comparison
    assert (told.newer, told.asked, told.changed) == (True, 4, 3)
    [signal] = [change for change in told.changes if change.case == "a sale in spite of a signal"]
    assert signal.on == "2025-11-20"
    assert signal.question.startswith("May Acme Corp. use this person's profile")
    assert signal.before == Answered("deny", ("law/world/signal: signal_on",))
    assert signal.after == Answered("permit", ("law/world/baseline: nothing_forbids",))


def test_ids_that_the_candidate_drops_are_told_and_cases_about_them_cannot_be_asked(
    policies: Path, small: Bundle, build: Build
) -> None:
    words = "mayuse/facts/vocabulary/data.yaml"
    spoil(policies, words, ", serve: {label: serving}", "")
    spoil(policies, words, 'default: 2, "on": 3', "default: 2, always: 3")
    spoil(policies, CASES, "purpose: serve", "purpose: sell")
    spoil(policies, CASES, "selling: on", "selling: always")
    spoil(policies, "mayuse/terms/acme/promise/promise.rego", '"on"', '"always"')
    found = examined(build(), small)
    assert found.passed, found.findings
    assert found.comparison.dropped == {"purposes": ("serve",), "values": ("selling: on",)}
    [change] = found.comparison.changes
    assert change.case == "Acme may sell what the person lets it sell"
    assert change.after.effect == "not_asked"
    assert {reason.split(":")[0] for reason in change.after.reasons} == {
        "/purpose",
        "/choices/selling",
    }


def test_a_case_that_is_not_answered_as_it_says_is_told_in_words(
    policies: Path, small: Bundle, build: Build
) -> None:
    spoil(policies, CASES, "effect: deny", "effect: permit")
    found = examined(build(), small)
    assert not found.passed
    assert (found.answers, found.right, found.complete) == (4, 3, True)
    [finding] = [item for item in found.faults if item.check == "case"]
    assert (finding.file, finding.line) == (CASES, 26)
    assert finding.says == (
        "a sale in spite of a signal, 2025-11-20: May Acme Corp. use this person's profile held by "
        "any other company for selling, in Aland, on 2025-11-20 (aged 35; a Global Privacy Control "
        "signal is sent)? No: law denies, because the browser sends an opt-out signal. But the "
        "answer is deny, expected permit."
    )


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("policy.wasm", {"policy.wasm"}),
        ("catalog.json", {"catalog.json"}),
        (SIGNAL, {"policy.wasm", "catalog.json"}),
    ],
)
def test_a_part_that_its_own_policies_do_not_give_is_found(
    policies: Path, small: Bundle, build: Build, path: str, told: set[str]
) -> None:
    # A reviewer reads one thing, an engine runs another.
    spoil(
        policies, SIGNAL, "signal_off if input.signals.gpc == false", 'signal_off if input.on > ""'
    )
    spoil(policies, SIGNAL, "the browser sends an opt-out signal", "it was so decided")
    other = file_of(build(), path)
    assert other != file_of(small.raw, path)
    found = examined(reworked(small.raw, {path: other}), small)
    assert not found.passed
    assert {finding.file for finding in found.faults if finding.check == "rebuild"} == told


def test_a_bundle_without_cases_is_refused(policies: Path, small: Bundle, build: Build) -> None:
    shutil.rmtree(policies / "cases")
    found = examined(build(), small)
    assert not found.passed
    assert {"no-cases", "missing-case"} <= checks_of(found)
    assert found.bundle is not None, "an old bundle can still be read, to make decisions again"
    assert found.bundle.cases == {}


def test_a_case_file_that_cannot_be_read_is_told_by_line(
    policies: Path, small: Bundle, build: Build
) -> None:
    spoil(policies, CASES, "effect: deny", "effect: maybe")
    found = examined(build(), small)
    assert not found.passed
    assert not found.complete
    [finding] = [item for item in found.faults if item.check == "cases"]
    assert (finding.file, finding.line) == (CASES, 27)
    assert "'maybe' is not one of permit, deny" in finding.says


def test_the_lint_is_run_on_what_the_bundle_holds(
    policies: Path, small: Bundle, build: Build
) -> None:
    spoil(policies, SIGNAL, "if not signal_off", "if not input.choices.other")
    found = examined(build(), small)
    assert not found.passed
    [finding] = [item for item in found.faults if item.check == "undefined-not"]
    assert finding.file == SIGNAL
    assert "missing-test" not in checks_of(found)


def test_without_opa_it_does_not_pass_and_says_what_to_do(
    small: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAYUSE_OPA_BIN", "/nonexistent/opa")
    found = examined(small.raw, small)
    assert not found.passed
    assert not found.complete
    [finding] = found.faults
    assert finding.check == "opa-missing"
    assert "mayuse opa install" in finding.mend
    assert (found.right, found.answers) == (4, 4), "the cases need no OPA"


def test_findings_are_for_programs_too(small: Bundle) -> None:
    told = examined(reworked(small.raw, {"catalog.json": NO_BUNDLE_HAS}), small).to_json()
    assert told["passed"] is False
    assert told["digest"] is None
    assert {(row["check"], row["kind"]) for row in told["findings"]} == {("bundle", "fault")}
    assert any("there is no rule" in row["says"] for row in told["findings"])
