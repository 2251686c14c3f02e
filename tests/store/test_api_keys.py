"""The table of API keys, on both databases: what is kept, what is refused, what is never undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mayuse.api_keys import PREFIX, ApiKey, digest, new_secret
from mayuse.errors import LogUnavailable, NameTaken, NotFound
from mayuse.store import api_keys
from mayuse.store.session import Location, open_engine

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
async def writer(database):
    engine = open_engine(database.location, may_write=True)
    yield engine
    await engine.dispose()


@pytest.fixture
async def reader(database):
    engine = open_engine(database.location)
    yield engine
    await engine.dispose()


def a_key(name="shop", text="mayuse_x", **more):
    return ApiKey(name, digest(text), ("decide", "log:read"), NOW, **more)


async def test_a_key_comes_back_as_it_was_kept(writer, reader):
    assert await api_keys.every(reader) == []
    first = a_key(expires=NOW + timedelta(days=1))
    second = ApiKey("audit", digest("other"), ("admin",), NOW + timedelta(seconds=1))
    for key in (first, second):
        await api_keys.add(writer, key)
    assert await api_keys.every(reader) == [first, second]


async def test_only_the_hash_is_kept(writer, database):
    secret = new_secret()
    await api_keys.add(writer, a_key(text=secret))
    [row] = await database.rows("SELECT * FROM api_key")
    assert secret.removeprefix(PREFIX).encode() not in repr(row).encode()
    assert bytes(row["digest"]) == digest(secret)


async def test_a_name_is_never_given_again(writer, reader):
    await api_keys.add(writer, a_key())
    await api_keys.revoke(writer, "shop", NOW)
    with pytest.raises(NameTaken):
        await api_keys.add(writer, a_key(text="another"))
    [key] = await api_keys.every(reader)
    assert key.digest == digest("mayuse_x")


async def test_a_secret_belongs_to_one_key(writer):
    await api_keys.add(writer, a_key())
    with pytest.raises(LogUnavailable):
        await api_keys.add(writer, a_key("other"))


async def test_what_is_revoked_stays_so_since_it_first_was(writer, reader):
    await api_keys.add(writer, a_key())
    revoked = await api_keys.revoke(writer, "shop", NOW)
    assert (revoked.revoked, revoked.state(NOW)) == (NOW, "revoked")
    again = await api_keys.revoke(writer, "shop", NOW + timedelta(days=1))
    assert again == revoked == (await api_keys.every(reader))[0]


async def test_a_key_that_is_not_there_cannot_be_revoked(writer):
    with pytest.raises(NotFound):
        await api_keys.revoke(writer, "nobody", NOW)


async def test_the_last_use_only_goes_forward(writer, reader):
    await api_keys.add(writer, a_key())
    for minutes in (2, 1, 3, 0):
        await api_keys.note_use(writer, {"shop": NOW + timedelta(minutes=minutes), "gone": NOW})
    [key] = await api_keys.every(reader)
    assert key.last_used == NOW + timedelta(minutes=3)


def test_a_key_ends_at_the_moment_it_expires():
    key = a_key(expires=NOW)
    assert key.state(NOW - timedelta(microseconds=1)) == "active"
    assert key.state(NOW) == "expired"


def test_secrets_are_long_and_never_alike():
    secrets = {new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert {len(secret) for secret in secrets} == {len(PREFIX) + 43}  # 256 bits in base64url


async def test_a_database_that_does_not_answer_is_told_as_unavailable():
    engine = open_engine(Location.from_url("postgresql://nobody@127.0.0.1:1/none"), may_write=True)
    for attempt in (api_keys.every(engine), api_keys.add(engine, a_key())):
        with pytest.raises(LogUnavailable):
            await attempt
    await engine.dispose()
