"""AuthZEN 1.0, a test for each demand of the specification that a server can break.

Section numbers are those of https://openid.net/specs/authorization-api-1_0.html.
"""

import copy

import pytest
from api_app import serving
from http_asking import DENIED, PERMITTED, problem

from mayuse.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONE, EACH = "/access/v1/evaluation", "/access/v1/evaluations"
WELL_KNOWN = "/.well-known/authzen-configuration"


def evaluation(question):
    """A native question as AuthZEN asks it."""
    return {
        "subject": {"type": "recipient", "id": question["recipient"]},
        "action": {"name": question["purpose"]},
        "resource": {
            "type": "personal_data",
            "id": question["data"],
            "properties": {"data_subject": question["data_subject"]},
        },
        "context": {
            name: question[name] for name in ("controller", "choices", "on") if name in question
        },
    }


PERMIT, DENY = evaluation(PERMITTED), evaluation(DENIED)


def changed(pointer, value, base=PERMIT):
    document = copy.deepcopy(base)
    holder = document
    *path, last = pointer.split("/")
    for name in path:
        holder = holder[name]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return document


async def decisions(client, document):
    told = await client.post(EACH, json=document)
    assert told.status_code == 200, told.text
    return told.json()["evaluations"]


async def test_a_decision_is_a_boolean_and_equals_the_native_one(client):
    """5.5, 6.2: status 200, `decision` REQUIRED and boolean; a deny is no HTTP error."""
    for document, question in ((PERMIT, PERMITTED), (DENY, DENIED)):
        told = await client.post(ONE, json=document)
        native = (await client.post("/v1/decisions", json=question)).json()

        assert told.status_code == 200
        assert told.headers["content-type"] == "application/json"
        body = told.json()
        assert body["decision"] is native["permitted"]
        assert body["context"]["answer"]["reasons"] == native["reasons"]
        recorded = await client.get(f"/v1/decisions/{body['context']['evaluation_id']}")
        assert recorded.status_code == 200


async def test_what_is_not_known_is_ignored(client):
    """10.1.1: receivers MUST ignore unknown fields."""
    document = {**copy.deepcopy(PERMIT), "extra": 1}
    for name in ("subject", "action", "resource", "context"):
        document[name]["extra"] = {"deep": [None]}
    document["subject"]["properties"] = {"department": "ads"}

    assert (await client.post(ONE, json=document)).json()["decision"] is True


async def test_the_order_of_members_does_not_matter(client):
    """10.1.1: receivers MUST NOT rely on member order."""
    document = {name: PERMIT[name] for name in reversed(PERMIT)}

    assert (await client.post(ONE, json=document)).json()["decision"] is True


@pytest.mark.parametrize(
    "pointer",
    [
        *("subject", "action", "resource"),
        *("subject/type", "subject/id", "action/name", "resource/type", "resource/id"),
    ],
)
async def test_a_required_member_must_be_there_and_of_its_type(client, pointer):
    """10.1.1: a missing required attribute MUST be 400; 5: types of the information model."""
    for value in (..., 7, None, []):
        told = await client.post(ONE, json=changed(pointer, value))
        [error] = problem(told, 400, "invalid_question")["errors"]
        assert error["pointer"] == f"/{pointer}"


@pytest.mark.parametrize("pointer", ["context", "resource/properties"])
async def test_an_optional_object_is_an_object_or_absent(client, pointer):
    told = await client.post(ONE, json=changed(pointer, "text"))
    assert problem(told, 400, "invalid_question")["errors"][0]["pointer"] == f"/{pointer}"

    nothing, absent = [
        (await client.post(ONE, json=changed(pointer, value))).json() for value in (None, ...)
    ]
    assert nothing["decision"] == absent["decision"]
    assert nothing["context"]["reason"] == absent["context"]["reason"]


