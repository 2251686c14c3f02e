"""What a program asks through the client, of the real service over real sockets."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import urllib.request
from datetime import date

import pytest
from http_asking import DENIED, PERMITTED
from unreliable import Pass, Say

from mayuse.client import (
    ItemProblem,
    NotThere,
    Patience,
    ReceiptRefused,
    Refused,
    Unavailable,
    UnfitAnswer,
)
from mayuse.decision_log.note import SigningKey
from mayuse.decision_log.proof import Proof
from mayuse_server import Server
from opa_server import free_port

HEAVY = ("sqlalchemy", "sqlmodel", "wasmtime", "fastapi", "starlette", "pydantic", "asyncpg")


@pytest.fixture(scope="module")
def keys(server):
    """The log's keys, as an operator hands them out."""
    return json_of(server, "log", "key")


def json_of(server, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "mayuse", *arguments],
        cwd=server.log.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_decision_is_told_with_a_receipt_that_holds(server, connect, keys):
    client = connect(server.url, pinned=keys)
    denied, permitted = client.decide(DENIED), client.decide(PERMITTED)
    assert (denied.effect, denied.permitted) == ("deny", False)
    assert (permitted.effect, permitted.permitted) == ("permit", True)
    assert "sharing_is_off" in {reason.reason for reason in denied.reasons}
    recorded = client.confirm(denied)
    assert (recorded.decision_id, recorded.effect) == (denied.decision_id, "deny")


def test_another_decision_s_proof_confirms_nothing(server, way, connect, keys):
    """Also where whoever stands between has its record at hand, to go with it."""
    denied, other = connect(server.url).decide(DENIED), connect(server.url).decide(PERMITTED)
    address = f"{server.url}/v1/decisions/{other.decision_id}"
    record, proof = (Say(raw_answer(address + end)) for end in ("", "/proof"))
    for said in ([record, proof], [proof]):
        way.script.extend([Pass(), *said])
        with pytest.raises((ReceiptRefused, UnfitAnswer)):
            connect(way.url, pinned=keys).confirm(denied)
        way.script.clear()


