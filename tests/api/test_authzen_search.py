"""AuthZEN 1.0 searches: a test for each demand of section 8 that a server can break.

Section numbers are those of https://openid.net/specs/authorization-api-1_0.html.
"""

import copy
import random

import pytest
from api_app import serving
from http_asking import problem

import opa_server
from mayuse import bundle
from mayuse.settings import Settings
from mayuse.vocabulary import Vocabulary

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOCABULARY = Vocabulary.from_facts(bundle.packaged().facts)
KINDS = ("subject", "resource", "action")
ALL = {
    "subject": VOCABULARY.recipients,
    "resource": VOCABULARY.data,
    "action": VOCABULARY.purposes,
}
WHOLE = {
    "subject": {"type": "recipient", "id": "microsoft"},
    "action": {"name": "ads_personalised"},
    "resource": {
        "type": "personal_data",
        "id": "profile",
        "properties": {"data_subject": {"jurisdiction": "US-CA", "age": 35}},
    },
    "context": {"on": "2025-11-20"},
}


def url(kind):
    return f"/access/v1/search/{kind}"


def asking(kind, base=WHOLE, **more):
    """A search: the evaluation without the id of what is searched."""
    document = copy.deepcopy(base)
    if kind == "action":
        del document["action"]
    else:
        del document[kind]["id"]
    return {**document, **more}


def evaluating(kind, name, base=WHOLE):
    document = copy.deepcopy(base)
    document[kind]["name" if kind == "action" else "id"] = name
    return document


def names(kind, said):
    return [result["name" if kind == "action" else "id"] for result in said["results"]]


async def find(client, kind, document, **headers):
    answer = await client.post(url(kind), json=document, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


@pytest.mark.parametrize("kind", KINDS)
async def test_results_hold_only_entities_of_the_searched_kind(client, kind):
    """8.3: `results` REQUIRED, of the searched type alone."""
    said = await find(client, kind, asking(kind))
    assert said.keys() == {"results"}
    assert said["results"]
    for result in said["results"]:
        if kind == "action":
            assert result.keys() == {"name"}
        else:
            wanted = {"subject": "recipient", "resource": "personal_data"}[kind]
            assert (result.keys(), result["type"]) == ({"type", "id"}, wanted)
    assert set(names(kind, said)) < set(ALL[kind])


@pytest.mark.parametrize("kind", KINDS)
async def test_the_searched_id_is_ignored_if_it_is_sent(client, kind):
    """8.4, 8.5: an `id` MUST be ignored; 10.1.1: so must whatever is not known."""
    plain = await find(client, kind, asking(kind))
    for name in ("microsoft", "nobody", ""):
        document = {**evaluating(kind, name), "unknown": {"x": 1}, "evaluations": []}
        assert await find(client, kind, document) == plain
    if kind != "action":
        document = asking(kind)
        document[kind]["id"] = 17
        assert await find(client, kind, document) == plain


@pytest.mark.parametrize("kind", KINDS)
async def test_a_missing_part_is_a_bad_request(client, kind):
    """10.1.1: a required attribute missing MUST be 400."""
    for part in ("subject", "action", "resource"):
        if part == kind == "action":
            continue
        without = asking(kind)
        del without[part]
        problem(await client.post(url(kind), json=without), 400, "invalid_question")
        for value in ("text", 1, [], None):
            sent = asking(kind, **{part: value})
            problem(await client.post(url(kind), json=sent), 400, "invalid_question")
        for member in ("type", "id", "name"):
            broken = asking(kind)
            if member in broken[part]:
                del broken[part][member]
                problem(await client.post(url(kind), json=broken), 400, "invalid_question")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"{}", "text/plain", "invalid_media_type"),
        (b"{", "application/json", "invalid_json"),
        (b"", "application/json", "invalid_json"),
        (b"[]", "application/json", "invalid_question"),
    ],
)
async def test_what_is_no_json_object_is_a_bad_request(client, kind, content, media_type, code):
    """10.1: a JSON object, announced as JSON; all else is 400."""
    headers = {"Content-Type": media_type, "X-Request-ID": "given"}
    answer = await client.post(url(kind), content=content, headers=headers)
    problem(answer, 400, code)
    assert answer.headers["x-request-id"] == "given"


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_not_known_finds_nothing(client, kind):
    """Certification c-4-6: an unknown id or type is 200 with no results."""
    changes = {
        "unknown_subject_type": {"subject": {"type": "robot", "id": "microsoft"}},
        "unknown_resource_type": {"resource": {"type": "document", "id": "profile"}},
    }
    if kind != "subject":
        changes["unknown_recipient"] = {"subject": {"type": "recipient", "id": "nobody"}}
    if kind != "action":
        changes["unknown_purpose"] = {"action": {"name": "sell_souls"}}
    if kind != "resource":
        changes["unknown_data"] = {"resource": {"type": "personal_data", "id": "soul"}}
    changes["unknown_choice"] = {"context": {"choices": {"ai_trainig": "off"}}}
    changes["invalid_date"] = {"context": {"on": "yesterday"}}
    for reason, change in changes.items():
        said = await find(client, kind, {**asking(kind), **change, "page": {"limit": 2}})
        assert said["results"] == []
        assert said["context"] == {"reason": reason}
        assert said["page"] == {"next_token": "", "count": 0, "total": 0}


