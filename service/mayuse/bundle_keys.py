"""The keys that may sign policy bundles: PEM files, public ones to trust and private ones to sign.

A key's id is its file's name without `.pem`. OPA's own signing (1.22) knows RSA and elliptic
curves; a signature by any other kind of key could not be checked by the OPA servers that pull the
bundle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mayuse.errors import BundleError

MIN_RSA_BITS = 2048

_ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "secp256r1": ("ES256",),
    "secp384r1": ("ES384",),
    "secp521r1": ("ES512",),
}
"""What each kind of key signs with, the usual first. With any other algorithm (`none`, HMAC),
whoever can check a signature could also make one."""

_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
MAX_BYTES = 64 * 2**10


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key whose signatures count."""

    key_id: str
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    algorithms: tuple[str, ...]

    def fits(self, algorithm: str) -> bool:
        """Whether a signature by this algorithm can be this key's."""
        return algorithm in self.algorithms


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """All keys whose signatures count; never empty."""

    keys: tuple[TrustedKey, ...]

    @classmethod
    def read(cls, place: Path) -> TrustedKeys:
        """Read a PEM file, or every `*.pem` of a folder. Raises `BundleError` naming the file."""
        try:
            files = sorted(place.glob("*.pem")) if place.is_dir() else [place]
            pems = {_id_of(file): _content(file) for file in files}
        except OSError as error:
            raise BundleError(f"{error.filename} cannot be read: {error.strerror}") from error
        if not pems:
            raise BundleError(f"{place} holds no public key: no file in it ends in .pem")
        return cls.of(pems)

    @classmethod
    def of(cls, pems: dict[str, bytes]) -> TrustedKeys:
        """The keys in PEM texts by their ids. Raises `BundleError` naming the key."""
        return cls(tuple(_public(key_id, pem) for key_id, pem in pems.items()))

    def pems(self) -> dict[str, bytes]:
        """The same keys as `of` reads them."""
        return {
            key.key_id: key.public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            for key in self.keys
        }


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key to sign with."""

    key_id: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    algorithm: str

    @classmethod
    def read(
        cls, file: Path, key_id: str | None = None, algorithm: str | None = None
    ) -> PrivateKey:
        """Read a PEM file without a passphrase; `key_id` is the file's name where none is given.

        Raises `BundleError` naming the file.
        """
        try:
            pem = _content(file)
            private = serialization.load_pem_private_key(pem, password=None)
        except OSError as error:
            raise BundleError(f"{file} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BundleError(f"{file} is no private key in PEM without a passphrase") from None
        if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise BundleError(f"{file} is neither an RSA nor an elliptic-curve key")
        usable = _algorithms(private.public_key(), str(file))
        if algorithm not in {None, *usable}:
            raise BundleError(f"{file} signs by {', '.join(usable)}, not by {algorithm}")
        return cls(key_id or _id_of(file), private, algorithm or usable[0])


def _public(key_id: str, pem: bytes) -> TrustedKey:
    if not _ID.fullmatch(key_id):
        raise BundleError(f"{key_id} is no name for a key: letters, digits, dot, _ and - are")
    # Whoever puts a private key there has given it away: better said than quietly taken.
    if b"PRIVATE KEY" in pem:
        raise BundleError(f"{key_id} is a private key; only its public half belongs here")
    try:
        public = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise BundleError(f"{key_id} is no public key in PEM") from None
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise BundleError(f"{key_id} is neither an RSA nor an elliptic-curve key")
    return TrustedKey(key_id, public, _algorithms(public, key_id))


def _algorithms(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, name: str) -> tuple[str, ...]:
    kind = "RSA" if isinstance(public, rsa.RSAPublicKey) else public.curve.name
    if isinstance(public, rsa.RSAPublicKey) and public.key_size < MIN_RSA_BITS:
        raise BundleError(f"{name} is an RSA key of fewer than {MIN_RSA_BITS} bits")
    if kind not in _ALGORITHMS:
        raise BundleError(f"{name} is of the curve {kind}, which OPA does not sign with")
    return _ALGORITHMS[kind]


def _id_of(file: Path) -> str:
    return file.name.removesuffix(".pem")


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES)
