"""Which running service a command talks to, and what it shows there."""

from __future__ import annotations

from mayuse.errors import SettingsError
from mayuse.settings import Settings


def address(chosen: Settings) -> str:
    """The service's address. Raises `SettingsError` when none is named."""
    if chosen.server is None:
        raise SettingsError("MAYUSE_SERVER: no service is named; give --server")
    return chosen.server


def credential(chosen: Settings) -> str | None:
    """The key or token to show, if there is one."""
    return chosen.api_key.get_secret_value() if chosen.api_key else None
