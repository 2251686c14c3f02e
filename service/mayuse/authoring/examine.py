"""Examine a candidate: everything that is looked at before a policy bundle may become active.

The examination runs in a process of its own (`examining`), because a candidate may be hostile and
because the service has questions to answer meanwhile. This process only reads the candidate when
that one has come through.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

import mayuse
from mayuse import bundle as bundles
from mayuse.authoring.examination import (
    NOT_CHECKED,
    REFUSED,
    Answered,
    Change,
    Comparison,
    Examination,
)
from mayuse.authoring.findings import Finding
from mayuse.bundle import Bundle
from mayuse.bundle_keys import TrustedKeys

SECONDS = 120.0
"""The packaged bundle takes about sixteen, on two processors."""

MEMORY = 2 * 2**30
"""Bytes that the examination may use, and each program that it starts."""

MAX_REPORT = 16 * 2**20

PASSED_ON = ("PATH", "HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "MAYUSE_OPA_BIN", "LANG")
"""All of the environment that the examination sees; the rest may hold secrets."""


def examine(  # noqa: PLR0913 - each given by name
    raw: bytes,
    *,
    trusted: TrustedKeys | None,
    active: Bundle,
    today: date | None = None,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Examination:
    """Examine the bytes of a candidate beside the active bundle, within `seconds` and `memory`.

    `trusted` are the keys that may sign it; None asks for no signature. `today` (UTC, by default
    the present one) is the day by which the lint tells what has ended. Blocks: call it in a
    thread. Never raises for what is wrong with the candidate: the findings tell that.
    """
    today = today or datetime.now(UTC).date()
    with tempfile.TemporaryDirectory(prefix="mayuse-candidate-") as folder:
        place = Path(folder)
        (place / "candidate.tar.gz").write_bytes(raw)
        (place / "active.tar.gz").write_bytes(active.raw)
        if trusted is not None:
            (place / "keys").mkdir()
            for key_id, pem in trusted.pems().items():
                (place / "keys" / f"{key_id}.pem").write_bytes(pem)
        report = _run(place, today, seconds, memory)
    if isinstance(report, str):
        return _unfinished(report, NOT_CHECKED if trusted is None else REFUSED)
    return _examination(raw, report)


def _run(place: Path, today: date, seconds: float, memory: int) -> dict[str, Any] | str:
    """The report, or why there is none."""
    output = place / "report.json"
    with output.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
            [
                *(sys.executable, "-m", "mayuse.authoring.examining"),
                *(place, today.isoformat(), str(int(seconds) + 1), str(memory)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.DEVNULL,
            env=_environment(place),
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return f"the examination did not end within {seconds:g} s"
        finally:
            _end(process)
    if code or output.stat().st_size > MAX_REPORT:
        return f"the examination broke off ({code}): the candidate takes more than it may"
    report: dict[str, Any] = orjson.loads(output.read_bytes())
    return report


def _environment(place: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    ours = str(Path(str(mayuse.__file__)).parent.parent)
    return {**kept, "PYTHONPATH": ours, "TMPDIR": str(place)}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with all it has started; a session of its own has nobody else in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _examination(raw: bytes, report: Mapping[str, Any]) -> Examination:
    findings = [Finding(**row) for row in report["findings"]]
    bundle = bundles.read(raw) if report["usable"] else None
    told = report["comparison"]
    changes = (
        Change(**{**row, "before": _answered(row["before"]), "after": _answered(row["after"])})
        for row in told["changes"]
    )
    dropped = {topic: tuple(ids) for topic, ids in told["dropped"].items()}
    return Examination(
        bundle=bundle,
        signature=report["signature"],
        findings=tuple(findings),
        cases=report["cases"],
        answers=report["answers"],
        right=report["right"],
        comparison=Comparison(**{**told, "changes": tuple(changes), "dropped": dropped}),
        complete=report["complete"],
    )


def _answered(row: Mapping[str, Any]) -> Answered:
    return Answered(row["effect"], tuple(row["reasons"]))


def _unfinished(why: str, signature: str) -> Examination:
    finding = Finding(
        "bundle", 1, "examination", why, "make the bundle smaller, or mend what loops"
    )
    return Examination(
        bundle=None,
        signature=signature,
        findings=(finding,),
        cases=0,
        answers=0,
        right=0,
        comparison=Comparison(),
        complete=False,
    )
