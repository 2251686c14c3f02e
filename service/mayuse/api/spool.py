"""Answers on their way to a caller who may not be reading yet.

A client that sends all its questions before it reads an answer would stop a server that waits for
it: neither would go on. So answers wait here, the first in memory, the rest in a file that has no
name, and questions are taken in meanwhile; memory stays bounded whichever way a client does it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import IO

IN_MEMORY = 2**20
"""Bytes that wait in memory; beyond that, all that waits lies in a file."""

CHUNK = 256 * 2**10
"""Bytes handed on at once."""


class Spool:
    """A queue of bytes: one writes and ends it, one reads. For one event loop."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - `close`
        self._read = self._written = 0
        self._ended = False
        self._news = asyncio.Event()

    async def write(self, data: bytes) -> None:
        """Add bytes. Raises `OSError` when the disk is full."""
        if self._read == self._written:  # all is read: begin anew, so that the file stays small
            self._file.seek(0)
            self._file.truncate()
            self._read = self._written = 0
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)
        self._news.set()
        await asyncio.sleep(0)  # let it be read

    def end(self) -> None:
        """Nothing more will come."""
        self._ended = True
        self._news.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """What was written, in order, until the end."""
        try:
            while True:
                if self._read < self._written:
                    self._file.seek(self._read)
                    chunk = self._file.read(min(CHUNK, self._written - self._read))
                    self._read += len(chunk)
                    yield chunk
                elif self._ended:
                    return
                else:
                    self._news.clear()
                    await self._news.wait()
        finally:
            self._file.close()
