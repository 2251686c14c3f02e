"""What OPA says of policies, in lines `file:line: what is wrong` that open where one stands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from mayuse.intake_faults import nearest

_PLACED = re.compile(r"(?P<file>[\w./-]+\.(?:rego|ya?ml|json)):(?P<line>\d+): (?P<says>.+)")
_DATA = re.compile(r"(?P<file>[\w./-]+\.(?:ya?ml|json)): (?P<says>.*)")
_UNSAFE = re.compile(r"rego_unsafe_var_error: var (?P<name>\w+) is unsafe")
_NAME = re.compile(r"[A-Za-z_]\w*")
_TWICE = "a row of it may stand in another file, too"
_NO_YAML = "look at its quotes, brackets, colons and indentation"


def faults(said: str, policies: Path) -> list[str]:
    """Each fault that names a file, once, with its details in lines of their own.

    `policies` is the folder in which OPA ran.
    """
    found: list[str] = []
    for line in _text(said).splitlines():
        if placed := _PLACED.search(line):
            found.append(
                _placed(_file(placed["file"], policies), int(placed["line"]), placed["says"])
            )
        elif data := _DATA.search(line):
            found.append(_broken(_file(data["file"], policies), data["says"]))
        elif line.startswith(("\t", " ")) and found:
            found[-1] += f"\n    {line.strip()}" if line.strip(" \t^") else ""
    return "\n".join(dict.fromkeys(found)).splitlines()


def _text(said: str) -> str:
    """The errors of OPA's JSON as OPA writes them elsewhere; any other text as it is."""
    try:
        errors = json.loads(said)["errors"]
        return "\n".join(map(_line, errors))
    except (ValueError, KeyError, TypeError):
        return said


def _line(error: dict[str, object]) -> str:
    place, code = error.get("location"), error.get("code")
    told = f"{code}: {error['message']}" if code else str(error["message"])
    if isinstance(place, dict) and place.get("file"):
        return f"{place['file']}:{place['row']}: {told}"
    return told


def _file(named: str, policies: Path) -> Path:
    """OPA names some files by their place in the data, as if it were the system's root."""
    inside = policies / named.lstrip("/")
    return inside if inside.is_file() else policies / named


def _placed(file: Path, line: int, says: str) -> str:
    told = f"{file}:{line}: {says}"
    if (unsafe := _UNSAFE.match(says)) and file.is_file():
        names = set(_NAME.findall(file.read_text(encoding="utf-8"))) - {unsafe["name"]}
        near = nearest(unsafe["name"], names)
        meant = f"did you mean `{near}`?" if near else "define it, or import it"
        return f"{told}: it has no value here; {meant}"
    return told


def _broken(file: Path, says: str) -> str:
    """YAML that does not parse, at the line where our own reader sees it: OPA's is one before."""
    try:
        yaml.compose(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return f"{file}:{mark.line + 1 if mark else 1}: {error.problem}; {_NO_YAML}"
    except (OSError, ValueError, yaml.YAMLError):
        pass
    more = f"; {_TWICE}" if says.startswith("failed to insert") else ""
    return f"{file}:1: {says}{more}"
