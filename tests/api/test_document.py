"""The OpenAPI document says what the service does, and the committed one is the generated one."""

from pathlib import Path

import jsonschema_rs
import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from mayuse.access import SCOPES
from mayuse.api import access, document, examples
from mayuse.api.app import create_app
from mayuse.problem import KINDS

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSALS = {
    "401": "WWW-Authenticate",
    "403": "WWW-Authenticate",
    "429": "Retry-After",
    "503": "Retry-After",
}
COMMITTED = Path(__file__).parents[2] / "openapi" / "mayuse.json"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(client):
    return (await client.get("/openapi.json")).json()


def operations(api):
    return {
        f"{method.upper()} {path}": operation
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    }


async def test_the_committed_document_is_the_generated_one():
    generated = document.to_text(await document.packaged())
    assert COMMITTED.read_text(encoding="utf-8") == generated, "run: make openapi"


async def test_a_running_service_answers_the_committed_document(api):
    assert document.to_text(api) == COMMITTED.read_text(encoding="utf-8")


async def test_every_route_is_described(api, settings):
    described = {f"{name.split(' ')[0]} {name.split(' ')[1]}" for name in operations(api)}
    mounted = {
        f"{method} {route.path}"
        for route in iter_route_contexts(create_app(settings).routes)
        for method in route.methods
    }
    assert described == mounted


async def test_operations_are_named_and_explained(api):
    found = operations(api)
    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)
    for operation in found.values():
        assert operation["summary"]
        assert operation["description"]
        assert not {"422", "default", "4XX", "5XX"} & operation["responses"].keys()
        for status, response in operation["responses"].items():
            assert "X-Request-ID" in response["headers"]
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"]


async def test_every_operation_says_who_may_use_it(api, settings):
    for route in iter_route_contexts(create_app(settings).routes):
        [method] = route.methods
        operation = api["paths"][route.path][method.lower()]
        any_of = access.scopes_of(route.endpoint)
        named = {scope for way in operation["security"] for scope in way["bearer"]}
        assert named == (set() if set(any_of) == set(SCOPES) else set(any_of))
        assert bool(operation["security"]) == bool(any_of)
        for status, header in REFUSALS.items() if any_of else ():
            assert header in operation["responses"][status]["headers"]


async def test_every_problem_is_documented_somewhere(api):
    shown = {
        code
        for operation in operations(api).values()
        for response in operation["responses"].values()
        for code in response.get("content", {})
        .get("application/problem+json", {})
        .get("examples", {})
    }
    # These answer methods that no operation has, and what is no request to any.
    assert shown | {"method_not_allowed", "invalid_request"} == set(KINDS)


async def test_ids_are_enumerations_of_the_active_bundle(client, api):
    question = api["components"]["schemas"]["Question"]["properties"]
    vocabulary = (await client.get("/v1/vocabulary")).json()
    for member, words in (
        ("recipient", "recipients"),
        ("purpose", "purposes"),
        ("controller", "controllers"),
    ):
        assert question[member]["enum"] == [row["id"] for row in vocabulary[words]]
    places = api["components"]["schemas"]["DataSubject"]["properties"]["jurisdiction"]["enum"]
    assert places == [row["id"] for row in vocabulary["jurisdictions"]]


async def test_the_examples_are_real(client, api):
    """Each question shown is answered as shown, but for the id, the receipt and the engine."""
    shown = api["paths"]["/v1/decisions"]["post"]["responses"]["200"]["content"]
    answers = shown["application/json"]["examples"]
    assert answers.keys() == examples.QUESTIONS.keys()
    for name, example in examples.QUESTIONS.items():
        said = (await client.post("/v1/decisions", json=example["value"])).json()
        own = {member: said[member] for member in ("decision_id", "receipt", "engine")}
        if "on" in example["value"]:
            assert {**answers[name]["value"], **own} == said


async def test_the_document_and_its_examples_are_valid(api):
    jsonschema_rs.meta.validate({"$ref": "#/components/schemas/Decision", **api})
    for operation in operations(api).values():
        for response in operation["responses"].values():
            for content in response.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    schema = {**content["schema"], "components": api["components"]}
                    jsonschema_rs.validate(schema, example["value"])


async def test_every_operation_shows_what_it_answers(api):
    for name, operation in operations(api).items():
        answers = operation["responses"]
        said = answers["200"] if "200" in answers else answers["204"]  # the latter says nothing
        for media_type, content in said.get("content", {}).items():
            if media_type != "application/gzip":
                assert "example" in content or content["examples"], f"{name}: {media_type}"
        for parameter in operation.get("parameters", ()):
            assert parameter["in"] != "path" or "example" in parameter, name


async def test_links_lead_to_operations_there_are(api):
    names = {operation["operationId"] for operation in operations(api).values()}
    links = [
        link
        for operation in operations(api).values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert {link["operationId"] for link in links} <= names
    assert links


async def test_addresses_do_not_overlap(api):
    paths = list(api["paths"])
    for path in paths:
        sample = path.replace("{", "").replace("}", "")
        assert [other for other in paths if compile_path(other)[0].match(sample)] == [path]
