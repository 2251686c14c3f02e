"""One finding of the lint. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

PLACEHOLDER = "FILL IN"
"""What the scaffold leaves for a person to write."""

NOTE = "note"
FAULT = "fault"


@dataclass(frozen=True, order=True)
class Finding:
    """Something to mend, or to know, at one line."""

    file: str
    line: int
    check: str
    """Which check found it, e.g. `undefined-not`."""

    says: str
    mend: str
    """What to do about it."""

    kind: str = FAULT
    """`fault` or `note`."""

    def to_text(self) -> str:
        """In two lines, the first as compilers write it."""
        return f"{self.file}:{self.line}: {self.kind} [{self.check}] {self.says}\n    {self.mend}"

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)
