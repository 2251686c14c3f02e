"""A host for policies that OPA compiled to WebAssembly, on `wasmtime`.

Follows the OPA Wasm ABI 1.2 and later (https://www.openpolicyagent.org/docs/wasm): the policy
imports its memory, `opa_abort` and `opa_builtin0..4`; `opa_eval` takes JSON and gives JSON.
The policy cannot reach anything but its own memory, which is bounded, and runs until a deadline.
"""

from __future__ import annotations

import ctypes
import functools
import struct
import time
from typing import Any

import orjson
import wasmtime

from mayuse import wasm_engine

PAGE = 65_536
_OUT_OF_MEMORY = "opa_malloc: failed"
"""What OPA's allocator says when the memory does not grow."""

_JSON_OUT = 0
_HEADER = 8
"""Bytes before an input document: entry point and length, two little-endian 32-bit integers."""

_ASK = f"""
(module
  (import "policy" "memory" (memory 1))
  (import "policy" "opa_eval" (func $eval (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (global $data (export "data") (mut i32) (i32.const 0))
  (global $heap (export "heap") (mut i32) (i32.const 0))
  (func (export "ask") (result i32) (local $input i32) (local $length i32)
    (local.set $input (i32.add (global.get $heap) (i32.const {_HEADER})))
    (local.set $length (i32.load offset=4 (global.get $heap)))
    (call $eval
      (i32.const 0)
      (i32.load (global.get $heap))
      (global.get $data)
      (local.get $input)
      (local.get $length)
      (i32.add (local.get $input) (local.get $length))
      (i32.const {_JSON_OUT}))))
"""
"""Calls `opa_eval` with what stands in memory. Turning seven arguments into WebAssembly values in
Python took 300 µs, longer than the policy itself; a function without arguments costs 50."""


class PolicyFailed(Exception):
    """The policy stopped without an answer: conflicting rules, memory at its limit, a trap."""

    @property
    def out_of_memory(self) -> bool:
        """Whether its memory was at the limit."""
        return _OUT_OF_MEMORY in str(self)


class PolicyTimedOut(PolicyFailed):
    """The deadline passed."""


class Program:
    """One compiled policy, shared by all threads of this process."""

    def __init__(self, wasm: bytes) -> None:
        """Compile, or take the compiled form from wasmtime's cache in the user's cache folder.

        Raises `PolicyFailed` for bytes that are no WebAssembly.
        """
        self.engine = wasm_engine.engine()
        try:
            self.module = wasmtime.Module(self.engine, wasm)
            self.ask = wasmtime.Module(self.engine, _ASK)
        except wasmtime.WasmtimeError as error:
            raise PolicyFailed("these bytes are no WebAssembly module") from error

    def needs(self) -> tuple[str, ...]:
        """The builtins the policy would ask of its host. This host has none to give."""
        return tuple(sorted(Instance(self, b"{}", memory_limit=64 * 2**20).builtins))


@functools.lru_cache(maxsize=4)
def compiled(wasm: bytes) -> Program:
    """The program of a policy, compiled once per process."""
    return Program(wasm)


