"""A candidate's policies as a folder, so that what authors use can be used on it; and OPA held in.

Rego can read the environment and the network, and OPA lets it while it compiles and evaluates.
So the first thing asked of OPA is to compile all of it without those builtins: what passes does
not name them, and cannot reach out when it is built, linted or evaluated afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from mayuse import archive, opa_binary
from mayuse import bundle as bundles
from mayuse.authoring.findings import Finding
from mayuse.bundle import Bundle
from mayuse.errors import BundleError, OpaFailed

_FROM_POLICIES = (".rego", ".cases.yaml", "data.json", bundles.MANIFEST)
"""What a bundle has of its policies; the rest is made of them."""


@contextmanager
def unpacked(candidate: Bundle) -> Iterator[Path]:
    """A policies folder as this bundle would be built from, without tests; gone afterwards.

    Facts are one data.json there. Raises `OSError` for a path this system cannot write.
    """
    with tempfile.TemporaryDirectory(prefix="mayuse-") as folder:
        root = Path(folder) / "policies"
        for path, content in archive.unpack(candidate.raw).items():
            if path.endswith(_FROM_POLICIES):
                file = root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        yield root


def check_confined(policies: Path) -> None:
    """Compile strictly, without any builtin whose answer is not in its arguments, nor the network.

    Raises `OpaFailed` with OPA's own words, `OpaMissing`.
    """
    able = orjson.loads(opa_binary.run(["capabilities", "--current"]))
    able["builtins"] = [row for row in able["builtins"] if not row.get("nondeterministic")]
    able["allow_net"] = []
    file = policies.parent / "capabilities.json"
    file.write_bytes(orjson.dumps(able))
    try:
        opa_binary.run(
            ["check", "--strict", "--bundle", ".", "--capabilities", file.resolve()], cwd=policies
        )
    except OpaFailed as error:
        raise OpaFailed(_inside(policies, error)) from error


def rebuilt(candidate: Bundle, policies: Path) -> Iterator[Finding]:
    """Build it again, and find what it holds that its own policies do not give.

    An engine runs `policy.wasm`, a reviewer reads Rego, a person hears the words of
    `catalog.json`: here is where it is seen that all three say the same. Only after
    `check_confined`. Raises `BundleError`, `OpaFailed` or `OpaMissing`.
    """
    try:
        made = bundles.build(policies, policies.parent / "again.tar.gz", candidate.version)
    except BundleError as error:
        says = f"it cannot be built again: {_inside(policies, error)}"
        yield Finding("bundle", 1, "rebuild", says, _MEND)
        return
    before, after = archive.unpack(candidate.raw), archive.unpack(made.raw)
    for path in sorted(before.keys() | after.keys()):
        if path not in bundles.NOT_DIGESTED and before.get(path) != after.get(path):
            says = f"{path} is not what OPA {opa_binary.VERSION} makes of the bundle's own policies"
            yield Finding(path, 1, "rebuild", says, _MEND)


def _inside(policies: Path, error: Exception) -> str:
    """Files as the bundle names them: the folder is gone when this is read."""
    return str(error).replace(f"{policies}/", "")


_MEND = "build it with `mayuse policy build`, and change nothing afterwards"