@pytest.mark.parametrize(
    ("pointer", "value", "reason"),
    [
        ("subject/type", "user", "unknown_subject_type"),
        ("subject/id", "nobody", "unknown_recipient"),
        ("action/name", "can_read", "unknown_purpose"),
        ("resource/type", "document", "unknown_resource_type"),
        ("resource/id", "record-7", "unknown_data"),
        ("resource/properties/data_subject/jurisdiction", "US-XX", "unknown_jurisdiction"),
        ("resource/properties/data_subject/age", "old", "invalid_data_subject"),
        ("resource/properties/data_subject/agee", 7, "invalid_data_subject"),
        ("context/controller", "acme", "unknown_controller"),
        ("context/choices", {"share_with_afiliates": "off"}, "unknown_choice"),
        ("context/choices", "all", "unknown_choice"),
        ("context/signals", {"gpc": "yes"}, "invalid_signals"),
        ("context/on", "yesterday", "invalid_date"),
    ],
)
async def test_an_id_or_value_that_is_not_known_denies(client, pointer, value, reason):
    """5.5: there are two decisions; what is not known is never let through."""
    told = await client.post(ONE, json=changed(pointer, value))

    assert told.status_code == 200
    assert told.json() == {"decision": False, "context": {"reason": reason}}


async def test_a_signal_in_the_context_counts(client):
    told = (await client.post(ONE, json=changed("context/signals", {"gpc": True}))).json()

    assert told["decision"] is False
    assert {row["reason"] for row in told["context"]["answer"]["reasons"]} >= {"signal_on"}


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"{}", "text/plain", "invalid_media_type"),
        (b"{}", None, "invalid_media_type"),
        (b"{", "application/json", "invalid_json"),
        (b"", "application/json", "invalid_json"),
        (b"[]", "application/json", "invalid_question"),
        (b'"text"', "application/json", "invalid_question"),
        (b'{"subject":{},"subject":{}}', "application/json", "invalid_json"),
    ],
)
async def test_another_body_than_a_json_object_is_400(client, content, media_type, code):
    """10.1: `Content-Type: application/json` MUST be sent, the body MUST be an object."""
    headers = {} if media_type is None else {"Content-Type": media_type}
    for path in (ONE, EACH):
        problem(await client.post(path, content=content, headers=headers), 400, code)


async def test_a_request_id_comes_back_on_answers_and_errors(client):
    """10.1.3: if the request id was sent, the response MUST carry the same."""
    for document, status in ((PERMIT, 200), ({}, 400)):
        told = await client.post(ONE, json=document, headers={"X-Request-ID": "bfe9-21"})
        assert told.status_code == status
        assert told.headers["x-request-id"] == "bfe9-21"


async def test_a_get_is_refused_with_the_methods_there_are(client):
    told = await client.get(ONE)

    assert problem(told, 405, "method_not_allowed")
    assert told.headers["allow"] == "POST"


async def test_defaults_complete_the_items(client):
    """7.1.1: defaults; an item's member replaces the whole of the default."""
    document = {
        **PERMIT,
        "evaluations": [
            {},
            {"context": DENY["context"]},
            {"context": {}},
            {"subject": DENY["subject"]},
        ],
    }
    found = await decisions(client, document)
    alone = await client.post(ONE, json=changed("context", {}))

    assert [row["decision"] for row in found][:2] == [True, False]
    assert found[2]["decision"] == alone.json()["decision"]
    assert found[3]["decision"] is True


async def test_an_item_s_resource_is_not_merged_with_the_default(client):
    """7.1.1: no merging below the key."""
    bare = {"type": "personal_data", "id": "profile"}
    [found] = await decisions(client, {**PERMIT, "evaluations": [{"resource": bare}]})

    reasons = {row["rule"] for row in found["context"]["answer"]["reasons"]}
    assert "law/unknown/place_unknown" in reasons


async def test_everything_is_evaluated_in_order_unless_asked_otherwise(client):
    """7.1.2.1: `execute_all` is the default; same length and order."""
    items = [PERMIT, DENY, PERMIT, DENY]
    for options in ({}, {"options": {"evaluations_semantic": "execute_all", "other": 1}}):
        found = await decisions(client, {"evaluations": items, **options})
        assert [row["decision"] for row in found] == [True, False, True, False]


@pytest.mark.parametrize(
    ("semantic", "items", "expected"),
    [
        ("deny_on_first_deny", [PERMIT, DENY, PERMIT], [True, False]),
        ("deny_on_first_deny", [PERMIT, {}, PERMIT], [True, False]),
        ("deny_on_first_deny", [PERMIT, PERMIT], [True, True]),
        ("permit_on_first_permit", [DENY, {}, PERMIT, DENY], [False, False, True]),
        ("permit_on_first_permit", [DENY, DENY], [False, False]),
    ],
)
async def test_evaluation_stops_where_it_was_asked_to(client, semantic, items, expected):
    """7.1.2.1: up to and including the first denial or failure, or the first permit."""
    document = {"evaluations": items, "options": {"evaluations_semantic": semantic}}

    assert [row["decision"] for row in await decisions(client, document)] == expected


