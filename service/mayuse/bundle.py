"""Build, read and digest a policy bundle: one archive that both engines decide by.

An OPA bundle (https://www.openpolicyagent.org/docs/management-bundles) with three guests: the same
policies compiled to WebAssembly (`policy.wasm`), the rules' own words (`catalog.json`) and the
worked cases that show what they answer (`cases/`). OPA passes them over. Reading trusts nothing:
the digest is computed anew, the contents are checked.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mayuse import archive, bundle_check, bundle_rules, opa_binary, rule_index
from mayuse.errors import BundleError
from mayuse.incomplete import Incomplete

ENTRYPOINTS = ("mayuse/main/decision", "mayuse/main/batch")

MANIFEST = ".manifest"
SIGNATURES = ".signatures.json"
NOT_DIGESTED = (MANIFEST, SIGNATURES)
"""Files that carry the digest, and so cannot be part of it."""

CASES = "cases"
CASE_FILES = "*.cases.yaml"
"""Where a policies folder has its worked cases, and a bundle after it."""

_MANIFEST_KEYS = {"metadata", "revision", "rego_version", "roots"}

_PART = r"[A-Za-z0-9_-]{1,100}"
_KNOWN = re.compile(
    rf"\.manifest|\.signatures\.json|data\.json|policy\.wasm|catalog\.json"
    rf"|(?:{_PART}/){{1,10}}{_PART}(?<!_test)\.rego|{CASES}/[A-Za-z0-9_.-]{{1,100}}\.cases\.yaml"
)
"""All a bundle may hold: OPA would read other files that this service does not, such as a second
data.json, and both would decide differently."""


Placing = Callable[[Incomplete], str]
"""Tells the file, and perhaps the line, of a fault."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """A policy bundle that was read and found whole."""

    digest: str
    """`sha256:<hex>` over the bundle's files; what every decision names."""

    version: str
    """For people, e.g. `2026.11.1`; not part of the digest."""

    facts: dict[str, Any]
    """`data.mayuse.facts`."""

    data: dict[str, Any]
    """The whole `data.json`."""

    wasm: bytes
    rules: tuple[dict[str, Any], ...]
    """The rule catalogue, by rule id: rule, title, description, owner, last_read, reasons,
    obligations, only, file, defines."""

    raw: bytes
    """The archive, byte for byte."""

    modules: dict[str, str]
    """Rego source by path."""

    cases: dict[str, str]
    """The text of the worked cases by path, not read any further; older bundles have none."""


@functools.cache
def packaged() -> Bundle:
    """The bundle this package ships. Raises `BundleError`."""
    file = packaged_path()
    if not file.is_file():
        raise BundleError("this installation ships no policy bundle: run `mayuse policy build`")
    return read(file)


def packaged_path() -> Path:
    """Where the bundle this package ships lies."""
    return Path(str(importlib.resources.files("mayuse") / "package_data" / "mayuse.tar.gz"))


def read(source: Path | bytes, *, complete: bool = True) -> Bundle:
    """Read a bundle from a path or its bytes and check all it says of itself.

    Raises `BundleError` when the archive is damaged, its digest is not the one its manifest
    names, or its rules or facts are not complete. Not `complete`: one that has decided need not be
    what is asked of one today, it must be the same.
    """
    raw = source if isinstance(source, bytes) else _bytes_of(source)
    files = archive.unpack(raw)
    if strangers := [path for path in files if not _KNOWN.fullmatch(path)]:
        raise BundleError(f"the bundle holds {min(strangers)}, which is no part of one")
    manifest = _json(files, MANIFEST)
    digest = digest_of(files)
    if manifest.get("revision") != digest:
        raise BundleError("the bundle's manifest names another digest than its files have")
    if manifest.get("roots") != ["mayuse"] or "wasm" in manifest:
        raise BundleError("the bundle's manifest must have the root mayuse and no wasm key")
    # The digest leaves the manifest out: nothing in it may change what the Rego means.
    if manifest.get("rego_version") != 1 or not manifest.keys() <= _MANIFEST_KEYS:
        raise BundleError("the bundle's manifest must ask for Rego 1, and for nothing more")
    data = _json(files, "data.json")
    bundle = Bundle(
        digest=digest,
        version=_version(manifest),
        facts=_facts(data),
        data=data,
        wasm=_file(files, "policy.wasm"),
        rules=tuple(_catalogue(_json(files, "catalog.json"))),
        raw=raw,
        modules=_texts(files, ".rego"),
        cases=_texts(files, ".cases.yaml"),
    )
    if complete:
        need_complete(bundle)
    return bundle


