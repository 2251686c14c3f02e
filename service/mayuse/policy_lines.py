"""Where in a policies folder something stands: a row of facts, a word of a rule's METADATA."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import yaml

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Files are only looked up for their lines here; libyaml does it many times faster."""

METADATA = "# METADATA"


def of_fact(policies: Path, path: tuple[str, ...]) -> tuple[str, int]:
    """The file, relative to the folder, and line of a row of facts, e.g. `("acts", "eu-gdpr")`.

    Where the row is not, the nearest that holds it; `mayuse/facts` where no file does.
    """
    for depth in range(len(path), 0, -1):
        file = Path("mayuse", "facts", *path[:depth], "data.yaml")
        if (policies / file).is_file():
            text = (policies / file).read_text(encoding="utf-8")
            return file.as_posix(), _line_in(_composed(text), path[depth:])
    return "mayuse/facts", 1


def repeated(policies: Path) -> Iterator[tuple[str, int, str, int]]:
    """(file, line, key, first line) of each key that a file of facts writes twice: the last counts.

    Files are relative to the folder.
    """
    for file in sorted((policies / "mayuse" / "facts").rglob("data.yaml")):
        for line, key, first in _repeated_in(_composed(file.read_text(encoding="utf-8"))):
            yield file.relative_to(policies).as_posix(), line, key, first


def of_metadata(file: Path, path: tuple[str, ...]) -> int:
    """The line of a word of the METADATA above a module's package, e.g. `("custom", "owner")`.

    Where there is no such word, the nearest that would hold it, or where METADATA begins; without
    METADATA, and of no word, the package's.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    package = next((at for at, line in enumerate(lines) if line.startswith("package ")), 0)
    if not path or METADATA not in lines[:package]:
        return package + 1
    begins = lines.index(METADATA) + 1
    words = "\n".join(line.removeprefix("#") for line in lines[begins:package])
    return begins + _line_in(_composed(words), path, top=0)


def _repeated_in(node: yaml.Node | None) -> Iterator[tuple[int, str, int]]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_in(item)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, item in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                yield line, name, seen[name]
            seen.setdefault(name, line)
            yield from _repeated_in(item)


def _line_in(node: yaml.Node | None, path: tuple[str, ...], top: int = 1) -> int:
    line = top
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
            if not found:
                break
            [(key, node), *_] = found
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and part.isdigit():
            node = node.value[int(part)]
            line = node.start_mark.line + 1
    return line


@functools.lru_cache(maxsize=32)
def _composed(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=LOADER)
