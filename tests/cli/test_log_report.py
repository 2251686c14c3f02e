"""Reports: one page to print, the same as JSON, and what proves it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from html.parser import HTMLParser

import pytest
from cli_results import lines_of

from mayuse.decision_log.entry import leaf_hash
from mayuse.decision_log.note import VerifierKey
from mayuse.decision_log.proof import Proof
from mayuse.reports import page

QUESTION = {
    "recipient": "linkedin_corporation",
    "purpose": "train_ai_content",
    "data": ["profile", "public_posts"],
    "data_subject": {"id": "member-7", "jurisdiction": "US-VA", "age": 35},
    "choices": {"ai_training": "off"},
    "on": "2025-11-20",
}


@pytest.fixture
def asked(mayuse) -> dict:
    [answer] = lines_of(mayuse("ask", "--file", "-", "--json", stdin=json.dumps(QUESTION)))
    return answer


class Text(HTMLParser):
    """What a reader sees; refuses whatever would be fetched or run."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        assert tag not in {"script", "link", "img", "iframe", "form", "object"}
        assert not {"src", "href", "onload", "onclick", "srcset"} & dict(attrs).keys()

    def handle_data(self, data):
        self.text += data


def read(folder, kind):
    html = (folder / f"{kind}.html").read_text()
    reader = Text()
    reader.feed(html)
    assert "url(" not in html
    return json.loads((folder / f"{kind}.json").read_text()), re.sub(r"\s+", " ", reader.text)


def test_a_dossier_tells_and_proves_one_decision(mayuse, asked, tmp_path) -> None:
    done = mayuse("log", "report", "out", asked["decision_id"], "--kind", "dossier")
    report, text = read(tmp_path / "out", "dossier")

    assert (done.returncode, done.stdout) == (0, "out/dossier.html\n")
    for reason in asked["reasons"]:
        assert reason["says"] in text
        for cited in reason["citations"]:
            assert cited["provision"] in text
    assert report["decision"]["answer"] in text
    assert report["replay"]["outcome"] == "same"
    assert "byte for byte" in text
    for word in ("facts", "categories of data", "sentence of the question", "made again"):
        assert word in text.split("Not proved by it are:")[1].split("How to check it")[0]
    assert "member-7" not in json.dumps(report) + text

    record = (tmp_path / "out" / "record.json").read_bytes()
    proof = Proof.from_text((tmp_path / "out" / "decision.tlog-proof").read_text())
    keys = [
        VerifierKey.from_text(line)
        for line in (tmp_path / "out" / "keys.txt").read_text().splitlines()
    ]
    proof.verify(leaf_hash(record), keys)
    assert leaf_hash(record).hex() == asked["receipt"]["leaf_hash"]


def test_what_a_dossier_says_to_run_runs(mayuse, asked, tmp_path, monkeypatch) -> None:
    mayuse("log", "report", "out", asked["decision_id"], "--kind", "dossier")
    _, text = read(tmp_path / "out", "dossier")
    [command] = re.findall(r"mayuse (log check decision\.tlog-proof \S+ \S+ --key '\S+')", text)
    monkeypatch.chdir(tmp_path / "out")

    done = mayuse(*command.replace("'", "").split())
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "out" / "var").exists()


def test_an_erased_decision_has_a_dossier_still(mayuse, asked, tmp_path) -> None:
    mayuse("log", "erase", "member-7")
    done = mayuse("log", "report", "out", asked["decision_id"], "--kind", "dossier")
    report, text = read(tmp_path / "out", "dossier")

    assert (done.returncode, report["replay"]["outcome"]) == (0, "erased")
    assert "has been erased" in text
    assert "US-VA" not in text
    assert "detail" not in report["decision"]


def test_the_integrity_of_a_sound_log(mayuse, asked, tmp_path) -> None:
    mayuse("log", "list", "--effect", "deny")
    mayuse("log", "erase", "member-7")
    done = mayuse("log", "report", "out", "--replay")
    report, text = read(tmp_path / "out", "integrity")

    assert (done.returncode, report["holds"]) == (0, True)
    assert "All is as it was written" in text
    assert report["replayed"]["outcomes"]["erased"] == 1
    assert [(item["act"], item["filters"]) for item in report["searches"]] == [
        ("report", []),
        ("list", ["effect=deny"]),
    ]
    assert [item["decisions"] for item in report["erasures"]] == [1]
    assert report["checkpoint"].startswith(report["origin"])
    assert report["bundles"][0]["policy"] == asked["policy"]["digest"]


def test_the_integrity_of_a_log_that_was_changed(mayuse, asked, tmp_path) -> None:
    with sqlite3.connect(tmp_path / "var" / "mayuse.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE decision SET effect = 1 WHERE kind = 0")
    done = mayuse("log", "report", "out")
    report, text = read(tmp_path / "out", "integrity")

    assert (done.returncode, report["holds"]) == (1, False)
    assert "The log is not as it was written" in text
    assert report["verified"]["found"] == {"copy_changed": 1}
    assert asked


