"""Every version of a key is kept with its author, and nobody's value is overwritten without a word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from kit.errors import InvalidInput, KitError, NotFound, RemoteFailed, Taken
from kit.memory import keys
from kit.memory.value import MAX_BYTES, Value, check_key, key_of, parse, path_of
from kit.records import record_type
from kit.store.author import Author
from tests.burst import burst
from tests.git import git
from tests.plant import plant
from tests.remotes import Faults
from tests.team import NOW, Agent, nonce

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit.memory.keys import Written
    from tests.remotes import PathRemote, Remote

SECRET = "ghp_" + "a1B2c3D4e5" * 4
KEY = "build.cache-dir"


@pytest.fixture
def team(clones: Callable[..., list[Path]]) -> tuple[Agent, Agent]:
    first, second = clones(2)
    return Agent(first, "ana"), Agent(second, "ben", "two")


def put(agent: Agent, key: str, text: str, **how: Any) -> Written:
    author = Author(agent.name, agent.instance, agent.now)
    return keys.set_value(agent.store, key, text, author=author, nonce=nonce(), **how)


def delete(agent: Agent, key: str, **how: Any) -> Written:
    return keys.delete(agent.store, key, author=Author(agent.name, agent.instance, agent.now), nonce=nonce(), **how)


def get(agent: Agent, key: str, *, version: int | None = None) -> Any:
    store = agent.store
    store.fetch(keys.REFS)
    return keys.get(store, key, version=version).value


def history(agent: Agent, key: str) -> list[tuple[int, str, Any]]:
    store = agent.store
    store.fetch(keys.REFS)
    return [(each.version, each.agent, each.value) for each in keys.history(store, key)]


def record(key: str, /, **changes: Any) -> bytes:
    made = {"type": "memory", "key": key, "version": 1, "value": "x", "agent": "eve", "instance": "one",
            "at": "2026-11-20T10:00:00Z"}  # fmt: skip
    return json.dumps(made | changes).encode()


def test_a_value_is_read_elsewhere_as_it_was_written(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    for key, text in (("build", "a"), (KEY, "é\n\ttwo lines\r\n"), ("build.cache-dir.x", "")):
        put(ana, key, text)
    assert [get(ben, key) for key in ("build", KEY, "build.cache-dir.x")] == ["a", "é\n\ttwo lines\r\n", ""]
    assert [each.key for each in keys.known(ben.store)] == ["build", KEY, "build.cache-dir.x"]


@pytest.mark.parametrize("text", ["0", "null", "true", '""', '{"b": [1, 2.5, {"a": null}]}', "[[[[]]]]"])
def test_json_keeps_its_types(team: tuple[Agent, Agent], text: str) -> None:
    put(team[0], KEY, text, is_json=True)
    assert json.dumps(get(team[1], KEY)) == text


@pytest.mark.parametrize(
    "text", ["", "{", "{'a': 1}", '{"a": 1, "a": 2}', "NaN", "1e999", "[" * 40 + "]" * 40, '"\\ud800"', "1 2", "\udc80"]
)
def test_json_that_is_not_strict_or_not_readable_again_is_refused(team: tuple[Agent, Agent], text: str) -> None:
    with pytest.raises(InvalidInput):
        put(team[0], KEY, text, is_json=True)
    assert history(team[1], KEY) == []


def test_the_later_writer_wins_and_is_told_what_it_replaced(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    assert put(ana, KEY, "one").replaced is None
    written = put(ben, KEY, "two")
    assert written.value.version == 2
    assert written.replaced is not None
    assert (written.replaced.version, written.replaced.agent, written.replaced.value) == (1, "ana", "one")
    assert history(ana, KEY) == [(2, "ben", "two"), (1, "ana", "one")]


def test_a_version_that_was_named_must_be_the_one_now(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    put(ana, KEY, "one", if_version=0)
    put(ben, KEY, "two", if_version=1)
    for agent, version in ((ana, 1), (ana, 0), (ben, 3)):
        with pytest.raises(Taken, match="is at version 2, by ben, not") as caught:
            put(agent, KEY, "three", if_version=version)
        assert (caught.value.details["version"], caught.value.details["agent"]) == (2, "ben")
    put(ana, KEY, "three", if_version=2)
    with pytest.raises(Taken, match="is at version 0, not 1"):
        put(ana, "no.such-key", "x", if_version=1)


def test_of_equal_writes_of_one_instance_the_named_version_lets_one_through(team: tuple[Agent, Agent]) -> None:
    ana, _ = team
    put(ana, KEY, "one", if_version=0)
    with pytest.raises(Taken, match="is at version 1, by ana, not 0"):
        put(ana, KEY, "one", if_version=0)
    assert history(ana, KEY) == [(1, "ana", "one")]


def test_a_deleted_key_is_gone_and_its_versions_are_not(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    put(ana, KEY, "one")
    put(ana, "build.other", "x")
    gone = delete(ben, KEY)
    assert gone.replaced is not None
    assert (gone.value.version, gone.replaced.value) == (2, "one")
    with pytest.raises(NotFound, match="deleted by ben in version 2"):
        get(ana, KEY)
    assert [each.key for each in keys.known(ana.store)] == ["build.other"]
    assert get(ana, KEY, version=1) == "one"
    with pytest.raises(NotFound):
        delete(ana, KEY)
    again = put(ana, KEY, "three", if_version=0)
    assert (again.value.version, again.replaced) == (3, None)


def test_a_missing_key_is_not_found_and_near_ones_are_proposed(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    put(ana, KEY, "one")
    with pytest.raises(NotFound) as caught:
        keys.get(ben.store, "biuld.cache-dir")
    assert (caught.value.hint, caught.value.details["near"]) == (f"did you mean {KEY}?", [KEY])
    with pytest.raises(NotFound, match="no version 7"):
        get(ana, KEY, version=7)


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("Build.Cache Dir", "build.cache-dir"),
        ("a..b", "a.b"),
        (".a", "a"),
        ("a/b", "a-b"),
        ("../x", "x"),
        ("con.x", "x"),
        ("Ünïcode", "unicode"),
        ("-a", "a"),
        ("_history", "history"),
    ],
)
def test_what_is_no_key_is_refused_with_the_nearest_one(key: str, near: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_key(key)
    assert caught.value.hint == f"did you mean {near!r}?"
    check_key(near)


@pytest.mark.parametrize("key", ["", ".", "\0", "a" * 81, ".".join(["abc"] * 60), "a\n"])
def test_what_is_no_key_at_all_is_refused_too(key: str) -> None:
    with pytest.raises(InvalidInput):
        check_key(key)


def test_the_place_of_a_key_and_the_key_of_a_place_are_inverse() -> None:
    assert (path_of("a"), path_of("a.b.c")) == ("memory/a.json", "memory/a/b/c.json")
    assert [key_of(path_of(key)) for key in ("a", "a.b.c", "json", "memory.json")] == [
        "a",
        "a.b.c",
        "json",
        "memory.json",
    ]
    assert {key_of(path) for path in ("memory/A.json", "memory/a", "memory/a//b.json", "a.json", "memory/.json")} == {
        ""
    }


def test_secrets_are_taken_out_of_text_and_of_json(team: tuple[Agent, Agent], remote: PathRemote) -> None:
    assert dict(put(team[0], KEY, f"use {SECRET}").redacted) == {"github-personal-token": 1}
    assert get(team[1], KEY) == "use [REDACTED:github-personal-token]"
    written = put(team[0], KEY, json.dumps({"a": {"token": SECRET}, "b": 1}), is_json=True)
    assert sum(written.redacted.values()) == 1
    assert get(team[1], KEY)["b"] == 1
    assert SECRET not in git(remote.path, "log", "--all", "-p", "--format=%B")


def test_a_value_of_64_kib_is_kept_whole_and_a_larger_one_refused(team: tuple[Agent, Agent]) -> None:
    put(team[0], KEY, "x" * MAX_BYTES)
    assert get(team[1], KEY) == "x" * MAX_BYTES
    with pytest.raises(InvalidInput, match="65537 bytes"):
        put(team[0], KEY, "x" * MAX_BYTES + "x")


def test_without_the_remote_nothing_is_written(team: tuple[Agent, Agent], remote: PathRemote) -> None:
    put(team[0], KEY, "one")
    remote.stop()
    for change in (lambda: put(team[0], KEY, "two"), lambda: delete(team[0], KEY)):
        with pytest.raises(RemoteFailed):
            change()
    assert keys.get(team[0].store, KEY).value == "one"
    remote.start()
    assert history(team[1], KEY) == [(1, "ana", "one")]


def test_every_remote_keeps_versions(clones: Callable[..., list[Path]], any_remote: Remote) -> None:
    first, second = clones(2, of=any_remote.url)
    ana, ben = Agent(first, "ana"), Agent(second, "ben", "two")
    put(ana, KEY, "one")
    put(ben, KEY, "two")
    with pytest.raises(Taken):
        put(ana, KEY, "three", if_version=1)
    any_remote.inject(Faults(drop_replies=0.5, seed=1))
    for number in range(4):
        put(ana, KEY, str(number), if_version=number + 2)
    any_remote.inject(Faults())
    assert [version for version, _, _ in history(ben, KEY)] == [6, 5, 4, 3, 2, 1]


def test_without_a_remote_the_repository_itself_keeps_them(repo: Path) -> None:
    put(Agent(repo, "ana"), KEY, "one")
    put(Agent(repo, "ben"), KEY, "two", if_version=1)
    with pytest.raises(Taken):
        put(Agent(repo, "ana"), KEY, "three", if_version=1)
    assert history(Agent(repo), KEY) == [(2, "ben", "two"), (1, "ana", "one")]


@pytest.mark.race
def test_writers_of_one_first_segment_all_succeed_and_every_version_stays(clones: Callable[..., list[Path]]) -> None:
    folders = clones(3)
    burst("set_keys", folders, processes=6, each=2)
    agent = Agent(folders[0])
    assert {get(agent, f"team.own-{number}") for number in range(6)} == {f"{number}.1" for number in range(6)}
    assert [len(history(agent, f"team.own-{number}")) for number in range(6)] == [2] * 6
    versions = history(agent, "team.all")
    assert [version for version, _, _ in versions] == list(range(12, 0, -1))
    assert sorted(value for _, _, value in versions) == sorted(f"{n}.{each}" for n in range(6) for each in range(2))


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b" " * (2 << 20),
        record(KEY, key="build.other"),
        record(KEY, version=True),
        record(KEY, version=0),
        record(KEY, version=10**30),
        record(KEY, version="1"),
        record(KEY, agent="../x"),
        record(KEY, instance=None),
        record(KEY, at=5),
        record(KEY, type="message"),
        record(KEY).replace(b'"value": "x", ', b""),
        record(KEY, value="\ud800"),
    ],
)
def test_a_broken_record_is_named_hides_no_other_and_can_be_written_over(
    team: tuple[Agent, Agent], remote: PathRemote, data: bytes
) -> None:
    ana, _ = team
    plant(
        remote.path,
        "memory/build",
        {"memory/build/cache-dir.json": data, "memory/build/good.json": record("build.good")},
    )
    ana.store.fetch(keys.REFS)
    broken: list[str] = []
    assert [each.key for each in keys.known(ana.store, "", broken)] == ["build.good"]
    assert broken == ["memory/build/cache-dir.json"]
    with pytest.raises(InvalidInput):
        keys.get(ana.store, KEY)
    put(ana, KEY, "mended")
    assert get(ana, KEY) == "mended"


def test_a_broken_record_does_not_set_the_versions_back(team: tuple[Agent, Agent], remote: PathRemote) -> None:
    ana, _ = team
    for text in ("one", "two"):
        put(ana, KEY, text)
    oid = git(remote.path, "rev-parse", "refs/kit/memory/build")
    broken = plant(remote.path, "memory/build", {"memory/build/cache-dir.json": b"{"})
    tree = git(remote.path, "rev-parse", f"{broken}^{{tree}}")
    who = ["-c", "user.name=x", "-c", "user.email=x@x"]
    git(
        remote.path,
        "update-ref",
        "refs/kit/memory/build",
        git(remote.path, *who, "commit-tree", tree, "-p", oid, "-m", "x"),
    )
    assert put(ana, KEY, "three").value.version == 3
    assert history(ana, KEY) == [(3, "ana", "three"), (2, "ana", "two"), (1, "ana", "one")]


def test_places_that_are_no_keys_are_named_and_left_alone(team: tuple[Agent, Agent], remote: PathRemote) -> None:
    ana, _ = team
    strange = ["memory/a/..", "memory/a/B.json", "memory/b.json", "x", "memory/a/con.json"]
    plant(remote.path, "memory/a", {path: record("a") for path in [*strange, "memory/a.json"]})
    git(remote.path, "update-ref", "refs/kit/memory/blob", git(remote.path, "hash-object", "-w", "HEAD"))
    ana.store.fetch(keys.REFS)
    broken: list[str] = []
    assert [each.key for each in keys.known(ana.store, "", broken)] == ["a"]
    assert sorted(broken) == sorted([*strange, "memory/blob"])
    with pytest.raises(KitError):
        put(ana, "blob", "x")


def test_a_value_matches_its_schema() -> None:
    made = Value(KEY, 2, None, "ana", "one", NOW, "5f1d9c", is_deleted=True)
    declared = record_type.shipped()["memory"]
    Draft202012Validator(declared.schema).validate({"meta": made.record()})
    assert set(made.record()) == set(declared.fields)
    assert parse(KEY, json.dumps(made.record()).encode()) == made
