"""Signatures of policy bundles, as OPA makes and checks them. Pure.

The format is OPA's (https://www.openpolicyagent.org/docs/management-bundles#signing): a file
`.signatures.json` with one JSON Web Token, whose claims list every file of the bundle with its
hash. Manifest and data are hashed by what they say, all other files byte for byte. The manifest
names the bundle's digest, so that a signature covers every byte of a bundle that was read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from mayuse import strict_json
from mayuse.bundle import MANIFEST, SIGNATURES
from mayuse.bundle_keys import PrivateKey, TrustedKeys
from mayuse.errors import BundleError, InvalidJSON
from mayuse.opa_json import canonical

_STRUCTURED = frozenset({MANIFEST, "data.json"})
"""OPA hashes these by their members, in order: other white space is the same file."""

_HASHES = {"SHA-256": hashlib.sha256, "SHA-384": hashlib.sha384, "SHA-512": hashlib.sha512}
"""OPA itself signs with the first one. It would also take MD5 and SHA-1, which prove nothing."""

_OURS = "SHA-256"
_PLUGIN = "_default"
"""What `opa build` calls the way of signing that is described here."""

_HEX = re.compile(r"[0-9a-f]+")
_TYPES = frozenset({"JWT"})
_TIMES = frozenset({"exp", "nbf"})


@dataclass(frozen=True, slots=True)
class Signed:
    """Whose signature a bundle has."""

    key_id: str
    """The name of the trusted key."""

    algorithm: str


def verify(files: Mapping[str, bytes], trusted: TrustedKeys) -> Signed:
    """Find out which trusted key signed these files: an unpacked archive, by path.

    1. There is one signature, in its place.
    2. It is by a trusted key, under an algorithm that key is for.
    3. Its claims are all understood: another scope or a time are refused, as neither is asked for.
    4. It lists every file with its hash, and no other.

    Raises `BundleError` with the first thing that is wrong.
    """
    token = _token(files)
    signed, claims = _checked(token, trusted)
    _check_claims(claims)
    _check_files(_listed(claims), files)
    return signed


def sign(files: Mapping[str, bytes], key: PrivateKey) -> dict[str, bytes]:
    """The same files, signed; a signature that was there is replaced.

    The key's id stands in the header and in the claim `keyid`, where older OPAs look for it.
    Raises `BundleError` for files that cannot be hashed.
    """
    unsigned = {path: content for path, content in files.items() if path != SIGNATURES}
    listed = [
        {"name": path, "hash": _hash(path, unsigned[path], _OURS), "algorithm": _OURS}
        for path in sorted(unsigned)
    ]
    token = jwt.encode(
        {"files": listed, "keyid": key.key_id},
        key.private,
        algorithm=key.algorithm,
        headers={"kid": key.key_id},
    )
    return unsigned | {SIGNATURES: strict_json.dumps({"signatures": [token]})}


def _token(files: Mapping[str, bytes]) -> str:
    if SIGNATURES not in files:
        raise BundleError("the bundle is not signed")
    document = _document(files[SIGNATURES])
    if not isinstance(document, dict) or not document.keys() <= {"signatures", "plugin"}:
        raise BundleError(f"the bundle's {SIGNATURES} does not hold `signatures` alone")
    if document.get("plugin", "") not in {"", _PLUGIN}:
        raise BundleError("the bundle's signature is to be checked by a plugin of OPA's")
    tokens = document.get("signatures")
    if not isinstance(tokens, list) or len(tokens) != 1 or not isinstance(tokens[0], str):
        raise BundleError("the bundle must have exactly one signature, as OPA asks for")
    return tokens[0]


def _checked(token: str, trusted: TrustedKeys) -> tuple[Signed, dict[str, Any]]:
    """The key and the claims of a token whose signature is right."""
    algorithm, key_id = _header(token)
    for key in trusted.keys:
        if key.fits(algorithm) and key_id in {None, key.key_id}:
            try:
                payload = jwt.PyJWS(algorithms=[algorithm]).decode(
                    token, key.public, algorithms=[algorithm]
                )
            except (jwt.PyJWTError, ValueError, TypeError):
                continue
            claims = _document(payload)
            if not isinstance(claims, dict):
                raise BundleError("the bundle's signature says nothing")
            if claims.get("keyid", key.key_id) not in {"", key.key_id}:
                raise BundleError("the bundle's signature names another key than made it")
            return Signed(key.key_id, algorithm), claims
    raise BundleError("the bundle's signature is by none of the trusted keys")


def _header(token: str) -> tuple[str, str | None]:
    """The algorithm and the key's id, before anything is believed."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise BundleError("the bundle's signature is no JSON Web Token") from None
    if "crit" in header or str(header.get("typ", "JWT")).upper() not in _TYPES:
        raise BundleError("the bundle's signature is of a kind that does not count")
    key_id = header.get("kid") or None  # OPA writes an empty one where it was given none
    return str(header.get("alg")), None if key_id is None else str(key_id)


def _check_claims(claims: Mapping[str, Any]) -> None:
    if claims.get("scope"):
        raise BundleError("the bundle's signature is for another scope: none is asked for")
    if _TIMES & claims.keys():
        raise BundleError("the bundle's signature is for a time, which OPA does not look at")


def _listed(claims: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Path -> hash and its algorithm."""
    rows = claims.get("files")
    if not isinstance(rows, list):
        raise BundleError("the bundle's signature lists no files")
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        if not isinstance(row, dict) or not all(
            isinstance(row.get(name), str) for name in ("name", "hash", "algorithm")
        ):
            raise BundleError("the bundle's signature lists something that is no file")
        if row["name"] in found:
            raise BundleError(f"the bundle's signature lists {row['name']} twice")
        found[row["name"]] = (row["hash"].lower(), row["algorithm"])
    return found


def _check_files(listed: Mapping[str, tuple[str, str]], files: Mapping[str, bytes]) -> None:
    held = files.keys() - {SIGNATURES}
    if missing := listed.keys() - held:
        raise BundleError(f"{min(missing)} is signed and not there")
    if surplus := held - listed.keys():
        raise BundleError(f"{min(surplus)} is there and not signed")
    for path, (expected, algorithm) in sorted(listed.items()):
        if algorithm not in _HASHES or not _HEX.fullmatch(expected):
            raise BundleError(f"{path} is signed by a hash that does not count")
        if _hash(path, files[path], algorithm) != expected:
            raise BundleError(f"{path} is not what was signed")


def _hash(path: str, content: bytes, algorithm: str) -> str:
    hashed = canonical(content) if path.rsplit("/", 1)[-1] in _STRUCTURED else content
    return _HASHES[algorithm](hashed).hexdigest()


def _document(raw: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return strict_json.loads(raw)
    except InvalidJSON as error:
        raise BundleError(f"the bundle's signature cannot be read: {error.detail}") from None
