"""The issuer's tokens and keys: rotation, outages, and what an issuer may not say."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from api_app import serving
from http_asking import problem

import issuer
from mayuse import issuer_keys
from mayuse.access import Caller
from mayuse.cli.doctor import examine_access
from mayuse.errors import NotAdmitted
from mayuse.issuer_keys import IssuerKeys, usable
from mayuse.settings import Settings
from mayuse.tokens import Tokens, Trust


@pytest.fixture
def trusted():
    with issuer.running() as started:
        yield started


@asynccontextmanager
async def reading(trusted, **changes):
    """A reader of the issuer's tokens."""
    trust = {
        "issuer": trusted.address,
        "audience": issuer.AUDIENCE,
        "algorithms": frozenset({"RS256", "ES256", "EdDSA"}),
        "leeway": 30,
        "scope_claim": "scope",
    }
    jwks_url = changes.pop("jwks_url", None)
    async with httpx.AsyncClient(timeout=2) as client:
        keys = IssuerKeys(trusted.address, jwks_url, client)
        yield Tokens(Trust(**{**trust, **changes}), keys)
        await keys.close()


async def refused(tokens, token) -> str:
    with pytest.raises(NotAdmitted) as found:
        await tokens.read(token)
    return found.value.code


@pytest.mark.parametrize("key_id", ["rsa", "ec", "ed"])
async def test_a_good_token_tells_whom_it_is_about_and_what_they_may(trusted, key_id):
    async with reading(trusted) as tokens:
        assert await tokens.read(trusted.token(key_id, scope="decide openid log:read")) == Caller(
            "sub:service-7", frozenset({"decide", "log:read"})
        )


@pytest.mark.parametrize(
    ("claim", "value", "scopes"),
    [
        ("scope", ["erase", "openid"], {"erase"}),
        ("scp", "decide", {"decide"}),
        ("https://x.example/scopes", ["admin"], {"admin"}),
        ("scp", "  decide  erase ", {"decide", "erase"}),
        ("scp", "decide\terase", set()),
        ("scp", "decide\u00a0erase\nadmin", set()),
        ("scp", [["decide"], 7, None, {}, "erase"], {"erase"}),
        ("scp", {"decide": True}, set()),
        ("scp", 7, set()),
    ],
)
async def test_scopes_are_read_from_the_claim_that_is_set(trusted, claim, value, scopes):
    async with reading(trusted, scope_claim=claim) as tokens:
        caller = await tokens.read(trusted.token("ec", **{"scope": None, claim: value}))
        assert caller.scopes == scopes


async def test_what_is_not_allowed_does_not_count_though_it_is_signed(trusted):
    async with reading(trusted, algorithms=frozenset({"ES256"})) as tokens:
        assert (await tokens.read(trusted.token("ec"))).name == "sub:service-7"
        for key_id in ("rsa", "ed"):
            assert await refused(tokens, trusted.token(key_id)) == "invalid_token"
        for claims in ({"typ": "JWT"}, {"typ": "application/at+jwt"}, {"typ": None}):
            assert await tokens.read(trusted.token("ec", header=claims))


async def test_clocks_may_differ_by_the_leeway_and_no_more(trusted):
    now = int(datetime.now(UTC).timestamp())
    async with reading(trusted, leeway=60) as tokens:
        assert await tokens.read(trusted.token("ec", exp=now - 30, nbf=now + 30, iat=now + 30))
        for late in ({"exp": now - 61}, {"nbf": now + 90}):
            assert await refused(tokens, trusted.token("ec", **late)) == "invalid_token"


async def test_several_audiences_of_which_one_is_this_service(trusted):
    async with reading(trusted) as tokens:
        assert await tokens.read(trusted.token("ec", aud=["other", issuer.AUDIENCE]))
        assert await refused(tokens, trusted.token("ec", aud=["other"])) == "invalid_token"


async def test_a_key_is_for_the_algorithm_it_says(trusted):
    """RS256 signed with a key that is published for PS256 alone must not count."""
    for key in trusted.published:
        if key["kid"] == "rsa":
            key["alg"] = "PS256"
    async with reading(trusted, algorithms=frozenset({"RS256", "PS256"})) as tokens:
        assert await refused(tokens, trusted.token("rsa")) == "invalid_token"


