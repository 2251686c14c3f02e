"""`mayuse db` and `mayuse doctor`: what is there, and is it whole."""

from __future__ import annotations

import json
import sqlite3

import pytest

import policy_versions
from mayuse import archive, bundle


class TestDb:
    def test_an_upgraded_database_is_at_the_newest_step(self, mayuse) -> None:
        before = mayuse("db", "check", "--json")
        upgraded = mayuse("db", "upgrade")
        again = mayuse("db", "upgrade")
        after = mayuse("db", "check", "--json")

        assert before.returncode == 1
        assert json.loads(before.stdout)["step"] is None
        assert (upgraded.returncode, again.returncode) == (0, 0)
        assert after.returncode == 0
        state = json.loads(after.stdout)
        assert (state["current"], state["step"]) == (True, state["newest"])
        assert upgraded.stdout == f"the sqlite database is at step {state['newest']}\n"

    def test_checking_makes_nothing(self, mayuse, tmp_path) -> None:
        done = mayuse("db", "check")

        assert done.returncode == 1
        assert "mayuse db upgrade" in done.stdout
        assert list(tmp_path.iterdir()) == []

    def test_a_table_that_differs_is_noticed(self, mayuse, tmp_path) -> None:
        mayuse("db", "upgrade")
        with sqlite3.connect(tmp_path / "var" / "mayuse.db") as database:
            database.execute("CREATE TABLE stranger (id INTEGER PRIMARY KEY)")

        done = mayuse("db", "check")

        assert done.returncode == 1
        assert "stranger" in done.stdout

    @pytest.mark.parametrize(
        ("damage", "told"),
        [
            ("DELETE FROM alembic_version", "names no migration step"),
            ("INSERT INTO alembic_version VALUES ('0005')", "names several migration steps"),
        ],
    )
    def test_tables_at_no_clear_step_are_not_taken_for_none(
        self, mayuse, tmp_path, damage, told
    ) -> None:
        mayuse("demo")
        with sqlite3.connect(tmp_path / "var" / "mayuse.db") as database:
            database.execute(damage)
        database.close()

        for command in (
            ("db", "check"),
            ("db", "upgrade"),
            ("log", "verify"),
            ("serve", "--port", "1"),
            ("ask", "--recipient", "microsoft", "--purpose", "ads_personalised"),
        ):
            done = mayuse(*command)
            assert (done.returncode, done.stdout) == (1, ""), command
            assert told in done.stderr
            assert "do not upgrade it blindly" in done.stderr
        found = json.loads(mayuse("doctor", "--json").stdout)["database"]
        assert (found["state"], told in found["says"]) == ("fault", True)

    def test_an_index_that_lacks_rows_is_noticed(self, mayuse, tmp_path) -> None:
        """Every search would believe it."""
        assert mayuse("ask", "--recipient", "microsoft", "--purpose", "ads_personalised").returncode
        mayuse("demo")
        with sqlite3.connect(tmp_path / "var" / "mayuse.db", isolation_level=None) as database:
            name = "ix_decision_recipient_t_us_seq"
            [(sql,)] = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,))
            database.execute(f"DROP INDEX {name}")
            database.execute(f"{sql} WHERE effect = 1")
            database.execute("PRAGMA writable_schema = ON")
            database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, name))
        database.close()

        done = mayuse("db", "check")

        assert done.returncode == 1
        assert name in done.stdout

    def test_a_database_that_does_not_answer_is_a_sentence(self, mayuse) -> None:
        url = {"MAYUSE_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:9/none"}

        done = mayuse("db", "upgrade", env=url)

        assert done.returncode == 1
        assert done.stderr.startswith("mayuse: ")
        assert "secret" not in done.stderr

    def test_another_kind_of_database_is_wrong_use(self, mayuse) -> None:
        done = mayuse("db", "check", env={"MAYUSE_DATABASE_URL": "mysql://127.0.0.1/x"})

        assert done.returncode == 2
        assert "MAYUSE_DATABASE_URL" in done.stderr


