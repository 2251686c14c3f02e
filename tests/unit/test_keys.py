"""The key files: made once, for the owner alone, refused when they are not what they should be."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from mayuse.decision_log import key_files, wrapping
from mayuse.decision_log.entry import Unwritable
from mayuse.decision_log.keys import open_keys
from mayuse.errors import SettingsError

NAMES = ("lookup.key", "subject.key", "row.key", "checkpoint.key", "receipt.key")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


def test_keys_are_made_on_the_first_start_for_the_owner_alone(folder):
    open_keys(folder, may_create=True)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_the_second_start_reads_the_same_keys(folder):
    first, second = (open_keys(folder, may_create=True) for _ in range(2))

    assert first.subject_lookup("member-7") == second.subject_lookup("member-7")
    assert first.row_mac(bytes(32)) == second.row_mac(bytes(32))
    assert first.wrapping.newest == second.wrapping.newest


def test_keys_of_two_services_differ(folder, tmp_path):
    ours, theirs = open_keys(folder, may_create=True), open_keys(tmp_path / "b", may_create=True)

    assert ours.subject_lookup("member-7") != theirs.subject_lookup("member-7")
    assert ours.facts_id("{}") != theirs.facts_id("{}")
    assert ours.row_mac(bytes(32)) != theirs.row_mac(bytes(32))
    assert ours.wrapping.newest != theirs.wrapping.newest


def test_many_first_starts_at_once_agree(folder):
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: open_keys(folder, may_create=True), range(64)))

    assert len({keys.subject_lookup("member-7") for keys in made}) == 1
    assert len({keys.row_mac(bytes(32)) for keys in made}) == 1
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)  # no drafts left


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_key_of_a_log_that_was_written_is_not_made_anew(folder, name):
    open_keys(folder, may_create=True)
    (folder / name).unlink()

    with pytest.raises(SettingsError, match=rf"{name} is missing"):
        open_keys(folder, may_create=False)
    assert not (folder / name).exists()


def test_a_missing_folder_of_a_log_that_was_written_is_not_made_anew(folder):
    with pytest.raises(SettingsError, match="is missing"):
        open_keys(folder, may_create=False)
    assert not folder.exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_can_read_or_write_is_refused(folder, name, mode):
    open_keys(folder, may_create=True)
    (folder / name).chmod(mode)

    with pytest.raises(SettingsError, match=rf"{name} is open to others"):
        open_keys(folder, may_create=True)


MALFORMED = {
    "empty": lambda text: "",  # noqa: ARG005
    "binary": lambda text: "\x00\xff" * 20,  # noqa: ARG005
    "cut short": lambda text: text[:-6],
    "longer": lambda text: text.rstrip() + "AAAA\n",
    "another version": lambda text: text.replace("/v1", "/v2"),
    "no name": lambda text: text.split()[0] + " " + text.split()[2],
    "one word more": lambda text: text.rstrip() + " x",
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_key_is_refused_without_being_shown(folder, fault):
    open_keys(folder, may_create=True)
    text = (folder / "row.key").read_text()
    secret = text.split()[2]
    (folder / "row.key").write_text(MALFORMED[fault](text), encoding="latin-1")

    with pytest.raises(SettingsError, match=r"row.key is not a key file") as told:
        open_keys(folder, may_create=True)
    assert secret[:8] not in str(told.value)
    assert told.value.__cause__ is None


def test_keys_that_were_swapped_are_refused(folder):
    open_keys(folder, may_create=True)
    (folder / "row.key").rename(folder / "other")
    (folder / "subject.key").rename(folder / "row.key")

    with pytest.raises(SettingsError, match=r"row.key holds the key of another purpose"):
        open_keys(folder, may_create=True)


def test_a_folder_that_is_a_file_is_refused(folder):
    folder.write_text("")

    with pytest.raises(SettingsError, match="MAYUSE_KEYS_DIR"):
        open_keys(folder, may_create=True)


def test_nothing_prints_a_key(folder):
    keys = open_keys(folder, may_create=True)
    secrets = [(folder / name).read_text().split()[2] for name in NAMES]
    subject = keys.new_subject_keys(1)[0]

    shown = f"{keys!r} {keys} {subject!r} {subject}"
    assert not any(secret in shown for secret in secrets)
    assert repr(subject.key) not in repr(subject)


def test_a_wrapped_key_unwraps_for_its_person_only(folder, tmp_path):
    keys = open_keys(folder, may_create=True)
    subject, lookup = keys.new_subject_keys(1)[0], keys.subject_lookup("member-7")
    wrapped = keys.wrap([(subject, lookup)])[0]

    assert keys.unwrap(subject.id, wrapped, lookup) == subject
    assert subject.key not in wrapped.sealed
    changed = wrapped._replace(sealed=wrapped.sealed[:-1] + bytes([wrapped.sealed[-1] ^ 1]))
    others = open_keys(tmp_path / "b", may_create=True)
    theirs = wrapped._replace(kek_id=others.wrapping.newest)
    for unwrap in (
        lambda: keys.unwrap(subject.id, wrapped, keys.subject_lookup("member-8")),
        lambda: keys.unwrap(bytes(16), wrapped, lookup),
        lambda: keys.unwrap(subject.id, changed, lookup),
        lambda: keys.unwrap(subject.id, wrapped._replace(sealed=b""), lookup),
        lambda: others.unwrap(subject.id, wrapped, lookup),
        lambda: others.unwrap(subject.id, theirs, lookup),
    ):
        with pytest.raises(Unwritable):
            unwrap()


def test_the_same_key_wraps_differently_each_time(folder):
    keys = open_keys(folder, may_create=True)
    subject, lookup = keys.new_subject_keys(1)[0], keys.subject_lookup("member-7")

    assert len({keys.wrap([(subject, lookup)])[0].sealed for _ in range(100)}) == 100


def test_keys_that_are_made_and_wrapped_together_are_each_persons_own(folder):
    """One nonce for two would give both away, and one key for two would outlive an erasure."""
    keys = open_keys(folder, may_create=True)
    made = keys.new_subject_keys(100)
    lookups = [keys.subject_lookup(f"member-{number}") for number in range(100)]
    wrapped = keys.wrap(zip(made, lookups, strict=True))

    for own in (
        [one.id for one in made],
        [one.key for one in made],
        [one.sealed[:12] for one in wrapped],
    ):
        assert len(set(own)) == 100
    for subject, lookup, sealed in zip(made, lookups, wrapped, strict=True):
        assert keys.unwrap(subject.id, sealed, lookup) == subject
    with pytest.raises(Unwritable):
        keys.unwrap(made[0].id, wrapped[1], lookups[0])


def test_the_newest_key_wraps_and_a_running_service_goes_on_with_it(folder):
    first = open_keys(folder, may_create=True)
    subject, lookup = first.new_subject_keys(1)[0], first.subject_lookup("member-7")
    before = first.wrap([(subject, lookup)])[0]
    key_files.add(folder, "subject")
    started_later = open_keys(folder, may_create=False)

    anew = started_later.wrap([(subject, lookup)])[0]
    assert anew.kek_id != before.kek_id
    assert first.wrap([(subject, lookup)])[0].kek_id == before.kek_id, (
        "it was started with the old one"
    )
    assert first.unwrap(subject.id, anew, lookup) == subject, "it reads the files anew"
    wrapping.retire_files(folder)
    assert first.wrap([(subject, lookup)])[0].kek_id == anew.kek_id
    assert open_keys(folder, may_create=False).unwrap(subject.id, before, lookup) == subject
    (folder / "subject.key.retired").unlink()
    with pytest.raises(Unwritable, match=r"another subject\.key"):
        open_keys(folder, may_create=False).unwrap(subject.id, before, lookup)


def test_without_its_file_no_new_person_is_given_a_key(folder):
    keys = open_keys(folder, may_create=True)
    subject, lookup = keys.new_subject_keys(1)[0], keys.subject_lookup("member-7")
    (folder / "subject.key").unlink()

    with pytest.raises(Unwritable, match="cannot be read"):
        keys.wrap([(subject, lookup)])[0]


def test_a_key_is_added_by_the_user_who_runs_the_services(folder, monkeypatch):
    open_keys(folder, may_create=True)
    monkeypatch.setattr("os.geteuid", lambda: 12345)

    with pytest.raises(SettingsError, match="do this as that one"):
        key_files.add(folder, "subject")
    assert not (folder / "subject-2.key").exists()
