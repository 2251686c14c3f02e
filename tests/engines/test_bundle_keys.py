"""Which keys may sign bundles, and how the settings name them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mayuse import archive, bundle, bundle_signature, deciding, settings
from mayuse.bundle import Bundle
from mayuse.bundle_keys import PrivateKey, TrustedKeys
from mayuse.errors import BundleError, SettingsError
from signing_keys import private_pem, public_pem

P256 = ec.derive_private_key(7, ec.SECP256R1())


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder of two public keys."""
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "first.pem").write_bytes(public_pem(P256))
    (folder / "second.pem").write_bytes(public_pem(ec.derive_private_key(8, ec.SECP384R1())))
    (folder / "README").write_text("whose keys these are")
    return folder


def test_a_folder_of_keys_is_read_by_their_names(keys: Path) -> None:
    trusted = TrustedKeys.read(keys)
    assert [(key.key_id, key.algorithms) for key in trusted.keys] == [
        ("first", ("ES256",)),
        ("second", ("ES384",)),
    ]
    assert TrustedKeys.of(trusted.pems()) == trusted


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no public key"),
        (b"-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n", "no public key"),
        (public_pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))), "neither an RSA"),
        (public_pem(ec.derive_private_key(7, ec.SECP256K1())), "secp256k1, which OPA does not"),
        (private_pem(P256), "is a private key"),
    ],
    ids=["empty", "nonsense", "Ed25519", "secp256k1", "private"],
)
def test_other_keys_are_refused_by_name(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "bad.pem").write_bytes(content)
    for place in (tmp_path, tmp_path / "bad.pem"):
        with pytest.raises(BundleError, match=f"bad.*{says}"):
            TrustedKeys.read(place)


def test_short_rsa_keys_are_refused(tmp_path: Path) -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to see it refused
    (tmp_path / "short.pem").write_bytes(public_pem(short))
    with pytest.raises(BundleError, match="short is an RSA key of fewer than 2048 bits"):
        TrustedKeys.read(tmp_path)
    (tmp_path / "short.pem").write_bytes(private_pem(short))
    with pytest.raises(BundleError, match="fewer than 2048 bits"):
        PrivateKey.read(tmp_path / "short.pem")


def test_places_without_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="holds no public key"):
        TrustedKeys.read(tmp_path)
    with pytest.raises(BundleError, match="cannot be read"):
        TrustedKeys.read(tmp_path / "none.pem")


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a key.pem").write_bytes(public_pem(P256))
    with pytest.raises(BundleError, match="a key is no name for a key"):
        TrustedKeys.read(tmp_path)


def test_a_key_signs_by_its_own_algorithms_alone(tmp_path: Path) -> None:
    (tmp_path / "p256.pem").write_bytes(private_pem(P256))
    with pytest.raises(BundleError, match="signs by ES256, not by RS256"):
        PrivateKey.read(tmp_path / "p256.pem", algorithm="RS256")
    (tmp_path / "public.pem").write_bytes(public_pem(P256))
    with pytest.raises(BundleError, match="no private key"):
        PrivateKey.read(tmp_path / "public.pem")


def test_the_bundle_that_the_settings_name_must_be_signed_where_they_name_keys(
    small: Bundle, keys: Path, tmp_path: Path
) -> None:
    file = tmp_path / "small.tar.gz"
    file.write_bytes(small.raw)
    asked = settings.load(bundle=file, bundle_keys=keys)
    with pytest.raises(BundleError, match=r"small\.tar\.gz, which MAYUSE_BUNDLE names: .*not sign"):
        deciding.configured_bundle(asked)
    signed = bundle_signature.sign(archive.unpack(small.raw), PrivateKey("first", P256, "ES256"))
    file.write_bytes(archive.pack(signed))
    assert deciding.configured_bundle(asked).digest == small.digest
    assert deciding.configured_bundle(settings.load(bundle=file)).digest == small.digest


def test_the_packaged_bundle_needs_no_signature(keys: Path) -> None:
    assert deciding.configured_bundle(settings.load(bundle_keys=keys)) is bundle.packaged()


def test_keys_that_are_none_stop_the_start_whatever_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"MAYUSE_BUNDLE_KEYS: .*holds no public key"):
        deciding.configured_bundle(settings.load(bundle_keys=tmp_path))
