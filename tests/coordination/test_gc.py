"""What is finished is folded away whole, and nothing live ever is."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kit.coordination import task
from kit.coordination.gc import Folded, gc
from kit.errors import KitError, RemoteFailed, Taken
from kit.store.author import Author
from kit.store.store import Change
from tests.coordination.people import DAY, LATER, NOW, Person, refs
from tests.git import git
from tests.remotes.process import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote, Remote


@pytest.fixture
def pair(clones: Callable[..., list[Path]]) -> tuple[Person, Person]:
    ana, ben = clones(2)
    return Person(ana, "ana"), Person(ben, "ben")


def do(someone: Person, *, dry_run: bool = False) -> Folded:
    return gc(someone.store, me=someone.me, now=someone.now, dry_run=dry_run)


def work(someone: Person) -> None:
    """Commits a change that is not pushed."""
    (someone.folder / "work.py").write_text("work = 1\n")
    git(someone.folder, "add", "work.py")
    git(someone.folder, "commit", "--quiet", "-m", "Work")


def test_finished_tasks_move_into_the_archive_with_their_history(
    any_remote: Remote, clones: Callable[..., list[Path]]
) -> None:
    ana, ben = (Person(each, name) for each, name in zip(clones(2, of=any_remote.url), ("ana", "ben"), strict=True))
    ana.finish("parser", "lexer")
    ana.claim("open")
    tips = git(any_remote.path, "for-each-ref", "--format=%(objectname)", "refs/kit/tasks").splitlines()
    done = do(ben)
    assert sorted(done.tasks) == ["lexer", "parser"]
    assert refs(any_remote.path) == ["agents/ana/one", "archive/tasks", "tasks/open"]
    files = git(any_remote.path, "ls-tree", "-r", "--name-only", "refs/kit/archive/tasks").splitlines()
    assert files == [f"tasks/{name}/{file}" for name in ("lexer", "parser")
                     for file in ("claim.json", "handoffs/1.json", "status.json", "task.json")]  # fmt: skip
    history = git(any_remote.path, "rev-list", "refs/kit/archive/tasks", "refs/kit/tasks/open").splitlines()
    assert set(tips) <= set(history)
    assert task.read(ben.store, "parser").is_done
    git(any_remote.path, "fsck", "--strict")
    assert do(ben).is_empty


def test_without_a_remote_the_repository_itself_is_folded(repo: Path) -> None:
    ana = Person(repo, "ana")
    ana.finish("parser")
    assert do(ana).tasks == ("parser",)
    assert refs(repo) == ["agents/ana/one", "archive/tasks"]
    with pytest.raises(Taken, match="was done by ana"):
        ana.claim("parser")


@pytest.mark.parametrize("has_fetched", ["never", "the open task", "the finished task"])
def test_a_folded_task_is_never_handed_out_again(pair: tuple[Person, Person], has_fetched: str) -> None:
    ana, ben = pair
    if has_fetched == "the open task":
        ana.claim("parser")
        ben.store.fetch("tasks/*")
        ana.complete("parser", commit="origin/main")
    else:
        ana.finish("parser")
    if has_fetched == "the finished task":
        ben.store.fetch("tasks/*", "archive/*")
    assert do(ana).tasks == ("parser",)
    with pytest.raises(Taken, match="done") as taken:
        ben.at(NOW + DAY).claim("parser")
    assert not taken.value.retryable
    assert "tasks/parser" not in git(ben.folder, "ls-remote", "origin")


def test_a_claim_finds_the_needs_that_were_folded_meanwhile(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.finish("lexer")
    change = Change("tasks/parser", "", {"tasks/parser/task.json": b'{"type":"task","id":"parser","needs":["lexer"]}'},
                    "add", "add parser")  # fmt: skip
    ana.store.publish([change], author=ana.me.author(NOW))
    ben.store.fetch("tasks/*", "archive/*")
    do(ana)
    assert ben.claim("parser")[0].epoch == 1


def test_held_blocked_and_unmerged_tasks_stay(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.finish("blocked", state="blocked")
    ana.finish("review", state="needs-review")
    ana.claim("held")
    work(ana)
    ana.finish("unmerged")
    done = do(ben.at(NOW + DAY))
    assert done.is_empty
    later = do(ben.at(LATER))
    assert (later.tasks, later.unmerged) == (("unmerged",), ("unmerged",))


def test_what_is_merged_after_all_is_folded_at_once(pair: tuple[Person, Person]) -> None:
    ana, _ = pair
    work(ana)
    ana.finish("parser")
    assert do(ana).is_empty
    git(ana.folder, "push", "--quiet", "origin", "main")
    assert do(ana).tasks == ("parser",)


def test_a_dry_run_says_the_same_and_changes_nothing(pair: tuple[Person, Person], remote: PathRemote) -> None:
    ana, _ = pair
    ana.finish("parser")
    before = git(remote.path, "for-each-ref")
    assert do(ana, dry_run=True).tasks == ("parser",)
    assert git(remote.path, "for-each-ref") == before
    assert do(ana).tasks == ("parser",)


def test_a_task_that_moves_while_it_is_folded_is_left_alone(
    pair: tuple[Person, Person], remote: PathRemote, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben = pair
    ana.finish("a", "b", "c")
    store = ben.store
    store.fetch("tasks/*", "archive/*")
    moved = ana.store
    change = Change("tasks/b", moved.tip("tasks/b"), {"tasks/b/status.json": None}, "add", "opened again")
    monkeypatch.setattr(type(store), "fetch", lambda *_, **__: None)
    moved.publish([change], author=ana.me.author(NOW))
    monkeypatch.undo()
    monkeypatch.setattr("kit.coordination.gc.PATTERNS", ("paths*",))
    assert sorted(gc(store, me=ben.me, now=NOW).tasks) == ["a", "c"]
    assert "tasks/b" in refs(remote.path)


def test_silent_agents_go_and_those_who_are_needed_stay(pair: tuple[Person, Person], remote: PathRemote) -> None:
    ana, ben = pair
    clone = ana.folder
    for name in ("silent", "holding", "writing"):
        Person(clone, name).be_here()
    Person(clone, "holding").claim("long", ttl=DAY)
    Person(clone, "holding", now=LATER - DAY / 2).renew("long")
    Person(clone, "writing").send("ana")
    gone = Person(clone, "gone").send("ana")
    ana.at(LATER).acknowledge(gone)
    Person(clone, "shouting").send("@all")
    Person(clone, "fresh", now=LATER).be_here()
    done = do(ben.at(LATER))
    assert sorted(done.agents) == ["gone/one", "shouting/one", "silent/one"]
    left = [each for each in refs(remote.path) if each.startswith("agents/")]
    assert left == ["agents/ana/one", "agents/fresh/one", "agents/holding/one", "agents/writing/one"]
    assert git(remote.path, "cat-file", "-t", f"refs/kit/archive/agents:agents/gone/one/outbox/{gone}.json") == "blob"
    assert sorted(do(ben.at(NOW + 29 * DAY)).agents) == ["ana/one", "fresh/one", "holding/one", "writing/one"]


def test_mail_that_was_read_leaves_its_senders_ref_and_unread_mail_stays(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    read, unread, all_ = (ana.send(to) for to in ("ben", "ben", "@all"))
    ben.acknowledge(read)
    ana.store.fetch("agents/*")
    assert do(ana.at(NOW + DAY)).mail == ()
    done = do(ana.at(LATER))
    assert [each.rpartition("/")[2] for each in sorted(done.mail)] == sorted([f"{read}.json", f"{all_}.json"])
    ref = "agents/ana/one"
    outbox = {path for path in ana.store.own(ref).files if "/outbox/" in path}
    assert outbox == {f"{ref}/outbox/{unread}.json"}
    ben.store.fetch("agents/*", "archive/*")
    archived = ben.store.objects.entries(ben.store.tip("archive/agents"))
    assert f"{ref}/outbox/{read}.json" in archived
    assert {path for path in ben.store.read(ref).files if "/outbox/" in path} == outbox


def test_expired_reservations_go_and_live_ones_stay(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.at(LATER - DAY / 2).claim("new", paths=("src/new/**",), ttl=DAY)
    ana.claim("old", paths=("src/old/**",))
    done = do(ben.at(LATER))
    assert done.reservations == ("paths/old.json",)
    assert list(ben.store.read("paths").files) == ["paths/new.json"]


def test_a_remote_that_lets_nobody_delete_changes_nothing(pair: tuple[Person, Person], remote: PathRemote) -> None:
    ana, _ = pair
    ana.finish("parser")
    remote.hook("update", '#!/bin/sh\ncase "$3" in *[!0]*) exit 0;; esac\necho no deletions here >&2\nexit 1\n')
    before = git(remote.path, "for-each-ref", "refs/kit/tasks", "refs/kit/archive")
    with pytest.raises(RemoteFailed, match="refuses"):
        do(ana)
    assert git(remote.path, "for-each-ref", "refs/kit/tasks", "refs/kit/archive") == before


def test_locks_that_a_dead_process_left_here_cost_only_the_packing(pair: tuple[Person, Person]) -> None:
    ana, _ = pair
    ana.finish("parser")
    (ana.folder / ".git" / "packed-refs.lock").touch()
    done = do(ana)
    assert done.tasks == ("parser",)
    assert "packed-refs.lock" in done.unpacked
    (ana.folder / ".git" / "packed-refs.lock").unlink()
    assert do(ana) == ((),) * 5 + ("",)


def test_what_is_loose_is_packed_and_what_nobody_reaches_yet_is_kept(pair: tuple[Person, Person]) -> None:
    ana, _ = pair
    ana.finish("parser")
    building = git(ana.folder, "hash-object", "-w", "--stdin", given="of a commit that is being built")
    do(ana)
    loose = [each for each in (ana.folder / ".git/objects").rglob("??/*") if len(each.name) == 38]
    assert building[2:] in [each.name for each in loose]
    tip = ana.store.tip("archive/tasks")
    assert not (ana.folder / ".git/objects" / tip[:2] / tip[2:]).exists()
    assert git(ana.folder, "cat-file", "-t", tip) == "commit"
    git(ana.folder, "fsck", "--strict")


def test_one_broken_task_does_not_keep_the_others(pair: tuple[Person, Person], remote: PathRemote) -> None:
    ana, ben = pair
    ana.finish("good")
    blob = git(remote.path, "hash-object", "-w", "--stdin", given="x")
    git(remote.path, "update-ref", "refs/kit/tasks/blob", blob)
    odd = {
        "tasks/odd/status.json": b'{"type":"status","state":"done","commit":"' + blob.encode() + b'"}',
        "README": b"x",
    }
    git(remote.path, "update-ref", "refs/kit/agents/x/y", blob)
    ana.store.publish([Change("tasks/odd", "", odd, "x", "x")], author=Author("eve", "e", NOW - 9 * DAY))
    assert sorted(do(ben).tasks) == ["good", "odd"]
    names = git(remote.path, "ls-tree", "-r", "--name-only", "refs/kit/archive/tasks").splitlines()
    assert "tasks/odd/status.json" in names
    assert "README" not in names


def test_a_task_that_came_back_is_folded_again_once_nobody_holds_it(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.finish("parser")
    do(ana)
    released = git(ana.folder, "show", f"{ana.store.tip('archive/tasks')}:tasks/parser/claim.json")
    back = {"tasks/parser/claim.json": released.replace("released", "held").encode()}
    ben.store.publish([Change("tasks/parser", "", back, "claim", "claim parser")], author=ben.me.author(NOW))
    assert do(ana).is_empty
    with pytest.raises(Taken, match="was done by ana"):
        ana.at(NOW + DAY).claim("parser")
    assert do(ana.at(NOW + DAY)).tasks == ("parser",)
    assert task.read(ana.store, "parser").is_done


def test_a_lock_on_the_remote_that_blocks_deletions_loses_nothing(
    pair: tuple[Person, Person], remote: PathRemote
) -> None:
    ana, _ = pair
    ana.finish("parser")
    lock = remote.packed_refs_lock(age_seconds=7200)
    with contextlib.suppress(KitError):
        do(ana)
    assert task.read(ana.store, "parser").is_done
    lock.unlink(missing_ok=True)
    do(ana)
    assert [each for each in refs(remote.path) if each.startswith("tasks/")] == []
    assert task.read(ana.store, "parser").is_done


@pytest.mark.race
def test_many_at_once_fold_each_task_once(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    folders = clones(4)
    names = [f"t{number}" for number in range(12)]
    Person(folders[0], "ana").leave_done(*names)
    running = [start("gc", folder) for folder in folders]
    assert [each.wait(timeout=60) for each in running] == [0] * 4
    assert [each for each in refs(remote.path) if each.startswith("tasks/")] == []
    archive = git(remote.path, "ls-tree", "--name-only", "refs/kit/archive/tasks", "tasks/").splitlines()
    assert sorted(archive) == sorted(f"tasks/{name}" for name in names)
    git(remote.path, "fsck", "--strict")


@pytest.mark.race
@pytest.mark.parametrize("verb", ["gc", "sync"])
def test_a_kill_at_any_moment_loses_nothing(clones: Callable[..., list[Path]], remote: PathRemote, verb: str) -> None:
    folder, other = clones(2)
    (folder / "kit.toml").write_text("[gc]\nfinished = 1\n")
    ana, ben = Person(folder, "ana"), Person(other, "ben")
    chance = random.Random(7)
    names: list[str] = []
    for round_ in range(5):
        new = [f"r{round_}-{number}" for number in range(20)]
        ben.leave_done(*new)
        names += new
        message = ana.write("ben")
        process = start(verb, folder)
        try:
            process.wait(timeout=chance.uniform(0.1, 1.0))
        except subprocess.TimeoutExpired:
            kill_all(process)
        for lock in [*(folder / ".git").rglob("*.lock"), *remote.path.rglob("*.lock")]:
            lock.unlink()
        assert any(message in path for path in ana.store.own("agents/ana/one").files)
        for repository in (folder, remote.path):
            git(repository, "fsck", "--strict")
    assert start(verb, folder).wait(timeout=60) == 0
    assert [each for each in refs(remote.path) if each.startswith("tasks/")] == []
    store = ben.store
    store.fetch("tasks/*", "archive/*")
    assert all(task.read(store, name).is_done for name in names)


def start(verb: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "kit", verb, "--repo", str(folder), "--agent", "ana"],
        env=os.environ | {"KIT_INSTANCE": "one"},
        stdout=subprocess.DEVNULL,
    )


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kills a process and all it started, as when the machine loses its power."""
    children: dict[int, list[int]] = {}
    for line in run(["ps", "-A", "-o", "pid=,ppid="]).stdout.splitlines():
        pid, parent = map(int, line.split())
        children.setdefault(parent, []).append(pid)
    doomed = [process.pid]
    for pid in doomed:
        doomed += children.get(pid, [])
    for pid in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