@pytest.mark.parametrize("kind", KINDS)
async def test_pages_have_no_gap_and_no_double(client, kind):
    """8.2: a partial answer MUST carry a token, the last page an empty one; `page` comes first."""
    whole = names(kind, await find(client, kind, asking(kind)))
    for limit in (1, 2, 3, len(whole), len(whole) + 1):
        told, page = [], {"limit": limit}
        for _ in range(len(whole) + 2):
            said = await find(client, kind, asking(kind, page=page))
            assert next(iter(said)) == "page"
            assert said["page"]["count"] == len(said["results"]) <= limit
            assert said["page"]["total"] == len(whole)
            told += names(kind, said)
            page = {"token": said["page"]["next_token"]}  # without a limit: unchanged
            if not page["token"]:
                break
        assert told == whole


async def test_a_page_without_a_limit_is_the_whole(client):
    """8.2: `page` is answered by `page`."""
    for page in ({}, {"properties": {"sort": "x"}}, {"limit": None, "token": None}, {"token": ""}):
        said = await find(client, "action", asking("action", page=page))
        assert said["page"] == {
            "next_token": "",
            "count": len(said["results"]),
            "total": len(said["results"]),
        }
    assert "page" not in await find(client, "action", asking("action", page=None))


async def test_a_limit_of_nothing_tells_nothing_and_goes_on(client):
    """8.2.1: `limit` is a non-negative integer, 0 among them."""
    said = await find(client, "action", asking("action", page={"limit": 0}))
    assert said["results"] == []
    assert said["page"]["next_token"]
    again = await find(client, "action", asking("action", page={"limit": 0.0}))
    assert again["page"]["count"] == 0


@pytest.mark.parametrize(
    "page",
    [
        *({"limit": limit} for limit in (-1, 1.5, "2", True, [], 1e400)),
        *({"token": token} for token in (1, {}, "x", "AAAA", "A" * 60)),
        {"properties": []},
        [],
        "first",
    ],
)
async def test_a_page_that_cannot_be_is_refused(client, page):
    if page == {"limit": float("inf")}:
        content = '{"page": {"limit": 1e400}}'
        headers = {"Content-Type": "application/json"}
        answer = await client.post(url("action"), content=content, headers=headers)
        problem(answer, 400, "invalid_json")
        return
    answer = await client.post(url("action"), json=asking("action", page=page))
    problem(answer, 400, "invalid_question")


async def test_a_token_is_of_its_own_search_alone(client):
    """8.2: all parameters MUST be repeated; another one is an error."""
    first = await find(client, "resource", asking("resource", page={"limit": 2}))
    token = first["page"]["next_token"]

    async def refused(kind="resource", headers=None, **change):
        sent = {**asking(kind), "page": {"token": token}, **change}
        answer = await client.post(url(kind), json=sent, headers=headers)
        said = problem(answer, 400, "invalid_question")
        assert token not in answer.text
        return said["errors"][0]["pointer"]

    assert await refused(subject={"type": "recipient", "id": "linkedin_ireland"}) == "/page/token"
    assert await refused(action={"name": "service_core"}) == "/page/token"
    assert await refused(context={"on": "2025-11-21"}) == "/page/token"
    assert await refused(context=None) == "/page/token"
    assert await refused("subject") == "/page/token"
    assert await refused("action") == "/page/token"
    assert await refused(headers={"Sec-GPC": "1"}) == "/page/token"
    assert await refused(page={"token": token, "limit": 3}) == "/page/limit"
    assert await refused(page={"token": token[:-2] + "AA"}) == "/page/token"
    other = asking("resource")["resource"] | {"properties": {}}
    assert await refused(resource=other) == "/page/token"
    for page in ({"token": token}, {"token": token, "limit": 2}):
        assert (await find(client, "resource", asking("resource", page=page)))["results"]


