"""Databases to break."""

from __future__ import annotations

from databases import database, empty, server, template

__all__ = ["database", "empty", "server", "template"]
