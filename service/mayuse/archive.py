"""Reproducible `.tar.gz`: the same files give the same bytes, and reading one is bounded. Pure."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from mayuse.errors import BundleError

MAX_SIZE = 64 * 2**20
"""Bytes an archive may unpack to; a few kilobytes of gzip can claim terabytes."""

MAX_MEMBERS = 10_000
"""Each costs memory, whether it holds anything or not."""

GZIP = b"\x1f\x8b"
"""What every gzip begins with (RFC 1952)."""

_GZIP_HEADER = GZIP + b"\x08\x00\x00\x00\x00\x00\x02\xff"
"""RFC 1952: deflate, no name, no time, best compression, system unknown. Python's own header
varies with its version."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """Archive files by path: sorted, owned by nobody, of no date."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(files, key=str.encode):
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(files[path]), 0o644
            archive.addfile(member, io.BytesIO(files[path]))
    return _gzip(tar.getvalue())


def unpack(raw: bytes) -> dict[str, bytes]:
    """The files of an archive by path, without a leading slash.

    Raises `BundleError` for what is no whole gzip of a tar, unpacks to more than `MAX_SIZE`, or
    holds more than `MAX_MEMBERS`, links, devices, files with holes, a path twice or a path that
    leaves the archive.
    """
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(_gunzip(raw)), mode="r:") as archive:
            for count, member in enumerate(archive, start=1):
                if count > MAX_MEMBERS:
                    raise BundleError(f"the archive holds more than {MAX_MEMBERS} members")
                if member.isdir():
                    continue
                path = _safe_path(member.name)
                if path in files:
                    raise BundleError(f"the archive holds {path} twice")
                files[path] = _content(archive, member)
    # What tarfile makes of hostile headers: numbers that are none, headers about headers.
    except (tarfile.TarError, zlib.error, EOFError, ValueError, RecursionError) as error:
        raise BundleError("the archive is no whole .tar.gz") from error
    return files


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    # A file with holes claims any length and takes no room in the archive: the bomb within.
    stream = archive.extractfile(member) if member.isreg() and not member.issparse() else None
    if stream is None:
        raise BundleError("the archive holds something that is no file")
    content = stream.read()
    if len(content) != member.size:
        raise EOFError
    return content


def _gzip(content: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(content), len(content) % 2**32)


def _gunzip(raw: bytes) -> bytes:
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    content = inflate.decompress(raw, MAX_SIZE)
    if inflate.unconsumed_tail:
        raise BundleError(f"the archive unpacks to more than {MAX_SIZE} bytes")
    if not inflate.eof or inflate.unused_data:
        raise EOFError
    return content


def _safe_path(name: str) -> str:
    path = PurePosixPath(name.lstrip("/"))
    if not path.parts or ".." in path.parts:
        raise BundleError("the archive holds a path that leaves it")
    if not name.isprintable():  # bytes that are not UTF-8 among them
        raise BundleError("the archive holds a path that cannot be written")
    return str(path)