class Instance:
    """A policy with its own memory and its data loaded. Never used by two threads at once.

    After any exception from `evaluate` the instance is spent: a trap leaves the policy's stack
    pointer where it was. Make a new one.
    """

    def __init__(self, program: Program, data: bytes, *, memory_limit: int) -> None:
        """Load `data` (a JSON object, the policy's `data` document) once.

        Raises `PolicyFailed` when it does not fit into `memory_limit` bytes or the ABI differs.
        """
        self._aborted: str | None = None
        self._store = wasmtime.Store(program.engine)
        self._store.set_limits(memory_size=memory_limit)
        self._store.set_epoch_deadline(wasm_engine.ticks(10.0))
        try:
            self._load(program, data, memory_limit)
        except (wasmtime.WasmtimeError, wasmtime.Trap, _Abort) as error:
            raise PolicyFailed(f"the policy does not load: {self._aborted or error}") from None

    def _load(self, program: Program, data: bytes, memory_limit: int) -> None:
        imports = [self._import(item, memory_limit) for item in program.module.imports]
        policy = wasmtime.Instance(self._store, program.module, imports)
        self._exports = policy.exports(self._store)
        version = self._global("opa_wasm_abi_version"), self._global("opa_wasm_abi_minor_version")
        if version < (1, 2) or version >= (2, 0):
            raise wasmtime.WasmtimeError(f"its ABI is {version[0]}.{version[1]}, not 1.2 or later")
        self.builtins: dict[str, int] = self._document("builtins")
        self.entrypoints: dict[str, int] = self._document("entrypoints")
        address = self._call("opa_malloc", len(data))
        self._poke(address, data)
        loaded = self._call("opa_json_parse", address, len(data))
        if not loaded:
            raise wasmtime.WasmtimeError("its data are no JSON")
        self._heap = self._call("opa_heap_ptr_get")
        self._ask = self._asking(program.ask, loaded)

    def _asking(self, module: wasmtime.Module, data: int) -> wasmtime.Func:
        imports = [self._memory, self._exports["opa_eval"]]
        exports = wasmtime.Instance(self._store, module, imports).exports(self._store)
        for name, value in (("data", data), ("heap", self._heap)):
            item = exports[name]
            assert isinstance(item, wasmtime.Global)  # noqa: S101 - our own module
            item.set_value(self._store, value)
        ask = exports["ask"]
        assert isinstance(ask, wasmtime.Func)  # noqa: S101 - our own module
        return ask

    def evaluate(self, entrypoint: str, document: bytes, *, seconds: float) -> bytes:
        """Evaluate an entry point on an input document (JSON).

        Returns JSON: `[]` when the entry point is undefined, else `[{"result": …}]`.
        Raises `PolicyTimedOut` or `PolicyFailed`.
        """
        header = struct.pack("<II", self.entrypoints[entrypoint], len(document))
        started = time.monotonic()
        self._aborted = None
        self._store.set_epoch_deadline(wasm_engine.ticks(seconds))
        try:
            # Below `_heap` lies the data, loaded once; `opa_eval` resets the heap to just above
            # the input, so each evaluation starts from the same memory.
            self._make_room(self._heap + _HEADER + len(document))
            self._poke(self._heap, header + document)
            return self._text(self._ask(self._store))
        except (wasmtime.WasmtimeError, wasmtime.Trap, _Abort) as error:
            raise self._explained(error, time.monotonic() - started, seconds) from None

    def close(self) -> None:
        """Give the memory back now rather than when Python gets to it."""
        self._store.close()

    def _explained(self, error: Exception, elapsed: float, seconds: float) -> PolicyFailed:
        # wasmtime hands a Python exception to whichever thread asks first, so what stopped this
        # policy is read from its own record and clock, never from the exception's type alone.
        if self._aborted is not None:
            return PolicyFailed(self._aborted)
        interrupted = (
            isinstance(error, wasmtime.Trap) and error.trap_code is wasmtime.TrapCode.INTERRUPT
        )
        if interrupted or elapsed >= seconds:
            return PolicyTimedOut(f"no answer within {seconds:g} s")
        return PolicyFailed(str(error).splitlines()[0])

    def _import(self, item: wasmtime.ImportType, memory_limit: int) -> Any:  # noqa: ANN401 - any extern
        if isinstance(item.type, wasmtime.MemoryType):
            limits = wasmtime.Limits(item.type.limits.min, memory_limit // PAGE)
            self._memory = wasmtime.Memory(self._store, wasmtime.MemoryType(limits))
            return self._memory
        if isinstance(item.type, wasmtime.FuncType) and item.name == "opa_abort":
            return wasmtime.Func(self._store, item.type, self._abort)
        if isinstance(item.type, wasmtime.FuncType) and (item.name or "").startswith("opa_builtin"):
            return wasmtime.Func(self._store, item.type, self._no_builtin)
        raise wasmtime.WasmtimeError(f"it imports {item.name}, which this host does not know")

    def _abort(self, address: int) -> None:
        self._aborted = self._text(address).decode("utf-8", "replace")
        raise _Abort

    def _no_builtin(self, number: int, *_arguments: int) -> int:
        self._aborted = f"it calls builtin {number}, which this host lacks"
        raise _Abort

    def _document(self, export: str) -> Any:  # noqa: ANN401 - JSON is any value
        return orjson.loads(self._text(self._call("opa_json_dump", self._call(export))))

    def _call(self, export: str, *arguments: int) -> int:
        function = self._exports[export]
        if not isinstance(function, wasmtime.Func):
            raise wasmtime.WasmtimeError(f"its export {export} is no function")
        result: int = function(self._store, *arguments)
        return result

    def _global(self, export: str) -> int:
        found = self._exports.get(export)
        return found.value(self._store) if isinstance(found, wasmtime.Global) else 0

    def _make_room(self, end: int) -> None:
        missing = end - self._memory.data_len(self._store)
        if missing > 0:
            try:
                self._memory.grow(self._store, -(-missing // PAGE))
            except wasmtime.WasmtimeError:
                self._aborted = _OUT_OF_MEMORY
                raise

    def _poke(self, address: int, content: bytes) -> None:
        if address < 0 or address + len(content) > self._memory.data_len(self._store):
            raise wasmtime.WasmtimeError("the policy's memory ends too early")
        ctypes.memmove(self._base() + address, content, len(content))

    def _text(self, address: int) -> bytes:
        """The NUL-terminated bytes at an address, read in growing pieces within the memory."""
        address %= 2**32
        end = self._memory.data_len(self._store)
        size = 4_096
        while True:
            piece = ctypes.string_at(self._base() + address, max(min(size, end - address), 0))
            length = piece.find(0)
            if length >= 0:
                return piece[:length]
            if len(piece) < size:
                raise wasmtime.WasmtimeError("a text has no end within the policy's memory")
            size *= 8

    def _base(self) -> int:
        return ctypes.addressof(self._memory.data_ptr(self._store).contents)


class _Abort(Exception):
    """Unwinds the policy out of a host function; the reason is in the instance."""
