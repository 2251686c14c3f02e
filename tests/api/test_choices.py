"""A person's choices over HTTP: record, read as of a day, take back, and what decides then."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from http_asking import PERMITTED, faults, problem

from mayuse.store.session import Location

pytestmark = pytest.mark.asyncio(loop_scope="module")

ON = "2025-11-20"


def url(person, rest=""):
    return f"/v1/data-subjects/{person}/choices{rest}"


def choosing(effective_at=f"{ON}T09:00:00Z", **choices):
    return {"choices": choices, "effective_at": effective_at, "source": "settings_page"}


def about(person, **changes):
    place = changes.pop("jurisdiction", "US-CA")
    return {
        **PERMITTED,
        **changes,
        "data_subject": {"id": person, "jurisdiction": place, "age": 35},
    }


def evaluation_of(person, **context):
    return {
        "subject": {"type": "recipient", "id": "microsoft"},
        "action": {"name": "ads_personalised"},
        "resource": {
            "type": "personal_data",
            "id": "profile",
            "properties": {"data_subject": {"id": person, "jurisdiction": "US-CA", "age": 35}},
        },
        "context": context,
    }


def today():
    return datetime.now(UTC).date().isoformat()


def in_two_days():
    return (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


async def record(client, person, document, **headers):
    return await client.put(url(person), json=document, headers=headers)


async def decide(client, person, headers=None, **changes):
    return await client.post("/v1/decisions", json=about(person, **changes), headers=headers)


async def test_an_opt_out_is_recorded_shown_and_decides(client):
    assert (await decide(client, "ann")).json()["effect"] == "permit"
    answer = await record(client, "ann", choosing(share_with_affiliates="off"))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    [event] = answer.json()["recorded"]
    assert (event["choice"], event["value"]) == ("share_with_affiliates", "off")
    assert event["effective_at"] == f"{ON}T09:00:00.000000Z"
    assert (event["source"], event["recorded_by"]) == ("settings_page", "anonymous")

    state = (await client.get(url("ann"), params={"on": ON})).json()
    assert state["choices"]["share_with_affiliates"]["value"] == "off"
    assert state["choices"]["share_with_affiliates"]["event_id"] == event["event_id"]
    assert state["signals"] == {}

    denied = (await decide(client, "ann")).json()
    assert denied["effect"] == "deny"
    assert "sharing_is_off" in [row["reason"] for row in denied["reasons"]]
    detail = (await client.get(f"/v1/decisions/{denied['decision_id']}")).json()["detail"]
    assert detail["sources"] == {"share_with_affiliates": "recorded"}
    again = await client.post(f"/v1/decisions/{denied['decision_id']}/replay")
    assert again.json()["outcome"] == "same"


async def test_it_never_reaches_back_and_is_taken_back_by_the_same_door(client):
    await record(client, "bea", choosing(share_with_affiliates="off"))
    assert (await decide(client, "bea", on="2025-11-19")).json()["effect"] == "permit"
    assert (await decide(client, "bea", on=ON)).json()["effect"] == "deny"
    back = choosing(f"{ON}T18:00:00Z", share_with_affiliates="on")
    assert (await record(client, "bea", back)).status_code == 200
    assert (await decide(client, "bea", on=ON)).json()["effect"] == "deny"
    assert (await decide(client, "bea", on="2025-11-21")).json()["effect"] == "permit"


async def test_of_asserted_and_recorded_the_more_protective_stands_and_is_told(client):
    await record(client, "cem", choosing(share_with_affiliates="off"))
    answer = (await decide(client, "cem", choices={"share_with_affiliates": "on"})).json()
    assert answer["effect"] == "deny"
    assert answer["conflicts"] == [
        {"choice": "share_with_affiliates", "asserted": "on", "recorded": "off"}
    ]
    await record(client, "dan", choosing(share_with_affiliates="on"))
    answer = (await decide(client, "dan", choices={"share_with_affiliates": "off"})).json()
    assert (answer["effect"], "conflicts" in answer) == ("deny", False)


async def test_a_counterfactual_starts_from_what_is_recorded(client):
    await record(client, "eve", choosing(share_with_affiliates="off"))
    answer = await client.post(
        "/v1/decisions", params={"explain": "counterfactual"}, json=about("eve")
    )
    assert answer.json()["would_permit"] == [{"choices.share_with_affiliates": "on"}]


async def test_an_idempotent_repeat_tells_the_first_answer_whatever_was_recorded_since(client):
    await record(client, "fay", choosing(share_with_affiliates="off"))
    key = {"Idempotency-Key": "fay-1"}
    asked = {"choices": {"share_with_affiliates": "on"}, "headers": key}
    first = (await decide(client, "fay", **asked)).json()
    await record(client, "fay", choosing(f"{ON}T10:00:00Z", opt_out_targeted_ads="requested"))
    again = (await decide(client, "fay", **asked)).json()
    first.pop("receipt"), again.pop("receipt")
    assert again == first
    assert first["conflicts"]


def slowly(document, between):
    """The body of a request, of which the rest arrives when something else is done."""
    text = json.dumps(document).encode()

    async def body():
        yield text[:10]
        await between()
        yield text[10:]

    return {"content": body(), "headers": {"Content-Type": "application/json"}}


async def test_a_choice_that_arrives_slowly_is_not_known_before_it_has_arrived(client):
    told = []

    async def ask():
        told.append((await decide(client, "sid", on=today())).json())

    document = {"choices": {"share_with_affiliates": "off"}}
    answer = await client.put(url("sid"), **slowly(document, ask))
    [event], [permitted] = answer.json()["recorded"], told
    assert permitted["effect"] == "permit"
    assert event["effective_at"] == event["recorded_at"]
    found = (await client.get(f"/v1/decisions/{permitted['decision_id']}")).json()
    assert found["at"] < event["recorded_at"]
    again = await decide(client, "sid", on=today(), known_at=found["at"])
    assert again.json()["effect"] == "permit"


@pytest.mark.parametrize("door", ["decisions", "evaluation"])
async def test_what_a_decision_counted_was_recorded_by_its_time(client, door):
    """The opt-out is recorded while the question arrives; asked again as of then, it counts."""
    person, told = f"tom-{door}", []

    async def opt_out():
        document = {"choices": {"share_with_affiliates": "off"}}
        told.extend((await record(client, person, document)).json()["recorded"])

    if door == "decisions":
        asked = slowly(about(person, on=today()), opt_out)
        answer = (await client.post("/v1/decisions", **asked)).json()
    else:
        asked = slowly(evaluation_of(person, on=today()), opt_out)
        answer = (await client.post("/access/v1/evaluation", **asked)).json()["context"]
        at, answer = answer["evaluated_at"], answer["answer"]
    found = (await client.get(f"/v1/decisions/{answer['decision_id']}")).json()
    assert door == "decisions" or found["at"] == at
    assert answer["effect"] == "deny"
    assert found["at"] >= told[0]["recorded_at"]
    again = await decide(client, person, on=today(), known_at=found["at"])
    assert again.json()["effect"] == "deny"


async def test_known_at_looks_past_what_was_recorded_later(client):
    before = datetime.now(UTC) - timedelta(seconds=1)
    known_at = before.isoformat().replace("+00:00", "Z")
    await record(client, "gil", choosing(share_with_affiliates="off"))
    assert (await decide(client, "gil", known_at=known_at)).json()["effect"] == "permit"
    then = await client.get(url("gil"), params={"on": ON, "known_at": known_at})
    assert then.json() == {"on": ON, "known_at": known_at, "choices": {}, "signals": {}}
    asked = about("gil", known_at=known_at)
    answer = (await client.post("/v1/decisions", json=asked)).json()
    detail = (await client.get(f"/v1/decisions/{answer['decision_id']}")).json()["detail"]
    assert detail["known_at"] == known_at
    refused = await decide(client, "gil", known_at="yesterday")
    assert faults(problem(refused, 400, "invalid_question")) == {"/known_at": None}


async def test_a_signal_is_recorded_by_its_header_and_lifted_by_a_word_alone(client):
    answer = await record(client, "hal", choosing(), **{"Sec-GPC": "1"})
    [event] = answer.json()["recorded"]
    assert (event["signal"], event["value"], event["source"]) == ("gpc", True, "browser_signal")
    assert event["effective_at"] == event["recorded_at"]  # the letter is old, the signal is not
    assert (await client.get(url("hal"), params={"on": ON})).json()["signals"] == {}
    state = (await client.get(url("hal"))).json()
    assert state["signals"]["gpc"]["value"] is True

    denied = (await decide(client, "hal", on=today())).json()
    assert "signal_on" in [row["reason"] for row in denied["reasons"]]
    detail = (await client.get(f"/v1/decisions/{denied['decision_id']}")).json()["detail"]
    assert detail["sources"] == {"signals.gpc": "recorded"}
    await record(client, "hal", choosing(f"{ON}T10:00:00Z", ai_training="off"))
    assert (await decide(client, "hal", on=in_two_days())).json()["effect"] == "deny"
    lifted = {"signals": {"gpc": False}}
    refused = await record(client, "hal", lifted, **{"Sec-GPC": "1"})
    assert faults(problem(refused, 400, "invalid_choices")) == {"/signals/gpc": None}
    assert (await record(client, "hal", lifted)).status_code == 200
    assert (await decide(client, "hal", on=in_two_days())).json()["effect"] == "permit"


@pytest.mark.parametrize(
    ("place", "effect", "says"),
    [("US-CA", "deny", True), ("US-VA", "permit", False), ("BR", "permit", False)],
)
async def test_the_law_of_the_place_decides_between_signal_and_choice(client, place, effect, says):
    """A consent is recorded and the browser sends a signal: the answer shows both."""
    person = f"ivy-{place}"
    given = choosing(consent_ads="given")
    await record(client, person, given)
    asked = {"controller": "generic", "recipient": "advertiser", "jurisdiction": place}
    answer = (await decide(client, person, {"Sec-GPC": "1"}, **asked)).json()
    assert answer["conflicts"] == [
        {"signal": "gpc", "choice": "consent_ads", "value": "given", "source": "recorded"}
    ]
    assert answer["effect"] == effect
    assert ("signal_on" in [row["reason"] for row in answer["reasons"]]) is says


async def test_authzen_heeds_ledger_header_and_known_at(client):
    evaluation = evaluation_of("joe", on=ON)

    async def ask(headers=None, **context):
        sent = {**evaluation, "context": {**evaluation["context"], **context}}
        answer = await client.post("/access/v1/evaluation", json=sent, headers=headers)
        return answer.json()["decision"], answer.json()["context"]["reason"]

    assert (await ask())[0] is True
    assert (await ask({"Sec-GPC": "1"}))[0] is False
    await record(client, "joe", choosing(share_with_affiliates="off"))
    assert await ask() == (False, "promise_broken")
    assert (await ask(known_at="2025-11-20T00:00:00Z"))[0] is True
    assert await ask(known_at="yesterday") == (False, "invalid_time")
    several = {**evaluation, "evaluations": [{}]}
    answer = await client.post("/access/v1/evaluations", json=several, headers={"Sec-GPC": "1"})
    problem(answer, 400, "invalid_parameter")


async def test_the_same_request_is_recorded_once(client):
    key = {"Idempotency-Key": "kim-1"}
    first = await record(client, "kim", choosing(ai_training="off"), **key)
    again = await record(client, "kim", choosing(ai_training="off"), **key)
    assert again.json() == first.json()
    reused = await record(client, "kim", choosing(ai_training="on"), **key)
    problem(reused, 409, "idempotency_key_reused")
    events = (await client.get(url("kim", "/history"))).json()["events"]
    assert events == first.json()["recorded"]


async def test_what_was_read_can_be_the_condition_of_what_is_recorded(client):
    empty = (await client.get(url("lea"))).headers["etag"]
    first = await record(client, "lea", choosing(ai_training="off"), **{"If-Match": empty})
    assert first.status_code == 200
    late = await record(client, "lea", choosing(ai_training="on"), **{"If-Match": empty})
    problem(late, 412, "precondition_failed")
    weak = f"W/{first.headers['etag']}"
    late = await record(client, "lea", choosing(ai_training="on"), **{"If-Match": weak})
    problem(late, 412, "precondition_failed")

    read = await client.get(url("lea"))
    assert read.headers["etag"] == first.headers["etag"]
    same = await client.get(url("lea"), headers={"If-None-Match": read.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    headers = {"If-Match": f'"other", {read.headers["etag"]}'}
    assert (await record(client, "lea", choosing(ai_training="on"), **headers)).status_code == 200

    now = (await client.get(url("lea"))).headers["etag"]
    for held in (now, f"W/{now}", "*"):
        late = await record(client, "lea", choosing(ai_training="off"), **{"If-None-Match": held})
        problem(late, 412, "precondition_failed")
    other = {"If-None-Match": '"other"'}
    assert (await record(client, "lea", choosing(ai_training="off"), **other)).status_code == 200


async def test_an_event_that_the_day_does_not_show_is_a_change_all_the_same(client):
    """Whoever opted out today is out all day; that they opted in again must not be overwritten."""
    out = await record(client, "lou", {"choices": {"ai_training": "off"}})
    held = out.headers["etag"]
    await record(client, "lou", {"choices": {"ai_training": "on"}})

    read = await client.get(url("lou"), headers={"If-None-Match": held})
    assert read.status_code == 200
    assert read.json()["choices"]["ai_training"]["value"] == "off"
    late = {"choices": {"ai_training": "off"}}
    problem(await record(client, "lou", late, **{"If-Match": held}), 412, "precondition_failed")
    current = {"If-Match": read.headers["etag"]}
    assert (await record(client, "lou", late, **current)).status_code == 200


async def test_history_comes_in_pages(client, settings):
    for hour in range(3):
        await record(client, "mia", choosing(f"{ON}T1{hour}:00:00Z", ai_training="off"))
    told, address = [], url("mia", "/history?limit=2")
    while address:
        page = await client.get(address)
        told += page.json()["events"]
        link = page.links.get("next")
        address = link and link["url"].removeprefix(settings.own_address)
    assert [event["effective_at"][11:13] for event in told] == ["12", "11", "10"]
    stolen = (await client.get(url("mia", "/history?limit=1"))).json()["next_cursor"]
    problem(await client.get(url("lea", f"/history?cursor={stolen}")), 400, "invalid_parameter")


FAULTY = [
    ({"choices": {"ai_trainig": "off"}}, {"/choices/ai_trainig": "ai_training"}),
    ({"choices": {"ai_training": "of"}}, {"/choices/ai_training": "off"}),
    ({"choices": {"consent_ads": None}}, {"/choices/consent_ads": None}),
    ({"choices": []}, {"/choices": None}),
    ({"choices": {}}, {"": None}),
    ({}, {"": None}),
    ([], {"": None}),
    ({"chioces": {}}, {"/chioces": "choices"}),
    ({"signals": {"gpc": 1}}, {"/signals/gpc": None}),
    ({"signals": {"dnt": True}}, {"/signals/dnt": None}),
    (choosing("2025-02-30T00:00:00Z", ai_training="off"), {"/effective_at": None}),
    (choosing("2025-11-20T00:00:00", ai_training="off"), {"/effective_at": None}),
    (choosing("2199-01-01T00:00:00Z", ai_training="off"), {"/effective_at": None}),
    (choosing("1970-01-01T00:00:00Z", ai_training="off"), {"/effective_at": None}),
    ({**choosing(ai_training="off"), "source": "a letter from Maria"}, {"/source": None}),
    ({**choosing(ai_training="off"), "source": "browser_signal"}, {"/source": None}),
    ({**choosing(ai_training="off"), "notice": "Maria Muster"}, {"/notice": None}),
]


@pytest.mark.parametrize(("document", "where"), FAULTY)
async def test_what_cannot_be_recorded_is_refused_without_repeating_it(client, document, where):
    answer = await record(client, "nia", document)
    said = problem(answer, 400, "invalid_choices")
    assert faults(said) == where
    assert "Maria" not in answer.text
    assert (await client.get(url("nia", "/history"))).json() == {"events": []}


@pytest.mark.parametrize(
    "query", ["on=2025-02-30", "on=today", "known_at=2025-11-20", "at=2025-11-20", "on=&on="]
)
async def test_a_parameter_that_cannot_be_used_is_refused(client, query):
    problem(await client.get(url("nia", f"?{query}")), 400, "invalid_parameter")


@pytest.mark.parametrize("unknown", ["a%00b", "%0A", "x" * 300, "%2E", "%2E%2E"])
async def test_an_id_no_question_could_name_is_not_there(client, unknown):
    said = problem(await client.get(url(unknown)), 404, "not_found")
    assert said["detail"].startswith("the id of the person is not a text of 1 to 256 characters")
    problem(await client.get(url(unknown, "/history")), 404, "not_found")
    problem(await record(client, unknown, choosing(ai_training="off")), 404, "not_found")


@pytest.mark.parametrize("step", [".", ".."])
async def test_no_question_names_a_person_whom_no_address_could(client, step):
    """Clients and proxies take `.` and `..` for steps: such a person could never be forgotten."""
    said = problem(await decide(client, step), 400, "invalid_question")
    assert faults(said) == {"/data_subject/id": None}
    told = await client.post("/access/v1/evaluation", json=evaluation_of(step))
    assert told.json() == {"decision": False, "context": {"reason": "invalid_data_subject"}}
    listed = await client.get("/v1/decisions", params={"data_subject": step})
    problem(listed, 400, "invalid_parameter")
    assert (await decide(client, f".{step}.")).status_code == 200


async def test_an_access_request_shows_them_and_an_erasure_takes_them(client):
    await record(client, "zoe", choosing(ai_training="off"))
    await record(client, "zoe", choosing(f"{ON}T10:00:00Z", ai_training="on"))
    told = (await client.get("/v1/data-subjects/zoe/decisions")).json()
    assert [event["value"] for event in told["choices"]] == ["on", "off"]
    assert told["decisions"] == []
    erased = (await client.delete("/v1/data-subjects/zoe")).json()
    assert (erased["decisions"], erased["choices"]) == (0, 2)
    assert (await client.get(url("zoe", "/history"))).json() == {"events": []}
    assert (await client.get(url("zoe"), params={"on": ON})).json()["choices"] == {}


async def test_choices_that_cannot_be_read_give_no_answer(client, settings):
    """Taken for none, an opt-out would be a yes."""
    path = Location.from_url(settings.database_url).file

    def run(statement):
        with sqlite3.connect(path) as database:
            database.execute(statement)

    await record(client, "una", choosing(share_with_affiliates="off"))
    run("ALTER TABLE choice_event RENAME TO gone")
    try:
        problem(await decide(client, "una"), 503, "choices_unavailable")
        problem(await client.get(url("una")), 503, "choices_unavailable")
        answer = await record(client, "una", choosing(ai_training="off"))
        problem(answer, 503, "choices_unavailable")
        batch = {"items": [about("una"), {**PERMITTED, "data_subject": {"jurisdiction": "US-CA"}}]}
        several = (await client.post("/v1/decisions:batch", json=batch)).json()
        assert [item["code"] for item in several["items"]] == ["choices_unavailable"] * 2
        assert several["summary"]["unrecorded"] == 2
        unnamed = {**PERMITTED, "data_subject": {"jurisdiction": "US-CA", "age": 35}}
        assert (await client.post("/v1/decisions", json=unnamed)).status_code == 200
    finally:
        run("ALTER TABLE gone RENAME TO choice_event")
    assert (await decide(client, "una")).json()["effect"] == "deny"


async def test_a_batch_reads_the_ledger_and_takes_no_header(client):
    await record(client, "vic", choosing(share_with_affiliates="off"))
    items = {"items": [about("vic"), about("nobody"), about("vic", on="2025-11-19")]}
    answer = (await client.post("/v1/decisions:batch", json=items)).json()
    assert [item["effect"] for item in answer["items"]] == ["deny", "permit", "permit"]
    answer = await client.post("/v1/decisions:batch", json=items, headers={"Sec-GPC": "1"})
    problem(answer, 400, "invalid_parameter")


async def test_no_id_and_no_choice_is_logged(client, capfd):
    await record(client, "wanda@example.org", choosing(ai_training="off"))
    await client.get(url("wanda@example.org"))
    said = capfd.readouterr()
    assert "wanda" not in said.out + said.err
    assert "ai_training" not in said.out + said.err


async def test_support_for_the_signal_is_stated(client):
    answer = await client.get("/.well-known/gpc.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    said = json.loads(answer.text)
    assert said["gpc"] is True
    assert datetime.fromisoformat(said["lastUpdate"])
