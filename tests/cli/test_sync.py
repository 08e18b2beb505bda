"""`kit sync` and `kit gc` say what they did, and end with the exit status that a script can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote


@pytest.fixture
def pair(clones: Callable[..., list[Path]]) -> tuple[Path, Path]:
    ana, ben = clones(2)
    return ana, ben


def test_a_sync_says_what_came_and_what_went(pair: tuple[Path, Path]) -> None:
    ana, ben = pair
    assert kit(ana, "claim", "parser").code == 0
    done = kit(ben, "sync", agent="ben")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "fetched 3 refs, pushed 1, nothing waits",
        ".kit/live: 3 written, 0 removed",
    ]
    again = kit(ben, "sync", "--json", agent="ben").json
    assert again == {
        "fetched": 0,
        "gone": 0,
        "pushed": [],
        "waiting": [],
        "conflicts": {},
        "live": {"written": 0, "removed": 0, "left_out": []},
        "folded": None,
        "troubles": [],
        "sessions": {"local": 0, "remote": None, "sent": [], "waiting": []},
    }


def test_quiet_says_nothing_where_all_is_well(pair: tuple[Path, Path]) -> None:
    assert kit(pair[0], "sync", "--quiet") == (0, "", "")


def test_offline_it_ends_with_8_and_says_what_waits(pair: tuple[Path, Path], remote: PathRemote) -> None:
    ana, _ = pair
    remote.stop()
    assert kit(ana, "send", "ben", "hello").code == 0
    done = kit(ana, "sync", "--quiet")
    assert (done.code, done.out) == (8, "")
    assert "1 ref waits here, nothing is lost" in done.err
    told = kit(ana, "sync", "--json")
    assert told.code == 8
    assert (told.error["code"], len(told.error["waiting"])) == ("remote", 1)
    remote.start()
    assert kit(ana, "sync", "--json").json["pushed"] == told.error["waiting"]


def test_a_remote_that_only_reads_ends_with_8_and_the_files_are_there(
    pair: tuple[Path, Path], remote: PathRemote
) -> None:
    ana, ben = pair
    assert kit(ana, "claim", "parser").code == 0
    remote.reject("read only")
    done = kit(ben, "sync", "--json", agent="ben")
    assert done.code == 8
    assert (done.error["code"], done.error["fetched"], len(done.error["waiting"])) == ("refused", 3, 1)
    assert (ben / ".kit/live/tasks/parser/claim.json").exists()


def test_a_conflict_ends_with_1_and_says_where_the_other_is_kept(pair: tuple[Path, Path], repo: Path) -> None:
    ana, _ = pair
    assert kit(ana, "claim", "parser").code == kit(repo, "claim", "parser", agent="eve").code == 0
    git(repo, "remote", "add", "origin", git(ana, "remote", "get-url", "origin"))
    done = kit(repo, "sync", agent="eve")
    assert done.code == 1
    place = git(repo, "for-each-ref", "--format=%(refname)", "refs/kit-aside")
    assert f"the one from here is kept as {place} (git log {place})" in done.err
    assert kit(repo, "sync", agent="eve").code == 0


def test_what_is_left_out_of_the_files_is_told_safely(pair: tuple[Path, Path]) -> None:
    ana, ben = pair
    blob = git(ana, "hash-object", "-w", "--stdin", given="x")
    tree = git(ana, "mktree", "-z", given=f"100644 blob {blob}\ta\x1b[31m\0")
    for step in ("c", "context"):
        tree = git(ana, "mktree", given=f"040000 tree {tree}\t{step}\n")
    git(ana, "push", "--quiet", "origin", f"{git(ana, 'commit-tree', tree, '-m', 'x')}:refs/kit/context/c")
    done = kit(ben, "sync", agent="ben")
    assert "context/c: a path that is not safe" in done.err
    assert "\x1b" not in done.err


def test_gc_says_what_it_folds_before_and_after(pair: tuple[Path, Path]) -> None:
    ana, ben = pair
    for name in ("parser", "lexer"):
        assert kit(ana, "claim", name).code == kit(ana, "complete", name).code == 0
    assert kit(ben, "gc", "--dry-run", agent="ben").out.splitlines() == ["would fold 2 tasks", "  tasks: lexer, parser"]
    done = kit(ben, "gc", agent="ben").out.splitlines()
    assert done == ["folded 2 tasks", "packed what was loose here; the remote packs itself"]
    assert kit(ben, "gc", "--json", agent="ben").json == {
        "tasks": [],
        "unmerged": [],
        "agents": [],
        "mail": [],
        "reservations": [],
        "unpacked": "",
        "dry_run": False,
    }
    assert "was done by ana" in kit(ben, "claim", "parser", agent="ben").err


def test_offline_gc_ends_with_8(pair: tuple[Path, Path], remote: PathRemote) -> None:
    remote.stop()
    assert kit(pair[0], "gc").code == 8
