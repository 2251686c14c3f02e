"""What HTTP asks of every address: ids, HEAD, methods, slashes, ETags, hosts."""

from urllib.parse import quote

import pytest
from http_asking import DENIED, problem

from mayuse.problem import KINDS

pytestmark = pytest.mark.asyncio(loop_scope="module")

READABLE = [
    "/v1/decisions",
    "/v1/vocabulary",
    "/v1/rules",
    "/v1/changes",
    "/v1/policies",
    "/health/live",
    "/health/ready",
    "/problems",
    "/problems/invalid_question",
    "/opa/bundles/mayuse.tar.gz",
    "/openapi.json",
    "/.well-known/authzen-configuration",
    "/v1/log/checkpoint",
    "/v1/log/key",
    "/v1/decisions:count",
]
CACHED = [path for path in READABLE if not path.startswith(("/health", "/v1/decisions", "/v1/log"))]


async def test_a_request_id_comes_back_as_it_was(client):
    for path in ("/health/live", "/nowhere", "/v1/decisions"):
        answer = await client.get(path, headers={"X-Request-ID": "order-66/a:b"})
        assert answer.headers.get_list("x-request-id") == ["order-66/a:b"]


@pytest.mark.parametrize(
    "given",
    ["two words  and more", "x" * 200, "x" * 8_000, "tab\there", "caf\xe9", '{"a": 1}; q=2'],
)
async def test_any_value_a_header_may_hold_comes_back_as_it_was(client, given):
    raw = given.encode("latin-1")
    answer = await client.get("/health/live", headers={"X-Request-ID": raw})
    assert [value for name, value in answer.headers.raw if name == b"x-request-id"] == [raw]


@pytest.mark.parametrize("given", ["", " ", "a\nb: c", "a\rb", "a\x00", "\x7f", "a\x1b[31m"])
async def test_what_no_header_may_hold_is_replaced(client, given):
    answer = await client.get("/health/live", headers={"X-Request-ID": given.encode("latin-1")})
    assert len(answer.headers["x-request-id"]) == 36


async def test_a_request_without_an_id_gets_one(client):
    first, second = [(await client.get("/health/live")).headers["x-request-id"] for _ in "ab"]
    assert first != second


@pytest.mark.parametrize("path", READABLE)
async def test_head_is_get_without_content(client, path):
    # A list that grows would differ in length; nothing is asked in between.
    got, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    same = ("content-type", "content-length", "etag", "cache-control")
    assert {name: head.headers.get(name) for name in same} == {
        name: got.headers.get(name) for name in same
    }


@pytest.mark.parametrize("path", READABLE)
async def test_a_method_that_is_not_there_is_405_with_all_that_are(client, path):
    reading_and_writing = {"/v1/decisions", "/v1/policies"}
    expected = "GET, HEAD, POST" if path in reading_and_writing else "GET, HEAD"
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY", "MADEUP"):
        answer = await client.request(method, path)
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == expected


@pytest.mark.parametrize("path", ["/", "/v1/decisions/", "/v2/decisions", "/redoc", "/v1//rules"])
async def test_an_address_that_is_not_there_is_404_and_never_a_redirect(client, path):
    problem(await client.get(path), 404, "not_found")
    problem(await client.post(path, json=DENIED), 404, "not_found")


async def test_the_host_a_caller_names_comes_back_nowhere(client):
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for path in ("/v1/decisions/", "/v1/decisions?limit=1", "/openapi.json", "/v1/rules"):
        answer = await client.get(path, headers=headers)
        assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("path", CACHED)
async def test_what_seldom_changes_is_sent_once(client, path):
    first = await client.get(path)
    etag = first.headers["etag"]
    assert etag.startswith('"')
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await client.get(path, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    other = await client.get(path, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize("path", [*READABLE, "/v1/rules/law/us/browser_signal"])
async def test_a_parameter_that_is_not_known_is_refused_everywhere(client, path):
    said = problem(await client.get(f"{path}?verbos=1"), 400, "invalid_parameter")
    assert said["errors"][0]["parameter"] == "verbos"


async def test_every_problem_has_its_page(client):
    pages = (await client.get("/problems")).json()["problems"]
    assert [page["code"] for page in pages] == list(KINDS)
    for page in pages:
        assert (await client.get(page["type"])).json() == page
    problem(await client.get("/problems/no_such"), 404, "not_found")


async def test_decisions_are_not_kept_on_the_way(client):
    answer = await client.post("/v1/decisions", json=DENIED)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", CACHED)
async def test_a_version_that_is_not_the_current_one_is_told(client, path):
    etag = (await client.get(path)).headers["etag"]
    for given in (etag, "*", f'"other", {etag}'):
        assert (await client.get(path, headers={"If-Match": given})).status_code == 200
    for given in ('"other"', f"W/{etag}"):
        answer = await client.get(path, headers={"If-Match": given})
        problem(answer, 412, "precondition_failed")


@pytest.mark.parametrize("path", READABLE)
async def test_who_takes_nothing_of_what_is_offered_is_told(client, path):
    for accept in ("image/png", "application/xml;q=0.9, text/html", "*/*;q=0"):
        said = problem(await client.get(path, headers={"Accept": accept}), 406, "not_acceptable")
        assert said["detail"].startswith("this address answers ")
    for accept in ("image/png, */*;q=0.1", "*/*", ""):
        assert (await client.get(path, headers={"Accept": accept})).status_code == 200


async def test_a_fault_is_a_problem_whatever_is_accepted(client):
    answer = await client.post("/v1/decisions", json={}, headers={"Accept": "application/json"})
    problem(answer, 400, "invalid_question")


async def test_a_question_is_not_decided_for_who_takes_no_answer(client):
    before = (await client.get("/v1/decisions:count")).json()["counts"]
    answer = await client.post("/v1/decisions", json=DENIED, headers={"Accept": "text/html"})
    problem(answer, 406, "not_acceptable")
    assert (await client.get("/v1/decisions:count")).json()["counts"] == before


@pytest.mark.parametrize("person", ["a/b", "/", "...", "../x", "a//b", "a/decisions", "%2F", "é/ü"])
async def test_an_id_may_hold_a_slash(client, person):
    asked = {**DENIED, "data_subject": {"id": person, "jurisdiction": "US-CA"}}
    await client.post("/v1/decisions", json=asked)
    path = f"/v1/data-subjects/{quote(person, safe='').replace('.', '%2E')}"
    told = (await client.get(f"{path}/decisions")).json()["decisions"]
    assert len(told) == 1
    assert (await client.delete(path)).json()["decisions"] == 1


async def test_an_encoded_slash_separates_nothing(client):
    for path in ("/health%2Flive", "/v1%2frules", "/v1/rules/law%2Fus/browser_signal"):
        problem(await client.get(path), 404, "not_found")
