"""Signatures both ways with a real OPA, and every way we know to tamper with a signed bundle."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mayuse import archive, bundle, bundle_signature, opa_binary
from mayuse.bundle import SIGNATURES, Bundle
from mayuse.bundle_keys import PrivateKey, TrustedKeys
from mayuse.errors import BundleError, OpaFailed
from opa_server import serving
from signing_keys import private_pem, public_pem

Files = dict[str, bytes]
DATA, REGO = "data.json", "mayuse/main/main.rego"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Private keys `ours.pem`, `p256.pem` … and below `public/` what belongs to them."""
    place = tmp_path_factory.mktemp("keys")
    (place / "public").mkdir()
    made = {
        "ours": rsa.generate_private_key(65537, 2048),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "p521": ec.generate_private_key(ec.SECP521R1()),
    }
    for name, private in made.items():
        (place / f"{name}.pem").write_bytes(private_pem(private))
        (place / "public" / f"{name}.pem").write_bytes(public_pem(private))
    return place


@pytest.fixture(scope="module")
def trusted(folder: Path) -> TrustedKeys:
    return TrustedKeys.read(folder / "public")


@pytest.fixture(scope="module")
def key(folder: Path) -> PrivateKey:
    return PrivateKey.read(folder / "ours.pem")


@pytest.fixture(scope="module")
def signed(small: Bundle, key: PrivateKey) -> Mapping[str, bytes]:
    """The files of the small bundle, signed by `ours`."""
    return bundle_signature.sign(archive.unpack(small.raw), key)


ALGORITHMS = [
    *(("ours", name) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
    ("p256", "ES256"),
    ("p384", "ES384"),
    ("p521", "ES512"),
]


@pytest.mark.parametrize(("name", "algorithm"), ALGORITHMS)
def test_what_opa_signs_we_verify_and_what_we_sign_opa_loads(  # noqa: PLR0913, PLR0917 - fixtures
    small: Bundle, folder: Path, trusted: TrustedKeys, tmp_path: Path, name: str, algorithm: str
) -> None:
    unsigned = tmp_path / "unsigned.tar.gz"
    unsigned.write_bytes(small.raw)
    signing = ("--signing-key", folder / f"{name}.pem", "--signing-alg", algorithm)
    opa_binary.run(["sign", *signing, "--bundle", unsigned, "-o", tmp_path])
    by_opa = archive.unpack(small.raw) | {SIGNATURES: (tmp_path / SIGNATURES).read_bytes()}
    found = bundle_signature.verify(by_opa, trusted)
    assert (found.key_id, found.algorithm) == (name, algorithm)

    private = PrivateKey.read(folder / f"{name}.pem", algorithm=algorithm)
    by_us = tmp_path / "signed.tar.gz"
    by_us.write_bytes(archive.pack(bundle_signature.sign(archive.unpack(small.raw), private)))
    assert loads(by_us, folder / "public" / f"{name}.pem", algorithm)
    other = "p384" if name == "p256" else "p256"
    assert not loads(by_us, folder / "public" / f"{other}.pem", algorithm)


def loads(signed: Path, public: Path, algorithm: str) -> bool:
    """Whether OPA, which verifies what it loads, takes the bundle."""
    verifying = ("--verification-key", public, "--signing-alg", algorithm)
    target = signed.with_name("out.tar.gz")
    try:
        opa_binary.run(["build", *verifying, "--bundle", signed, "-o", target])
    except OpaFailed:
        return False
    return True


def test_an_opa_server_answers_under_what_we_signed(
    signed: Files, folder: Path, small: Bundle, tmp_path: Path
) -> None:
    file = tmp_path / "signed.tar.gz"
    file.write_bytes(archive.pack(signed))
    keys = ("--verification-key", folder / "public" / "ours.pem", "--verification-key-id", "ours")
    with serving(*keys, "--bundle", file) as url:
        said = subprocess.run(
            ["curl", "-sS", f"{url}/v1/data/mayuse/main/decision?provenance=true"],
            capture_output=True,
            check=True,
        )
    revisions = [
        row["revision"] for row in orjson.loads(said.stdout)["provenance"]["bundles"].values()
    ]
    assert revisions == [small.digest]
    with pytest.raises(RuntimeError, match="did not start"), serving("--bundle", file):
        pass  # signed, and no key to check it by


def test_a_bundle_that_opa_builds_and_signs_is_verified(
    policies: Path, folder: Path, tmp_path: Path
) -> None:
    shutil.rmtree(policies / "cases")
    out = tmp_path / "built.tar.gz"
    signing = ("--signing-key", folder / "ours.pem")
    opa_binary.run(["build", "-b", ".", *signing, "-o", out], cwd=policies)
    by_default = TrustedKeys.of({"default": (folder / "public" / "ours.pem").read_bytes()})
    assert bundle_signature.verify(archive.unpack(out.read_bytes()), by_default).key_id == "default"


def test_the_digest_stays_the_same(signed: Files, small: Bundle) -> None:
    again = bundle.read(archive.pack(signed))
    assert (again.digest, again.version) == (small.digest, small.version)
    assert again.raw != small.raw


def test_signing_again_replaces_the_signature(signed: Files, folder: Path, trusted) -> None:
    again = bundle_signature.sign(signed, PrivateKey.read(folder / "p256.pem"))
    assert bundle_signature.verify(again, trusted).key_id == "p256"


# Tampering: each way takes the signed files and a key to do harm with, and gives what to refuse.


def token_of(files: Files) -> str:
    token: str = orjson.loads(files[SIGNATURES])["signatures"][0]
    return token


def claims_of(files: Files) -> dict[str, Any]:
    return jwt.decode(token_of(files), options={"verify_signature": False})


def with_tokens(files: Files, *tokens: str, **more: object) -> Files:
    return {**files, SIGNATURES: orjson.dumps({"signatures": list(tokens), **more})}


def signed_anew(
    held: Files, key: PrivateKey, header: dict | None = None, **claims: object
) -> Files:
    """Signed by the very key, over other claims."""
    headers = {"kid": key.key_id} | (header or {})
    payload = claims_of(held) | claims
    token = jwt.encode(payload, key.private, algorithm=key.algorithm, headers=headers)
    return with_tokens(held, token)


def listed(files: Files) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = claims_of(files)["files"]
    return rows


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unsigned_token(files: Files, algorithm: str) -> str:
    return f"{b64(orjson.dumps({'alg': algorithm, 'typ': 'JWT'}))}.{token_of(files).split('.')[1]}"


def by_hmac(files: Files, secret: bytes) -> Files:
    """The public key, which everybody has, taken for a shared secret."""
    head = unsigned_token(files, "HS256")
    return with_tokens(files, f"{head}.{b64(hmac.digest(secret, head.encode(), hashlib.sha256))}")


def renamed(files: Files) -> Files:
    moved = dict(files)
    moved["mayuse/main/other.rego"] = moved.pop(REGO)
    return moved


def hashed_by(files: Files, name: str, algorithm: str) -> list[dict[str, str]]:
    rows = listed(files)
    for row in rows:
        if row["name"] == REGO:
            row |= {"hash": hashlib.new(name, files[REGO]).hexdigest(), "algorithm": algorithm}
    return rows


def flipped(token: str) -> str:
    """The last but one letter of the signature, which has no unused bits, is another."""
    return token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]