async def test_a_new_key_counts_at_once_and_a_withdrawn_one_no_longer_soon(trusted, monkeypatch):
    monkeypatch.setattr(issuer_keys, "PAUSE", 0.0)
    async with reading(trusted) as tokens:
        assert await tokens.read(trusted.token("ec"))
        trusted.new_key("next")
        assert await tokens.read(trusted.token("next"))
        trusted.withdraw("ec")
        assert await tokens.read(trusted.token("ec"))
        monkeypatch.setattr(issuer_keys, "FRESH", 0.0)
        async with asyncio.timeout(5):
            while True:
                try:
                    await tokens.read(trusted.token("ec"))
                except NotAdmitted:
                    break
                await asyncio.sleep(0.01)
        assert await tokens.read(trusted.token("next"))


async def test_made_up_key_ids_do_not_bring_the_issuer_down(trusted):
    async with reading(trusted) as tokens:
        trusted.new_key("stranger", publish=False)
        found = await asyncio.gather(
            *(
                refused(tokens, trusted.token("ec", header={"kid": f"made-up-{number}"}))
                for number in range(50)
            )
        )
        assert set(found) == {"invalid_token"}
    assert trusted.asked == ["/.well-known/openid-configuration", "/keys"]


async def test_while_the_issuer_is_down_its_last_keys_count_for_a_time(trusted, monkeypatch):
    monkeypatch.setattr(issuer_keys, "PAUSE", 0.0)
    async with reading(trusted) as tokens:
        assert await tokens.read(trusted.token("ec"))
        trusted.down = True
        monkeypatch.setattr(issuer_keys, "FRESH", 0.0)
        trusted.new_key("next")
        for _ in range(3):
            assert await tokens.read(trusted.token("ec"))
            assert await refused(tokens, trusted.token("next")) == "issuer_unavailable"
        monkeypatch.setattr(issuer_keys, "KEPT", 0.0)
        assert await refused(tokens, trusted.token("ec")) == "issuer_unavailable"
        monkeypatch.setattr(issuer_keys, "KEPT", 3600.0)
        trusted.down = False
        assert await tokens.read(trusted.token("next"))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/keys", b"no JSON"),
        ("/keys", b"[]"),
        ("/keys", b'{"keys": {}}'),
        ("/keys", b'{"keys": ' + b"[" * 100_000),
        ("/.well-known/openid-configuration", b'{"jwks_uri": ["https://evil.example"]}'),
        ("/keys", json.dumps({"keys": [{}] * 101}).encode()),
        ("/keys", b'{"keys": []}' + b" " * issuer_keys.MAX_BYTES),
        ("/.well-known/openid-configuration", b"{}"),
        (
            "/.well-known/openid-configuration",
            b'{"issuer": "https://evil.example", "jwks_uri": "https://evil.example/keys"}',
        ),
    ],
)
async def test_an_issuer_that_says_nonsense_is_as_if_it_did_not_answer(trusted, path, said):
    trusted.answers[path] = said
    async with reading(trusted) as tokens:
        assert await refused(tokens, trusted.token("ec")) == "issuer_unavailable"


async def test_an_issuer_that_does_not_answer_in_time_is_not_waited_for(trusted, monkeypatch):
    monkeypatch.setattr(issuer_keys, "SECONDS", 0.2)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        async with asyncio.timeout(3), reading(trusted, jwks_url=address) as tokens:
            assert await refused(tokens, trusted.token("ec")) == "issuer_unavailable"


@pytest.mark.parametrize("address", ["http://127.0.0.1:99999/keys", "http://a..b/", "/keys", "x:"])
async def test_keys_at_an_address_that_is_none_are_as_if_there_were_no_answer(trusted, address):
    said = {"issuer": trusted.address, "jwks_uri": address}
    trusted.answers["/.well-known/openid-configuration"] = json.dumps(said).encode()
    async with reading(trusted) as tokens:
        assert await refused(tokens, trusted.token("ec")) == "issuer_unavailable"


