"""Other versions of the packaged policy bundle, to upload and to activate."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mayuse import archive, bundle
from mayuse.bundle import Bundle

MAIN = "mayuse/main/main.rego"
LATER = "2027.1.1"


def another(
    version: str = LATER, says: str = "another", changed: Mapping[str, bytes] | None = None
) -> bytes:
    """The packaged bundle with another comment and version, so that its digest is another."""
    files = archive.unpack(bundle.packaged().raw)
    files |= changed or {}
    name = next(name for name in files if name.endswith(MAIN))
    files[name] += f"\n# {says}\n".encode()
    manifest = json.loads(files[".manifest"])
    manifest["revision"] = bundle.digest_of(files)
    manifest["metadata"]["version"] = version
    files[".manifest"] = json.dumps(manifest).encode()
    return archive.pack(files)


def with_facts(change: Callable[[Any], None], says: str, version: str = LATER) -> bytes:
    """The packaged bundle whose facts, `data.mayuse.facts`, were changed."""
    data = json.loads(archive.unpack(bundle.packaged().raw)["data.json"])
    change(data["mayuse"]["facts"])
    return another(version, says, {"data.json": json.dumps(data).encode()})


def older() -> bytes:
    """The packaged bundle as its facts were once: not complete by what is asked of one today."""

    def sort_values(facts: Any) -> None:
        for choice in facts["vocabulary"]["choices"].values():
            choice["values"] = sorted(choice["values"], key=choice["values"].__getitem__)

    return with_facts(sort_values, "older")


def with_recipient(name: str) -> bytes:
    """The packaged bundle that knows of one more advertiser."""

    def add(facts: Any) -> None:
        recipients = facts["vocabulary"]["recipients"]
        recipients[name] = {**recipients["advertiser"], "label": name}

    return with_facts(add, name)


def renamed(
    policies: Path, folder: Path, version: str = LATER, reason: str = "part_of_the_service"
) -> Bundle:
    """The packaged policies with another id for one reason, which many answers name."""
    copy = folder / "policies"
    shutil.copytree(policies, copy)
    for file in [*copy.rglob("*.rego"), *copy.rglob("*.yaml")]:
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(rf"\b{reason}\b", f"{reason}_indeed", text), encoding="utf-8")
    return bundle.build(copy, folder / "renamed.tar.gz", version)
