"""`kit memory`: bare values for scripts, and words about what was replaced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.kit import kit, kit_process
from tests.plant import plant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

SECRET = "ghp_" + "a1B2c3D4e5" * 4


@pytest.fixture
def folders(clones: Callable[..., list[Path]]) -> tuple[Path, Path]:
    ana, ben = clones(2)
    return ana, ben


def test_set_says_the_version_and_what_it_replaced(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    assert kit(ana, "memory", "set", "build.dir", "/a\nb").out == "set build.dir, version 1\n"
    assert kit(ben, "memory", "set", "build.dir", "/b", agent="ben").out == (
        'set build.dir, version 2\nreplaced version 1 by ana: "/a b"\n'
    )
    done = kit(ana, "memory", "set", "build.dir", "/c", "--json").json
    assert (done["version"], done["replaced"]["agent"], done["replaced"]["value"]) == (3, "ben", "/b")


def test_get_prints_the_bare_value(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    text = "one\n\ttwo \x1b[1m é"
    kit_process(ana, "memory", "set", "a", "-", given=text + "\n")
    kit(ana, "memory", "set", "b", '{"x": [1, "é"]}', "--json-value")
    assert kit_process(ben, "memory", "get", "a").out == text + "\n"
    assert kit(ben, "memory", "get", "b").out == '{"x": [1, "é"]}\n'
    found = kit(ben, "memory", "get", "b", "--with-meta").json
    assert (found["value"], found["version"], found["agent"]) == ({"x": [1, "é"]}, 1, "ana")
    assert kit(ben, "memory", "get", "b", "--json").json == found


def test_a_version_that_is_no_longer_now_ends_with_status_6(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    kit(ana, "memory", "set", "a", "one", "--if-version", "0")
    kit(ben, "memory", "set", "a", "two", agent="ben")
    done = kit(ana, "memory", "set", "a", "three", "--if-version", "1", "--json")
    assert (done.code, done.error["code"], done.error["version"], done.error["agent"]) == (6, "version", 2, "ben")
    assert "is at version 2, by ben, not 1" in kit(ana, "memory", "delete", "a", "--if-version", "1").err


def test_failures_have_their_own_exit_status_and_a_next_step(folders: tuple[Path, Path]) -> None:
    ana, _ = folders
    kit(ana, "memory", "set", "build.dir", "x")
    missing = kit(ana, "memory", "get", "build.dri")
    assert (missing.code, missing.out) == (4, "")
    assert "did you mean build.dir?" in missing.err
    assert kit(ana, "memory", "history", "nothing").code == 4
    assert kit(ana, "memory", "delete", "nothing").code == 4
    assert "did you mean 'build.cache-dir'?" in kit(ana, "memory", "set", "Build.Cache Dir", "x").err
    assert kit(ana, "memory", "set", "a", "{", "--json-value").code == 5
    assert kit_process(ana, "memory", "set", "a", "-", given="x" * 65_537).code == 5
    assert kit(ana, "memory", "set", "a", "x", "--if-version", "-1").code == 2


def test_history_and_old_versions_survive_a_deletion(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    kit(ana, "memory", "set", "a", "one")
    done = kit(ben, "memory", "delete", "a", agent="ben")
    assert done.out == 'deleted a, version 2\nreplaced version 1 by ana: "one"\n'
    assert "was deleted by ben" in kit(ana, "memory", "get", "a").err
    assert kit(ana, "memory", "get", "a", "--version", "1").out == "one\n"
    lines = kit(ana, "memory", "history", "a").out.splitlines()
    assert [line.split()[:2] for line in lines] == [["VERSION", "BY"], ["2", "ben"], ["1", "ana"]]
    assert lines[1].endswith("(deleted)")
    cut = kit(ana, "memory", "history", "a", "--limit", "1", "--json")
    assert (len(cut.json["versions"]), cut.json["more"]) == (1, True)
    assert "--limit 0" in cut.err


def test_the_list_is_bounded_and_begins_with_the_prefix(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    for key in ("build.dir", "build.cache", "builder", "notes"):
        kit(ana, "memory", "set", key, "x " * 100)
    found = kit(ben, "memory", "list", "build", "--json").json
    assert [each["key"] for each in found["keys"]] == ["build.cache", "build.dir", "builder"]
    assert found["keys"][0]["preview"].endswith("...")
    assert [each["key"] for each in kit(ben, "memory", "list", "build.", "--json").json["keys"]] == [
        "build.cache", "build.dir",
    ]  # fmt: skip
    cut = kit(ben, "memory", "list", "--limit", "3")
    assert cut.out.count("\n") == 4
    assert "1 more: kit memory list" in cut.err
    assert kit(ben, "memory", "list", "no.such").err == "no keys begin with no.such\n"
    assert kit(ben, "memory", "list", "Build").code == 5


def test_redactions_are_said_and_counted(folders: tuple[Path, Path]) -> None:
    done = kit(folders[0], "memory", "set", "a", SECRET, "--json")
    assert done.json["redacted"] == {"github-personal-token": 1}
    assert done.err == "redacted: 1 github-personal-token\n"
    assert kit(folders[0], "memory", "get", "a").out == "[REDACTED:github-personal-token]\n"


def test_offline_reading_answers_from_what_was_seen_and_writing_fails(
    folders: tuple[Path, Path], remote: PathRemote
) -> None:
    ana, _ = folders
    kit(ana, "memory", "set", "a", "one")
    remote.stop()
    read = kit(ana, "memory", "get", "a")
    assert (read.code, read.out) == (0, "one\n")
    assert "not fetched" in read.err
    for verb in ("get", "list", "history"):
        assert kit(ana, "memory", verb, "a", "--json").json["fetched"] is False
    assert kit(ana, "memory", "set", "a", "two").code == 8
    assert kit(ana, "memory", "delete", "a").code == 8


def test_hostile_values_neither_steer_a_terminal_nor_break_the_list(
    folders: tuple[Path, Path], remote: PathRemote
) -> None:
    record = {"type": "memory", "key": "a", "version": 1, "value": "\x1b[2J\nx\u202e", "agent": "eve",
              "instance": "one", "at": "2026-11-20T10:00:00Z"}  # fmt: skip
    plant(remote.path, "memory/a", {"memory/a.json": json.dumps(record).encode(), "memory/a/\x1b.json": b"{"})
    for verb in ("list", "history"):
        done = kit(folders[0], "memory", verb, *(["a"] if verb == "history" else []))
        assert not {"\x1b", "\u202e"} & set(done.out + done.err)
        assert r"\x1b[2J" in done.out
    assert "left out: 1 broken record" in kit(folders[0], "memory", "list").err
    done = kit(folders[0], "memory", "set", "a", "mine")
    assert r'replaced version 1 by eve: "\x1b[2J x' in done.out
