"""Where kit works: the repository a folder is in, its settings and its knowledge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.errors import InvalidInput, NotFound
from kit.store import repository
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path


def test_a_subfolder_belongs_to_its_repository(repo: Path) -> None:
    (repo / "a" / "b").mkdir(parents=True)
    found = repository.find(repo / "a" / "b", environment={})
    assert (found.top, found.root, found.knowledge) == (repo.resolve(), "", repo.resolve())


def test_the_nearest_settings_hold(repo: Path) -> None:
    (repo / "kit.toml").write_text('root = "kb"\n')
    (repo / "other" / "deep").mkdir(parents=True)
    (repo / "other" / "kit.toml").write_text('root = "notes"\nagent = "ana"\n')
    assert repository.find(repo, environment={}).root == "kb"
    found = repository.find(repo / "other" / "deep", environment={})
    assert (found.root, found.config.text("agent"), found.top) == ("other/notes", "ana", repo.resolve())


def test_settings_outside_the_repository_do_not_hold(tmp_path: Path) -> None:
    (tmp_path / "kit.toml").write_text('root = "kb"\n')
    git(tmp_path, "init", "--quiet", "inner")
    assert repository.find(tmp_path / "inner", environment={}).root == ""


def test_wrong_settings_are_said_with_their_line(repo: Path) -> None:
    (repo / "kit.toml").write_text("format = 1\n\n[claims]\nttl = 'soon'\n")
    with pytest.raises(InvalidInput, match=r"kit.toml:4: .*'soon' is not a duration"):
        _ = repository.find(repo, environment={}).config


def test_a_bare_repository_is_found_by_its_own_folder_only(repo: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git(repo, "clone", "--quiet", "--bare", ".", str(bare))
    assert repository.find(bare, environment={}).is_bare
    with pytest.raises(NotFound):
        repository.find(bare / "objects", environment={})


def test_a_bare_repository_that_a_clone_carries_is_never_entered(repo: Path) -> None:
    git(repo, "clone", "--quiet", "--bare", ".", "inner.git")
    assert repository.find(repo / "inner.git", environment={}).top == repo.resolve()


def test_outside_a_repository_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="not in a git repository") as raised:
        repository.find(tmp_path, environment={})
    assert "git init" in raised.value.hint
