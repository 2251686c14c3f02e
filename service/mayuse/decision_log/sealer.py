"""The sealer on PostgreSQL: makes leaves of what all writers have committed, one tree for all.

Every process runs one. Each round tries to take the lock of `log_state`; whoever has it seals what
waits in `pending`, and the others go on. Three things keep the tree one: the lock, the tree's size
compared when it is moved, and the primary key of the leaves. A checkpoint is signed inside the
transaction and leaves the house after it, when a second connection has read everything back.

A record that is not as its writer left it is not sealed: it stays aside, an alarm is given, and
the others go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import structlog

from mayuse import metrics
from mayuse.answer import Receipt
from mayuse.decision_log.checkpoint import Checkpoint
from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.keys import LogKeys
from mayuse.decision_log.note import Note
from mayuse.decision_log.proof import Proof
from mayuse.decision_log.released import (
    Released,
    check_continuity,
    damaged,
    not_as_signed,
    tiles_to_check,
)
from mayuse.decision_log.sealing import Seal
from mayuse.decision_log.signer import Signer
from mayuse.decision_log.tree import Prover, Tree, inclusion_tiles
from mayuse.errors import OPERATOR_SECONDS, LogUnavailable, SettingsError, TreeError
from mayuse.store import postgres_tree
from mayuse.store.absence import POSTGRESQL_FAILED
from mayuse.store.session import connect_postgresql, soon

INTERVAL_SECONDS = 0.2
"""Between two rounds, at least: each round rewrites a tile, whatever few leaves it adds."""

IDLE_SECONDS = 1.0
"""Between two rounds when this process has written nothing: others may have died before sealing."""

BATCH_LIMIT = 2_000
LATE_SECONDS = 10.0
"""When nothing could be sealed for so long, decisions are refused: a promise must be kept."""

SEAL_WITHIN_US = 60_000_000
"""By when a promised leaf is in the log."""

KEEP_EVERY_US = 60_000_000
"""A checkpoint is kept this often; all others can be made again."""

_CATCH_UP_LIMIT = 20_000
"""What others have sealed since is read record by record up to here, and by its tiles beyond."""

logger = structlog.get_logger(__name__)


class Sealer:
    """Seals for all writers of one database, and gives this process's callers their proofs."""

    def __init__(self, dsn: str, keys: LogKeys, signer: Signer, released: Released) -> None:
        self._dsn = dsn
        self._keys = keys
        self._signer = signer
        self._released = released
        self._connection: Any = None
        self._reader: Any = None
        self._tree: Tree | None = None
        self._kept_at = 0
        self._aside: set[int] = set()
        self._watched: dict[str, asyncio.Future[Receipt]] = {}
        self._woken = asyncio.Event()
        self._closing = False
        self._progress = self._tried = time.monotonic()
        self._refusal: LogUnavailable | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """See that the tree goes on, then begin. A tree that does not is told by `refusal`."""
        await self._try_round()
        self._task = asyncio.create_task(self._run(), name="sealer")

    async def close(self) -> None:
        """Seal what is left, then stop."""
        self._closing = True
        self._woken.set()
        if self._task is not None:
            await self._task
        await self._close_connections()

    def wake(self) -> None:
        """Something was committed."""
        self._woken.set()

    def refusal(self) -> LogUnavailable | None:
        """Why no decision may be promised now, if so."""
        # Measured up to the last attempt: a process that stood still has not tried in vain.
        late = self._tried - self._progress > LATE_SECONDS
        ended = self._task is not None and self._task.done()
        if self._refusal is None and (late or ended):
            return LogUnavailable("log_unavailable", "what was recorded is not being sealed", 5)
        return self._refusal

    @property
    def aside(self) -> int:
        """How many records were found changed before they were sealed."""
        return len(self._aside)

    @contextlib.contextmanager
    def watching(self, ids: Sequence[str]) -> Iterator[None]:
        """Meanwhile, keep the receipts of these decisions when they come."""
        loop = asyncio.get_running_loop()
        self._watched.update((item, loop.create_future()) for item in ids)
        try:
            yield
        finally:
            for item in ids:
                self._watched.pop(item, None)

    async def receipt(self, decision: str, given: Receipt, wait: float) -> Receipt:
        """A watched decision's receipt with its proof, if that comes in time, else a promise."""
        self.wake()
        try:
            async with asyncio.timeout(wait):
                return await asyncio.shield(self._watched[decision])
        except TimeoutError:
            return self.promised(given)

    def promised(self, given: Receipt) -> Receipt:
        """The receipt with a promise in the place of its proof."""
        now = time.time_ns() // 1000
        promise = self._signer.promise(bytes.fromhex(given.leaf_hash), now, now + SEAL_WITHIN_US)
        return Receipt(given.leaf_hash, promise=promise)

    async def _run(self) -> None:
        while True:
            began = time.monotonic()
            self._woken.clear()
            closing = self._closing  # what was committed after the round began is not in it
            more = await self._try_round()
            if closing and not more:
                return
            if not more:
                await self._pause(began)

    async def _pause(self, began: float) -> None:
        """Wait for work: at once when the last round is long past, else for the interval."""
        hurry = INTERVAL_SECONDS if self._watched else IDLE_SECONDS
        try:
            async with asyncio.timeout(hurry):
                await self._woken.wait()
        except TimeoutError:
            return
        if not self._closing:
            await asyncio.sleep(max(0.0, began + INTERVAL_SECONDS - time.monotonic()))

    async def _try_round(self) -> bool:
        """One round; whether more is waiting. What goes wrong is told and tried again."""
        try:
            more = await self._round()
        except (LogUnavailable, SettingsError) as error:
            if self._refusal is None:
                logger.error("not_sealing", reason=str(error))  # noqa: TRY400 - expected
            self._refusal = (
                error
                if isinstance(error, LogUnavailable)
                else LogUnavailable("log_unavailable", str(error), OPERATOR_SECONDS)
            )
        except POSTGRESQL_FAILED as error:
            logger.warning("sealing_failed", cause=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - a fault of ours
            # Where it happened, without the message or any value: those may be personal data.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("sealer_fault", cause=type(error).__name__, where=where)  # noqa: TRY400
        else:
            self._refusal = None
            return more
        finally:
            self._tried = time.monotonic()
        self._drop()
        return False

    async def _round(self) -> bool:
        connection = await self._open()
        await soon(connection.execute("BEGIN"))
        self._signer.heed(*await postgres_tree.read_signers(connection))
        more = await self._seal(connection)
        if self._watched:
            await self._answer_those_others_sealed()
        return more

    async def _seal(self, connection: Any) -> bool:  # noqa: ANN401 - asyncpg is untyped
        """Seal what waits, if nobody else is; whether there may be more."""
        try:
            tree = await postgres_tree.read_tree(connection, lock=True)
        except TreeError as error:
            raise damaged() from error
        if tree is None:
            await soon(connection.execute("ROLLBACK"))
            return False
        # Again, under the lock: somebody may have ended a key since.
        self._signer.heed(*await postgres_tree.read_signers(connection))
        await self._follow(tree, self._released.notes())
        found = await postgres_tree.read_pending(connection, self._aside, BATCH_LIMIT)
        good = [row for row in found if self._is_as_written(row)]
        if not good:
            await soon(connection.execute("ROLLBACK"))
            self._progress = time.monotonic()
            return False
        seal = Seal.of(tree, [row["leaf_hash"] for row in good], self._signer)
        now = time.time_ns() // 1000
        keep = self._closing or not 0 <= now - self._kept_at < KEEP_EVERY_US
        seqs = [row["seq"] for row in good]
        await postgres_tree.write_seal(connection, seal, seqs, now if keep else None)
        await soon(connection.execute("COMMIT"))
        if keep:
            self._kept_at = now
        await self._publish(seal, [str(row["id"]) for row in good])
        return len(found) == BATCH_LIMIT

    async def _publish(self, seal: Seal, ids: Sequence[str]) -> None:
        """Read back what was committed, and only then let it out."""
        if not await postgres_tree.reads_back(self._reader, seal.before, seal.after):
            raise not_as_signed()
        self._tree = seal.after
        self._progress = time.monotonic()
        self._released.let_out(seal.note, seal.after.size)
        if self._watched.keys() & set(ids):
            for item, receipt in zip(ids, seal.receipts(), strict=True):
                self._answer(item, receipt)

    async def _follow(self, tree: Tree, let_out: list[str]) -> None:
        """Accept a tree. What others have added to ours is read back as well.

        `let_out`: the newest checkpoints known by the time it was read.
        """
        if tree == self._tree:
            return
        ours = self._tree
        remembered = self._released.believed(let_out)
        if ours is not None:  # what others have signed of it may be known to nobody else here
            remembered.append(Checkpoint(self._signer.origin, ours.size, ours.root))
        wanted = tiles_to_check(tree, remembered)
        check_continuity(tree, await postgres_tree.read_tiles(self._reader, wanted), remembered)
        near = ours is not None and 0 <= tree.size - ours.size <= _CATCH_UP_LIMIT
        if (
            ours is not None
            and near
            and not await postgres_tree.reads_back(self._reader, ours, tree)
        ):
            raise not_as_signed()
        self._tree = tree
        self._progress = time.monotonic()
        if tree.size:  # so that this machine, too, knows it after its next start
            self._released.let_out(self._signer.checkpoint(tree), tree.size)

    async def _answer_those_others_sealed(self) -> None:
        """Prove the decisions that are leaves by another process's hand."""
        let_out = self._released.notes()
        tree = await postgres_tree.read_tree(self._reader)
        if tree is None or not tree.size:
            return
        await self._follow(tree, let_out)
        places = await postgres_tree.read_places(self._reader, list(self._watched), tree.size)
        places = {item: place for item, place in places.items() if item in self._watched}
        if not places:
            return
        wanted = set().union(*(inclusion_tiles(index, tree.size) for _, index in places.values()))
        tiles = await postgres_tree.read_tiles(self._reader, wanted)
        prover = Prover(tree.size, lambda level, index, _width: tiles[level, index])
        note = self._signer.checkpoint(tree)
        self._released.let_out(note, tree.size)
        for item, (leaf, index) in places.items():
            proof = Proof(index, tuple(prover.inclusion(index)), Note.from_text(note))
            self._answer(item, Receipt(leaf.hex(), index, proof.to_text()))

    def _answer(self, decision: str, receipt: Receipt) -> None:
        waiting = self._watched.get(decision)
        if waiting is not None and not waiting.done():
            waiting.set_result(receipt)

    def _is_as_written(self, row: Any) -> bool:  # noqa: ANN401 - asyncpg is untyped
        """Whether a writer of ours left the record so; one that is not is put aside."""
        good = (
            row["record"] is not None
            and leaf_hash(row["record"]) == row["leaf_hash"]
            and self._keys.row_mac(row["leaf_hash"]) == row["row_mac"]
        )
        if not good:
            self._aside.add(row["seq"])
            metrics.SET_ASIDE.set(len(self._aside))
            logger.error("record_changed_before_it_was_sealed", seq=row["seq"])
        return good

    async def _open(self) -> Any:  # noqa: ANN401 - asyncpg is untyped
        if self._connection is None:
            self._connection = await connect_postgresql(self._dsn, "mayuse sealer")
            self._reader = await connect_postgresql(self._dsn, "mayuse sealer, reading back")
            self._kept_at = await soon(self._connection.fetchval(postgres_tree.LAST_KEPT))
        return self._connection

    async def _close_connections(self) -> None:
        for connection in (self._connection, self._reader):
            if connection is not None:
                try:
                    await connection.close(timeout=2)
                except POSTGRESQL_FAILED:
                    connection.terminate()
        self._connection = self._reader = None

    def _drop(self) -> None:
        for connection in (self._connection, self._reader):
            if connection is not None:
                connection.terminate()
        self._connection = self._reader = None
