"""An artifact is got as it was put, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from kit.coordination import artifact
from kit.coordination.artifact_record import Artifact, parse, ref_of
from kit.coordination.holder import Holder
from kit.errors import Blocked, InvalidInput, NotFound, RemoteFailed, Taken
from kit.records import record_type
from kit.store import plain_file
from tests.git import git
from tests.plant import plant
from tests.remotes import Faults
from tests.team import NOW, Agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit.coordination.artifact import Put
    from tests.remotes import PathRemote, Remote

SECRET = "ghp_" + "a1B2c3D4e5" * 4
BYTES = bytes(range(256)) * 40


@pytest.fixture
def team(clones: Callable[..., list[Path]]) -> tuple[Agent, Agent]:
    first, second = clones(2)
    return Agent(first, "ana"), Agent(second, "ben", "two")


def put(agent: Agent, name: str, data: bytes, *, task: str = "", redact: bool = False) -> Put:
    return artifact.put(agent.store, data, name=name, task=task, me=agent.me, now=agent.now, redact=redact)


def get(agent: Agent, name: str, *, task: str = "", version: int | None = None) -> bytes:
    store = agent.store
    store.fetch(ref_of(task))
    return artifact.get(store, name, task=task, version=version)[1]


def listed(agent: Agent, *, task: str = "") -> list[tuple[str, int]]:
    store = agent.store
    store.fetch(ref_of(task))
    return [(each.name, each.version) for each in artifact.known(store, task=task)]


def record(name: str, data: bytes, **changes: Any) -> bytes:
    made = {"type": "artifact", "name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data),
            "agent": "eve", "instance": "one", "at": "2026-11-20T10:00:00Z", "version": 1}  # fmt: skip
    return json.dumps(made | changes).encode()


@pytest.mark.parametrize("data", [BYTES, b"", b"text\r\n"], ids=["binary", "empty", "text"])
def test_bytes_are_got_as_they_were_put(team: tuple[Agent, Agent], data: bytes) -> None:
    put(team[0], "report.bin", data)
    assert get(team[1], "report.bin") == data


def test_a_new_version_says_what_it_replaced_and_keeps_it(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    assert put(ana, "report.txt", b"one").replaced is None
    done = put(ben, "report.txt", b"two")
    assert done.replaced is not None
    assert (done.artifact.version, done.replaced.version, done.replaced.holder) == (2, 1, ana.me)
    assert get(ana, "report.txt") == b"two"
    assert get(ana, "report.txt", version=1) == b"one"
    with pytest.raises(NotFound, match="no version 3"):
        get(ana, "report.txt", version=3)


def test_artifacts_of_a_task_and_shared_ones_do_not_meet(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    put(ana, "report.txt", b"shared")
    put(ana, "report.txt", b"of the parser", task="parser")
    put(ana, "report.txt.json", b"{}", task="parser")
    assert (get(ben, "report.txt"), get(ben, "report.txt", task="parser")) == (b"shared", b"of the parser")
    assert listed(ben, task="parser") == [("report.txt", 1), ("report.txt.json", 1)]
    assert listed(ben) == [("report.txt", 1)]
    assert artifact.scopes(ben.store, ask=True) == ["parser"]
    with pytest.raises(InvalidInput, match="belongs to no task"):
        put(ana, "report.txt", b"x", task="shared")


def test_what_is_not_there_is_not_found_and_what_is_there_is_named(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    put(ana, "report.txt", b"x")
    with pytest.raises(NotFound) as caught:
        get(ben, "reprot.txt")
    assert caught.value.hint == "there is: report.txt"
    with pytest.raises(NotFound):
        get(ben, "report.txt", task="parser")


@pytest.mark.parametrize("name", ["", ".x", "-x", "a b", "a/b", "..", "a\n", "é", "x" * 101, "con.txt", "nul", "x."])
def test_a_name_that_some_system_cannot_have_is_refused(team: tuple[Agent, Agent], name: str) -> None:
    with pytest.raises(InvalidInput):
        put(team[0], name, b"x")


def test_a_name_that_differs_by_case_alone_is_refused(team: tuple[Agent, Agent]) -> None:
    put(team[0], "Report.txt", b"x")
    with pytest.raises(InvalidInput, match=r"'Report.txt' already"):
        put(team[1], "report.TXT", b"y")
    put(team[1], "Report.txt", b"y")


def test_a_secret_is_refused_by_kind_and_line_and_never_shown(team: tuple[Agent, Agent], remote: PathRemote) -> None:
    with pytest.raises(Blocked) as caught:
        put(team[0], "env.txt", f"one\ntwo {SECRET}\n".encode())
    assert "github-personal-token in line 2" in caught.value.message
    assert caught.value.details["secrets"] == [{"kind": "github-personal-token", "line": 2}]
    assert SECRET not in str((caught.value.message, caught.value.hint, caught.value.details))
    assert git(remote.path, "for-each-ref", "refs/kit/artifacts") == ""


def test_a_secret_is_taken_out_where_that_was_asked_for(team: tuple[Agent, Agent]) -> None:
    done = put(team[0], "env.txt", f"two {SECRET}\r\n".encode(), redact=True)
    assert dict(done.redacted) == {"github-personal-token": 1}
    assert get(team[1], "env.txt") == b"two [REDACTED:github-personal-token]\r\n"


def test_a_secret_is_seen_in_other_encodings_and_in_what_is_no_text(team: tuple[Agent, Agent]) -> None:
    for data in (SECRET.encode("utf-16"), b"\xff\x00\xfe" + SECRET.encode(), b"caf\xe9 " + SECRET.encode()):
        with pytest.raises(Blocked):
            put(team[0], "a.bin", data)
    with pytest.raises(Blocked, match="secret") as caught:
        put(team[0], "a.bin", b"\xff\x00\xfe" + SECRET.encode(), redact=True)
    assert "not text" in caught.value.hint
    put(team[0], "utf16.txt", SECRET.encode("utf-16"), redact=True)
    assert get(team[1], "utf16.txt").decode("utf-16") == "[REDACTED:github-personal-token]"


def test_the_limit_of_the_project_counts(team: tuple[Agent, Agent]) -> None:
    (team[0].folder / "kit.toml").write_text('[artifacts]\nmax_size = "1kB"\n')
    put(team[0], "a", b"x" * 1000)
    with pytest.raises(InvalidInput, match="1001 bytes, the limit is 1000"):
        put(team[0], "b", b"x" * 1001)


@pytest.mark.parametrize(
    "changes", [{"sha256": "0" * 64}, {"size": 5}, {"size": 7}], ids=["checksum", "shorter", "longer"]
)
def test_bytes_that_are_not_those_that_were_put_are_not_given_out(
    team: tuple[Agent, Agent], remote: PathRemote, changes: dict[str, Any]
) -> None:
    files = {"artifacts/shared/a.json": record("a", b"abcdef", **changes), "artifacts/shared/files/a": b"abcdef"}
    plant(remote.path, "artifacts/shared", files)
    with pytest.raises(InvalidInput, match="not those that eve put"):
        get(team[0], "a")
    put(team[0], "a", b"mended")
    assert get(team[1], "a") == b"mended"


def test_a_record_without_its_bytes_gives_nothing_out(team: tuple[Agent, Agent], remote: PathRemote) -> None:
    plant(remote.path, "artifacts/shared", {"artifacts/shared/a.json": record("a", b"abcdef")})
    with pytest.raises(InvalidInput, match="not those"):
        get(team[0], "a")


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b" " * (2 << 20),
        record("b", b"x"),
        record("a", b"x", size=-1),
        record("a", b"x", size=True),
        record("a", b"x", version="1"),
        record("a", b"x", version=10**30),
        record("a", b"x", sha256=["0" * 64]),
        record("a", b"x", sha256="x"),
        record("a", b"x", agent=None),
        record("a", b"x", instance="../x"),
        record("a", b"x", at="now"),
    ],
)
def test_a_broken_record_is_named_hides_no_other_and_can_be_put_anew(
    team: tuple[Agent, Agent], remote: PathRemote, data: bytes
) -> None:
    plant(remote.path, "artifacts/shared", {
        "artifacts/shared/a.json": data, "artifacts/shared/files/a": b"x",
        "artifacts/shared/good.json": record("good", b"y"), "artifacts/shared/files/good": b"y",
        "artifacts/shared/...json": record("..", b"x"), "artifacts/shared/deep/x.json": record("x", b"x"),
    })  # fmt: skip
    team[0].store.fetch(ref_of(""))
    broken: list[str] = []
    assert [each.name for each in artifact.known(team[0].store, task="", broken=broken)] == ["good"]
    assert sorted(broken) == [f"artifacts/shared/{each}" for each in ("...json", "a.json", "deep/x.json")]
    with pytest.raises(InvalidInput):
        get(team[0], "a")
    put(team[0], "a", b"mended")
    assert get(team[1], "a") == b"mended"


def test_every_remote_keeps_artifacts(clones: Callable[..., list[Path]], any_remote: Remote) -> None:
    first, second = clones(2, of=any_remote.url)
    any_remote.inject(Faults(drop_replies=0.5, seed=2))
    for number in range(3):
        put(Agent(first, "ana"), "report.bin", BYTES + bytes([number]))
    any_remote.inject(Faults())
    ben = Agent(second, "ben", "two")
    assert [get(ben, "report.bin", version=number + 1)[-1] for number in range(3)] == [0, 1, 2]
    assert listed(ben) == [("report.bin", 3)]


def test_without_the_remote_nothing_is_put_and_what_was_seen_is_got(
    team: tuple[Agent, Agent], remote: PathRemote
) -> None:
    put(team[0], "a", b"x")
    remote.stop()
    with pytest.raises(RemoteFailed):
        put(team[0], "b", b"x")
    assert artifact.get(team[0].store, "a", task="")[1] == b"x"


def test_without_a_remote_the_repository_itself_keeps_them(repo: Path) -> None:
    put(Agent(repo, "ana"), "a", b"one")
    assert put(Agent(repo, "ben"), "a", b"two").artifact.version == 2
    assert get(Agent(repo), "a", version=1) == b"one"


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    assert plain_file.read(tmp_path / "file", limit=1) == b"x"
    for name in ("link", "dangling", "pipe", "."):
        with pytest.raises(InvalidInput):
            plain_file.read(tmp_path / name, limit=9)
    with pytest.raises(InvalidInput, match="1 bytes, the limit is 0"):
        plain_file.read(tmp_path / "file", limit=0)
    with pytest.raises(NotFound):
        plain_file.read(tmp_path / "nothing", limit=9)


def test_a_file_that_is_there_is_replaced_only_by_force_and_a_link_never_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "link").symlink_to("precious")
    (tmp_path / "dangling").symlink_to("made")
    for name in ("precious", "link", "dangling"):
        with pytest.raises(Taken, match="exists already"):
            plain_file.write(tmp_path / name, b"new", force=False)
    plain_file.write(tmp_path / "link", b"new", force=True)
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert (tmp_path / "link").read_bytes() == b"new"
    with pytest.raises(InvalidInput, match="cannot be written"):
        plain_file.write(tmp_path / "no" / "folder", b"new", force=False)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dangling", "link", "precious"]


def test_an_artifact_matches_its_schema() -> None:
    made = Artifact("report.txt", "parser", "0" * 64, 3, Holder("ana", "one"), NOW, 2)
    declared = record_type.shipped()["artifact"]
    Draft202012Validator(declared.schema).validate({"meta": made.record()})
    assert set(made.record()) == set(declared.fields)
    assert parse("artifacts/parser", made.name, json.dumps(made.record()).encode()) == made