def need_complete(bundle: Bundle) -> None:
    """See that a bundle has all that one must have to decide. Raises `BundleError`."""
    _check(bundle.rules, bundle.facts)


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the lines `<sha256 hex>  <path>`, sorted by path: what `sha256sum` prints.

    Recompute it by hand from an unpacked bundle:
    `find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`.
    """
    lines = (
        f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n"
        for path in sorted(files, key=str.encode)
        if path not in NOT_DIGESTED
    )
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()


def build(policies: Path, out: Path, version: str) -> Bundle:
    """Build the bundle of a `policies/` folder and write it to `out`.

    1. Rego and data, as OPA packs them, without tests.
    2. The same compiled to WebAssembly; apart, because that build empties the entry points' Rego.
    3. The rules' catalogue, from their METADATA; the worked cases, as they are.
    4. All in one archive whose bytes depend on the policies alone, never on where they lie.
    5. Read back as any reader would, and only then put in place.

    Raises `BundleError`, `OpaMissing` (OPA builds bundles) or `OpaFailed` with OPA's words.
    """
    if not rule_index.is_current(policies):
        raise BundleError(f"{rule_index.INDEX} does not list the rules: run `mayuse policy index`")
    with tempfile.TemporaryDirectory() as folder:
        rego = Path(folder) / "rego.tar.gz"
        _opa_build(policies, rego)
        files = archive.unpack(rego.read_bytes())
        files["policy.wasm"] = _compile(policies, Path(folder) / "wasm.tar.gz")
        modules = _texts(files, ".rego")
        rules = bundle_rules.catalogue(rego, modules)
        files["catalog.json"] = _dump({"rules": rules})
    _check(rules, _facts(_json(files, "data.json")), functools.partial(_place, policies))
    files |= _cases(policies)
    files[MANIFEST] = _dump(
        {
            "metadata": {"version": version},
            "revision": digest_of(files),
            "rego_version": 1,
            "roots": ["mayuse"],
        }
    )
    bundle = read(archive.pack(files))
    write(bundle, out)
    return bundle


def write(bundle: Bundle, out: Path) -> None:
    """Put the archive in its place, whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    partial.write_bytes(bundle.raw)
    partial.replace(out)


def _check(rules: bundle_check.Rules, facts: dict[str, Any], *place: Placing) -> None:
    try:
        bundle_check.check(rules, facts, *place)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise BundleError("the bundle's facts or rules do not have the shape they must") from error


def _place(policies: Path, fault: Incomplete) -> str:
    """A fault's file and line, as they open from where the author stands."""
    # YAML is read for its lines only here, and whoever only reads bundles does not need it.
    from mayuse import policy_lines  # noqa: PLC0415

    if fault.of_facts and len(fault.path) == 1:
        return str(policies / fault.file)  # a whole topic, which may have no file
    if fault.of_facts:
        file, line = policy_lines.of_fact(policies, fault.path)
    else:
        file = fault.file
        line = policy_lines.of_metadata(policies / file, fault.path[1:])
    return f"{policies / file}:{line}"


def _opa_build(policies: Path, out: Path, *options: str) -> None:
    # From inside the folder: any other form writes its path into the Rego and the WebAssembly.
    opa_binary.run(
        ["build", "-b", ".", "--ignore", "*_test.rego", "-o", out, *options], cwd=policies
    )


def _compile(policies: Path, out: Path) -> bytes:
    # wasmtime takes a while to load, and whoever only reads bundles does not need it.
    from mayuse import opa_wasm  # noqa: PLC0415

    entries = [option for name in ENTRYPOINTS for option in ("-e", name)]
    _opa_build(policies, out, "-t", "wasm", *entries)
    wasm = _file(archive.unpack(out.read_bytes()), "policy.wasm")
    if lacking := opa_wasm.compiled(wasm).needs():
        told = [f"the embedded engine lacks these builtins: {', '.join(lacking)}"]
        raise BundleError("\n".join([*told, *_calls(policies, lacking)]))
    return wasm


def _calls(policies: Path, builtins: Iterable[str]) -> Iterator[str]:
    called = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, builtins))})\(")
    for file in sorted(policies.rglob("*.rego")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if not file.name.endswith("_test.rego") and (found := called.search(line)):
                says = "rules compare facts with values; see `mayuse policy lint`"
                yield f"{file}:{number}: {found[1]} cannot be called; {says}"


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise BundleError(f"the bundle has no {name}")
    return files[name]


def _cases(policies: Path) -> dict[str, bytes]:
    found = sorted((policies / CASES).glob(CASE_FILES))
    return {f"{CASES}/{file.name}": _bytes_of(file) for file in found}


def _texts(files: Mapping[str, bytes], ending: str) -> dict[str, str]:
    found = {}
    for path in files:
        if path.endswith(ending):
            try:
                found[path] = files[path].decode()
            except UnicodeDecodeError as error:
                raise BundleError(f"the bundle's {path} is not UTF-8") from error
    return found


def _json(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        document = orjson.loads(_file(files, name))
    except orjson.JSONDecodeError as error:
        raise BundleError(f"the bundle's {name} is not JSON") from error
    if not isinstance(document, dict):
        raise BundleError(f"the bundle's {name} is not an object")
    return document


def _dump(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _version(manifest: Mapping[str, Any]) -> str:
    metadata = manifest.get("metadata")
    version = metadata.get("version") if isinstance(metadata, dict) else None
    if not isinstance(version, str) or not version:
        raise BundleError("the bundle's manifest names no version")
    return version


def _facts(data: Mapping[str, Any]) -> dict[str, Any]:
    facts = data["mayuse"].get("facts") if isinstance(data.get("mayuse"), dict) else None
    if not isinstance(facts, dict):
        raise BundleError("the bundle has no facts")
    return facts


def _catalogue(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    rules = document.get("rules")
    if not isinstance(rules, list) or not all(
        isinstance(rule, dict) and rule.keys() == bundle_rules.FIELDS for rule in rules
    ):
        raise BundleError("the bundle's catalog.json does not list rules")
    return rules
