"""Asked over HTTP: the answers of the article, the same as the command line's, and kept."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from http_asking import DENIED, PERMITTED, problem

from mayuse import bundle, strict_json
from mayuse.authoring import cases
from mayuse.cli import main
from mayuse.decision_log.entry import Entry, from_text
from mayuse.vocabulary import Vocabulary

pytestmark = pytest.mark.asyncio(loop_scope="module")

ARTICLE = Path(__file__).parents[1] / "cases" / "article.cases.yaml"
URL = "/v1/decisions"


async def ask(client, asked, **options):
    answer = await client.post(URL, json=asked, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def recorded(client, answer):
    found = await client.get(f"{URL}/{answer['decision_id']}")
    assert found.status_code == 200
    return found.json()


async def test_the_rows_of_the_article_over_http(client):
    words = Vocabulary.from_facts(bundle.packaged().facts)
    asked = 0
    for case in cases.load([ARTICLE], words):
        for expected in case.answers:
            day = expected.question.on.isoformat()
            answer = await ask(client, {**case.document, "on": day})
            assert answer["effect"] == expected.effect, (case.name, day)
            assert tuple(answer["decided_by"]) == expected.decided_by, (case.name, day)
            asked += 1
    assert asked >= 22


async def test_a_deny_says_who_decided_why_and_by_which_law(client):
    answer = await ask(client, DENIED, headers={"Sec-GPC": "1"})
    assert (answer["effect"], answer["permitted"]) == ("deny", False)
    assert answer["decided_by"] == ["law", "terms"]
    assert answer["layers"] == {"law": "deny", "terms": "deny"}
    forced = [reason for reason in answer["reasons"] if reason["effect"] == "deny"]
    assert {reason["layer"] for reason in forced} == {"law", "terms"}
    for reason in forced:
        assert reason["says"]
        assert all(citation["provision"] for citation in reason["citations"])
    assert {"act": "us-ca-ccpa", "outcome": "deny"}.items() <= next(
        law for law in answer["laws"] if law["act"] == "us-ca-ccpa"
    ).items()


async def test_the_signal_of_the_browser_counts_like_that_of_the_body(client):
    silent = await ask(client, PERMITTED)
    by_header = await ask(client, PERMITTED, headers={"Sec-GPC": "1"})
    by_body = await ask(client, {**PERMITTED, "signals": {"gpc": True}})
    assert silent["effect"] == "permit"
    assert by_header["effect"] == "deny"
    own = ("decision_id", "receipt")
    assert {k: by_header[k] for k in by_header if k not in own} == {
        k: by_body[k] for k in by_body if k not in own
    }


async def test_the_command_line_answers_byte_for_byte_the_same(
    client, settings, monkeypatch, capfdbinary, tmp_path
):
    """Both answer the same question under the same bundle; only id and receipt are their own."""
    monkeypatch.setenv("MAYUSE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MAYUSE_KEYS_DIR", str(settings.keys_dir))
    questions = [DENIED, PERMITTED, {**DENIED, "data": ["profile", "health", "likeness"]}]
    file = tmp_path / "questions.ndjson"
    file.write_text("".join(json.dumps(asked) + "\n" for asked in questions))
    capfdbinary.readouterr()
    code = await asyncio.to_thread(main.run, ["ask", "--file", str(file), "--json"])
    assert code == 0
    lines = capfdbinary.readouterr().out.splitlines()
    for asked, line in zip(questions, lines, strict=True):
        said = (await client.post(URL, json=asked)).content
        ours, theirs = json.loads(said), json.loads(line)
        own = (strict_json.dumps(one["receipt"]) for one in (theirs, ours))
        same = line.replace(theirs["decision_id"].encode(), ours["decision_id"].encode())
        assert same.replace(*own) == said
        assert (await recorded(client, theirs))["caller"] == "cli"


async def test_a_decision_is_there_to_read_once_it_is_told(client):
    before = datetime.now(UTC)
    answer = await ask(client, {**DENIED, "data": ["profile", "public_posts"]})
    found = await recorded(client, answer)
    assert found["decision_id"] == answer["decision_id"]
    assert (found["effect"], found["permitted"]) == ("deny", False)
    assert before <= datetime.fromisoformat(found["at"]) <= datetime.now(UTC)
    assert (found["caller"], found["recipient"]) == ("anonymous", "microsoft")
    assert found["policy"]["digest"] == answer["policy"]["digest"]
    assert found["engine"] == answer["engine"]
    detail = found["detail"]
    assert detail["names_person"] is True
    assert detail["sources"] == {"share_with_affiliates": "asserted"}
    assert detail["facts"]["age"] == "adult"
    assert detail["facts"]["choices"]["share_with_affiliates"] == "off"
    assert [row["data"] for row in detail["data"]] == ["profile", "public_posts"]
    told = {(reason["rule"], reason["reason"]): reason["says"] for reason in answer["reasons"]}
    for reason in found["reasons"]:
        assert told[reason["rule"], reason["reason"]] == reason["says"]
    assert "member-7" not in json.dumps(found)


async def test_the_record_is_what_was_hashed(client):
    answer = await ask(client, DENIED)
    receipt = (await recorded(client, answer))["receipt"]
    record = from_text(receipt["record"])
    assert hashlib.sha256(b"\x00" + record).hexdigest() == receipt["leaf_hash"]
    assert receipt["leaf_hash"] == answer["receipt"]["leaf_hash"]
    assert Entry.from_bytes(record).id == answer["decision_id"]
    assert b"member-7" not in record


async def test_many_at_once_are_all_kept(client):
    answers = await asyncio.gather(*(ask(client, DENIED) for _ in range(60)))
    ids = {answer["decision_id"] for answer in answers}
    assert len(ids) == 60
    for answer in answers:
        assert (await recorded(client, answer))["receipt"]["leaf_hash"] == (
            answer["receipt"]["leaf_hash"]
        )


@pytest.mark.parametrize(
    "decision_id",
    [
        "0",
        "01981c1e-5d5c-7c1d-9d2a-5f5f0f0e4c11",
        "%00",
        "..%2f..%2fetc",
        "' OR 1=1 --",
        "x" * 5000,
    ],
)
async def test_a_decision_that_is_not_there(client, decision_id):
    problem(await client.get(f"{URL}/{decision_id}"), 404, "not_found")


async def test_a_deny_can_be_asked_what_would_permit_it(client):
    plain = await ask(client, DENIED)
    assert "would_permit" not in plain
    answer = await ask(client, DENIED, params={"explain": "counterfactual"})
    assert answer["effect"] == "deny"
    assert answer["would_permit"]
    for changes in answer["would_permit"]:
        otherwise = {**DENIED, "choices": dict(DENIED["choices"])}
        for field, value in changes.items():
            holder, _, name = field.partition(".")
            otherwise[holder] = {**otherwise.get(holder, {}), name: value}
        assert (await ask(client, otherwise))["effect"] == "permit"
    permitted = await ask(client, PERMITTED, params={"explain": "counterfactual"})
    assert "would_permit" not in permitted
