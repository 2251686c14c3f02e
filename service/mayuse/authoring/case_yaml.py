"""YAML as case files use it: every scalar is text, every node knows its line.

YAML reads `NO` as false, `on` as true, `012` as ten and `2025-11-20` as an object. A lawyer means
the text, so nothing is resolved here: the schema of the reader converts. What could hide a mistake
is refused: a key written twice, a second document, anchors and aliases, tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from mayuse.errors import AuthoringError

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""libyaml where it is there: it reads what we read, many times faster."""


@dataclass(frozen=True)
class Node:
    """A value and the line it starts on."""

    line: int
    value: str | Sequence[Node] | Mapping[str, Node]


def parse(text: str, file: str) -> Node:
    """Read one YAML document.

    Raises `AuthoringError` whose faults read `file:line: what is wrong`.
    """
    try:
        faults = _hidden_meanings(text, file)
        root = None if faults else yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        faults, root = [f"{file}:{line}: {error.problem or error.context}"], None
    except yaml.YAMLError as error:
        faults, root = [f"{file}:1: {' '.join(str(error).split())}"], None
    if not faults and root is None:
        faults = [f"{file}:1: the file is empty"]
    node = _node(root, file, faults) if root is not None else Node(1, "")
    if faults:
        raise AuthoringError(tuple(faults))
    return node


def _hidden_meanings(text: str, file: str) -> list[str]:
    faults = []
    documents = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:  # noqa: PLR2004 - the second one is the fault
                faults.append(f"{file}:{line}: a second document starts here; a file holds one")
        elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            faults.append(f"{file}:{line}: anchors and aliases are not read; write it out")
        elif getattr(event, "tag", None):
            faults.append(f"{file}:{line}: tags are not read; every value is text")
    return faults


def _node(node: yaml.Node, file: str, faults: list[str]) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return Node(line, str(node.value))
    if isinstance(node, yaml.SequenceNode):
        return Node(line, [_node(item, file, faults) for item in node.value])
    members: dict[str, Node] = {}
    for key, value in node.value:
        at = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            faults.append(f"{file}:{at}: a key is plain text")
        elif key.value in members:
            first = members[key.value].line
            faults.append(f"{file}:{at}: the key {key.value!r} stands here and near line {first}")
        else:
            members[key.value] = _node(value, file, faults)
    return Node(line, members)
