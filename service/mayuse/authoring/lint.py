"""`mayuse policy lint`: what a reviewer would otherwise have to find by reading.

Works on a folder that may not build yet: it reads modules with OPA's parser, facts with OPA, and
the case files. Each finding names file, line and check, and says how to mend it. A `note` is worth
knowing and no fault; any other finding is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from mayuse import rule_index
from mayuse.authoring import lint_cases, lint_conditions, lint_facts, lint_names, lint_rules
from mayuse.authoring.findings import Finding
from mayuse.authoring.folder import Folder


def lint(policies: Path, today: date) -> list[Finding]:
    """Every finding, by file and line; only those in the facts where nothing can be asked of them.

    Raises `OpaFailed` with OPA's own words when a file is not Rego or does not compile, and
    `OpaMissing` without OPA.
    """
    folder = Folder.read(policies)
    if unreadable := list(lint_facts.unreadable(folder)):
        return sorted(unreadable)
    found = [
        *_stale_index(policies),
        *lint_conditions.check(folder),
        *lint_names.check(folder),
        *lint_rules.check(folder),
        *lint_facts.check(folder),
        *lint_cases.check(folder, today),
    ]
    return sorted(set(found))


def _stale_index(policies: Path) -> Iterator[Finding]:
    if not rule_index.is_current(policies):
        yield Finding(
            rule_index.INDEX.as_posix(),
            1,
            "stale-index",
            "main does not ask just the rules that there are",
            "run `mayuse policy index`",
        )
