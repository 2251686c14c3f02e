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


def sparse(size: int) -> bytes:
    """A file of GNU's kind with a hole of `size`: a header and no content at all."""
    info = tarfile.TarInfo("data.json")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0%011o\0" % (size, 0)
    header[483:495] = b"\x80" + size.to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return gzip.compress(bytes(header) + bytes(1024), mtime=0)


def test_a_file_with_a_hole_is_refused_before_the_hole_is_filled() -> None:
    with tarfile.open(fileobj=io.BytesIO(sparse(2**32)), mode="r:gz") as tar:
        [found] = tar.getmembers()
        assert (found.issparse(), found.size) == (True, 2**32), "four gigabytes in 200 bytes"
    with pytest.raises(BundleError, match="no file"):
        archive.unpack(sparse(2**32))


def test_headers_about_headers_without_end_are_refused() -> None:
    long = tarfile.TarInfo("././@LongLink")
    long.type, long.size = tarfile.GNUTYPE_LONGNAME, 2
    chain = (long.tobuf(tarfile.GNU_FORMAT) + b"a\0" + bytes(510)) * 20_000
    with pytest.raises(BundleError, match="no whole"):
        archive.unpack(gzip.compress(chain, mtime=0))


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "a\udcffb"])
def test_a_path_that_cannot_be_written_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match="cannot be written"):
        archive.unpack(tar_of(member(name)))


def test_more_members_than_any_bundle_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    folders = [member(f"d{i}", tarfile.DIRTYPE) for i in range(4)]
    assert archive.unpack(tar_of(*folders[:3])) == {}
    with pytest.raises(BundleError, match="more than 3 members"):
        archive.unpack(tar_of(*folders))


WHOLE = gzip.decompress(archive.pack({"a/b.rego": b"package a", "data.json": b"{}"}))


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=40))
def test_whatever_the_bytes_are_there_are_files_or_a_clear_refusal(at: int, other: bytes) -> None:
    damaged = WHOLE[:at] + other + WHOLE[at + len(other) :]
    try:
        files = archive.unpack(gzip.compress(damaged, mtime=0))
    except BundleError:
        return
    assert sum(map(len, files.values())) <= len(damaged)


def test_a_bomb_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_SIZE", 2**20)
    bomb = gzip.compress(bytes(64 * 2**20))
    assert len(bomb) < 2**17
    with pytest.raises(BundleError, match="more than 1048576 bytes"):
        archive.unpack(bomb)
