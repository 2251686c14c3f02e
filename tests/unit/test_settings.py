"""The environment is read once, strictly, and a fault names the variable but never its value."""

import pytest
from pydantic import ValidationError

from mayuse import settings
from mayuse.errors import SettingsError

CANARY = "hunter2"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in settings.Settings.model_fields:
        monkeypatch.delenv(f"MAYUSE_{name.upper()}", raising=False)


def test_defaults_answer_on_loopback_from_sqlite():
    found = settings.load()
    assert (found.host, found.port, found.workers) == ("127.0.0.1", 8000, 1)
    assert found.database_url == "sqlite:///var/mayuse.db"
    assert found.engine == "embedded"
    assert not found.allow_unauthenticated_bind


def test_the_environment_is_read_and_what_is_given_wins(monkeypatch):
    monkeypatch.setenv("MAYUSE_PORT", "9000")
    monkeypatch.setenv("MAYUSE_OPA_URL", "http://127.0.0.1:8181/")
    assert settings.load().port == 9000
    assert settings.load(port=9001, host=None).port == 9001
    assert settings.load().opa_url == "http://127.0.0.1:8181"
    assert settings.load().engine == "opa"


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        settings.load().port = 1


@pytest.mark.parametrize(
    ("name", "near"),
    [("MAYUSE_OPA_ULR", "MAYUSE_OPA_URL"), ("MAYUSE_DATABASE", "MAYUSE_DATABASE_URL")],
)
def test_a_misspelt_variable_stops_the_start(monkeypatch, name, near):
    monkeypatch.setenv(name, CANARY)
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert str(refused.value) == f"{name} is not a setting; perhaps {near} was meant"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAYUSE_PORT", f"8000{CANARY}"),
        ("MAYUSE_PORT", "65536"),
        ("MAYUSE_WORKERS", "0"),
        ("MAYUSE_HOST", ""),
        ("MAYUSE_OPA_URL", f"ftp://{CANARY}"),
        ("MAYUSE_OPA_URL", f"http://opa/?token={CANARY}"),
        ("MAYUSE_PUBLIC_URL", CANARY),
        ("MAYUSE_MAX_BODY_BYTES", "10"),
        ("MAYUSE_ALLOW_UNAUTHENTICATED_BIND", CANARY),
        ("MAYUSE_LOG_LEVEL", CANARY),
    ],
)
def test_an_impossible_value_is_told_by_its_variable_alone(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert str(refused.value).startswith(f"{name}: ")
    assert CANARY not in str(refused.value)
