"""Candidates as somebody would make them who changes a bundle by hand: whole, and not honest."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from mayuse import archive, bundle


def reworked(raw: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """The archive with these files changed, or taken away where None, and its digest made right."""
    files = {**archive.unpack(raw), **{k: v for k, v in changes.items() if v is not None}}
    for path in (path for path, content in changes.items() if content is None):
        del files[path]
    if bundle.MANIFEST in files:
        manifest = orjson.loads(files[bundle.MANIFEST])
        manifest["revision"] = bundle.digest_of(files)
        files[bundle.MANIFEST] = orjson.dumps(manifest)
    return archive.pack(files)


def file_of(raw: bytes, path: str) -> bytes:
    return archive.unpack(raw)[path]
