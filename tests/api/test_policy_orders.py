"""What decides is changed over HTTP: uploaded, examined, activated, rolled back, by whom and why.

Everything is real; an examination takes some seconds, so that one candidate serves most tests.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from api_app import serving, settings_in
from cryptography.hazmat.primitives.asymmetric import ec
from http_asking import DENIED, PERMITTED, problem

import policy_versions
from mayuse import archive, bundle, bundle_signature
from mayuse.bundle_keys import PrivateKey
from mayuse.store.policy_candidates import LIMIT
from mayuse.store.session import Location
from mayuse.store.whole_log import verify_stored
from signing_keys import public_pem

pytestmark = pytest.mark.asyncio(loop_scope="module")

GZIP = {"Content-Type": "application/gzip"}
PACKAGED = bundle.packaged().digest
ANOTHER = policy_versions.another()
DIGEST = bundle.read(ANOTHER).digest
PATIENCE = 10.0


async def upload(client, raw, **headers):
    return await client.post("/v1/policies", content=raw, headers={**GZIP, **headers}, timeout=120)


async def activate(client, digest, **order):
    address = f"/v1/policies/{digest}/activate"
    return await client.post(address, json=order, timeout=120)


async def roll_back(client, **order):
    order = {"reason": "it denies what it must not", **order}
    return await client.post("/v1/policies:rollback", json=order)


async def active(client):
    return (await client.get("/v1/policies")).json()["active"]["digest"]


async def until(client, digest):
    async with asyncio.timeout(PATIENCE):
        while await active(client) != digest:  # noqa: ASYNC110 - another process's work
            await asyncio.sleep(0.05)


@asynccontextmanager
async def connected(settings):
    database = sqlite3.connect(Location.from_url(settings.database_url).file)
    try:
        yield database
        database.commit()
    finally:
        database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def uploaded(settings, client):
    """A service, and another beside it on the same database, with a candidate."""
    told = await upload(client, ANOTHER)
    assert told.status_code == 201, told.text
    async with serving(settings) as beside:
        yield client, beside, told


async def test_a_candidate_is_examined_and_kept(uploaded):
    client, beside, told = uploaded
    assert told.headers["location"] == f"http://127.0.0.1:8000/v1/policies/{DIGEST}"
    said = told.json()
    assert (said["digest"], said["version"], said["status"]) == (DIGEST, "2027.1.1", "candidate")
    found = said["examination"]
    assert found["passed"]
    assert found["signature"] == "not_checked"
    assert found["cases"]["right"] == found["cases"]["answers"] > 1000
    assert (found["comparison"]["changed"], found["comparison"]["dropped"]) == (0, {})
    for anybody in (client, beside):
        [row] = [
            row
            for row in (await anybody.get("/v1/policies")).json()["policies"]
            if row["status"] == "candidate"
        ]
        assert (row["digest"], row["active"], row["uploaded_by"]) == (DIGEST, False, "anonymous")
        alone = (await anybody.get(f"/v1/policies/{DIGEST}")).json()
        assert alone["examination"] == found
        assert len(alone["rules"]) == len(bundle.packaged().rules)
        archive = await anybody.get(f"/v1/policies/{DIGEST}/bundle")
        assert archive.content == ANOTHER
        assert await active(anybody) == PACKAGED


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no gzip"),
        (b"{}", "no gzip"),
        (b"\x1f\x8b", "faults"),
        (gzip.compress(b"nothing", mtime=0), "faults"),
        (ANOTHER[:-9], "faults"),
    ],
    ids=["empty", "json", "two bytes", "no tar", "cut off"],
)
async def test_what_is_no_bundle_is_refused_and_not_kept(uploaded, raw, says):
    client = uploaded[0]
    before = (await client.get("/v1/policies")).json()
    refused = problem(await upload(client, raw), 400, "policy_refused")
    assert says in refused["detail"]
    if says == "faults":
        assert refused["errors"][0]["kind"] == "fault"
    assert (await client.get("/v1/policies")).json() == before


async def test_another_media_type_or_too_much_is_refused_unread(uploaded):
    client = uploaded[0]
    for sent in ("application/json", "application/octet-stream", "text/plain"):
        told = await upload(client, ANOTHER, **{"Content-Type": sent})
        problem(told, 415, "unsupported_media_type")
    problem(await upload(client, bytes(9 * 2**20)), 413, "body_too_large")


@pytest.mark.parametrize(
    ("order", "pointer"),
    [
        ([], ""),
        ({"reason": 7}, "/reason"),
        ({"reason": ""}, "/reason"),
        ({"reason": " begins blank"}, "/reason"),
        ({"reason": "two\nlines"}, "/reason"),
        ({"reason": "x\n"}, "/reason"),
        ({"reason": "x" * 501}, "/reason"),
        ({"reason": None}, "/reason"),
        ({"allow_removal": "yes"}, "/allow_removal"),
        ({"if_active": "latest"}, "/if_active"),
        ({"if_actve": DIGEST}, "/if_actve"),
        ({"to": DIGEST}, "/to"),
    ],
    ids=lambda it: json.dumps(it)[:40] if isinstance(it, dict | list) else "",
)
async def test_an_order_that_is_none_is_refused(uploaded, order, pointer):
    client = uploaded[0]
    told = await client.post(f"/v1/policies/{DIGEST}/activate", json=order)
    said = problem(told, 400, "invalid_order")
    assert [fault["pointer"] for fault in said["errors"]] == [pointer]
    assert await active(client) == PACKAGED


@pytest.mark.parametrize("header", ["If-Match", "Idempotency-Key"])
@pytest.mark.parametrize("path", [f"/v1/policies/{DIGEST}/activate", "/v1/policies:rollback"])
async def test_a_header_that_an_order_cannot_heed_is_refused(uploaded, path, header):
    """Passed over, it would leave the caller sure of what nobody sees to."""
    client = uploaded[0]
    order = {"reason": "to see"}
    refused = await client.post(path, json=order, headers={header: '"stale"'})
    assert problem(refused, 400, "invalid_parameter")["errors"][0]["header"] == header
    assert await active(client) == PACKAGED


async def test_a_roll_back_says_why(uploaded):
    told = await uploaded[0].post("/v1/policies:rollback", json={})
    assert problem(told, 400, "invalid_order")["errors"] == [
        {"pointer": "/reason", "detail": "is missing"}
    ]


async def test_orders_that_do_not_fit_what_there_is(uploaded):
    client = uploaded[0]
    unknown = f"sha256:{'0' * 64}"
    problem(await activate(client, unknown), 404, "not_found")
    problem(await activate(client, "latest"), 404, "not_found")
    problem(await client.delete(f"/v1/policies/{unknown}"), 404, "not_found")
    problem(await client.delete("/v1/policies/..%2f"), 404, "not_found")
    problem(await client.delete(f"/v1/policies/{PACKAGED}"), 409, "policy_known")
    etag = (await client.get(f"/v1/policies/{DIGEST}")).headers["etag"]
    for condition in ({"If-Match": '"other"'}, {"If-None-Match": etag}, {"If-None-Match": "*"}):
        late = await client.delete(f"/v1/policies/{DIGEST}", headers=condition)
        problem(late, 412, "precondition_failed")
    problem(await roll_back(client), 409, "policy_never_active")
    problem(await roll_back(client, to=DIGEST), 409, "policy_never_active")
    problem(await activate(client, DIGEST, if_active=unknown), 412, "policy_changed")
    again = await activate(client, PACKAGED)
    assert again.status_code == 200
    assert "receipt" not in again.json()
    assert await active(client) == PACKAGED


async def test_a_candidate_that_was_changed_in_the_database_does_not_decide(uploaded, settings):
    client = uploaded[0]
    statement = "UPDATE policy_candidate SET bundle = ? WHERE digest = ?"
    for instead in (ANOTHER[:-9], bundle.packaged().raw):
        async with connected(settings) as database:
            database.execute(statement, (instead, DIGEST))
        problem(await activate(client, DIGEST), 400, "policy_refused")
        assert await active(client) == PACKAGED
    async with connected(settings) as database:
        database.execute(statement, (ANOTHER, DIGEST))


async def test_what_is_activated_decides_everywhere_and_can_be_taken_back(uploaded, leaves):
    client, beside, _ = uploaded
    first = (await client.post("/v1/decisions", json=DENIED)).json()
    told = await activate(client, DIGEST, reason="a new act", if_active=PACKAGED)
    assert told.status_code == 200, told.text
    said = told.json()
    assert said["active"] == {"digest": DIGEST, "version": "2027.1.1"}
    leaf = (await leaves("bundle"))[-1]
    assert (leaf["policy"], leaf["by"], leaf["because"]) == (DIGEST, "anonymous", "a new act")
    assert (leaf["number"], leaf["previous"], leaf["reason"]) == (2, PACKAGED, "activated")
    assert said["receipt"]["index"] > 0

    await until(beside, DIGEST)
    for anybody in (client, beside):
        for asked in (DENIED, PERMITTED):
            decision = (await anybody.post("/v1/decisions", json=asked)).json()
            assert decision["policy"]["digest"] == DIGEST
        for address in ("/v1/rules", "/v1/vocabulary"):
            assert (await anybody.get(address)).json()["policy"]["digest"] == DIGEST
        assert (await anybody.get("/opa/bundles/mayuse.tar.gz")).content == ANOTHER
        assert (await anybody.get("/openapi.json")).status_code == 200
        assert (await anybody.get("/health/ready")).status_code == 200
    numbers = (await client.get("/metrics")).text
    assert f'mayuse_bundle_workers{{digest="{DIGEST}",engine="embedded",version="2027.1.1"}}' in (
        numbers
    )

    back = (await roll_back(beside)).json()
    assert (back["active"]["digest"], back["activation"]["kind"]) == (PACKAGED, "rolled_back")
    await until(client, PACKAGED)
    history = (await client.get("/v1/policies:activations")).json()["activations"]
    assert [(one["number"], one["kind"], one["by"]) for one in history] == [
        (3, "rolled_back", "anonymous"),
        (2, "activated", "anonymous"),
        (1, "activated", "start"),
    ]
    page = (await client.get("/v1/policies:activations?limit=2")).json()
    rest = await client.get(f"/v1/policies:activations?limit=2&cursor={page['next_cursor']}")
    assert page["activations"] + rest.json()["activations"] == history
    statuses = [row["status"] for row in (await client.get("/v1/policies")).json()["policies"]]
    assert sorted(statuses) == ["active", "retired"]
    problem(await client.delete(f"/v1/policies/{DIGEST}"), 409, "policy_known")
    replayed = await client.post(f"/v1/decisions/{first['decision_id']}/replay")
    assert replayed.json()["outcome"] == "same"


async def test_of_two_who_order_at_once_one_hears_that_the_other_was_first(uploaded):
    client, beside, _ = uploaded
    now = await active(client)
    other = {PACKAGED: DIGEST, DIGEST: PACKAGED}[now]
    await until(beside, now)
    told = await asyncio.gather(
        *(roll_back(anybody, to=other, if_active=now) for anybody in (client, beside) * 3)
    )
    assert sorted(answer.status_code for answer in told) == [200, *[412] * 5]
    assert {answer.json()["code"] for answer in told if answer.status_code == 412} == {
        "policy_changed"
    }
    await until(client, other)
    await until(beside, other)


async def test_a_batch_goes_on_while_the_policy_changes(uploaded, settings):
    """Each of its lines is wholly under one bundle, and names it; later ones under the later."""
    client, beside, _ = uploaded
    stop = asyncio.Event()

    async def questions():
        while not stop.is_set():
            for asked in (DENIED, PERMITTED):
                yield json.dumps(asked).encode() + b"\n"
            await asyncio.sleep(0.01)

    async def change():
        for turn in range(6):
            to = (DIGEST, PACKAGED)[turn % 2]
            assert (await roll_back((client, beside)[turn % 2], to=to)).status_code == 200
            await until(client, to)
            await asyncio.sleep(0.1)
        stop.set()

    changing = asyncio.create_task(change())
    answer = await client.post(
        "/v1/decisions:batch",
        content=questions(),
        headers={"Content-Type": "application/x-ndjson"},
        timeout=60,
    )
    await changing
    *lines, last = [json.loads(line) for line in answer.text.splitlines()]
    summary = last["summary"]
    assert summary["complete"]
    assert summary["indeterminate"] == summary["unrecorded"] == summary["refused"] == 0
    assert {line["policy"]["digest"] for line in lines} == {PACKAGED, DIGEST}
    for number, line in enumerate(lines):
        assert line["effect"] == ("deny", "permit")[number % 2]
    for line in (*lines[::50], *lines[-2:]):
        replayed = (await client.post(f"/v1/decisions/{line['decision_id']}/replay")).json()
        digest = line["policy"]["digest"]
        assert (replayed["outcome"], replayed["policy"]) == ("same", {"digest": digest})
    report = await verify_stored(Location.from_url(settings.database_url))
    assert report.ok, report.findings


@pytest.mark.parametrize("is_text", [False, True])
async def test_a_worker_that_cannot_tell_what_decides_decides_nothing(tmp_path, is_text):
    """Also where a column holds a value of a kind that nobody here writes."""
    settings = settings_in(tmp_path)
    async with serving(settings) as client:
        assert (await client.post("/v1/decisions", json=PERMITTED)).status_code == 200
        async with connected(settings) as database:
            database.execute(
                "INSERT INTO policy_activation SELECT 2, policy, version, policy, reason, "
                "'key:ops', because, t_us, iif(?, substr(hex(mac), 1, 32), mac) "
                "FROM policy_activation",
                (is_text,),
            )
        async with asyncio.timeout(PATIENCE):
            while (await client.get("/health/ready")).status_code == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        told = await client.post("/v1/decisions", json=PERMITTED)
        said = problem(told, 503, "stale_policy")
        assert said["decision_id"]
        assert told.headers["retry-after"]
        assert (await client.get("/health/live")).status_code == 200
    with pytest.raises(bundle.BundleError, match="not written by this service"):
        async with serving(settings):
            raise AssertionError("it started")


async def test_a_start_under_a_bundle_that_is_not_fit_any_more_can_be_rolled_back(
    tmp_path, monkeypatch
):
    """A later version of the program may ask more of a bundle than the one that activated it."""
    settings = settings_in(tmp_path)
    async with serving(settings) as client:
        await upload(client, ANOTHER)
        assert (await activate(client, DIGEST, reason="ours")).status_code == 200
    asked = bundle.need_complete

    def more(candidate):
        if candidate.digest == DIGEST:
            raise bundle.BundleError("a fact lacks what is asked of it today")
        asked(candidate)

    monkeypatch.setattr(bundle, "need_complete", more)
    async with serving(settings) as client:
        assert (await client.get("/health/ready")).status_code == 503
        problem(await client.post("/v1/decisions", json=PERMITTED), 503, "stale_policy")
        assert (await roll_back(client)).status_code == 200
        assert await active(client) == PACKAGED
        assert (await client.post("/v1/decisions", json=PERMITTED)).status_code == 200
    assert (await verify_stored(Location.from_url(settings.database_url))).findings == []


async def test_a_start_goes_on_under_what_was_ordered_last(tmp_path):
    settings = settings_in(tmp_path)
    file = tmp_path / "named.tar.gz"
    file.write_bytes(ANOTHER)
    async with serving(settings):
        pass
    async with serving(settings_in(tmp_path, bundle=file)) as client:  # new to the log: an order
        assert await active(client) == DIGEST
    async with serving(settings) as client:  # the packaged one has decided before
        assert await active(client) == DIGEST
        assert (await roll_back(client, to=PACKAGED)).status_code == 200
    async with serving(settings_in(tmp_path, bundle=file)) as client:
        assert await active(client) == PACKAGED
        said = (await client.post("/v1/decisions", json=DENIED)).json()
        assert said["policy"]["digest"] == PACKAGED
    third = policy_versions.another("2028.1.1", "a third")
    file.write_bytes(third)
    async with serving(settings_in(tmp_path, bundle=file)) as client:
        assert await active(client) == bundle.read(third).digest


async def test_only_what_a_trusted_key_signed_is_kept_and_an_older_one_takes_a_reason(tmp_path):
    private = ec.generate_private_key(ec.SECP256R1())
    trusted = tmp_path / "release.pem"
    trusted.write_bytes(public_pem(private))
    older = policy_versions.another("2025.1.1", "an older one")

    def signed(raw, by):
        files = archive.unpack(raw)
        return archive.pack(bundle_signature.sign(files, PrivateKey("release", by, "ES256")))

    async with serving(settings_in(tmp_path, bundle_keys=trusted)) as client:
        for raw in (older, signed(older, ec.generate_private_key(ec.SECP256R1()))):
            refused = problem(await upload(client, raw), 400, "policy_refused")
            assert "sign" in json.dumps(refused)
        told = await upload(client, signed(older, private))
        assert told.status_code == 201, told.text
        assert told.json()["examination"]["signature"]["key_id"] == "release"
        digest = told.json()["digest"]
        problem(await activate(client, digest), 409, "policy_is_older")
        assert await active(client) == PACKAGED
        assert (await activate(client, digest, reason="it is the one we tried")).status_code == 200
        assert await active(client) == digest


async def test_one_too_many_is_not_kept(tmp_path):
    settings = settings_in(tmp_path)
    async with serving(settings) as client:
        async with connected(settings) as database:
            database.executemany(
                "INSERT INTO policy_candidate (digest, version, bundle, examination, uploaded_us, "
                "uploaded_by) VALUES (?, '1', x'00', '{}', 0, 'key:ops')",
                [(f"sha256:{number:064x}",) for number in range(LIMIT)],
            )
        said = problem(await upload(client, ANOTHER), 409, "too_many_candidates")
        assert str(LIMIT) in said["detail"]
        assert DIGEST not in (await client.get("/v1/policies")).text
        assert (await client.delete(f"/v1/policies/sha256:{0:064x}")).status_code == 204
        assert (await upload(client, ANOTHER)).status_code == 201
        assert (await upload(client, ANOTHER)).status_code == 200  # it has its place already


async def test_ids_that_questions_may_use_go_only_when_that_is_ordered(tmp_path):
    files = archive.unpack(bundle.packaged().raw)
    data = json.loads(files["data.json"])
    purposes = data["mayuse"]["facts"]["vocabulary"]["purposes"]
    purposes["ads_on_the_moon"] = {**purposes["ads_contextual"], "label": "ads on the moon"}
    richer = policy_versions.another(changed={"data.json": json.dumps(data).encode()})
    file = tmp_path / "richer.tar.gz"
    file.write_bytes(richer)
    async with serving(settings_in(tmp_path)):
        pass
    async with serving(settings_in(tmp_path, bundle=file)) as client:
        refused = await activate(client, PACKAGED, reason="back to earth")
        said = problem(refused, 409, "policy_removes_ids")
        assert said["errors"] == [{"topic": "purposes", "id": "ads_on_the_moon"}]
        assert await active(client) == bundle.read(richer).digest
        told = await activate(client, PACKAGED, reason="back to earth", allow_removal=True)
        assert told.status_code == 200, told.text
        assert await active(client) == PACKAGED


async def test_a_request_under_way_ends_under_what_it_began(tmp_path):
    """Its engine is closed by the last who uses it, and not before."""
    settings = settings_in(tmp_path)
    file = tmp_path / "named.tar.gz"
    file.write_bytes(ANOTHER)
    async with serving(settings_in(tmp_path, bundle=file)):
        pass
    async with serving(settings) as client:
        active_now = client._transport.app.state.rollout.active  # noqa: SLF001 - to hold it
        held = active_now.hold()
        engine = held.service.engine.behind
        assert (await roll_back(client, to=DIGEST)).status_code == 200
        assert active_now.current is not held.service
        await asyncio.sleep(0.2)
        assert not closed(engine)
        decided = await held.service.may(asked(held.service), caller="test", now=datetime.now(UTC))
        assert decided.draft.policy.digest == PACKAGED
        held.let_go()
        async with asyncio.timeout(PATIENCE):
            while not closed(engine):  # noqa: ASYNC110 - it is closed beside this
                await asyncio.sleep(0.01)
        assert (await client.post("/v1/decisions", json=DENIED)).status_code == 200


def closed(engine):
    return engine._threads._shutdown  # noqa: SLF001 - nothing else tells


def asked(service):
    return service.intake.read(DENIED, today=datetime.now(UTC).date())
