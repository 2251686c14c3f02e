"""No package that runs in the service is under the GPL, the LGPL or the AGPL."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
ELSEWHERE = {"colorama"}
"""Locked for other platforms, so perhaps not installed here; each is under the BSD licence."""


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_a_licence_that_asks_nothing_of_our_source(package: str) -> None:
    try:
        about = distribution(package).metadata
    except PackageNotFoundError:
        assert package in ELSEWHERE, f"{package} is locked but not installed"
        return
    classifiers = [item for item in about.get_all("Classifier", []) if item.startswith("License")]
    said = " ".join([about.get("License-Expression", ""), about.get("License", ""), *classifiers])

    assert said.strip(), f"{package} names no licence"
    assert not re.search(r"\b(A|L)?GPL|General Public Licen", said)
