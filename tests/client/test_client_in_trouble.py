"""What the client does when the way to the service, or the service, fails in the middle."""

from __future__ import annotations

import json
import secrets
import signal
import time
from urllib.parse import quote

import pytest
from http_asking import DENIED, PERMITTED
from unreliable import Pass, Say, Way

from mayuse.client import (
    AsyncClient,
    Client,
    CutOff,
    NoAnswer,
    NotAuthorised,
    NotSent,
    Patience,
    Refused,
    Unavailable,
    UnfitAnswer,
)
from mayuse_server import Server
from opa_server import free_port

TOLD = {
    "decision_id": "x",
    "effect": "deny",
    "permitted": False,
    "reasons": [],
    "policy": {"digest": "x"},
    "receipt": {"leaf_hash": "0" * 64},
}
DEEP = (
    b"\r\nContent-Type: application/problem+json\r\nContent-Length: 100000\r\n"
    b"Connection: close\r\n\r\n" + b"[" * 100_000
)
NOTHING, HEAD, HALF = Pass(0), Pass(60), Pass(900)


def problem(status, code, *headers):
    body = f'{{"status": {status}, "code": "{code}", "detail": "said by the way"}}'
    head = [
        f"HTTP/1.1 {status} Whatever",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return Say("\r\n".join([*head, "", body]).encode())


def answer(body, media_type="application/json"):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    return Say(f"{head}Connection: close\r\n\r\n{body}".encode())


def of_person(question, person):
    return {**question, "data_subject": {"id": person, "jurisdiction": "US-CA"}}


@pytest.mark.parametrize("lost", [NOTHING, HEAD, HALF], ids=["lost", "head only", "half"])
def test_an_answer_that_was_lost_is_asked_for_again_and_decided_once(way, connect, lost):
    """The service hears the question three times and decides once."""
    client, person = connect(way.url), secrets.token_hex(8)
    way.script.extend([lost, lost])
    told = client.decide(of_person(DENIED, person))
    assert len(way.heard) == 3
    assert len({key_of(request) for request in way.heard}) == 1
    recorded = client.decisions({"data_subject": person}).items
    assert [item.decision_id for item in recorded] == [told.decision_id]


def key_of(request):
    return next(
        line for line in request.split(b"\r\n") if line.lower().startswith(b"idempotency-key")
    )


def test_it_gives_up_in_the_end(way, connect):
    client = connect(way.url, patience=Patience(tries=3))
    way.script.extend([NOTHING] * 9)
    with pytest.raises(NoAnswer):
        client.decide(DENIED)
    assert len(way.heard) == 3


def test_what_is_not_safe_is_sent_once(way, connect):
    client, person = connect(way.url), secrets.token_hex(8)
    client.decide(of_person(DENIED, person))
    way.heard.clear()
    way.script.append(NOTHING)
    with pytest.raises(NoAnswer):
        client.erase(person)
    way.script.append(NOTHING)
    with pytest.raises(CutOff):
        list(client.batch([DENIED]))
    assert len(way.heard) == 2


def test_retry_after_is_kept(way, connect):
    client = connect(way.url)
    way.script.append(problem(503, "log_busy", "Retry-After: 2"))
    way.script.append(problem(429, "too_many_requests", "Retry-After: 1"))
    started = time.monotonic()
    assert client.decide(PERMITTED).permitted
    assert 3 <= time.monotonic() - started < 8


def test_a_wait_that_is_too_long_is_told_at_once(way, connect):
    client = connect(way.url, patience=Patience(longest_wait=5))
    way.script.append(problem(503, "log_unavailable", "Retry-After: 60"))
    started = time.monotonic()
    with pytest.raises(Unavailable) as unavailable:
        client.decide(DENIED)
    assert unavailable.value.said.retry_after == 60
    assert time.monotonic() - started < 2
    way.script.append(problem(503, "x", "Retry-After: Fri, 31 Dec 2199 23:59:59 GMT"))
    with pytest.raises(Unavailable):
        client.decide(DENIED)


@pytest.mark.parametrize("code", ["undefined", "malformed_verdict", "rule_silent"])
def test_what_the_policy_would_say_again_is_not_asked_again(way, connect, code):
    client = connect(way.url)
    way.script.append(problem(503, code, "Retry-After: 1"))
    with pytest.raises(Unavailable):
        client.decide(DENIED)
    assert len(way.heard) == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (problem(401, "unauthenticated"), NotAuthorised),
        (problem(403, "forbidden"), NotAuthorised),
        (problem(400, "invalid_question"), Refused),
        (problem(307, "moved", "Location: http://127.0.0.1:9/"), Refused),
        (Say(b"HTTP/1.1 404 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"), Refused),
        (answer("<html>", "text/html"), UnfitAnswer),
        (answer("{"), UnfitAnswer),
        (answer("[]"), UnfitAnswer),
        (answer("{}"), UnfitAnswer),
        (answer('{"effect": "deny", "permitted": true}'), UnfitAnswer),
        (answer('{"effect": "permit", "permitted": "yes"}'), UnfitAnswer),
        (answer('{"effect": "permit", "effect": "deny", "permitted": true}'), UnfitAnswer),
        (answer('{"effect": "permit", "permitted": true, "decision_id": "x"}'), UnfitAnswer),
        (answer(json.dumps(TOLD | {"would_permit": 5})), UnfitAnswer),
        (answer(json.dumps(TOLD | {"would_permit": None})), UnfitAnswer),
        (answer(json.dumps(TOLD | {"would_permit": [5]})), UnfitAnswer),
        (Say(b"HTTP/1.1 400 No" + DEEP), Refused),
    ],
)
def test_nothing_else_passes_for_an_answer(way, connect, said, error):
    way.script.append(said)
    with pytest.raises(error):
        connect(way.url).decide(PERMITTED)
    assert len(way.heard) == 1