def test_an_integrity_report_tells_which_keys_were_believed(mayuse, asked, tmp_path) -> None:
    vkey = mayuse("log", "key").stdout.split()[0]
    kept = tmp_path / "kept.txt"
    kept.write_text(mayuse("log", "checkpoint").stdout)
    given = ("--key", vkey, "--checkpoint", "kept.txt")
    assert mayuse("log", "report", "given", *given).returncode == 0
    mayuse("log", "report", "own")
    report, text = read(tmp_path / "given", "integrity")
    own, own_text = read(tmp_path / "own", "integrity")

    assert report["given"] == {"keys": [vkey], "checkpoints": [kept.read_text()], "witnesses": []}
    assert own["given"] == {"keys": [], "checkpoints": [], "witnesses": []}
    assert f"by the keys that were given: {vkey}" in text
    assert re.sub(r"\s+", " ", kept.read_text()) in text
    assert "by the keys in the database" in own_text
    assert asked


def test_an_integrity_report_by_a_key_that_is_not_the_logs_does_not_hold(
    mayuse, asked, tmp_path
) -> None:
    stranger = VerifierKey("elsewhere", 1, bytes(32)).to_text()
    done = mayuse("log", "report", "out", "--key", stranger)
    report, text = read(tmp_path / "out", "integrity")

    assert (done.returncode, report["holds"]) == (1, False)
    assert f"signatures0of checkpoints hold, by the keys that were given: {stranger}" in text
    assert asked


def test_an_integrity_report_tells_what_was_lost_under_a_former_name(
    mayuse, asked, tmp_path
) -> None:
    name = mayuse("log", "checkpoint").stdout.split()[0]
    shutil.copy(tmp_path / "var" / "mayuse.db", tmp_path / "older.db")
    mayuse("ask", "--file", "-", "--json", stdin=json.dumps(QUESTION))
    mayuse("log", "report", "before")
    kept = tmp_path / "before" / "checkpoint.txt"
    shutil.copy(tmp_path / "older.db", tmp_path / "var" / "mayuse.db")
    assert mayuse("log", "new-origin", "example.com/two").returncode == 0
    done = mayuse("log", "report", "out")
    report, text = read(tmp_path / "out", "integrity")
    before, text_before = read(tmp_path / "before", "integrity")

    assert done.returncode == 0
    [former] = report["former_names"]
    assert (former["origin"], former["contained"]) == (name, False)
    assert f"Leaves that were signed under the name {name} are gone" in text
    assert "not all of it: leaves that were signed are gone" in text
    assert report["anchors"] == []
    assert "Nobody yet." in text
    assert before["former_names"] == []
    for _ in range(5):
        mayuse("ask", "--file", "-", "--json", stdin=json.dumps(QUESTION))
    found = mayuse("log", "verify", "--checkpoint", kept)
    assert found.returncode == 1
    assert "a checkpoint has another root than the tree has at its size" in found.stdout
    assert "not signed" not in found.stdout
    assert "Names it had before" not in text_before

    mayuse("log", "new-origin", "example.com/three")
    mayuse("log", "report", "again")
    report, _ = read(tmp_path / "again", "integrity")
    told = {item["origin"]: item["contained"] for item in report["former_names"]}
    assert told == {name: False, "example.com/two": True}
    assert asked


def test_a_report_is_written_over_nothing(mayuse, asked, tmp_path) -> None:
    """Least of all over the key that an auditor has kept, which it would replace by another."""
    mayuse("log", "report", "out", asked["decision_id"], "--kind", "dossier")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "keys.txt").write_text("mine")
    (tmp_path / "file").write_text("")
    before = {path: path.read_bytes() for path in tmp_path.glob("[okf]*/*")}

    for folder in ("out", "kept", "file"):
        refused = mayuse("log", "report", folder)
        assert (refused.returncode, refused.stdout) == (2, "")
    assert {path: path.read_bytes() for path in tmp_path.glob("[okf]*/*")} == before


def test_whatever_is_in_a_log_is_text_on_the_page(mayuse, asked, tmp_path) -> None:
    mayuse("log", "report", "out", asked["decision_id"], "--kind", "dossier")
    report, _ = read(tmp_path / "out", "dossier")
    report["decision"]["caller"] = "<script>alert(1)</script>"
    html = page.render("dossier", report)

    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "arguments",
    [
        ["--kind", "dossier"],
        ["x"],
        ["--kind", "poem"],
        ["x", "--kind", "integrity"],
        ["--key", "nonsense"],
        ["--key", "empty"],
        ["x", "--kind", "dossier", "--key", "empty"],
        ["x", "--kind", "dossier", "--replay"],
    ],
)
def test_what_no_report_is_made_of_is_wrong_use(mayuse, tmp_path, arguments) -> None:
    (tmp_path / "empty").write_text("")
    refused = mayuse("log", "report", "out", *arguments)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
