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
    assert (found.oidc_issuer, found.rate_limit) == (None, None)


def test_the_environment_is_read_and_what_is_given_wins(monkeypatch):
    monkeypatch.setenv("MAYUSE_PORT", "9000")
    monkeypatch.setenv("MAYUSE_OPA_URL", "http://127.0.0.1:8181/")
    assert settings.load().port == 9000
    assert settings.load(port=9001, host=None).port == 9001
    assert settings.load().opa_url == "http://127.0.0.1:8181"
    assert settings.load().engine == "opa"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"port": 9001}, "http://127.0.0.1:9001"),
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8000"),  # noqa: S104 - not listened on
        ({"public_url": "https://pdp.example/t/", "port": 1}, "https://pdp.example/t"),
    ],
)
def test_its_address_is_where_it_listens_unless_told(given, address):
    assert settings.load(**given).own_address == address


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
        ("MAYUSE_OIDC_ISSUER", f"http://{CANARY}.example"),
        ("MAYUSE_OIDC_ISSUER", CANARY),
        ("MAYUSE_OIDC_JWKS_URL", f"http://{CANARY}.example/keys"),
        ("MAYUSE_OIDC_ALGORITHMS", "RS256,HS256"),
        ("MAYUSE_OIDC_ALGORITHMS", "none"),
        ("MAYUSE_OIDC_ALGORITHMS", ""),
        ("MAYUSE_OIDC_LEEWAY", "86400"),
        ("MAYUSE_RATE_LIMIT", "0"),
        ("MAYUSE_LOG_LEVEL", CANARY),
    ],
)
def test_an_impossible_value_is_told_by_its_variable_alone(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert str(refused.value).startswith(f"{name}: ")
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    "alone",
    [("MAYUSE_OIDC_ISSUER", "https://issuer.example"), ("MAYUSE_OIDC_AUDIENCE", "mayuse")],
)
def test_an_issuer_without_an_audience_stops_the_start(monkeypatch, alone):
    """Else every token of the issuer would count, for whichever service it was made."""
    monkeypatch.setenv(*alone)
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert str(refused.value) == "MAYUSE_OIDC_ISSUER and MAYUSE_OIDC_AUDIENCE go together"


def test_an_issuer_is_kept_to_the_last_slash(monkeypatch):
    monkeypatch.setenv("MAYUSE_OIDC_ISSUER", "https://issuer.example/")
    monkeypatch.setenv("MAYUSE_OIDC_AUDIENCE", "mayuse")
    assert settings.load().oidc_issuer == "https://issuer.example/"
