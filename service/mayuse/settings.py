"""The environment, read once: `MAYUSE_*` -> one frozen object.

A variable that begins with `MAYUSE_` and is not known stops the start: a misspelt
`MAYUSE_OPA_URL` must not quietly mean another engine.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from mayuse.errors import SettingsError

PREFIX = "MAYUSE_"


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http or https address")
    if parts.query or parts.fragment:
        raise ValueError("has a query or a fragment")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]

SIGNATURES = frozenset(
    {
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA"),
    }
)
"""Algorithms with a public key. With any other, whoever checks a token could also make one."""


def _not_overheard(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ValueError("is not an https address")
    return value


def _issuer(value: str) -> str:
    _not_overheard(_web_address(value))
    return value  # as it is: it is compared with what tokens say, to the last slash


def _algorithms(value: str) -> str:
    if set(value.split(",")) - SIGNATURES:
        raise ValueError(f"is not a list of {', '.join(sorted(SIGNATURES))}")
    return value


class Settings(BaseSettings):
    """What an operator can set. Each field is an environment variable, `MAYUSE_` and its name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    database_url: str = "sqlite:///var/mayuse.db"
    """Where decisions are recorded; `sqlite:///path` or `postgresql://…`. Migrated at start."""

    bundle: Path | None = None
    """A policy bundle to answer under. Default: the one in the package."""

    bundle_keys: Path | None = None
    """Public keys that may sign policy bundles: a PEM file, or a folder of `*.pem`, each named by
    its key's id. Default: none, and no signature is asked for."""

    opa_url: WebAddress | None = None
    """An OPA server that evaluates the bundle. Default: none, OPA's Wasm runs in this process."""

    opa_bin: Path | None = None
    """The `opa` program. Default: from PATH, else installed."""

    keys_dir: Path = Path("var/keys")
    """Where the keys of the log and of pseudonyms lie; made at first start, mode 0600."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that answer, each with its own engine and memo."""

    public_url: WebAddress | None = None
    """The service's own address in links and metadata; never taken from `Host`. Default: where it
    listens."""

    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = None
    """Whose tokens are accepted (OpenID Connect): exactly its name, which is its address."""

    oidc_audience: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Whom the tokens must be meant for: this service's name at the issuer."""

    oidc_jwks_url: Annotated[WebAddress, AfterValidator(_not_overheard)] | None = None
    """Where the issuer's keys are. Default: where the issuer's own configuration says."""

    oidc_algorithms: Annotated[str, AfterValidator(_algorithms)] = "RS256,ES256,EdDSA"
    """The algorithms a token may be signed with, separated by commas."""

    oidc_leeway: Annotated[int, Field(ge=0, le=300)] = 30
    """Seconds by which clocks may differ when a token's times are looked at."""

    oidc_scope_claim: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")] = "scope"
    """The claim with the scopes of a token: a list, or one text with spaces between."""

    rate_limit: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Requests a caller may send in a minute to each process. Default: as many as it likes."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    traces: bool = False
    """Send spans by OTLP to where the standard `OTEL_…` variables say; takes `mayuse[otel]`."""

    max_body_bytes: Annotated[int, Field(ge=1024, le=16 * 2**20)] = 64 * 2**10
    """A longer request body is refused with 413, whether it says its length or not."""

    max_batch_bytes: Annotated[int, Field(ge=1024, le=2**30)] = 16 * 2**20
    """A longer JSON batch is refused with 413. A stream of lines is bounded by line alone."""

    body_timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds within which a request's headers must have arrived, and then its body.

    Of a stream of lines, seconds without anything new.
    """

    policy_timeout: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Seconds within which the policy must have given its verdict."""

    policy_memory_bytes: Annotated[int, Field(ge=8 * 2**20, le=4 * 2**30)] = 256 * 2**20
    """Memory that one evaluation in this process may use."""

    memo_size: Annotated[int, Field(ge=0, le=10_000_000)] = 100_000
    """Verdicts remembered per process; 0 remembers none."""

    log_queue: Annotated[int, Field(ge=1, le=1_000_000)] = 5_000
    """Decisions that may wait to be recorded; one more is answered 503 at once."""

    log_origin: Annotated[str, Field(pattern=r"^[!-*,-~]{1,200}$")] | None = None
    """The log's name in its checkpoints, e.g. `example.com/mayuse`. Given once, then kept."""

    receipt_wait_ms: Annotated[int, Field(ge=0, le=30_000)] = 1000
    """Milliseconds a single decision waits for its proof on PostgreSQL; then it gets a promise."""

    sealer_database_url: str | None = None
    """The login that seals, where PostgreSQL is not to let the one that writes do so."""

    server: WebAddress | None = None
    """A running service that `mayuse ask` asks. Default: none, the command answers itself."""

    api_key: SecretStr | None = None
    """The key or token that `mayuse ask` shows that service."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_audience is None):
            raise PydanticCustomError(
                "incomplete", "MAYUSE_OIDC_ISSUER and MAYUSE_OIDC_AUDIENCE go together"
            )
        return self

    @property
    def own_address(self) -> str:
        """Where callers find the service, without a slash at the end."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def engine(self) -> str:
        """Which engine evaluates: `opa` when a server is named, else `embedded`."""
        return "opa" if self.opa_url else "embedded"


def load(**given: Any) -> Settings:  # noqa: ANN401 - whatever a command line gives
    """Read the settings; what is `given` and not None wins over the environment.

    Raises `SettingsError` naming the variable, never its value.
    """
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    _refuse_unknown(os.environ, known)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        sentences = [
            f"{_variable(fault['loc'])}: {_plain(fault['msg'])}" if fault["loc"] else fault["msg"]
            for fault in faults
        ]
        raise SettingsError("; ".join(sentences)) from None


def _refuse_unknown(names: Iterable[str], known: Collection[str]) -> None:
    for name in sorted(names):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.6)
            hint = f"; perhaps {near[0]} was meant" if near else ""
            raise SettingsError(f"{name} is not a setting{hint}")


def _variable(place: tuple[int | str, ...]) -> str:
    return PREFIX + str(place[0]).upper()


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