def raw_answer(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own service
        body = answer.read()
        kind = answer.headers["content-type"]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


def test_a_decision_has_no_truth_of_its_own(server, connect):
    decision = connect(server.url).decide(PERMITTED)
    with pytest.raises(TypeError, match="permitted"):
        bool(decision)


def test_what_would_permit_is_told_when_asked(server, connect):
    client, sharing = connect(server.url), {"choices.share_with_affiliates": "on"}
    assert client.decide(DENIED).would_permit == ()
    explained = client.decide(DENIED, explain=True).would_permit
    assert any(sharing.items() <= changes.items() for changes in explained)


def test_what_is_no_question_is_refused_with_its_field(server, connect):
    with pytest.raises(Refused) as refused:
        connect(server.url).decide({**DENIED, "recipient": "mircosoft"})
    said = refused.value.said
    assert (said.status, said.code) == (400, "invalid_question")
    assert said.errors[0]["pointer"] == "/recipient"
    assert said.request_id


def test_the_same_key_of_ones_own_hears_the_first_answer(server, connect):
    client, key = connect(server.url), secrets.token_hex(8)
    first, again = (client.decide(DENIED, idempotency_key=key) for _ in range(2))
    assert again.decision_id == first.decision_id
    with pytest.raises(Refused) as refused:
        client.decide(PERMITTED, idempotency_key=key)
    assert refused.value.said.code == "idempotency_key_reused"


def test_recorded_decisions_are_read_replayed_and_proved(server, connect, keys):
    client = connect(server.url, pinned=keys)
    told = client.decide(DENIED)
    recorded = client.decision(told.decision_id)
    assert json.loads(recorded.record)["id"] == told.decision_id
    assert client.replay(told.decision_id).outcome == "same"
    assert Proof.from_text(client.proof(told.decision_id)).index == told.receipt.index
    for strange in ("none", "../log/key", "a b", "é", "?limit=1"):
        with pytest.raises(NotThere):
            client.decision(strange)


def test_a_list_is_read_to_its_end(server, connect):
    client, caller = connect(server.url), {"purpose": "train_ai_content"}
    asked = {**DENIED, "purpose": "train_ai_content", "choices": {}}
    ids = [client.decide(asked).decision_id for _ in range(5)]
    page = client.decisions(caller, limit=2)
    assert [item.decision_id for item in page.items] == ids[:2:-1]
    rest = client.decisions(caller, limit=2, cursor=page.next_cursor)
    assert rest.items[0].decision_id == ids[2]
    assert [item.decision_id for item in client.each_decision(caller)][:5] == ids[::-1]


def test_a_person_is_told_and_forgotten(server, connect, keys):
    client, person = connect(server.url, pinned=keys), f"{secrets.token_hex(4)} Zoë?#%;=+"
    client.decide({**DENIED, "data_subject": {"id": person, "jurisdiction": "US-CA"}})
    [told] = client.decisions_about(person).items
    assert told["effect"] == "deny"
    assert client.erase(person).decisions == 1
    assert client.decisions_about(person).items == []
    with pytest.raises(NotThere):
        client.erase(person)


def test_choices_are_recorded_once_and_read(way, connect):
    client, person = connect(way.url), f"{secrets.token_hex(4)}/é"
    none = client.choices(person)
    assert none.values == {}
    way.script.extend([Pass(0), Pass(0)])
    sharing = {"share_with_affiliates": "off"}
    [event] = client.record_choices(person, sharing, source="test", unchanged_since=none.etag)
    assert (event["choice"], event["value"]) == ("share_with_affiliates", "off")
    assert client.choices(person).values == sharing
    assert [it["event_id"] for it in client.choices_history(person).items] == [event["event_id"]]
    with pytest.raises(Refused) as refused:
        client.record_choices(person, {"share_with_affiliates": "on"}, unchanged_since=none.etag)
    assert refused.value.said.status == 412
    asked = {**PERMITTED, "data_subject": {"id": person, "jurisdiction": "US-VA", "age": 34}}
    assert not client.decide(asked | {"on": none.document["on"]}).permitted


def test_choices_are_recorded_with_the_notice_that_was_shown(server, connect):
    client, person = connect(server.url), secrets.token_hex(4)
    [event] = client.record_choices(
        person,
        {"consent_ads": "given"},
        notice="notice-2025-11-03",
        effective_at="2025-11-20T09:30:00Z",
    )
    assert event["notice"] == "notice-2025-11-03"
    assert event["effective_at"].startswith("2025-11-20T09:30:00")
    with pytest.raises(Refused) as refused:
        client.record_choices(person, {"consent_ads": "given"}, effective_at="2025-11-20")
    assert refused.value.said.errors[0]["pointer"] == "/effective_at"


def test_the_log_is_seen_to_have_only_grown(server, connect, keys):
    client = connect(server.url, pinned=keys)
    assert client.log_keys() == keys
    older = client.checkpoint()
    client.decide(DENIED)
    newer = client.checkpoint()
    client.check_growth(older, newer)
    with pytest.raises(ReceiptRefused):
        client.check_growth(newer, older)


def test_under_another_key_no_receipt_is_believed(server, connect, keys):
    """Somebody else's log of the same name: the answer is refused, permit or not."""
    origin = keys[0].partition("+")[0]
    strange = SigningKey(origin, secrets.token_bytes(32)).verifier.to_text()
    client = connect(server.url, pinned=[strange])
    for ask in (
        lambda: client.decide(PERMITTED),
        lambda: list(client.batch([PERMITTED])),
        client.checkpoint,
    ):
        with pytest.raises(ReceiptRefused):
            ask()


def test_a_batch_is_answered_item_by_item(server, connect, keys):
    client = connect(server.url, pinned=keys)
    found = list(client.batch([DENIED, {"recipient": "x"}, b"no json", PERMITTED]))
    assert [item.permitted for item in found] == [False, False, False, True]
    assert [type(item) for item in found[1:3]] == [ItemProblem] * 2
    assert [(item.line, item.code) for item in found[1:3]] == [
        (2, "invalid_question"),
        (3, "invalid_json"),
    ]
    assert list(client.batch([])) == []
    with pytest.raises(ValueError, match="one line"):
        list(client.batch([b"{}\n{}"]))


def test_a_long_batch_streams(server, connect):
    found = list(connect(server.url).batch(dict(DENIED) for _ in range(1_200)))
    assert len({item.decision_id for item in found}) == 1_200


def test_without_a_verdict_it_says_so_and_names_the_decision(tmp_path, connect):
    gone = f"http://127.0.0.1:{free_port()}"
    with Server(tmp_path, ready=False, MAYUSE_OPA_URL=gone) as server:
        client = connect(server.url, patience=Patience(tries=2))
        with pytest.raises(Unavailable) as unavailable:
            client.decide(PERMITTED)
        [item] = client.batch([PERMITTED])
        counted = [item.effect for item in client.each_decision()]
    said = unavailable.value.said
    assert (said.status, said.code, said.retry_after) == (503, "policy_unavailable", 1)
    assert said.decision_id
    assert (item.effect, item.permitted) == ("indeterminate", False)
    assert counted == ["indeterminate"] * 3, "asked twice, and once in the batch"


def test_it_loads_nothing_of_the_service():
    code = (
        "import sys\n"
        "import mayuse.client\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
        "print(sorted(name for name in sys.modules if name.startswith('mayuse.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, ours = done.stdout.splitlines()
    assert heavy == "[]"
    for name in ("store", "api", "engines", "bootstrap", "service"):
        assert f"mayuse.{name}" not in ours


def test_the_calendar_is_asked_by_days_and_place(server, connect):
    client = connect(server.url)
    told = client.changes(first=date(2027, 5, 1), last=date(2027, 5, 31), jurisdiction="US-AL")
    assert [day["on"] for day in told["days"]] == ["2027-05-01"]
    with pytest.raises(Refused) as refused:
        client.changes(jurisdiction="US-A1")
    assert refused.value.said.errors[0]["parameter"] == "jurisdiction"
