"""The one wasmtime engine of this process, and the clock that its deadlines are counted by.

WebAssembly is interrupted when the engine's epoch passes a limit. Only a thread outside can move
the epoch forward; wasmtime lets go of Python's lock while it runs, so a Python thread will do.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import time

import wasmtime

TICK = 0.02
"""Seconds between two epochs: how late a deadline can be noticed."""


@functools.cache
def engine() -> wasmtime.Engine:
    """The engine, made at the first call; from then on its epoch moves."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    # Native code is kept under the user's cache folder by hash of module and compiler settings.
    # Whoever can write there can already change what this user runs. Without a home folder, or
    # with a read-only one, each process compiles anew.
    with contextlib.suppress(wasmtime.WasmtimeError):
        config.cache = True
    made = wasmtime.Engine(config)
    _start_ticking(made)
    # A forked child has no ticking thread, and without one no deadline would ever pass.
    os.register_at_fork(after_in_child=functools.partial(_start_ticking, made))
    return made


def ticks(seconds: float) -> int:
    """How many epochs from now a deadline lies; at least one."""
    return int(seconds / TICK) + 1


def _start_ticking(made: wasmtime.Engine) -> None:
    threading.Thread(target=_tick, args=(made,), name="policy-deadline", daemon=True).start()


def _tick(made: wasmtime.Engine) -> None:
    while True:
        time.sleep(TICK)
        made.increment_epoch()
