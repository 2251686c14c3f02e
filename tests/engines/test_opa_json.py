"""JSON as OPA hashes it, beside OPA's own hashes of the same files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mayuse import archive, opa_binary
from mayuse.bundle import SIGNATURES
from mayuse.errors import BundleError
from mayuse.opa_json import canonical
from signing_keys import private_pem

WRITTEN = [
    '{"b": 1, "a": 2}',
    '{"é": 1, "e": 2, "\U0001f600": 3, "\uffff": 4, "": 5}',
    "[1.0, 1, 1e3, 1E+3, -0, 0.1e-7, 123456789012345678901234567890]",
    r'["<>&", "\u2028\u2029", "\u0000\u0001\b\f\n\r\t\u001f\u007f", "\"\\\/", "ü"]',
    r'"\u00e9\ud83d\ude00"',
    "{}",
    "[]",
    '{"a": {}, "b": [[], {}], "c": [null, true, false]}',
    "null",
    " [ 1 ,\n\t2 ] \r\n",
]
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(TREES.map(json.dumps), min_size=200, max_size=200))
def test_opa_hashes_the_same(tmp_path: Path, texts: list[str]) -> None:
    files = {f"d{i}/data.json": text.encode() for i, text in enumerate([*WRITTEN, *texts])}
    (tmp_path / "b.tar.gz").write_bytes(archive.pack(files))
    (tmp_path / "k.pem").write_bytes(private_pem(ec.derive_private_key(7, ec.SECP256R1())))
    signing = ("--signing-key", tmp_path / "k.pem", "--signing-alg", "ES256")
    opa_binary.run(["sign", *signing, "--bundle", tmp_path / "b.tar.gz", "-o", tmp_path])
    [token] = orjson.loads((tmp_path / SIGNATURES).read_bytes())["signatures"]
    rows = jwt.decode(token, options={"verify_signature": False})["files"]
    assert len(rows) == len(files)
    for row in rows:
        assert hashlib.sha256(canonical(files[row["name"]])).hexdigest() == row["hash"], row["name"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b'{"a": 1, "a": 2}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        rb'"\ud800"',
        b'"\n"',
        b"[1] 2",
        b"[" * 200_000,
        b"a: 1",
    ],
)
def test_what_opa_would_mend_or_drop_is_refused(raw: bytes) -> None:
    with pytest.raises(BundleError, match="no JSON that OPA would hash"):
        canonical(raw)