async def test_a_signal_and_the_ledger_count(client):
    person = copy.deepcopy(WHOLE)
    person["resource"]["properties"]["data_subject"]["id"] = "ann"
    before = names("subject", await find(client, "subject", asking("subject", person)))
    assert "microsoft" in before
    signalled = await find(client, "subject", asking("subject", person), **{"Sec-GPC": "1"})
    assert "microsoft" not in names("subject", signalled)
    chosen = {"choices": {"share_with_affiliates": "off"}, "effective_at": "2025-11-20T00:00:00Z"}
    assert (await client.put("/v1/data-subjects/ann/choices", json=chosen)).status_code == 200
    after = names("subject", await find(client, "subject", asking("subject", person)))
    assert "microsoft" not in after
    earlier = asking("subject", person)
    earlier["context"]["known_at"] = "2025-11-20T00:00:00Z"
    assert names("subject", await find(client, "subject", earlier)) == before


async def test_a_search_is_one_record_and_no_decision(client, leaves):
    person = copy.deepcopy(WHOLE)
    person["resource"]["properties"]["data_subject"]["id"] = "maria@example.org"
    decided = len((await client.get("/v1/decisions", params={"limit": 500})).json()["decisions"])
    before = await leaves("search")
    said = await find(client, "action", asking("action", person, page={"limit": 3}))
    await find(client, "subject", asking("subject", action={"name": "maria@example.org"}))
    fresh = (await leaves("search"))[len(before) :]

    assert [(leaf["act"], leaf["filters"], leaf["found"]) for leaf in fresh] == [
        ("search_action", ["data=profile", "recipient=microsoft", "subject"], 3),
        ("search_subject", [], 0),
    ]
    assert said["page"]["count"] == 3
    assert "maria" not in str(fresh)
    listed = (await client.get("/v1/decisions", params={"limit": 500})).json()["decisions"]
    assert len(listed) == decided


async def test_the_metadata_names_the_searches(client):
    """9.1.1: absence of a key says that the API is not offered."""
    said = (await client.get("/.well-known/authzen-configuration")).json()
    for kind in KINDS:
        assert said[f"search_{kind}_endpoint"] == f"http://127.0.0.1:8000{url(kind)}"


def questions(seed, count):
    drawn = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(count):
        kinds = {name: choice.values for name, choice in VOCABULARY.choices.items()}
        chosen = drawn.sample(sorted(kinds), drawn.randint(0, 3))
        yield {
            "subject": {"type": "recipient", "id": drawn.choice([*VOCABULARY.recipients])},
            "action": {"name": drawn.choice([*VOCABULARY.purposes])},
            "resource": {
                "type": "personal_data",
                "id": drawn.choice([*VOCABULARY.data]),
                "properties": {
                    "data_subject": {
                        "jurisdiction": drawn.choice([*VOCABULARY.jurisdictions]),
                        "age": drawn.choice([9, 15, 17, 35]),
                    }
                },
            },
            "context": {
                "controller": drawn.choice(["linkedin", "generic"]),
                "choices": {name: drawn.choice(kinds[name]) for name in chosen},
                "signals": {"gpc": drawn.random() < 0.3},
                "on": f"202{drawn.randint(5, 7)}-{drawn.randint(1, 12):02}-15",
            },
        }


@pytest.mark.parametrize("engine", ["embedded", "opa"])
async def test_a_search_finds_what_each_evaluation_permits(engine, tmp_path, figure):
    """8.1: a result, put into an evaluation, comes out `true`; and nothing else does."""
    searched = found = 0
    settings = Settings(database_url=f"sqlite:///{tmp_path}/m.db", keys_dir=tmp_path / "keys")
    packaged = tmp_path / "bundle.tar.gz"
    packaged.write_bytes(bundle.packaged().raw)
    with opa_server.serving("--bundle", packaged) as opa_url:
        chosen = settings.model_copy(update={"opa_url": opa_url if engine == "opa" else None})
        async with serving(chosen) as client:
            for base in questions(engine, 12):
                for kind in KINDS:
                    said = names(kind, await find(client, kind, asking(kind, base)))
                    each = {
                        "evaluations": [evaluating(kind, one, base) for one in sorted(ALL[kind])]
                    }
                    answer = await client.post("/access/v1/evaluations", json=each)
                    told = answer.json()["evaluations"]
                    wanted = [
                        one
                        for one, item in zip(sorted(ALL[kind]), told, strict=True)
                        if item["decision"]
                    ]
                    assert said == wanted, (kind, base)
                    searched, found = searched + 1, found + len(said)
    figure(f"{engine}: {searched} searches equal all their evaluations, {found} results")
    assert found
