"""What is asked badly gets a clear 4xx, names the fault, and never hears its own value again."""

import json
import time
from typing import Any

import pytest
from http_asking import DENIED, PERMITTED, faults, problem

from mayuse.strict_json import MAX_DEPTH

pytestmark = pytest.mark.asyncio(loop_scope="module")

URL = "/v1/decisions"
JSON = {"Content-Type": "application/json"}
CANARY = "canary-5c1e"


async def refused(client, status, code, **request: Any):
    recorded = (await client.get(URL)).json()
    answer = await client.post(URL, **request)
    assert CANARY not in answer.text
    assert (await client.get(URL)).json() == recorded, "a refused question left a record"
    return problem(answer, status, code)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"recipient": f"microsoft-{CANARY}"}, {"/recipient": "microsoft"}),
        ({"purpose": "ads_personalized"}, {"/purpose": "ads_personalised"}),
        ({"data": ["profile", f"{CANARY}"]}, {"/data/1": None}),
        ({"data": ["profile", "profile"]}, {"/data": None}),
        ({"data": []}, {"/data": None}),
        ({"controller": "linkedn"}, {"/controller": "linkedin"}),
        ({"data_subject": {"jurisdiction": "us-ca"}}, {"/data_subject/jurisdiction": "US-CA"}),
        ({"data_subject": {"age": 10**15}}, {"/data_subject/age": None}),
        ({"data_subject": {"age": -1}}, {"/data_subject/age": None}),
        ({"data_subject": {"age": True}}, {"/data_subject/age": None}),
        ({"data_subject": {"id": f"{CANARY}\n"}}, {"/data_subject/id": None}),
        ({"data_subject": {"id": CANARY * 30}}, {"/data_subject/id": None}),
        ({"data_subject": {"id": None}}, {"/data_subject/id": None}),
        ({"choices": {"ai_trainig": "off"}}, {"/choices/ai_trainig": "ai_training"}),
        ({"choices": {f"my {CANARY}": "off"}}, {"/choices": None}),
        ({"choices": {"ai_training": f"off{CANARY}"}}, {"/choices/ai_training": None}),
        ({"choices": {"ai_training": "offf"}}, {"/choices/ai_training": "off"}),
        ({"signals": {"gpc": "yes"}}, {"/signals/gpc": None}),
        ({"on": "2025-02-29"}, {"/on": None}),
        ({"on": "0000-01-01"}, {"/on": None}),
        ({"on": "99999-01-01"}, {"/on": None}),
        ({"on": 20251120}, {"/on": None}),
        ({"recipent": CANARY, "on": CANARY}, {"/recipent": "recipient", "/on": None}),
    ],
)
async def test_a_faulty_field_is_pointed_at(client, changed, expected):
    said = await refused(client, 400, "invalid_question", json={**DENIED, **changed})
    assert faults(said) == expected


async def test_a_question_without_its_required_members(client):
    said = await refused(client, 400, "invalid_question", json={})
    assert faults(said) == {"/recipient": None, "/purpose": None, "/data": None}


@pytest.mark.parametrize(
    "document", [b"[]", b"null", b"7", b'"microsoft"', b"true", b"[{}]"], ids=bytes.decode
)
async def test_json_that_is_no_object(client, document):
    said = await refused(client, 400, "invalid_question", content=document, headers=JSON)
    assert faults(said) == {"": None}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"recipient": ' + CANARY.encode(),
        b'{"recipient": "microsoft", "recipient": "public"}',
        b'{"data_subject": {"age": NaN}}',
        b'{"data_subject": {"age": 1e400}}',
        b'{"data_subject": {"age": 9007199254740993}}',
        b'{"data_subject": {"age": 1' + b"0" * 5000 + b"}}",
        b'{"data_subject": {"id": "a\\u0000b"}}',
        b'{"data_subject": {"id": "\\ud800"}}',
        b'{"data_subject": {"id": "\xff"}}',
        b"\xef\xbb\xbf{}",
        '{"recipient": "microsoft"}'.encode("utf-16"),
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"data":' * 5000,
        b"\x89PNG\r\n\x1a\n\x00\x00",
    ],
    ids=lambda content: repr(content[:40]),
)
async def test_malformed_json(client, content):
    await refused(client, 400, "invalid_json", content=content, headers=JSON)


@pytest.mark.parametrize(
    "media_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/merge-patch+json",
        "application/json; charset=iso-8859-1",
        "application/json, text/plain",
        "image/png",
        "",
        ";",
        CANARY,
    ],
)
async def test_another_media_type(client, media_type):
    headers = {} if media_type is None else {"Content-Type": media_type}
    await refused(
        client, 415, "unsupported_media_type", content=json.dumps(DENIED), headers=headers
    )


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
async def test_json_by_other_spellings(client, media_type):
    answer = await client.post(
        URL, content=json.dumps(DENIED), headers={"Content-Type": media_type}
    )
    assert answer.status_code == 200


async def test_a_compressed_body(client):
    headers = JSON | {"Content-Encoding": "gzip"}
    await refused(client, 415, "unsupported_media_type", content=b"\x1f\x8b", headers=headers)


@pytest.mark.parametrize("size", [65_537, 1_000_000, 20_000_000])
async def test_an_oversized_body(client, size):
    started = time.monotonic()
    await refused(client, 413, "body_too_large", content=b" " * size, headers=JSON)
    assert time.monotonic() - started < 2


async def test_a_body_of_just_the_limit_is_read(client):
    content = json.dumps(DENIED).encode().ljust(65_536)
    assert (await client.post(URL, content=content, headers=JSON)).status_code == 200


async def test_an_oversized_body_that_does_not_say_its_length(client):
    async def pieces():
        for _ in range(100):
            yield b" " * 1000

    await refused(client, 413, "body_too_large", content=pieces(), headers=JSON)


@pytest.mark.parametrize("values", [["0"], ["true"], [""], ["11"], ['"1"'], ["0", "yes"]])
async def test_a_privacy_signal_is_a_1_and_nothing_else(client, values):
    """Global Privacy Control: any other value MUST be ignored."""
    headers = [("Sec-GPC", value) for value in values]
    answer = await client.post(URL, json=PERMITTED, headers=headers)
    assert (answer.status_code, answer.json()["effect"]) == (200, "permit")


@pytest.mark.parametrize("values", [["1"], ["1", "0"], ["0", "1"], ["1", "1"], ["0, 1"]])
async def test_of_several_privacy_signals_one_is_enough(client, values):
    headers = [("Sec-GPC", value) for value in values]
    answer = await client.post(URL, json=PERMITTED, headers=headers)
    assert (answer.status_code, answer.json()["effect"]) == (200, "deny")


@pytest.mark.parametrize("query", ["explain=counterfactuals", f"{CANARY}%20=1", "a=1&a=2"])
async def test_a_parameter_that_is_not_known_is_not_dropped(client, query):
    answer = await client.post(f"{URL}?{query}", json=DENIED)
    assert CANARY not in answer.text
    problem(answer, 400, "invalid_parameter")


async def test_a_body_as_full_of_faults_as_fits_takes_bounded_time(client):
    started = time.monotonic()
    document = {**DENIED, **{f"recipient{n}": n for n in range(3_000)}}
    said = await refused(client, 400, "invalid_question", json=document)
    assert len(said["errors"]) == 32
    assert time.monotonic() - started < 2
