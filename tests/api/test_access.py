"""Who is let in: every route, every credential that must not count, and what happens between."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from api_app import serving, settings_in
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts
from http_asking import DENIED, problem
from starlette.applications import Starlette

import issuer
from issuer import Issuer
from mayuse import keyring
from mayuse.access import ADMIN, SCOPES
from mayuse.api import access
from mayuse.api.app import create_app
from mayuse.api_keys import ApiKey, digest, new_secret
from mayuse.settings import Settings
from mayuse.store import api_keys, migrate
from mayuse.store.session import Location, open_engine

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime.now(UTC)
LOCAL_NAMES = ("localhost", "LOCALHOST:80", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000")
FOREIGN_NAMES = (
    *("rebound.example:8000", "localhost.rebound.example", "127.0.0.1.rebound.example"),
    *("0.0.0.0", "192.0.2.7"),  # noqa: S104 - asked for, not listened on
)
NO_NAMES = (("[::1",), ("",), (), ("localhost", "rebound.example"))
PARAMETERS = {
    "decision_id": "01981c1e-5d5c-7c1d-9d2a-5f5f0f0e4c11",
    "subject": "member-7",
    "index": "0",
    "layer": "law",
    "area": "us",
    "slug": "browser_signal",
    "code": "not_found",
    "digest": f"sha256:{'0' * 64}",
}


@dataclass(frozen=True)
class Door:
    """A guarded application, its database and its keys by name."""

    app: FastAPI
    settings: Settings
    secrets: dict[str, str]
    issuer: Issuer | None = None

    def rows(self) -> list[tuple[object, ...]]:
        """Everything that is recorded."""
        with sqlite3.connect(Location.from_url(self.settings.database_url).file) as database:
            return database.execute("SELECT seq, id FROM decision ORDER BY seq").fetchall()

    async def ask(
        self,
        method,
        path,
        *authorization,
        client=("127.0.0.1", 5),
        host=("localhost:8000",),
        receive=None,
    ):
        """One exchange: status, headers, document. Whoever reads the body gets `receive`."""
        sent = []

        async def send(message):
            sent.append(message)

        async def never():
            raise AssertionError("the body was read")

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "client": client,
            "root_path": "",
            "headers": [
                *((b"host", name.encode()) for name in host),
                (b"content-type", b"application/json"),
                (b"transfer-encoding", b"chunked"),
                *((b"authorization", value.encode("latin-1")) for value in authorization),
            ],
        }
        await self.app(scope, receive or never, send)
        headers = httpx.Headers(sent[0]["headers"])
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return httpx.Response(sent[0]["status"], headers=headers, content=content)


async def add_keys(settings: Settings, *keys: ApiKey) -> None:
    location = Location.from_url(settings.database_url)
    await migrate.upgrade(location)
    engine = open_engine(location, may_write=True)
    for key in keys:
        await api_keys.add(engine, key)
    await engine.dispose()


@pytest.fixture(scope="module")
def trusted():
    with issuer.running() as started:
        yield started


def trusting(trusted: Issuer) -> dict[str, str]:
    return {"oidc_issuer": trusted.address, "oidc_audience": issuer.AUDIENCE}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["keys", "keys and an issuer"])
async def door(request, trusted, tmp_path_factory):
    with_issuer = request.param != "keys"
    settings = settings_in(
        tmp_path_factory.mktemp("access"), **(trusting(trusted) if with_issuer else {})
    )
    secrets = {name: new_secret() for name in ("expired", "revoked", *SCOPES, "unknown")}
    made = NOW - timedelta(days=2)
    keys = [
        ApiKey(
            name.replace(":", "-"),
            digest(secret),
            (name if name in SCOPES else ADMIN,),
            made,
            expires=NOW - timedelta(seconds=1) if name == "expired" else None,
            revoked=made if name == "revoked" else None,
        )
        for name, secret in secrets.items()
        if name != "unknown"
    ]
    await add_keys(settings, *keys)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield Door(app, settings, secrets, trusted if with_issuer else None)


def routes(app):
    """Every mounted route: method, an address of it, and the scopes of which it needs one."""
    for route in iter_route_contexts(app.routes):
        path = route.path
        for name, value in PARAMETERS.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, path
        for method in route.methods:
            yield method, path, access.scopes_of(route.endpoint)


def guarded(app):
    return [row for row in routes(app) if row[2] != access.PUBLIC]


def bad_credentials(door):
    """Name -> values of Authorization, and the code of the answer."""
    good = door.secrets[ADMIN]
    tokens = door.issuer.bad_tokens() if door.issuer else {}
    return {
        **{f"token: {name}": ((f"Bearer {it}",), "invalid_token") for name, it in tokens.items()},
        "missing": ((), "unauthenticated"),
        "empty": (("",), "unauthenticated"),
        "another scheme": (("Basic YWRtaW46YWRtaW4=",), "unauthenticated"),
        "the key alone": ((good,), "unauthenticated"),
        "scheme alone": (("Bearer",), "invalid_token"),
        "garbage": (("Bearer \xff\xfe\x00",), "invalid_token"),
        "spaces": ((f"Bearer {good} {good}",), "invalid_token"),
        "very long": (("Bearer " + "a" * 60_000,), "invalid_token"),
        "unknown key": ((f"Bearer {door.secrets['unknown']}",), "invalid_token"),
        "part of a key": ((f"Bearer {good[:-1]}",), "invalid_token"),
        "its hash": ((f"Bearer {digest(good).hex()}",), "invalid_token"),
        "expired": ((f"Bearer {door.secrets['expired']}",), "invalid_token"),
        "revoked": ((f"Bearer {door.secrets['revoked']}",), "invalid_token"),
        "twice": ((f"Bearer {good}", f"Bearer {good}"), "invalid_token"),
    }


def lacking(door, any_of):
    """Credentials that count, but without a scope that is needed."""
    others = sorted(SCOPES.keys() - {ADMIN, *any_of})
    keys = [door.secrets[scope] for scope in others]
    if door.issuer is None:
        return keys
    claims = [None, "", [], 7, {ADMIN: True}, "Admin", "openid profile", [["admin"]], *others]
    return [*keys, *(door.issuer.token("ec", scope=claim) for claim in claims)]


async def test_no_route_lets_a_bad_credential_through(door, figure):
    """Nothing of the body is read, nothing is recorded, and the refusal says what RFC 6750 asks."""
    before, pairs, through = door.rows(), 0, 0
    for method, path, any_of in guarded(door.app):
        for name, (values, code) in bad_credentials(door).items():
            pairs += 1
            answer = await door.ask(method, path, *values)
            through += answer.status_code != 401
            problem(answer, 401, code)
            challenge = 'Bearer realm="mayuse"'
            if code == "invalid_token":
                challenge += ', error="invalid_token"'
            assert answer.headers["www-authenticate"] == challenge, name
        for credential in lacking(door, any_of):
            pairs += 1
            answer = await door.ask(method, path, f"Bearer {credential}")
            through += answer.status_code != 403
            said = problem(answer, 403, "insufficient_scope")
            assert any_of[0] in said["detail"]
            wanted = f'error="insufficient_scope", scope="{" ".join(any_of)}"'
            assert answer.headers["www-authenticate"] == f'Bearer realm="mayuse", {wanted}'
    assert through == 0
    assert pairs > (700 if door.issuer else 200)
    assert door.rows() == before
    ways = "API keys and tokens" if door.issuer else "API keys"
    figure(f"access by {ways}: {pairs} pairs of route and bad credential, let through = {through}")


async def test_every_route_lets_each_scope_it_names_through(door):
    """Without this, a door that is shut for everybody would pass the test above."""

    async def empty():
        return {"type": "http.request", "body": b"", "more_body": False}

    for method, path, any_of in guarded(door.app):
        for scope in {*any_of, ADMIN}:
            answer = await door.ask(method, path, f"bearer  {door.secrets[scope]}", receive=empty)
            assert answer.status_code not in (401, 403), (method, path, scope)


async def test_public_routes_ask_for_nothing_and_look_at_nothing(door):
    public = [row for row in routes(door.app) if row[2] == access.PUBLIC]
    assert {path for _, path, _ in public} >= {"/health/live", "/v1/log/checkpoint"}
    for method, path, _ in public:
        for values in ((), ("Bearer nonsense",)):
            answer = await door.ask(method, path, *values)
            assert answer.status_code in (200, 400, 404), path


async def test_records_name_the_caller(door):
    body = json.dumps(DENIED).encode()

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    callers = {"key:decide": door.secrets["decide"]}
    if door.issuer:
        callers["sub:key:decide"] = door.issuer.token("rsa", sub="key:decide")
    for name, credential in callers.items():
        asked = await door.ask("POST", "/v1/decisions", f"Bearer {credential}", receive=receive)
        identity = asked.json()["decision_id"]
        admin = f"Bearer {door.secrets[ADMIN]}"
        found = await door.ask("GET", f"/v1/decisions/{identity}", admin)
        assert found.json()["caller"] == name


async def test_a_key_goes_into_no_log_line_and_no_answer(door, capfd):
    for values, _ in bad_credentials(door).values():
        answer = await door.ask("GET", "/v1/rules", *values)
        assert not [secret for secret in door.secrets.values() if secret in answer.text]
    await door.ask("GET", "/v1/rules", f"Bearer {door.secrets[ADMIN]}")
    said = "".join(capfd.readouterr())
    assert not [secret for secret in door.secrets.values() if secret in said]


async def test_an_application_with_a_route_that_is_open_by_mistake_is_not_built():
    async def silent(request: Request) -> None:
        del request

    @access.needs("decide")
    async def reads_first(body: dict[str, str]) -> None:
        del body

    @access.needs("decide")
    async def good(request: Request) -> None:
        del request

    guarded = [Depends(access.guard)]
    for endpoint, before, why in (
        (silent, guarded, "does not say who"),
        (reads_first, guarded, "before the caller"),
        (good, [], "without asking who"),
        (good, guarded, None),
    ):
        router = APIRouter(prefix="/v1")
        router.add_api_route("/new", endpoint, methods=["POST"])
        outer = APIRouter(prefix="/outer")
        outer.include_router(router)
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, dependencies=before)
        app.include_router(outer)
        with pytest.raises(LookupError, match=why) if why else contextlib.nullcontext():
            access.check(app.routes)
    app.add_route("/plain", good)  # Starlette's own routes run no dependency
    with pytest.raises(LookupError, match="without asking who"):
        access.check(app.routes)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, dependencies=guarded)
    app.mount("/static", Starlette())
    with pytest.raises(LookupError, match="does not say who"):
        access.check(app.routes)
    with pytest.raises(ValueError, match="chocies"):
        access.needs("chocies:write")


async def test_this_machine_needs_no_credential_until_the_first_key_and_then_for_good(
    tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(keyring, "BOUND", 0.0)  # read anew each time
    settings = settings_in(tmp_path)
    secret = new_secret()
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        door = Door(app, settings, {})

        async def access_part():
            parts = (await door.ask("GET", "/health/ready")).json()["parts"]
            return next(part for part in parts if part["part"] == "access")

        assert "open_access" in capfd.readouterr().err
        assert "no API key was ever made" in (await access_part())["detail"]
        assert (await door.ask("GET", "/v1/rules")).status_code == 200
        problem(await door.ask("GET", "/v1/rules", "Bearer nonsense"), 401, "invalid_token")
        for client in (("192.0.2.7", 5), ("::ffff:7f00:1x", 5), ("", 0), None):
            answer = await door.ask("GET", "/v1/rules", client=client)
            problem(answer, 401, "unauthenticated")
        for host in LOCAL_NAMES:
            assert (await door.ask("GET", "/v1/rules", host=(host,))).status_code == 200, host
        for host in FOREIGN_NAMES:
            answer = await door.ask("GET", "/v1/rules", host=(host,))
            problem(answer, 401, "unauthenticated")
        for hosts in NO_NAMES:
            answer = await door.ask("GET", "/v1/rules", host=hosts)
            assert answer.status_code in (400, 401)

        await add_keys(settings, ApiKey("first", digest(secret), ("decide",), NOW))
        problem(await door.ask("GET", "/v1/rules"), 401, "unauthenticated")
        assert (await door.ask("GET", "/v1/rules", f"Bearer {secret}")).status_code == 200
        assert (await access_part())["detail"] == "callers show a credential"

        engine = open_engine(Location.from_url(settings.database_url), may_write=True)
        await api_keys.revoke(engine, "first", NOW)
        await engine.dispose()
        problem(await door.ask("GET", "/v1/rules", f"Bearer {secret}"), 401, "invalid_token")
        problem(await door.ask("GET", "/v1/rules"), 401, "unauthenticated")


async def test_keys_that_cannot_be_read_let_nobody_in(tmp_path, monkeypatch):
    monkeypatch.setattr(keyring, "BOUND", 0.0)
    settings = settings_in(tmp_path)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        with sqlite3.connect(Location.from_url(settings.database_url).file) as database:
            database.execute("ALTER TABLE api_key RENAME TO elsewhere")
        door = Door(app, settings, {})
        for values in ((), (f"Bearer {new_secret()}",)):
            problem(await door.ask("GET", "/v1/rules", *values), 503, "log_unavailable")
        assert (await door.ask("GET", "/health/live")).status_code == 200
        problem(await door.ask("GET", "/health/ready"), 503, "not_ready")


async def test_a_new_key_counts_at_once_and_a_revoked_one_no_longer_within_seconds(door):
    secret = new_secret()
    credential = f"Bearer {secret}"
    problem(await door.ask("GET", "/v1/rules", credential), 401, "invalid_token")
    await add_keys(door.settings, ApiKey("late", digest(secret), ("decide",), NOW))
    await asyncio.sleep(keyring.AGAIN)
    assert (await door.ask("GET", "/v1/rules", credential)).status_code == 200
    engine = open_engine(Location.from_url(door.settings.database_url), may_write=True)
    await api_keys.revoke(engine, "late", NOW)
    await engine.dispose()
    async with asyncio.timeout(keyring.BOUND):
        while (await door.ask("GET", "/v1/rules", credential)).status_code == 200:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.05)


async def test_made_up_keys_cost_few_queries(door, monkeypatch):
    asked = 0
    every = api_keys.every

    async def counted(engine):
        nonlocal asked
        asked += 1
        return await every(engine)

    monkeypatch.setattr(api_keys, "every", counted)
    begun = asyncio.get_running_loop().time()
    for _ in range(300):
        await door.ask("GET", "/v1/rules", f"Bearer {new_secret()}")
    seconds = asyncio.get_running_loop().time() - begun
    assert asked <= 2 + seconds / keyring.AGAIN + seconds / keyring.FRESH


async def test_the_last_use_is_written_down_later_and_once_a_minute(tmp_path, monkeypatch):
    monkeypatch.setattr(keyring, "FRESH", 0.05)
    settings, secret = settings_in(tmp_path), new_secret()
    await add_keys(settings, ApiKey("shop", digest(secret), ("decide",), NOW))
    written = []
    note_use = api_keys.note_use

    async def counted(engine, used):
        if "shop" in used:  # services of other tests write down theirs
            written.append(dict(used))
        await note_use(engine, used)

    monkeypatch.setattr(api_keys, "note_use", counted)
    async with serving(settings) as client:
        for _ in range(10):
            answer = await client.get("/v1/rules", headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == 200
            await asyncio.sleep(0.05)
    engine = open_engine(Location.from_url(settings.database_url))
    [key] = await api_keys.every(engine)
    await engine.dispose()
    assert [list(used) for used in written] == [["shop"]]
    assert key.last_used is not None
    assert abs(key.last_used - datetime.now(UTC)) < timedelta(minutes=1)


async def test_who_sends_more_than_the_limit_waits_and_others_do_not(tmp_path):
    settings = settings_in(tmp_path, rate_limit=3)
    secrets = {name: new_secret() for name in ("busy", "calm")}
    keys = [ApiKey(name, digest(text), ("decide",), NOW) for name, text in secrets.items()]
    await add_keys(settings, *keys)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        door = Door(app, settings, secrets)
        busy, calm = (f"Bearer {secrets[name]}" for name in ("busy", "calm"))
        for left, path in ((2, "/v1/rules"), (1, "/v1/decisions"), (0, "/v1/rules/law/us/none")):
            answer = await door.ask("GET", path, busy)
            assert answer.status_code in (200, 403, 404)
            assert answer.headers["ratelimit-policy"] == '"default";q=3;w=60'
            assert answer.headers["ratelimit"].startswith(f'"default";r={left};t=')
        for method, path in (("GET", "/v1/rules"), ("POST", "/v1/decisions")):
            answer = await door.ask(method, path, busy)
            problem(answer, 429, "rate_limited")
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert answer.headers["ratelimit"] == f'"default";r=0;t={answer.headers["retry-after"]}'
        assert (await door.ask("GET", "/v1/rules", calm)).status_code == 200
        refused = await door.ask("GET", "/v1/rules", "Bearer unknown")
        assert (refused.status_code, "ratelimit" in refused.headers) == (401, False)
        for _ in range(5):
            assert "ratelimit" not in (await door.ask("GET", "/health/live", busy)).headers


async def test_without_a_limit_nothing_is_said_of_one(door):
    answer = await door.ask("GET", "/v1/rules", f"Bearer {door.secrets[ADMIN]}")
    assert "ratelimit" not in answer.headers


async def test_lines_without_end_end_when_their_caller_is_no_longer_let_in(tmp_path, monkeypatch):
    monkeypatch.setattr(access, "LOOK_AGAIN", 0.0)
    monkeypatch.setattr(keyring, "BOUND", 0.0)
    settings, secret = settings_in(tmp_path), new_secret()
    await add_keys(settings, ApiKey("stream", digest(secret), ("decide",), NOW))
    engine = open_engine(Location.from_url(settings.database_url), may_write=True)
    sent = 0

    async def lines():
        nonlocal sent
        while sent < 1000:
            sent += 1
            if sent == 3:
                await api_keys.revoke(engine, "stream", NOW)
            yield json.dumps(DENIED).encode() + b"\n"
            await asyncio.sleep(0.01)

    async with serving(settings) as client:
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/x-ndjson"}
        answer = await client.post("/v1/decisions:batch", headers=headers, content=lines())
    await engine.dispose()
    *answers, last = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.status_code == 200
    assert [row["effect"] for row in answers] == ["deny"] * 2
    assert last["summary"]["complete"] is False
    assert last["summary"]["problem"]["code"] == "invalid_token"
    assert sent < 1000
