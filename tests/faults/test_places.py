"""Wherever git works, claims work: odd clones, odd paths, odd remotes; and where they cannot, the command says so."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.git import git, try_git
from tests.kit import kit, kit_process
from tests.race import holder
from tests.remotes import PathRemote, http_remote, path_remote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Clones = Callable[..., list[Path]]

LIFE = (
    ("task", "add", "t", "--title", "T"), ("tasks",), ("claim", "t", "--path", "src/**"), ("renew", "t"),
    ("task", "show", "t"), ("complete", "t", "--note", "works"), ("wait", "t"), ("tasks", "--all"),
)  # fmt: skip


def live(folder: Path) -> None:
    """Plays the life of a task in a repository, and lets another agent meet it."""
    for words in LIFE:
        done = kit(folder, *words)
        assert done.code == 0, (words, done)
    kit(folder, "claim", "u")
    assert kit(folder, "claim", "u", "--json", agent="ben").error["holder"] == "ana"


def commits(folder: Path, n: int) -> None:
    for number in range(n):
        (folder / "a.txt").write_text(f"{number}\n")
        git(folder, "add", "a.txt")
        git(folder, "commit", "-q", "-m", str(number))


@pytest.mark.parametrize("how", [
    ["--depth=1"], ["--filter=blob:none"], ["--filter=tree:0"], ["--filter=blob:none", "--depth=1", "--no-checkout"],
    ["--sparse"], ["--single-branch"], ["--mirror"], ["--bare"],
])  # fmt: skip
def test_every_kind_of_clone_takes_part(how: list[str], tmp_path: Path, repo: Path) -> None:
    commits(repo, 3)
    with http_remote(tmp_path / "far.git") as far:
        git(repo, "push", "-q", far.url, "main")
        git(tmp_path, "clone", "-q", *how, far.url, "odd")
        live(tmp_path / "odd")
        assert holder(far.path, "u")
        assert try_git(far.path, "fsck", "--strict").returncode == 0


@pytest.mark.parametrize("how", ["--shared", "--reference"])
def test_a_clone_that_borrows_objects_takes_part(how: str, repo: Path, tmp_path: Path) -> None:
    words = [how] if how == "--shared" else [f"--reference={repo}"]
    git(tmp_path, "clone", "-q", *words, str(repo), "odd")
    git(repo, "config", "receive.denyCurrentBranch", "ignore")
    live(tmp_path / "odd")
    assert holder(repo, "u")


def test_a_linked_work_tree_takes_part(clones: Clones, remote: PathRemote, tmp_path: Path) -> None:
    (clone,) = clones(1)
    git(clone, "worktree", "add", "-q", str(tmp_path / "linked"))
    live(tmp_path / "linked")
    assert holder(remote.path, "u")
    assert kit(clone, "renew", "u").code == 6  # another work tree is another instance


@pytest.mark.parametrize("state", ["detached", "unborn", "empty", "bisect"])
def test_the_branch_that_is_checked_out_does_not_matter(
    state: str, clones: Clones, tmp_path: Path, remote: PathRemote
) -> None:
    (clone,) = clones(1)
    if state == "detached":
        git(clone, "switch", "-q", "--detach")
    elif state == "unborn":
        git(clone, "switch", "-q", "--orphan", "new")
    elif state == "bisect":
        commits(clone, 3)
        git(clone, "bisect", "start", "HEAD", "HEAD~2")
    else:
        clone = tmp_path / "empty"
        git(tmp_path, "init", "-q", "empty")
        git(clone, "remote", "add", "origin", remote.url)
    live(clone)


def test_a_bare_repository_is_named_with_repo(remote: PathRemote, clones: Clones) -> None:
    live(remote.path)
    assert holder(remote.path, "u")
    (clone,) = clones(1)
    assert kit(clone, "claim", "u", "--json", agent="ben").error["holder"] == "ana"
    assert kit_process(remote.path / "refs", "claim", "v").code == 4


def test_a_submodule_is_a_repository_of_its_own(repo: Path, template: Path) -> None:
    git(repo, "-c", "protocol.file.allow=always", "submodule", "-q", "add", str(template / "remote.git"), "sub")
    git(repo / "sub", "remote", "remove", "origin")
    live(repo / "sub")
    assert git(repo, "for-each-ref", "refs/kit") == ""


@pytest.mark.parametrize(
    "name", ["with space", "ünïcødé", "new\nline", "-dash", "a'quote\"s", "a:colon", "$(x)`y`", "%41"]
)
def test_odd_names_of_folders_and_remotes_are_only_names(name: str, repo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd" / name
    folder.parent.mkdir()
    repo.rename(folder)
    live(folder)
    with path_remote(tmp_path / "far" / f"{name}.git" if name != "a:colon" else tmp_path / "far.git") as far:
        git(folder, "config", "remote.origin.url", str(far.path))
        for words in (("claim", "far"), ("tasks",), ("renew", "far")):
            done = kit(folder, *words)
            assert done.code == 0, done
        assert holder(far.path, "far")
        git(folder, "config", "remote.origin.url", os.path.relpath(far.path, folder))
        assert kit(folder, "renew", "far").code == 0
        assert try_git(far.path, "fsck", "--strict").returncode == 0


def test_names_that_are_no_text_are_only_names(repo: Path, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    repo.rename(folder)
    live(folder)


def test_another_remote_may_decide(clones: Clones, tmp_path: Path, remote: PathRemote) -> None:
    (clone,) = clones(1)
    with path_remote(tmp_path / "second.git") as second:
        git(clone, "remote", "add", "team", second.url)
        (clone / "kit.toml").write_text('[live]\nremote = "team"\n')
        live(clone)
        assert holder(second.path, "u")
        assert holder(remote.path, "u") is None
    git(clone, "remote", "rename", "origin", "upstream")
    (clone / "kit.toml").unlink()
    live_here = kit(clone, "claim", "here")
    assert live_here.code == 0
    assert holder(clone, "here")


@pytest.mark.parametrize("how", [["--object-format=sha256"], ["--ref-format=reftable"]])
def test_a_repository_of_another_format_is_refused_in_plain_words(how: list[str], tmp_path: Path) -> None:
    if try_git(tmp_path, "init", "-q", *how, "odd").returncode:
        pytest.skip("this git does not know it")
    done = kit(tmp_path / "odd", "claim", "t", "--json")
    assert (done.code, "SHA-1" in done.error["hint"]) == (5, True), done
    assert git(tmp_path / "odd", "for-each-ref") == ""


def test_a_folder_below_the_top_is_in_the_repository(repo: Path) -> None:
    (repo / "src" / "deep").mkdir(parents=True)
    assert kit(repo / "src" / "deep", "claim", "t").code == 0
    assert kit(repo, "renew", "t").code == 0
    assert not (repo / "src" / "deep" / ".kit").exists()


def test_without_a_repository_the_command_says_so(tmp_path: Path) -> None:
    done = kit(tmp_path, "claim", "t", "--json")
    assert (done.code, done.error["code"]) == (4, "no_repository")
    assert kit(tmp_path / "nowhere", "claim", "t").code == 4


def test_a_copied_folder_is_another_instance(repo: Path, tmp_path: Path) -> None:
    kit(repo, "claim", "t")
    shutil.copytree(repo, tmp_path / "copy", symlinks=True)
    done = kit(tmp_path / "copy", "renew", "t")
    assert done.code == 6, "it has the claim of its own copy, which the other instance holds"
    assert kit(repo, "renew", "t").code == 0


def test_git_variables_of_a_hook_do_not_lead_elsewhere(repo: Path, clones: Clones) -> None:
    (clone,) = clones(1)
    surroundings = {
        "GIT_DIR": str(clone / ".git"), "GIT_WORK_TREE": str(clone), "GIT_INDEX_FILE": str(clone / ".git" / "index"),
        "GIT_OBJECT_DIRECTORY": str(clone / ".git" / "objects"), "GIT_NAMESPACE": "x", "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(clone), "GIT_CEILING_DIRECTORIES": "/",
    }  # fmt: skip
    assert kit_process(repo, "claim", "t", **surroundings).code == 0
    assert holder(repo, "t")
    assert holder(clone, "t") is None
