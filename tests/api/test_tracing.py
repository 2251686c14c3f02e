"""Traces: the caller's is taken up, spans reach a real collector, and no span knows a person."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from api_app import serving
from http_asking import DENIED
from opentelemetry import trace as otel
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from mayuse import spans
from mayuse.errors import SettingsError

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
CANARY = "canary-a81f"
INVALID = [
    "",
    "garbage",
    f"00-{'0' * 32}-{PARENT}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"ff-{TRACE}-{PARENT}-01",
    f"00-{TRACE.upper()}-{PARENT}-01",
    f"00-{TRACE}-{PARENT}-01-more",
    f"00-{TRACE}-{PARENT}",
    f"00-{TRACE}-{PARENT}-01" + "x" * 2000,
]


class Collector:
    """An OTLP collector, as far as spans go."""

    def __init__(self) -> None:
        received: list[ExportTraceServiceRequest] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                """Say nothing."""

        self.received = received
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def spans(self):
        return [
            span
            for request in self.received
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector(monkeypatch):
    running = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    yield running
    running.close()


@pytest.fixture
def traced(settings, tmp_path):
    return settings.model_copy(
        update={
            "traces": True,
            "database_url": f"sqlite:///{tmp_path}/mayuse.db",
            "keys_dir": tmp_path / "keys",
        }
    )


@pytest.fixture
def events(capsys):
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def test_spans_of_a_decision_continue_the_callers_trace(collector, traced, events):
    async with serving(traced) as client:
        asked = {"traceparent": TRACEPARENT, "tracestate": "vendor=1"}
        assert (await client.post("/v1/decisions", json=DENIED, headers=asked)).status_code == 200
    [root] = [span for span in collector.spans() if span.parent_span_id.hex() == PARENT]
    assert root.name == "POST /v1/decisions"
    assert root.trace_state == "vendor=1"
    parts = [span for span in collector.spans() if span.parent_span_id == root.span_id]
    assert [span.name for span in parts] == ["intake", "evaluate", "append"]
    assert {span.trace_id.hex() for span in collector.spans()} == {TRACE}
    [line] = [event for event in events() if event["event"] == "request"]
    assert line["trace_id"] == TRACE
    resource = collector.received[0].resource_spans[0].resource
    named = {item.key: item.value.string_value for item in resource.attributes}
    assert named["service.name"] == "mayuse"


async def test_no_span_knows_a_person_a_path_or_a_query(collector, traced):
    asked = {**DENIED, "data_subject": {"id": CANARY}}
    async with serving(traced) as client:
        headers = {"User-Agent": CANARY, "baggage": f"user={CANARY}"}
        await client.post("/v1/decisions", json=asked, headers=headers)
        await client.post("/v1/decisions", json={**asked, "on": CANARY}, headers=headers)
        await client.get("/v1/decisions", params={"data_subject": CANARY})
        await client.delete(f"/v1/data-subjects/{CANARY}")
        await client.request("MADEUP", f"/{CANARY}")
    found = collector.spans()
    assert {span.name for span in found} >= {"DELETE /v1/data-subjects/{subject}", "_OTHER"}
    assert CANARY not in str(collector.received)
    known = {"http.request.method", "http.route", "http.response.status_code"}
    assert {item.key for span in found for item in span.attributes} == known
    assert not [event for span in found for event in span.events]


async def test_a_fault_is_a_span_without_its_message(collector, traced):
    gone = traced.model_copy(update={"opa_url": "http://127.0.0.1:9"})
    async with serving(gone) as client:
        assert (await client.post("/v1/decisions", json=DENIED)).status_code == 503
    [root] = [span for span in collector.spans() if not span.parent_span_id]
    assert root.status.code == 2  # error
    assert not root.status.message


@pytest.mark.parametrize("given", INVALID)
async def test_what_is_no_trace_context_is_passed_over(traced, collector, events, given):
    async with serving(traced) as client:
        answer = await client.get("/health/live", headers={"traceparent": given})
    assert answer.status_code == 200
    [root] = collector.spans()
    assert root.trace_id.hex() != TRACE
    assert not root.parent_span_id
    [line] = [event for event in events() if event["event"] == "request"]
    assert line["trace_id"] == root.trace_id.hex()


async def test_without_the_extra_the_callers_trace_is_in_the_log(tmp_path, settings, events):
    plain = settings.model_copy(
        update={"database_url": f"sqlite:///{tmp_path}/m.db", "keys_dir": tmp_path / "keys"}
    )
    state = f"{CANARY}=,,;{CANARY}"
    async with serving(plain) as client:
        await client.get("/health/live", headers={"traceparent": TRACEPARENT, "tracestate": state})
        await client.get("/health/live", headers=[("traceparent", TRACEPARENT)] * 2)
        await client.get("/health/live")
    said = events()
    lines = [event for event in said if event["event"] == "request"]
    assert [line.get("trace_id") for line in lines] == [TRACE, None, None]
    assert CANARY not in json.dumps(said)
    assert not otel.get_current_span().get_span_context().is_valid
    assert spans.tracer() is None


async def test_a_wish_for_traces_without_the_extra_stops_the_start(traced, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match="MAYUSE_TRACES"):
        async with serving(traced):
            pass
