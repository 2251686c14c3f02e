"""docker-compose.yml and Dockerfile hold to their promises: pinned, hardened, checked, closed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from mayuse import opa_binary
from mayuse.errors import OpaFailed
from mayuse.settings import Settings
from opa_server import serving

PINNED = re.compile(r"[a-z0-9/_-]+:\d+\.\d+(\.\d+)?(-[a-z]+)*")


@pytest.fixture(scope="module")
def compose(root: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((root / "docker-compose.yml").read_text())
    return document


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> list[str]:
    joined = (root / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def test_service_database_and_opa(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {"mayuse", "opa", "postgres"}


def test_every_image_is_pinned(services: dict[str, dict[str, Any]], dockerfile: list[str]) -> None:
    bases = [line.split()[1] for line in dockerfile if line.startswith("FROM ")]
    images = [service["image"] for service in services.values()] + bases
    assert len(images) == 6
    assert [image for image in images if not PINNED.fullmatch(image)] == []
    opas = [image for image in images if "/opa:" in image]
    assert opas == [f"openpolicyagent/opa:{opa_binary.VERSION}-static"] * 2


def test_nothing_runs_as_root_or_can_become_it(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert not service["user"].startswith(("0", "root")), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name


def test_every_service_is_checked_and_waits_for_what_it_needs(
    services: dict[str, dict[str, Any]],
) -> None:
    for service in services.values():
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["healthcheck"]["retries"] > 1
    assert services["mayuse"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["opa"]["depends_on"] == {"mayuse": {"condition": "service_healthy"}}


def test_only_the_service_is_reachable_and_only_from_this_machine(
    compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    assert services["mayuse"]["ports"] == ["127.0.0.1:8000:8000"]
    for name in ("opa", "postgres"):
        assert "ports" not in services[name]
        assert services[name]["networks"] == ["back"]
    assert compose["networks"]["back"] == {"internal": True}


def test_no_secret_is_written_down(
    root: Path, compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    assert compose["secrets"] == {"opa_key": {"file": "./opa.key"}}
    assert "/opa.key" in (root / ".gitignore").read_text().splitlines()
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith(
        "${POSTGRES_PASSWORD:?"
    )
    assert ":${POSTGRES_PASSWORD:?" in services["mayuse"]["environment"]["MAYUSE_DATABASE_URL"]
    assert "!.env" not in (root / ".dockerignore").read_text()


def test_the_service_is_set_up_by_settings_that_exist(
    services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services["mayuse"]["environment"].items():
        assert name.removeprefix("MAYUSE_").lower() in Settings.model_fields
        monkeypatch.setenv(name, value)
    chosen = Settings()
    assert (chosen.engine, str(chosen.opa_url)) == ("opa", "http://opa:8181")
    assert chosen.port == 8000


def test_opa_pulls_from_the_service_and_is_closed(
    root: Path, services: dict[str, dict[str, Any]]
) -> None:
    opa = services["opa"]
    assert "--authorization=basic" in opa["command"]
    assert opa["environment"] == {
        "MAYUSE_ADDRESS": "http://mayuse:8000",
        "MAYUSE_KEY_FILE": "/run/secrets/opa_key",
    }
    assert opa["secrets"] == ["opa_key"]
    mounted = [volume.split(":") for volume in opa["volumes"]]
    assert {target for _, target, _ in mounted} <= {
        word.removeprefix("--config-file=") for word in opa["command"]
    }
    assert {mode for *_, mode in mounted} == {"ro"}
    assert all((root / source).is_file() for source, *_ in mounted)
    config = yaml.safe_load((root / "docker" / "opa.yaml").read_text())
    pulls_from = config["services"]["mayuse"]
    assert pulls_from["url"] == "${MAYUSE_ADDRESS}/opa"
    assert pulls_from["credentials"] == {"bearer": {"token_path": "${MAYUSE_KEY_FILE}"}}
    assert config["bundles"]["mayuse"]["resource"] == "bundles/mayuse.tar.gz"


def test_opa_judges_its_own_health_as_the_file_says(
    services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """Unhealthy while nobody answers, or while no bundle is active; healthy after."""
    program, *arguments = services["opa"]["healthcheck"]["test"][1:]
    assert program == "/opa"
    [query] = [word for word in arguments if "http.send" in word]
    assert healthy(arguments, query, port=9) is False
    (tmp_path / "opa.yaml").write_text(
        "services: {s: {url: http://127.0.0.1:9}}\nbundles: {b: {service: s}}\n"
    )
    for options, verdict in (([], True), (["--config-file", tmp_path / "opa.yaml"], False)):
        with serving(*options) as url:
            assert healthy(arguments, query, port=int(url.rpartition(":")[2])) is verdict


def healthy(arguments: list[str], query: str, *, port: int) -> bool:
    asked = [word.replace(":8181/", f":{port}/") if word is query else word for word in arguments]
    try:
        opa_binary.run(asked)
    except OpaFailed:
        return False
    return True


def test_the_image_is_built_from_locks_and_runs_as_nobody(dockerfile: list[str]) -> None:
    installs = [line for line in dockerfile if " install " in line and "pip" in line]
    assert installs
    for line in installs:
        for command in line.split("&&"):
            if "pip install" in command:
                assert "--require-hashes" in command or "--no-deps --no-index" in command
    users = [line for line in dockerfile if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]
    assert dockerfile.index(users[0]) < dockerfile.index('CMD ["serve"]')
    assert any(line.startswith("HEALTHCHECK ") for line in dockerfile)
    assert not [line for line in dockerfile if line.startswith(("ADD ", "COPY . "))]


def test_the_image_copies_what_its_context_lets_in(root: Path, dockerfile: list[str]) -> None:
    let_in = {
        line.removeprefix("!")
        for line in (root / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {
        source
        for line in dockerfile
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert copied == let_in
    assert all((root / name).exists() for name in copied)
    project = tomllib.loads((root / "pyproject.toml").read_text())
    forced = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert forced.keys() <= copied
