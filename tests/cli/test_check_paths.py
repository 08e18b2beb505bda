"""Who touches what another has reserved learns it before the commit, wherever the hook runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.store.author import Author
from kit.store.store import Change
from tests.git import git, try_git
from tests.kit import kit
from tests.team import Agent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remotes import PathRemote

TOP = Path(__file__).parent.parent.parent


@pytest.fixture
def folder(clones: Callable[..., list[Path]]) -> Path:
    """The clone of ben, when ana has reserved src/auth and a file whose name is no ASCII."""
    ana, ben = clones(2)
    assert kit(ana, "claim", "auth", "--path", "src/auth/**", "--path", "docs/\u00fcber uns.md").code == 0
    return ben


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("new\n")


def test_changed_and_new_files_are_looked_at(folder: Path) -> None:
    touch(folder, "README.md", "src/other.py")
    assert kit(folder, "check-paths", agent="ben") == (0, "", "")
    touch(folder, "src/auth/login.py", "docs/\u00fcber uns.md")
    done = kit(folder, "check-paths", agent="ben")
    assert done.code == 1
    assert [line.split(" is reserved by ana with task auth")[0] for line in done.out.splitlines()] == [
        "docs/\u00fcber uns.md",
        "src/auth/login.py",
    ]
    assert "expires in 30 min" in done.out
    assert kit(folder, "check-paths", agent="ana", KIT_INSTANCE="other").code == 1


def test_the_holder_itself_is_free_to_work(folder: Path) -> None:
    ana = folder.parent / "clone-0"
    touch(ana, "src/auth/login.py")
    assert kit(ana, "check-paths").code == 0


def test_staged_means_what_is_staged(folder: Path) -> None:
    touch(folder, "src/auth/login.py", "src/auth/other.py")
    assert kit(folder, "check-paths", "--staged", agent="ben").code == 0
    git(folder, "add", "src/auth/login.py")
    done = kit(folder, "check-paths", "--staged", "--json", agent="ben")
    assert done.code == 1
    assert done.json["paths"] == 1
    (found,) = done.json["conflicts"]
    assert (found["path"], found["task"], found["agent"], found["epoch"]) == ("src/auth/login.py", "auth", "ana", 1)
    assert done.json["fetched"] is True


def test_paths_are_named_from_the_folder_one_stands_in_and_a_folder_is_all_below(folder: Path) -> None:
    touch(folder, "src/auth/login.py")
    for where, word, code in [
        (folder, "src/auth/gone.py", 1),
        (folder, "src", 1),
        (folder, ".", 1),
        (folder / "src", "auth/x", 1),
        (folder / "src", "../README.md", 0),
        (folder / "src" / "auth", "../../docs", 1),
    ]:
        assert kit(where, "check-paths", word, agent="ben").code == code, word
    assert kit(folder, "check-paths", "../elsewhere", agent="ben").code == 5
    assert kit(folder, "check-paths", "src", "--staged", agent="ben").code == 2


def test_offline_the_answer_is_what_was_last_known_and_says_so(folder: Path, remote: PathRemote) -> None:
    touch(folder, "src/auth/login.py")
    assert kit(folder, "check-paths", agent="ben").code == 1
    remote.stop()
    done = kit(folder, "check-paths", agent="ben")
    assert done.code == 1
    assert "not fetched, this is what was last seen" in done.err
    assert kit(folder, "check-paths", "--offline", "--json", agent="ben").json["fetched"] is False


def test_an_expired_reservation_stops_nobody(clones: Callable[..., list[Path]]) -> None:
    ana, ben = clones(2)
    Agent(ana, now=1_000_000.0).claim("auth", paths=("src/**",))
    touch(ben, "src/x.py")
    assert kit(ben, "check-paths", agent="ben").code == 0


def test_a_broken_reservation_is_named_and_hides_no_other(folder: Path) -> None:
    ben = Agent(folder, "ben")
    ben.store.fetch("paths*")
    store = ben.store
    edit = {
        "paths/x.json": b"[]",
        "paths/y.json": store.read("paths").files["paths/auth.json"],
        "paths/z.json": b'{"task": "z", "agent": "a", "instance": "b", "epoch": 1, "expires": "2999-01-01T00:00:00Z",'
        b' "paths": [' + b'"**",' * 200 + b'"x"]}',
    }
    store.publish([Change("paths", store.tip("paths"), edit, "x", "x")], author=Author("eve", "e", 0))
    touch(folder, "src/auth/login.py")
    done = kit(folder, "check-paths", "--json", agent="ben")
    assert [each["task"] for each in done.json["conflicts"]] == ["auth"]
    assert done.json["broken"] == ["paths/x.json", "paths/y.json", "paths/z.json"]


@pytest.fixture
def hooked(folder: Path) -> Path:
    """The same clone with the check as its pre-commit hook."""
    hook = folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nPYTHONPATH={TOP} exec {sys.executable} -m kit check-paths --staged --agent ben\n")
    hook.chmod(0o755)
    return folder


def test_a_hook_stops_the_commit(hooked: Path) -> None:
    touch(hooked, "src/auth/login.py", "free.py")
    git(hooked, "add", ".")
    done = try_git(hooked, "commit", "-m", "Login")
    assert done.returncode != 0
    assert "src/auth/login.py is reserved by ana" in done.stdout + done.stderr
    assert try_git(hooked, "commit", "-m", "Free", "free.py").returncode == 0


def test_a_hook_sees_what_a_partial_commit_will_hold(hooked: Path) -> None:
    touch(hooked, "README.md", "src/auth/login.py")
    git(hooked, "add", "src/auth/login.py")
    assert try_git(hooked, "commit", "-m", "Login", "README.md").returncode == 0
    assert try_git(hooked, "commit", "-a", "-m", "Login").returncode != 0


def test_a_hook_works_from_a_linked_work_tree_and_a_subfolder(hooked: Path) -> None:
    linked = hooked.parent / "linked"
    git(hooked, "worktree", "add", "--quiet", str(linked))
    touch(linked, "README.md", "src/auth/login.py")
    git(linked, "add", "src/auth/login.py")
    done = try_git(linked / "src", "commit", "-m", "Login")
    assert "src/auth/login.py is reserved by ana" in done.stdout + done.stderr
    assert try_git(linked / "src", "commit", "-m", "Readme", "../README.md").returncode == 0


def test_an_index_of_another_repository_is_not_believed(hooked: Path, repo: Path) -> None:
    touch(hooked, "src/auth/login.py")
    git(hooked, "add", "src/auth/login.py")
    foreign = {"GIT_INDEX_FILE": str(repo / ".git" / "index"), "GIT_DIR": str(repo / ".git")}
    assert kit(hooked, "check-paths", "--staged", agent="ben", **foreign).code == 1


def test_before_the_first_commit_and_without_a_remote_it_answers_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "new")
    new = tmp_path / "new"
    assert kit(new, "claim", "auth", "--path", "src").code == 0
    touch(new, "src/x.py")
    assert kit(new, "check-paths", agent="ben").code == 1
    git(new, "add", ".")
    assert kit(new, "check-paths", "--staged", agent="ben").code == 1