Tamper = Callable[[Files, PrivateKey, Path], Files]
WAYS: dict[str, tuple[Tamper, str]] = {
    "no signature": (
        lambda f, _k, _p: {k: v for k, v in f.items() if k != SIGNATURES},
        "is not signed",
    ),
    "a file changed": (
        lambda f, _k, _p: f | {REGO: f[REGO] + b"\n"},
        "main.rego is not what was signed",
    ),
    "the wasm changed": (
        lambda f, _k, _p: f | {"policy.wasm": f["policy.wasm"][:-1] + b"\0"},
        "policy.wasm is not what",
    ),
    "data that say otherwise": (
        lambda f, _k, _p: f | {DATA: f[DATA].replace(b"AA", b"BB", 1)},
        "data.json is not what",
    ),
    "the manifest says otherwise": (
        lambda f, _k, _p: f | {".manifest": f[".manifest"].replace(b"1.0", b"1.9")},
        "manifest is not what",
    ),
    "a file added": (
        lambda f, _k, _p: f | {"mayuse/law/world/more/more.rego": b"package x"},
        "more.rego is there and not signed",
    ),
    "a file removed": (
        lambda f, _k, _p: {k: v for k, v in f.items() if k != REGO},
        "main.rego is signed and not there",
    ),
    "a file renamed": (lambda f, _k, _p: renamed(f), "main.rego is signed and not there"),
    "two files changed places": (
        lambda f, _k, _p: f | {REGO: f["catalog.json"], "catalog.json": f[REGO]},
        "is not what was signed",
    ),
    "another key of the same name": (
        lambda f, k, _p: bundle_signature.sign(
            f, replace(k, private=rsa.generate_private_key(65537, 2048))
        ),
        "by none of the trusted keys",
    ),
    "a trusted key under another's name": (
        lambda f, k, _p: signed_anew(f, k, {"kid": "p256"}),
        "by none of the trusted keys",
    ),
    "a key that is not trusted": (
        lambda f, k, _p: signed_anew(f, k, {"kid": "unknown"}),
        "by none of the trusted keys",
    ),
    "a claim that names another key": (
        lambda f, k, _p: signed_anew(f, k, keyid="p256"),
        "names another key than made it",
    ),
    "no algorithm": (
        lambda f, _k, _p: with_tokens(f, unsigned_token(f, "none") + "."),
        "by none of the trusted keys",
    ),
    "no algorithm, in other letters": (
        lambda f, _k, _p: with_tokens(f, unsigned_token(f, "nOnE") + "."),
        "by none of the trusted keys",
    ),
    "the public key as a secret": (
        lambda f, _k, p: by_hmac(f, (p / "public/ours.pem").read_bytes()),
        "by none of the trusted keys",
    ),
    "another scope": (lambda f, k, _p: signed_anew(f, k, scope="write"), "another scope"),
    "a time": (lambda f, k, _p: signed_anew(f, k, exp=4_000_000_000), "is for a time"),
    "a critical header": (
        lambda f, k, _p: signed_anew(f, k, {"crit": ["x"], "x": 1}),
        "no JSON Web Token",
    ),
    "another type": (lambda f, k, _p: signed_anew(f, k, {"typ": "at+jwt"}), "of a kind"),
    "a signature cut short": (
        lambda f, _k, _p: with_tokens(f, token_of(f)[:-10]),
        "by none of the trusted keys",
    ),
    "a token cut short": (
        lambda f, _k, _p: with_tokens(f, token_of(f).rsplit(".", 1)[0]),
        "no JSON Web Token",
    ),
    "a letter of the signature changed": (
        lambda f, _k, _p: with_tokens(f, flipped(token_of(f))),
        "by none of the trusted keys",
    ),
    "two signatures": (
        lambda f, _k, _p: with_tokens(f, token_of(f), token_of(f)),
        "exactly one signature",
    ),
    "no tokens": (lambda f, _k, _p: with_tokens(f), "exactly one signature"),
    "another plugin": (lambda f, _k, _p: with_tokens(f, token_of(f), plugin="mine"), "by a plugin"),
    "more in the file": (
        lambda f, _k, _p: with_tokens(f, token_of(f), other=1),
        "does not hold `signatures` alone",
    ),
    "signatures twice": (
        lambda f, _k, _p: f | {SIGNATURES: f[SIGNATURES][:-1] + b"," + f[SIGNATURES][1:]},
        "names a member twice",
    ),
    "a file that is no JSON": (lambda f, _k, _p: f | {SIGNATURES: b"nonsense"}, "is not JSON"),
    "a name listed twice": (
        lambda f, k, _p: signed_anew(f, k, files=[*listed(f), listed(f)[0]]),
        "twice",
    ),
    "no list": (lambda f, k, _p: signed_anew(f, k, files="all"), "lists no files"),
    "an empty list": (lambda f, k, _p: signed_anew(f, k, files=[]), "is there and not signed"),
    "a hash by MD5": (
        lambda f, k, _p: signed_anew(f, k, files=hashed_by(f, "md5", "MD5")),
        "by a hash that does not count",
    ),
    "a hash by SHA-1": (
        lambda f, k, _p: signed_anew(f, k, files=hashed_by(f, "sha1", "SHA-1")),
        "by a hash that does not count",
    ),
    "a hash of no algorithm": (
        lambda f, k, _p: signed_anew(f, k, files=hashed_by(f, "md5", "")),
        "by a hash that does not count",
    ),
    "a second signature below": (
        lambda f, _k, _p: f | {f"cases/{SIGNATURES}": f[SIGNATURES]},
        "is there and not signed",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_tampered_with_is_refused(
    signed: Files, key: PrivateKey, folder: Path, trusted: TrustedKeys, way: str
) -> None:
    bundle_signature.verify(signed, trusted)
    tamper, says = WAYS[way]
    with pytest.raises(BundleError, match=says):
        bundle_signature.verify(tamper(dict(signed), key, folder), trusted)


def test_hashes_by_the_longer_sha_2_count(signed: Files, key: PrivateKey, trusted) -> None:
    longer = signed_anew(signed, key, files=hashed_by(signed, "sha512", "SHA-512"))
    assert bundle_signature.verify(longer, trusted).key_id == "ours"


def test_other_white_space_in_data_is_the_same_file_for_opa_and_us(
    signed: Files, folder: Path, trusted: TrustedKeys, tmp_path: Path
) -> None:
    other = dict(signed) | {
        DATA: orjson.dumps(orjson.loads(signed[DATA]), option=orjson.OPT_INDENT_2)
    }
    bundle_signature.verify(other, trusted)
    file = tmp_path / "other.tar.gz"
    file.write_bytes(archive.pack(other))
    assert loads(file, folder / "public" / "ours.pem", "RS256")
    with pytest.raises(BundleError, match="another digest"):
        bundle.read(file)
