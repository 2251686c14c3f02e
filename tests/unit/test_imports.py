"""Imports point one way, and an auditor's code needs neither store nor ORM."""

from __future__ import annotations

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_both_import_contracts_hold(capfd) -> None:
    status = lint_imports(config_filename="pyproject.toml", cache_dir=None, is_debug_mode=False)

    assert status == EXIT_STATUS_SUCCESS, capfd.readouterr().out
