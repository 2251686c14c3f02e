"""Who is let in: whoever shows an API key that counts, or a token of a trusted issuer.

While no key was ever made and no issuer is trusted, whoever connects from this machine is let in:
so a first start works. The first key ends that for good. When the last one is revoked, the door
stays shut, and only `mayuse keys`, at the database, opens it again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import httpx

from mayuse.access import ANONYMOUS, Caller
from mayuse.api_keys import PREFIX, ApiKey
from mayuse.errors import LogUnavailable, NotAdmitted
from mayuse.issuer_keys import SECONDS, IssuerKeys
from mayuse.keyring import KeyRing
from mayuse.service import Part
from mayuse.settings import Settings
from mayuse.store import session
from mayuse.tokens import Tokens, Trust

SCHEME = "bearer"
MAX_CREDENTIAL = 8 * 2**10
"""Characters of a credential: tokens with many claims take a few thousand."""

OPEN = "no API key was ever made and no issuer is trusted: this machine may do everything"
ONLY_HERE = "without a credential, only this machine is answered, asked as localhost"
SHUT = "callers show a credential"


class Door:
    """Lets callers in, or not."""

    def __init__(self, ring: KeyRing, tokens: Tokens | None) -> None:
        """`tokens` reads those of the trusted issuer, where there is one."""
        self._ring, self._tokens = ring, tokens

    async def admit(self, credentials: Sequence[str], *, local: bool) -> Caller:
        """Who shows these: the values of the header `Authorization`.

        `local` says whether they connect from this machine. Raises `NotAdmitted`, and
        `LogUnavailable` when the keys cannot be read.
        """
        if not credentials:
            if not await self.is_open():
                raise NotAdmitted("unauthenticated", "no credential was sent")
            if not local:
                raise NotAdmitted("unauthenticated", ONLY_HERE)
            return ANONYMOUS
        credential = _bearer(credentials)
        if self._tokens is not None and not credential.startswith(PREFIX):
            return await self._tokens.read(credential)
        return self._by_key(await self._ring.find(credential))

    async def is_open(self) -> bool:
        """Whether this machine needs no credential. Raises `LogUnavailable`."""
        return self._tokens is None and await self._ring.is_empty()

    async def part(self) -> Part:
        """Whether callers can be told apart now, in words that tell a stranger nothing."""
        try:
            said = OPEN if await self.is_open() else SHUT
        except LogUnavailable as error:
            return Part("access", ready=False, detail=error.detail)
        return Part("access", ready=True, detail=said)

    def _by_key(self, key: ApiKey | None) -> Caller:
        now = datetime.now(UTC)
        if key is None:
            raise NotAdmitted("invalid_token", "the credential is not known")
        if (state := key.state(now)) != "active":
            raise NotAdmitted("invalid_token", f"the API key is {state}")
        self._ring.used(key, now)
        return Caller(f"key:{key.name}", frozenset(key.scopes))


@asynccontextmanager
async def open_door(settings: Settings) -> AsyncIterator[Door]:
    """A door at the settings' database, which has its tables."""
    location = session.Location.from_url(settings.database_url)
    async with AsyncExitStack() as stack:
        reader = session.open_engine(location)
        stack.push_async_callback(reader.dispose)
        writer = session.open_engine(location, may_write=True, patience=session.BUSY_SECONDS)
        stack.push_async_callback(writer.dispose)
        ring = KeyRing(reader, writer)
        await stack.enter_async_context(ring.kept_fresh())
        tokens = await stack.enter_async_context(open_tokens(settings))
        yield Door(ring, tokens)


@asynccontextmanager
async def open_tokens(settings: Settings) -> AsyncIterator[Tokens | None]:
    """A reader of the trusted issuer's tokens, or None where none is trusted."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        yield None
        return
    async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as client:
        keys = IssuerKeys(settings.oidc_issuer, settings.oidc_jwks_url, client)
        trust = Trust(
            settings.oidc_issuer,
            settings.oidc_audience,
            frozenset(settings.oidc_algorithms.split(",")),
            settings.oidc_leeway,
            settings.oidc_scope_claim,
        )
        try:
            yield Tokens(trust, keys)
        finally:
            await keys.close()


def _bearer(credentials: Sequence[str]) -> str:
    """The credential in the header. Raises `NotAdmitted`."""
    if len(credentials) > 1:
        raise NotAdmitted("invalid_token", "the header Authorization is sent twice")
    scheme, _, credential = credentials[0].partition(" ")
    if scheme.lower() != SCHEME:
        raise NotAdmitted("unauthenticated", "the scheme is not Bearer")
    credential = credential.strip(" ")
    if not credential.isascii() or not 1 <= len(credential) <= MAX_CREDENTIAL:
        raise NotAdmitted("invalid_token", "there is no credential after Bearer")
    return credential