def test_nobody_there(connect):
    client = connect(f"http://127.0.0.1:{free_port()}", patience=Patience(tries=2))
    for ask in (
        lambda: client.decide(DENIED),
        lambda: client.erase("x"),
        lambda: list(client.batch([DENIED])),
    ):
        with pytest.raises(NoAnswer):
            ask()


def test_a_key_goes_to_its_service_and_is_not_shown(way, connect):
    key = f"key-{secrets.token_hex(8)}"
    client = connect(way.url, key=key)
    with pytest.raises(NotAuthorised) as refused:
        client.decide(DENIED)
    assert f"authorization: bearer {key}".encode() in way.heard[0].lower()
    way.script.append(NOTHING)
    with pytest.raises(NoAnswer) as lost:
        client.erase("nobody")
    assert key not in repr(client) + repr(refused.value) + repr(lost.value)


@pytest.mark.parametrize("upto", [0, 300, 4_000])
def test_a_batch_that_was_cut_off_says_so(way, connect, upto):
    client = connect(way.url)
    way.script.append(Pass(upto))
    with pytest.raises(CutOff):
        list(client.batch([DENIED] * 50))
    assert len(way.heard) == 1


@pytest.mark.parametrize(
    "lines",
    [
        '{"summary": {"items": 0, "complete": true}}\n',
        '{"summary": {"items": 1, "complete": false}}\n',
        '{"summary": {"items": 1, "complete": true}}\n',
        "",
    ],
)
def test_a_batch_that_does_not_add_up_is_cut_off(way, connect, lines):
    way.script.append(answer(lines, "application/x-ndjson"))
    with pytest.raises(CutOff):
        list(connect(way.url).batch([DENIED]))


def test_a_service_killed_in_the_middle_decided_what_it_told_and_no_question_twice(tmp_path):
    """Killed while questions come in; another is started in its place, on the same log."""
    person, port = secrets.token_hex(8), free_port()
    with Server(tmp_path, port=port) as server, Way(port) as way:
        client = Client(way.url, patience=Patience(tries=8))
        way.script.extend([Pass(), NOTHING])
        first = client.decide(of_person(DENIED, person))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        with Server(tmp_path, port=port):
            second = client.decide(of_person(DENIED, person))
            recorded = list(client.each_decision({"data_subject": person}))
    assert [item.decision_id for item in recorded] == [second.decision_id, first.decision_id]


def test_what_will_end_warns_whoever_wrote_the_program(way, connect):
    body = '{"policies": []}'
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    end = "Deprecation: @1767225600\r\nSunset: Fri, 31 Dec 2027 23:59:59 GMT\r\n"
    way.script.append(Say(f"{head}{end}Connection: close\r\n\r\n{body}".encode()))
    with pytest.warns(FutureWarning, match="GET /v1/policies is deprecated and ends on Fri"):
        assert connect(way.url).policies() == {"policies": []}


SURROGATE = "\ud800"
BY_ID = {
    "decision": lambda client, it: client.decision(it),
    "replay": lambda client, it: client.replay(it),
    "proof": lambda client, it: client.proof(it),
    "decisions_about": lambda client, it: client.decisions_about(it),
    "choices": lambda client, it: client.choices(it),
    "record_choices": lambda client, it: client.record_choices(it, {"consent_ads": "given"}),
    "choices_history": lambda client, it: client.choices_history(it),
    "erase": lambda client, it: client.erase(it),
    "policy": lambda client, it: client.policy(it),
    "activate_policy": lambda client, it: client.activate_policy(it, reason="x"),
    "remove_policy": lambda client, it: client.remove_policy(it),
}
"""Every call that has an id in its address."""


