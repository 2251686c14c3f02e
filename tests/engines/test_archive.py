from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayuse import archive
from mayuse.errors import BundleError

PATHS = st.from_regex(r"[a-z]{1,8}(/[a-z.]{1,8}[a-z]){0,3}", fullmatch=True)


def tar_of(*members: tarfile.TarInfo) -> bytes:
    # Compressed apart, without the time: it would be in the names of tests, which all of the
    # processes that run them must find the same.
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return gzip.compress(stream.getvalue(), mtime=0)


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 1) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size if kind == tarfile.REGTYPE else 0
    return info


@given(st.dictionaries(PATHS, st.binary(max_size=2000), max_size=6))
def test_what_is_packed_is_unpacked(files: dict[str, bytes]) -> None:
    assert archive.unpack(archive.pack(files)) == files


@given(st.dictionaries(PATHS, st.binary(max_size=200), max_size=6))
def test_the_order_of_files_does_not_change_the_bytes(files: dict[str, bytes]) -> None:
    assert archive.pack(files) == archive.pack(dict(reversed(files.items())))


def test_other_programs_can_unpack_it() -> None:
    raw = archive.pack({"a/b.rego": b"package a", "data.json": b"{}"})
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:gz") as tar:
        assert [(item.name, item.mtime, item.uid, item.mode) for item in tar] == [
            ("a/b.rego", 0, 0, 0o644),
            ("data.json", 0, 0, 0o644),
        ]


def test_a_leading_slash_as_opa_writes_it_is_dropped() -> None:
    assert archive.unpack(tar_of(member("/a/data.json"))) == {"a/data.json": b"x"}


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no whole"),
        (b"PK\x03\x04", "no whole"),
        (gzip.compress(b"not a tar" * 100, mtime=0), "no whole"),
        (archive.pack({"a": b"b"})[:-20], "no whole"),
        (archive.pack({"a": b"b"}) + b"more", "no whole"),
        (tar_of(member("a"), member("a")), "twice"),
        (tar_of(member("a"), member("/a")), "twice"),
        (tar_of(member("../a")), "leaves"),
        (tar_of(member("a/../../b")), "leaves"),
        (tar_of(member("a", tarfile.SYMTYPE)), "no file"),
        (tar_of(member("a", tarfile.LNKTYPE)), "no file"),
        (tar_of(member("a", tarfile.CHRTYPE)), "no file"),
    ],
)
def test_anything_else_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(BundleError, match=says):
        archive.unpack(raw)


def test_a_bomb_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_SIZE", 2**20)
    bomb = gzip.compress(bytes(64 * 2**20))
    assert len(bomb) < 2**17
    with pytest.raises(BundleError, match="more than 1048576 bytes"):
        archive.unpack(bomb)
