"""Lock files that dead processes left: old ones of kit's own refs go, young ones and foreign ones are named."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from kit.store import locks
from tests.git import git
from tests.kit import kit
from tests.remotes import HttpRemote, PathRemote, http_remote, path_remote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Clones = Callable[..., list[Path]]

OLD, YOUNG = 601, 30


def lock(file: Path, *, age: float) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (time.time() - age, time.time() - age))
    return file


@pytest.mark.parametrize("scheme", ["", "file"])
def test_an_old_lock_on_a_remote_that_is_a_path_is_removed_with_a_word(
    scheme: str, tmp_path: Path, clones: Clones
) -> None:
    with path_remote(tmp_path / "far.git", scheme=scheme) as far:
        (clone,) = clones(1, of=far.url)
        stale = far.stale_lock("refs/kit/tasks/t", age_seconds=OLD)
        done = kit(clone, "claim", "t")
        assert (done.code, stale.exists()) == (0, False), done
        assert f"removed {stale}, left behind 10 minutes ago by a process that died" in done.err


def test_a_young_lock_on_a_path_remote_is_named_and_left(remote: PathRemote, clones: Clones) -> None:
    (clone,) = clones(1)
    young = remote.stale_lock("refs/kit/tasks/t", age_seconds=YOUNG)
    began = time.monotonic()
    done = kit(clone, "claim", "t", "--json")
    assert (done.code, done.error["code"], done.error["retryable"]) == (6, "locked", True)
    assert done.error["locks"] == [str(young)]
    assert str(young) in done.error["message"]
    assert time.monotonic() - began < 10
    assert kit(clone, "claim", "other").code == 0
    young.unlink()
    assert kit(clone, "claim", "t").code == 0


def test_a_lock_on_a_server_is_told_as_what_it_may_be(tmp_path: Path, template: Path, clones: Clones) -> None:
    with http_remote(tmp_path / "far.git") as far:
        assert isinstance(far, HttpRemote)
        git(template / "clone", "push", "-q", far.url, "main")
        (clone,) = clones(1, of=far.url)
        stale = far.stale_lock("refs/kit/tasks/t", age_seconds=OLD)
        done = kit(clone, "claim", "t", "--json")
        assert (done.code, done.error["code"], done.error["retryable"]) == (8, "contended", True)
        assert stale.exists()


def test_words_of_a_server_do_not_make_kit_remove_a_file(tmp_path: Path, template: Path, clones: Clones) -> None:
    victim = lock(tmp_path / "victim.lock", age=OLD)
    with http_remote(tmp_path / "far.git") as far:
        git(template / "clone", "push", "-q", far.url, "main")
        (clone,) = clones(1, of=far.url)
        local = lock(clone / ".git" / "refs" / "kit" / "tasks" / "u.lock", age=OLD)
        said = "".join(f"echo \"error: cannot lock ref: Unable to create '{each}': File exists.\" >&2\n"
                       for each in (victim, local))  # fmt: skip
        far.hook("update", f"#!/bin/sh\n{said}exit 1\n")
        assert kit(clone, "claim", "t").code == 8
        assert victim.exists()
        assert local.exists()


def test_an_old_lock_in_a_repository_that_decides_itself_is_removed(repo: Path, tmp_path: Path) -> None:
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"))
    for place in (repo, tmp_path / "linked"):
        stale = lock(repo / ".git" / "refs" / "kit" / "tasks" / "t.lock", age=OLD)
        done = kit(place, "claim", "t", "--takeover", "--reason", "again")
        assert (done.code, stale.exists()) == (0, False), done
        assert f"removed {stale}" in done.err


def test_a_young_lock_here_is_named_and_left(repo: Path) -> None:
    young = lock(repo / ".git" / "refs" / "kit" / "tasks" / "t.lock", age=YOUNG)
    done = kit(repo, "claim", "t", "--json")
    assert (done.code, done.error["code"], done.error["locks"]) == (6, "locked", [str(young)])


@pytest.mark.parametrize("age", [OLD, YOUNG])
def test_locks_of_what_was_last_seen_never_keep_anyone_from_claiming(age: int, clones: Clones) -> None:
    ana, ben = clones(2)
    place = lock(ana / ".git" / "refs" / "kit-remotes" / "origin" / "tasks" / "t.lock", age=age)
    assert kit(ana, "claim", "t").code == 0
    assert kit(ben, "claim", "t", "--takeover", "--reason", "x", agent="ben").code == 0
    done = kit(ana, "renew", "t", "--json")
    assert (done.code, place.exists()) == (6, age == YOUNG)
    assert done.error["code"] == ("not_held" if age == OLD else "locked")


def test_locks_that_are_not_on_kits_refs_are_named_and_left_whatever_their_age(repo: Path) -> None:
    kit(repo, "claim", "t")
    git(repo, "pack-refs", "--all")
    foreign = lock(repo / ".git" / "packed-refs.lock", age=OLD)
    assert kit(repo, "release", "t").code == 0  # an update needs no packed-refs
    assert kit(repo, "claim", "t").code == 0
    for name in ("HEAD.lock", "index.lock", "config.lock"):
        lock(repo / ".git" / name, age=OLD)
    assert kit(repo, "complete", "t").code == 0
    assert foreign.exists()


def test_of_two_that_find_an_old_lock_one_removes_it_and_never_the_next_one(tmp_path: Path) -> None:
    said: list[str] = []
    stale = lock(tmp_path / "refs" / "t.lock", age=OLD)
    assert locks.clear([stale], guard=tmp_path / "guard", tell=said.append)
    stale.touch()  # a third process has locked it meanwhile
    assert not locks.clear([stale], guard=tmp_path / "guard", tell=said.append)
    assert (stale.exists(), len(said)) == (True, 1)


@pytest.mark.parametrize(
    "path", ["/etc/passwd.lock", "../outside.lock", "{folder}/../outside.lock", "{folder}x/a.lock"]
)
def test_only_locks_in_the_folder_itself_are_found_in_words(path: str, tmp_path: Path) -> None:
    words = f"error: Unable to create '{path.format(folder=tmp_path)}': File exists."
    assert locks.named(words, [tmp_path]) == []
    assert locks.named(f"Unable to create '{tmp_path}/./a.lock': File exists", [tmp_path]) == [tmp_path / "a.lock"]
