"""`mayuse keys`: made once shown once, listed, revoked; and what each exit code means."""

from __future__ import annotations

import json
import re

import pytest
from cli_results import lines_of

from mayuse.api_keys import PREFIX


def test_a_key_is_shown_once_and_alone_on_stdout(mayuse) -> None:
    done = mayuse("keys", "create", "shop", "--scope", "decide", "--scope", "log:read")

    assert done.returncode == 0
    assert re.fullmatch(rf"{PREFIX}[A-Za-z0-9_-]{{43}}\n", done.stdout)
    assert "decide, log:read" in done.stderr
    listed = mayuse("keys", "list").stdout + mayuse("keys", "list", "--json").stdout
    assert done.stdout.strip() not in listed


def test_json_has_the_secret_once_and_the_state_always(mayuse) -> None:
    made = mayuse(
        *("keys", "create", "audit", "--scope", "log:read"),
        *("--expires", "2099-01-01", "--json"),
    )

    [document] = lines_of(made)
    assert document.pop("secret").startswith(PREFIX)
    assert document["name"] == "audit"
    assert document["scopes"] == ["log:read"]
    assert document["state"] == "active"
    assert document["expires"].startswith("2099-01-01T00:00:00")
    assert lines_of(mayuse("keys", "list", "--json")) == [document]


def test_a_revoked_key_stays_in_the_list(mayuse) -> None:
    mayuse("keys", "create", "shop", "--scope", "admin")
    done = mayuse("keys", "revoke", "shop", "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["state"] == "revoked"
    assert [row["state"] for row in lines_of(mayuse("keys", "list", "--json"))] == ["revoked"]
    assert mayuse("keys", "revoke", "shop").returncode == 0  # it is so already
    assert "revoked" in mayuse("keys", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create", "shop", "--scope", "decide"), 1, "already"),
        (("revoke", "nobody"), 1, "no key of the name nobody"),
        (("create", "Shop", "--scope", "decide"), 2, "a-z"),
        (("create", "a" * 64, "--scope", "decide"), 2, "63"),
        (("create", "new", "--scope", "decied"), 2, "the scopes are"),
        (("create", "new"), 2, "--scope"),
        (("create", "new", "--scope", "decide", "--expires", "2020-01-01"), 2, "past"),
        (("create", "new", "--scope", "decide", "--expires", "soon"), 2, "--expires"),
    ],
)
def test_what_cannot_be_done_says_why(mayuse, arguments, code, said) -> None:
    mayuse("keys", "create", "shop", "--scope", "decide")
    done = mayuse("keys", *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(lines_of(mayuse("keys", "list", "--json"))) == 1


def test_no_key_yet(mayuse) -> None:
    mayuse("db", "upgrade")
    assert mayuse("keys", "list").stdout == "there is no key\n"
    assert mayuse("keys", "list", "--json").stdout == ""


def test_the_doctor_tells_how_the_door_stands(mayuse) -> None:
    def access():
        return json.loads(mayuse("doctor", "--json").stdout)["access"]

    assert access()["state"] == "note"
    assert "this machine may do everything" in access()["says"]
    mayuse("keys", "create", "shop", "--scope", "decide")
    assert access() == {"state": "ok", "says": "1 of 1 API keys count"}
    mayuse("keys", "revoke", "shop")
    assert access() == {"state": "fault", "says": "0 of 1 API keys count"}