async def test_keys_can_be_named_directly(trusted):
    async with reading(trusted, jwks_url=f"{trusted.address}/keys") as tokens:
        assert await tokens.read(trusted.token("ec"))
    assert trusted.asked == ["/keys"]


async def test_keys_that_prove_nothing_are_passed_over(trusted):
    good = {key["kid"]: key for key in trusted.published}
    secret = {"kty": "oct", "kid": "oct", "k": "c2VjcmV0", "alg": "HS256"}
    private = {**good["ec"], "kid": "private", "d": good["ec"]["x"]}
    others = [
        {**good["ec"], "kid": "encrypts", "use": "enc"},
        {**good["ec"], "kid": "signs", "key_ops": ["sign"]},
        {**good["ec"], "kid": 7},
        {**good["ec"], "kid": "broken", "x": "AA"},
        {**good["rsa"], "kid": "small", "n": good["rsa"]["n"][:170]},
        {**good["ed"], "kid": "agrees", "crv": "X25519"},
        {**good["rsa"], "kid": "wraps", "alg": "RSA-OAEP"},
        "no key",
        None,
    ]
    assert usable([*trusted.published, secret, private, *others]).keys() == {"rsa", "ec", "ed"}
    again = {**good["rsa"], "kid": "ec"}
    assert usable([good["ec"], again])["ec"].kind == "P-256"


ODD = [None, True, 5, 0.5, "", "none", "HS256", "é", [], ["x"], [["verify"]], {}, {"x": []}]


@pytest.mark.parametrize("name", ["key_ops", "alg", "use", "kty", "crv", "n", "e", "x", "y", "kid"])
def test_a_key_with_an_odd_member_keeps_no_other_from_counting(trusted, name):
    odd = [{**key, "kid": "odd", name: value} for key in trusted.published for value in ODD]
    found = usable([*odd, *trusted.published])
    assert {"rsa", "ec", "ed"} <= found.keys()
    for key in found.values():
        assert isinstance(key.fits("RS256"), bool)


@pytest.mark.parametrize(
    "odd",
    [
        *({"key_ops": odd} for odd in (None, 5, True, {}, "verify", [["verify"]])),
        *({"alg": odd} for odd in ([], {}, True, 5)),
    ],
)
async def test_a_key_that_does_not_say_clearly_what_it_is_for_is_not_used(trusted, odd):
    trusted.published = [key | odd if key["kid"] == "ec" else key for key in trusted.published]
    async with reading(trusted) as tokens:
        assert await refused(tokens, trusted.token("ec")) == "invalid_token"
        assert await tokens.read(trusted.token("rsa"))


@pytest.mark.parametrize("odd", [{"kty": "oct"}, {"kty": "RSA", "alg": "none"}, {"kty": []}])
async def test_an_odd_key_is_passed_over(trusted, odd):
    trusted.published.append({"kid": "odd", **odd})
    async with reading(trusted) as tokens:
        assert await tokens.read(trusted.token("ec"))


async def test_over_http_what_cannot_be_checked_is_503_and_local_callers_need_a_token(
    trusted, tmp_path
):
    trusted.down = True
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/mayuse.db",
        keys_dir=tmp_path / "keys",
        oidc_issuer=trusted.address,
        oidc_audience=issuer.AUDIENCE,
    )
    async with serving(settings) as client:
        headers = {"Authorization": f"Bearer {trusted.token('ec')}"}
        problem(await client.get("/v1/rules", headers=headers), 503, "issuer_unavailable")
        problem(await client.get("/v1/rules"), 401, "unauthenticated")
        assert (await client.get("/health/ready")).status_code == 200


async def test_the_doctor_asks_the_issuer(trusted, tmp_path):
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/mayuse.db",
        oidc_issuer=trusted.address,
        oidc_audience=issuer.AUDIENCE,
    )
    found = await examine_access(settings)
    assert (found.state, "3 keys" in found.says) == ("ok", True)
    trusted.down = True
    assert (await examine_access(settings)).state == "fault"
