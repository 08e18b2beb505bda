"""A sync brings what others did and sends what waits here; what it cannot do, it says, and loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.coordination import sync as module
from kit.coordination.gc import gc
from kit.coordination.sync import Synced, sync
from kit.errors import RemoteFailed
from kit.store.store import Change
from tests.coordination.people import DAY, NOW, Person, refs
from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote, Remote


def do(someone: Person) -> Synced:
    return sync(someone.store, me=someone.me, now=someone.now)


@pytest.fixture
def pair(clones: Callable[..., list[Path]]) -> tuple[Person, Person]:
    ana, ben = clones(2)
    return Person(ana, "ana"), Person(ben, "ben")


def mirrored(someone: Person) -> list[str]:
    top = someone.folder / ".kit" / "live"
    return sorted(str(each.relative_to(top)) for each in top.rglob("*") if each.is_file() and each.name != "README")


def test_all_that_is_live_is_fetched_but_sessions(any_remote: Remote, clones: Callable[..., list[Path]]) -> None:
    ana, ben = (Person(each, name) for each, name in zip(clones(2, of=any_remote.url), ("ana", "ben"), strict=True))
    ana.claim("parser", paths=("src/**",))
    kinds = ("archive/x", "memory/m", "decisions/d", "artifacts/s", "context/c", "sessions/codex/s1")
    changes = [Change(ref, "", {f"{ref}/x.json": b"{}"}, "x", "x") for ref in kinds]
    ana.store.publish(changes, author=ana.me.author(NOW))
    done = do(ben)
    assert (done.fetched, done.gone, done.pushed, done.waiting) == (9, 0, ("agents/ben/one",), ())
    own = ("agents/ana/one", "agents/ben/one", "archive/tasks", "paths", "tasks/parser")
    assert refs_known(ben) == sorted([*own, *kinds[:-1]])
    assert "tasks/parser/claim.json" in mirrored(ben)
    assert "paths/parser.json" in mirrored(ben)
    again = do(ben)
    assert (again.fetched, again.pushed, again.live.written) == (0, (), 0)


def refs_known(someone: Person) -> list[str]:
    names = git(someone.folder, "for-each-ref", "--format=%(refname)", "refs/kit-remotes/origin").splitlines()
    return [each.removeprefix("refs/kit-remotes/origin/") for each in names]


def test_what_was_written_offline_is_sent_for_every_instance_of_the_clone(
    any_remote: Remote, clones: Callable[..., list[Path]]
) -> None:
    (folder,) = clones(1, of=any_remote.url)
    ana, eve = Person(folder, "ana"), Person(folder, "eve", "i2")
    any_remote.stop()
    messages = [ana.write("ben"), eve.write("ben")]
    with pytest.raises(RemoteFailed) as failed:
        do(ana)
    assert failed.value.details["waiting"] == ["agents/ana/one", "agents/eve/i2"]
    assert "nothing is lost" in failed.value.message
    any_remote.start()
    done = do(ana)
    assert (done.pushed, done.waiting) == (("agents/ana/one", "agents/eve/i2"), ())
    for ref, message in zip(done.pushed, messages, strict=True):
        assert git(any_remote.path, "cat-file", "-t", f"refs/kit/{ref}:{ref}/outbox/{message}.json") == "blob"


def test_what_two_clones_of_one_instance_wrote_is_joined(clones: Callable[..., list[Path]]) -> None:
    here, there = (Person(folder, "ana") for folder in clones(2))
    first = there.send("ben")
    second = here.write("ben")
    assert do(here).pushed == ("agents/ana/one",)
    files = " ".join(here.store.read("agents/ana/one").files)
    assert first in files
    assert second in files


def test_a_remote_that_refuses_a_ref_leaves_it_waiting_and_the_rest_is_done(
    pair: tuple[Person, Person], remote: PathRemote
) -> None:
    ana, ben = pair
    ana.claim("parser")
    remote.reject("not yours", refs="refs/kit/agents/*")
    done = do(ben)
    assert isinstance(done.failure, RemoteFailed)
    assert (done.pushed, done.waiting) == ((), ("agents/ben/one",))
    assert "tasks/parser/claim.json" in mirrored(ben)


def test_what_was_decided_before_there_was_a_remote_is_created_there(repo: Path, remote: PathRemote) -> None:
    ana = Person(repo, "ana")
    ana.finish("lexer")
    ana.claim("parser", paths=("src/**",))
    tips = {ref: ana.store.tip(ref) for ref in ("tasks/lexer", "tasks/parser", "paths")}
    git(repo, "update-ref", "refs/kit/notes", "HEAD")
    git(repo, "remote", "add", "origin", remote.url)
    done = do(ana)
    assert sorted(done.pushed) == ["agents/ana/one", "paths", "tasks/lexer", "tasks/parser"]
    assert (done.waiting, done.conflicts) == ((), {})
    assert {ref: ana.store.tip(ref) for ref in tips} == tips
    assert refs(repo) == ["agents/ana/one", "notes"]
    assert module.waiting(ana.store) == []


def test_of_two_that_were_made_apart_the_remotes_counts_and_the_other_is_kept(
    pair: tuple[Person, Person], repo: Path
) -> None:
    ana, ben = pair
    ben.claim("parser")
    eve = Person(repo, "eve")
    eve.claim("parser")
    mine = eve.store.tip("tasks/parser")
    git(repo, "remote", "add", "origin", str(git(ana.folder, "remote", "get-url", "origin")))
    done = do(eve)
    place = f"refs/kit-aside/{mine[:12]}/tasks/parser"
    assert done.conflicts == {"tasks/parser": place}
    assert git(repo, "rev-parse", place) == mine
    assert eve.store.refs("tasks") == {"tasks/parser": ben.store.tip("tasks/parser")}
    assert do(eve).conflicts == {}


def test_archives_that_were_made_apart_are_joined(pair: tuple[Person, Person], repo: Path) -> None:
    ana, ben = pair
    ben.finish("lexer")
    gc(ben.store, me=ben.me, now=NOW)
    eve = Person(repo, "eve")
    eve.finish("parser", "lexer")
    gc(eve.store, me=eve.me, now=NOW)
    git(repo, "remote", "add", "origin", str(git(ana.folder, "remote", "get-url", "origin")))
    assert do(eve).conflicts == {}
    do(ana)
    archived = ana.store.objects.entries(ana.store.tip("archive/tasks"))
    assert {path.split("/")[1] for path in archived} == {"lexer", "parser"}
    status = ana.store.objects.files(ana.store.tip("archive/tasks"), under="tasks/lexer/status.json")
    assert b'"ben"' in status["tasks/lexer/status.json"]


def test_a_task_made_apart_that_is_archived_there_does_not_come_back(pair: tuple[Person, Person], repo: Path) -> None:
    ana, ben = pair
    ben.finish("lexer")
    gc(ben.store, me=ben.me, now=NOW)
    eve = Person(repo, "eve")
    eve.claim("lexer")
    git(repo, "remote", "add", "origin", str(git(ana.folder, "remote", "get-url", "origin")))
    assert list(do(eve).conflicts) == ["tasks/lexer"]
    assert "tasks/lexer" not in git(repo, "ls-remote", "origin")


def test_many_finished_tasks_are_folded_by_the_way(pair: tuple[Person, Person], remote: PathRemote) -> None:
    ana, ben = pair
    (ben.folder / "kit.toml").write_text("[gc]\nfinished = 2\n")
    ana.leave_done("a", "b")
    assert do(ben).folded is None
    ana.leave_done("c")
    done = do(ben)
    assert done.folded
    assert sorted(done.folded.tasks) == ["a", "b", "c"]
    assert [each for each in refs(remote.path) if each.startswith("tasks/")] == []
    assert [each for each in mirrored(ben) if each.startswith("tasks/")] == []


def test_a_remote_that_lets_nobody_delete_is_a_trouble_not_a_failure(
    pair: tuple[Person, Person], remote: PathRemote
) -> None:
    ana, ben = pair
    (ben.folder / "kit.toml").write_text("[gc]\nfinished = 1\n")
    ana.leave_done("a", "b")
    remote.hook("update", '#!/bin/sh\ncase "$3" in *[!0]*) exit 0;; esac\nexit 1\n')
    done = do(ben)
    assert done.failure is None
    assert done.pushed == ("agents/ben/one",)
    assert ["finished tasks could not be folded away" in each for each in done.troubles] == [True]
    assert "tasks/a/status.json" in mirrored(ben)


def test_who_was_folded_while_away_begins_anew_and_sends_nothing_again(
    pair: tuple[Person, Person], remote: PathRemote
) -> None:
    ana, ben = pair
    old = ana.send("@all")
    later = NOW + 30 * DAY
    assert gc(ben.store, me=ben.me, now=later).agents == ("ana/one",)
    new = ana.at(later).write("ben")
    assert do(ana.at(later)).pushed == ("agents/ana/one",)
    files = git(remote.path, "ls-tree", "-r", "--name-only", "refs/kit/agents/ana/one")
    assert new in files
    assert old not in files
    assert "tasks" not in files


def test_who_was_folded_whole_and_wrote_nothing_has_nothing_left(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.be_here()
    gc(ben.store, me=ben.me, now=NOW + 30 * DAY)
    eve = Person(ana.folder, "eve")
    do(eve.at(NOW + 30 * DAY))
    assert refs(ana.folder) == ["agents/eve/one"]


def test_a_folder_that_cannot_be_written_is_a_trouble_not_a_failure(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.claim("parser")
    (ben.folder / ".kit").write_text("in the way")
    done = do(ben)
    assert done.fetched == 3
    assert ["could not be written" in each for each in done.troubles] == [True]


def test_without_a_remote_only_the_files_are_refreshed(repo: Path) -> None:
    ana = Person(repo, "ana")
    ana.claim("parser")
    done = do(ana)
    assert (done.fetched, done.pushed, done.waiting, done.failure) == (0, (), (), None)
    assert "tasks/parser/claim.json" in mirrored(ana)


def test_refs_that_are_no_commits_keep_nothing_else_from_being_done(
    pair: tuple[Person, Person], remote: PathRemote, repo: Path
) -> None:
    ana, _ = pair
    ana.claim("good")
    blob = git(remote.path, "hash-object", "-w", "--stdin", given="x")
    for ref in ("archive/agents", "tasks/parser", "memory/m", "agents/x/y"):
        git(remote.path, "update-ref", f"refs/kit/{ref}", blob)
    eve = Person(repo, "eve")
    eve.claim("parser")
    git(repo, "remote", "add", "origin", remote.url)
    done = do(eve)
    assert list(done.conflicts) == ["tasks/parser"]
    assert done.pushed == ("agents/eve/one",)
    assert "tasks/good/claim.json" in mirrored(eve)
    assert len(done.live.left_out) == 3