@pytest.mark.parametrize("name", BY_ID)
@pytest.mark.parametrize("strange", ["", ".", "..", SURROGATE], ids=ascii)
def test_an_id_that_has_no_address_is_not_sent(way, connect, name, strange):
    """Where `..` goes into a path, what is asked about one person is told about all."""
    with pytest.raises(NotSent):
        BY_ID[name](connect(way.url), strange)
    assert way.heard == []


@pytest.mark.parametrize("strange", ["...", "../x", "x/..", "%2e%2e", "..;", "\\..", ".. "])
def test_an_id_with_dots_in_it_is_one_segment(way, connect, strange):
    assert connect(way.url).decisions_about(strange).items == []
    [asked] = way.heard
    path = asked.split(b" ")[1].decode()
    assert path.split("/") == ["", "v1", "data-subjects", quote(strange, safe=""), "decisions"]


@pytest.mark.parametrize(
    "strange",
    [
        {"data": {"a set"}},
        {"data_subject": {"id": SURROGATE}},
        {SURROGATE: "x"},
        {"data": 2**64},
        {"data": len},
        {7: "x"},
    ],
    ids=["a set", "a surrogate", "a surrogate as a name", "a number", "a function", "no name"],
)
def test_what_json_does_not_hold_is_not_sent(way, connect, strange):
    client = connect(way.url)
    asked = {**DENIED, **strange}
    for ask in (lambda: client.decide(asked), lambda: list(client.batch([asked]))):
        with pytest.raises(NotSent) as found:
            ask()
        assert DENIED["recipient"] not in str(found.value)
    assert not any(b"POST /v1/decisions " in it for it in way.heard)


def test_what_neither_header_nor_address_holds_is_not_sent(way, connect):
    client = connect(way.url)
    for ask in (
        *(
            lambda key=key: client.decide(DENIED, idempotency_key=key)
            for key in ("", "é", "a b", 'a"b', "a\r\nb", "x" * 256, SURROGATE)
        ),
        *(
            lambda tag=tag: client.record_choices(
                "x", {"consent_ads": "given"}, unchanged_since=tag
            )
            for tag in ("é", '"a\r\nb"', SURROGATE)
        ),
        lambda: client.decisions({"data_subject": SURROGATE}),
        lambda: client.decisions(cursor=SURROGATE),
        lambda: client.decision("x" * 100_000),
        lambda: client.confirm(None),
    ):
        with pytest.raises(NotSent):
            ask()
    assert way.heard == []


@pytest.mark.parametrize("key", ["", "é", "a b", "a\n", "a\r\nX: y", SURROGATE], ids=ascii)
def test_a_key_that_no_header_holds_makes_no_client(key):
    for kind in (Client, AsyncClient):
        with pytest.raises(NotSent) as found:
            kind("http://127.0.0.1:9", key=key)
        assert not key or key not in str(found.value)


@pytest.mark.parametrize(
    "address",
    [
        *("", "127.0.0.1:8000", "ftp://x", "http://", "http://x:65536", "http://x:y"),
        *("http://a..b", f"http://{'a' * 64}.x", f"http://{SURROGATE}"),
    ],
    ids=ascii,
)
def test_an_address_that_is_none_makes_no_client(address):
    for kind in (Client, AsyncClient):
        with pytest.raises(NotSent):
            kind(address)


def test_a_client_that_was_closed_sends_nothing(way):
    client = Client(way.url)
    client.close()
    for ask in (lambda: client.decide(DENIED), lambda: list(client.batch([DENIED]))):
        with pytest.raises(NotSent):
            ask()
    assert way.heard == []


async def test_an_async_client_that_was_closed_sends_nothing(way):
    client = AsyncClient(way.url)
    await client.close()
    with pytest.raises(NotSent):
        await client.decide(DENIED)
    with pytest.raises(NotSent):
        await anext(client.batch([DENIED]))
    assert way.heard == []


def test_a_proxy_of_the_environment_is_passed_by(way, server, connect, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, way.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert not connect(server.url, key=None).decide(DENIED).permitted
    assert way.heard == []


@pytest.mark.parametrize("when", ["Fri, 31 Dec 2199 23:59:59 +99999999999999999999", "9" * 400])
def test_a_retry_after_beyond_measure_is_no_time_to_wait_for(way, connect, when):
    way.script.append(problem(503, "x", f"Retry-After: {when}"))
    client = connect(way.url, patience=Patience(tries=1))
    with pytest.raises(Unavailable):
        client.decide(DENIED)