async def test_an_item_that_fails_is_false_with_an_error_and_disturbs_no_other(client):
    """7.2.1: errors of one item are in the payload, closed by default."""
    broken = changed("action", ...)
    good, bad, unknown, last = await decisions(
        client, {"evaluations": [PERMIT, broken, changed("subject/id", "nobody"), PERMIT]}
    )

    assert (good["decision"], last["decision"]) == (True, True)
    assert bad["decision"] is False
    assert bad["context"]["error"]["status"] == 400
    assert "/action" in bad["context"]["error"]["message"]
    assert unknown == {"decision": False, "context": {"reason": "unknown_recipient"}}


async def test_null_in_an_item_is_as_if_it_were_left_out(client):
    """It takes no default away: a choice that is dropped could permit."""
    for name in ("subject", "action", "resource", "context"):
        denied = {**DENY, "evaluations": [{}, {name: None}]}
        plain, nothing = await decisions(client, denied)
        assert (nothing["decision"], nothing["context"]["reason"]) == (
            plain["decision"],
            plain["context"]["reason"],
        ), name
        assert plain["decision"] is False
        of_its_own = {**PERMIT, name: None, "evaluations": [PERMIT]}
        assert [it["decision"] for it in await decisions(client, of_its_own)] == [True]
    options = {"options": {"evaluations_semantic": None}}
    assert len(await decisions(client, {"evaluations": [DENY, PERMIT], **options})) == 2


@pytest.mark.parametrize("more", [{}, {"evaluations": []}, {"evaluations": None}])
async def test_without_items_it_is_one_evaluation(client, more):
    """7.1: without the array, or with none in it, it behaves like Access Evaluation."""
    told = (await client.post(EACH, json={**PERMIT, **more})).json()

    assert told["decision"] is True
    assert "evaluations" not in told


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"evaluations": {}}, "/evaluations"),
        ({"evaluations": [PERMIT, 7]}, "/evaluations/1"),
        ({"evaluations": [PERMIT] * 1_001}, "/evaluations"),
        ({"options": "all", "evaluations": [PERMIT]}, "/options"),
        (
            {"options": {"evaluations_semantic": "any"}, "evaluations": [PERMIT]},
            "/options/evaluations_semantic",
        ),
    ],
)
async def test_a_batch_that_cannot_be_read_is_400(client, more, pointer):
    told = await client.post(EACH, json=more)

    assert problem(told, 400, "invalid_question")["errors"][0]["pointer"] == pointer


async def test_one_question_is_as_short_as_anywhere_and_many_are_not(client):
    padded = {**PERMIT, "extra": "x" * 70_000}
    problem(await client.post(ONE, json=padded), 413, "body_too_large")
    assert [it["decision"] for it in await decisions(client, {**padded, "evaluations": [{}]})] == [
        True
    ]


async def test_an_address_with_a_path_has_its_metadata_where_they_are_sought(tmp_path):
    """9.2: between the host and the path."""
    address = "https://pdp.example.com/tenant/1"
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/mayuse.db",
        keys_dir=tmp_path / "keys",
        public_url=address,
    )
    async with serving(settings) as client:
        told = await client.get(f"{WELL_KNOWN}/tenant/1")
        assert told.json()["policy_decision_point"] == address
        assert told.json()["access_evaluation_endpoint"] == f"{address}{ONE}"
        problem(await client.get(f"{WELL_KNOWN}/tenant"), 404, "not_found")


async def test_the_metadata_name_the_configured_identifier_and_what_is_offered(client, settings):
    """9: `policy_decision_point` equals the identifier, whatever `Host` says; nothing is empty."""
    told = await client.get(WELL_KNOWN, headers={"Host": "evil.example"})
    base = settings.own_address

    assert told.json() == {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}{ONE}",
        "access_evaluations_endpoint": f"{base}{EACH}",
        **{
            f"search_{kind}_endpoint": f"{base}/access/v1/search/{kind}"
            for kind in ("subject", "resource", "action")
        },
    }
    again = await client.get(WELL_KNOWN, headers={"If-None-Match": told.headers["etag"]})
    assert again.status_code == 304
