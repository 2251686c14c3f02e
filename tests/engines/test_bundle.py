from __future__ import annotations

import contextlib
import functools
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

from mayuse import archive, bundle
from mayuse.bundle import Bundle
from mayuse.errors import BundleError, OpaFailed
from opa_server import serving


def test_the_same_bytes_wherever_the_policies_lie(
    policies: Path, small: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = policies.parent / "another place" / "policies"
    shutil.copytree(policies, elsewhere)
    monkeypatch.chdir(elsewhere.parent)
    relative = bundle.build(Path("policies"), Path("out.tar.gz"), "1.0")
    absolute = bundle.build(policies, policies.parent / "out.tar.gz", "1.0")
    assert relative.raw == absolute.raw == small.raw
    assert Path("out.tar.gz").read_bytes() == small.raw
    assert str(policies).encode() not in b"".join(archive.unpack(small.raw).values())


def test_the_packaged_bundle_is_what_the_policies_build(root: Path, tmp_path: Path) -> None:
    packaged = bundle.packaged()
    built = bundle.build(root / "policies", tmp_path / "mayuse.tar.gz", packaged.version)
    assert built.digest == packaged.digest
    assert built.raw == packaged.raw


def test_the_digest_is_what_sha256sum_prints(small: Bundle, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_bytes(small.raw)
    by_hand = (
        "mkdir b && tar xzf b.tar.gz -C b && cd b && "
        "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    )
    said = subprocess.run(
        ["sh", "-c", by_hand], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert small.digest == "sha256:" + said.stdout.split()[0]


def test_a_bundle_holds_policies_and_their_cases_and_no_tests(policies: Path) -> None:
    cases = policies / "cases" / "some.cases.yaml"
    cases.write_text("- {question: {}, expect: deny}\n")
    (policies / "cases" / "notes.txt").write_text("no case file")
    built = bundle.build(policies, policies.parent / "b.tar.gz", "2")
    assert set(archive.unpack(built.raw)) == {
        ".manifest",
        "catalog.json",
        "data.json",
        "policy.wasm",
        "cases/small.cases.yaml",
        "cases/some.cases.yaml",
        *built.modules,
    }
    assert built.cases["cases/some.cases.yaml"] == cases.read_text()
    assert not [path for path in built.modules if path.endswith("_test.rego")]
    manifest = orjson.loads(archive.unpack(built.raw)[".manifest"])
    assert manifest == {
        "metadata": {"version": "2"},
        "revision": built.digest,
        "rego_version": 1,
        "roots": ["mayuse"],
    }


def test_the_version_is_no_part_of_the_digest(policies: Path, small: Bundle) -> None:
    other = bundle.build(policies, policies.parent / "b.tar.gz", "9.9")
    assert (other.version, other.digest) == ("9.9", small.digest)


def test_entry_points_keep_their_rego(small: Bundle, policies: Path) -> None:
    source = (policies / "mayuse/main/main.rego").read_text()
    assert small.modules["mayuse/main/main.rego"] == source


def test_the_catalogue_is_the_rules_metadata(small: Bundle) -> None:
    assert [rule["rule"] for rule in small.rules] == [
        "law/world/baseline",
        "law/world/signal",
        "terms/acme/promise",
    ]
    assert small.rules[1] == {
        "rule": "law/world/signal",
        "title": "Browser opt-out signal",
        "description": "A signal is an opt-out from sale.",
        "owner": "tests",
        "last_read": "2026-11-23",
        "reasons": {
            "signal_on": "the browser sends an opt-out signal",
            "signal_off": "no opt-out signal is sent",
        },
        "obligations": {},
        "only": None,
        "file": "mayuse/law/world/signal/signal.rego",
        "defines": ["denies", "in_force", "in_place", "in_scope", "permits", "signal_off"],
    }


def test_a_builtin_the_host_lacks_fails_the_build_by_name(policies: Path) -> None:
    rule = policies / "mayuse/law/world/signal/signal.rego"
    rule.write_text(rule.read_text() + "\nin_scope if time.now_ns() > 0\n")
    rule.write_text(rule.read_text() + '\nin_scope if crypto.sha256(input.on) == ""\n')
    with pytest.raises(BundleError, match=r"lacks these builtins: crypto\.sha256, time\.now_ns"):
        bundle.build(policies, policies.parent / "b.tar.gz", "1")
    assert not (policies.parent / "b.tar.gz").exists()


def test_rego_that_does_not_compile_is_refused_in_opas_words(policies: Path) -> None:
    rule = policies / "mayuse/law/world/signal/signal.rego"
    rule.write_text(rule.read_text() + "\nin_scope if nonsense\n")
    with pytest.raises(OpaFailed, match=r"signal\.rego:\d+: rego_unsafe_var_error"):
        bundle.build(policies, policies.parent / "b.tar.gz", "1")


def test_a_rule_without_words_is_refused_naming_file_and_field(policies: Path) -> None:
    bare = policies / "mayuse/law/world/bare/bare.rego"
    bare.parent.mkdir()
    bare.write_text("package mayuse.law.world.bare\n\nin_place := true\n")
    main = policies / "mayuse/main/main.rego"
    main.write_text(
        main.read_text() + '\nsaid["law/world/bare"] := {} if data.mayuse.law.world.bare.in_place\n'
    )
    with pytest.raises(BundleError) as refused:
        bundle.build(policies, policies.parent / "b.tar.gz", "1")
    faults = str(refused.value).splitlines()[1:]
    place = f"{bare}:1"
    assert faults == [
        f"{place}: METADATA title: is missing or empty",
        f"{place}: METADATA description: is missing or empty",
        f"{place}: METADATA custom.owner: is missing or empty",
        f"{place}: METADATA custom.last_read: is not a day that exists, as YYYY-MM-DD",
        f"{place}: METADATA custom.reasons: has no sentence",
        f"{place}: rule: does not define denies, in_force, in_scope, permits",
    ]


def test_a_rule_that_main_does_not_ask_is_refused(policies: Path) -> None:
    shutil.copytree(policies / "mayuse/law/world/signal", policies / "mayuse/law/world/copied")
    copied = policies / "mayuse/law/world/copied/signal.rego"
    copied.write_text(copied.read_text().replace("law.world.signal", "law.world.copied"))
    with pytest.raises(BundleError, match="main does not ask law/world/copied"):
        bundle.build(policies, policies.parent / "b.tar.gz", "1")


@pytest.mark.parametrize(
    "name", ["data.json", "policy.wasm", "catalog.json", "mayuse/main/main.rego"]
)
def test_a_file_changed_after_the_build_is_refused(small: Bundle, name: str) -> None:
    files = archive.unpack(small.raw)
    files[name] += b" "
    with pytest.raises(BundleError, match="another digest"):
        bundle.read(archive.pack(files))


@pytest.mark.parametrize("name", ["data.json", "policy.wasm", "catalog.json", ".manifest"])
def test_a_file_taken_away_is_refused(small: Bundle, name: str) -> None:
    files = archive.unpack(small.raw)
    del files[name]
    with pytest.raises(BundleError):
        bundle.read(archive.pack(files))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"wasm": [{"module": "/policy.wasm"}]}, "no wasm key"),
        ({"roots": [""]}, "root mayuse"),
        ({"metadata": {}}, "names no version"),
        ({"metadata": {"version": 3}}, "names no version"),
        ({"revision": "sha256:00"}, "another digest"),
        ({"rego_version": 0}, "ask for Rego 1"),
        ({"file_rego_versions": {"/mayuse/main/main.rego": 0}}, "ask for Rego 1"),
    ],
)
def test_a_manifest_that_says_otherwise_is_refused(
    small: Bundle, change: dict[str, object], says: str
) -> None:
    files = archive.unpack(small.raw)
    files[".manifest"] = orjson.dumps({**orjson.loads(files[".manifest"]), **change})
    with pytest.raises(BundleError, match=says):
        bundle.read(archive.pack(files))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data.json", b"[]"),
        ("data.json", b"{"),
        ("data.json", b'{"mayuse":{}}'),
        ("data.json", b'{"mayuse":[]}'),
        ("catalog.json", b'{"rules":[{"rule":"law/us/x"}]}'),
        ("catalog.json", b'{"rules":{}}'),
        ("catalog.json", b'{"rules":[]}'),
    ],
)
def test_contents_of_another_shape_are_refused_even_with_their_digest(
    small: Bundle, name: str, content: bytes
) -> None:
    files = {**archive.unpack(small.raw), name: content}
    manifest = orjson.loads(files[".manifest"])
    files[".manifest"] = orjson.dumps({**manifest, "revision": bundle.digest_of(files)})
    with pytest.raises(BundleError):
        bundle.read(archive.pack(files))


def test_opa_passes_over_the_guests_whether_it_loads_the_bundle_or_pulls_it(
    small: Bundle, small_opa: str, tmp_path: Path
) -> None:
    assert small.cases
    (tmp_path / "small.tar.gz").write_bytes(small.raw)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pulling = (
            *("--set", f"services.s.url=http://127.0.0.1:{server.server_port}"),
            *("--set", "bundles.small.service=s", "--set", "bundles.small.resource=small.tar.gz"),
        )
        with serving(*pulling) as puller:
            wait_for(f"{puller}/health?bundles=true")
            held = [document(f"{url}/v1/data") for url in (small_opa, puller)]
        server.shutdown()
    assert held[0]["result"].keys() == {"mayuse"}
    assert held[0]["result"] == held[1]["result"]
    assert held[0]["result"]["mayuse"]["facts"] == small.facts


def document(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        return orjson.loads(answer.read())


def wait_for(url: str) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError):
            urllib.request.urlopen(url, timeout=10).close()  # noqa: S310 - loopback
            return
        time.sleep(0.1)
    raise AssertionError("OPA did not pull the bundle")


def test_a_path_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read: No such file"):
        bundle.read(tmp_path / "none.tar.gz")
