"""What the client does when the way to the service, or the service, fails in the middle."""

from __future__ import annotations

import secrets
import signal
import time

import pytest
from http_asking import DENIED, PERMITTED
from unreliable import Pass, Say, Way

from mayuse.client import (
    Client,
    CutOff,
    NoAnswer,
    NotAuthorised,
    Patience,
    Refused,
    Unavailable,
    UnfitAnswer,
)
from mayuse_server import Server
from opa_server import free_port

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