class TestDoctor:
    def test_a_fresh_folder_can_answer(self, mayuse, tmp_path) -> None:
        done = mayuse("doctor", "--json")

        found = json.loads(done.stdout)
        assert done.returncode == 0, done.stdout
        assert found["engine"]["state"] == "ok"
        assert "sha256:" in found["bundle"]["says"]
        assert found["database"]["state"] == "note"
        assert list(tmp_path.iterdir()) == [], "it changes nothing"

    def test_after_the_first_answer_all_is_there(self, mayuse) -> None:
        asked = mayuse(
            *("ask", "--recipient", "linkedin_corporation", "--purpose", "train_ai_content"),
            *("--data", "profile", "--jurisdiction", "US-VA"),
        )
        assert asked.returncode in {0, 1}

        found = json.loads(mayuse("doctor", "--json").stdout)

        assert {
            name: row["state"] for name, row in found.items() if name not in {"opa", "access"}
        } == dict.fromkeys(("program", "settings", "bundle", "engine", "database", "keys"), "ok")

    def test_keys_that_others_can_read_are_a_fault(self, mayuse, tmp_path) -> None:
        keys = tmp_path / "var" / "keys"
        keys.mkdir(parents=True, mode=0o700)
        (keys / "some.key").touch(mode=0o644)

        done = mayuse("doctor")

        assert done.returncode == 1
        assert "some.key" in done.stdout

    def test_an_engine_that_does_not_answer_is_a_fault(self, mayuse) -> None:
        done = mayuse("doctor", "--json", env={"MAYUSE_OPA_URL": "http://127.0.0.1:9"})

        assert done.returncode == 1
        assert json.loads(done.stdout)["engine"]["state"] == "fault"

    def test_a_bundle_that_is_none_is_a_fault(self, mayuse, tmp_path) -> None:
        (tmp_path / "bundle.tar.gz").write_bytes(b"no archive")

        done = mayuse("doctor", "--json", env={"MAYUSE_BUNDLE": "bundle.tar.gz"})

        assert done.returncode == 1
        assert json.loads(done.stdout)["bundle"]["state"] == "fault"

    def test_a_database_that_was_only_made_is_no_fault(self, mayuse) -> None:
        mayuse("db", "upgrade")

        assert mayuse("doctor").returncode == 0
        assert mayuse("rules").returncode == 0

    def test_the_bundle_that_was_activated_last_is_told_not_the_configured_one(
        self, mayuse, tmp_path
    ) -> None:
        words = json.loads(archive.unpack(bundle.packaged().raw)["catalog.json"])
        words["rules"][0]["title"] = "A title of its own"
        another = policy_versions.another(changed={"catalog.json": json.dumps(words).encode()})
        (tmp_path / "another.tar.gz").write_bytes(another)
        digest = bundle.read(another).digest
        about = ("ask", "--recipient", "microsoft", "--purpose", "ads_personalised")
        about += ("--data", "profile", "--jurisdiction", "US-VA")
        for env in ({}, {"MAYUSE_BUNDLE": "another.tar.gz"}):
            before = mayuse("doctor", "--json", env=env)
            told = json.loads(mayuse(*about, "--json", env=env).stdout)
            assert told["policy"]["digest"] in json.loads(before.stdout)["bundle"]["says"]
        assert told["policy"]["digest"] == digest

        says = json.loads(mayuse("doctor", "--json").stdout)["bundle"]["says"]
        assert digest in says
        assert "activated last" in says
        assert "A title of its own" in mayuse("rules").stdout

    def test_passwords_are_not_shown(self, mayuse) -> None:
        url = {"MAYUSE_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:9/none"}

        done = mayuse("doctor", env=url)

        assert done.returncode == 1
        assert "MAYUSE_DATABASE_URL" in done.stdout
        assert "secret" not in done.stdout + done.stderr
