"""A repository becomes a knowledge repository; what is there stays as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from kit import config
from kit.errors import InvalidInput
from kit.records import check, record, record_type
from kit.store import knowledge, repository
from kit.workflows.init import Made, init
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [
    f"{folder}/README.md" for folder in ("blocks", "decisions", "facts", "gates", "policies", "schemas", "templates")
]


def begin(folder: Path, *, root: str = "", remote: str = "", example: bool = False) -> Made:
    return init(folder, environment=dict(os.environ), root=root, remote=remote, example=example)


def files(top: Path) -> dict[str, bytes]:
    found = (file for file in top.rglob("*") if ".git" not in file.parts and file.is_file())
    return {file.relative_to(top).as_posix(): file.read_bytes() for file in found}


def test_a_new_folder_becomes_a_repository_with_all_it_needs(tmp_path: Path) -> None:
    made = begin(tmp_path / "a" / "b")
    assert (made.top, made.root, made.is_new, made.kept) == (tmp_path / "a" / "b", "", True, [])
    assert made.created == ["kit.toml", *PAGES]
    assert sorted(files(made.top)) == sorted([*made.created, ".kit/.gitignore", ".kit/README"])
    assert ".kit" not in git(made.top, "status", "--porcelain", "--untracked-files=all")
    assert git(made.top, "config", "core.bare") == "false"
    assert "core.worktree" not in git(made.top, "config", "--local", "--list")


def test_the_new_kit_toml_says_nothing_but_the_defaults(tmp_path: Path) -> None:
    begin(tmp_path / "a")
    text = (tmp_path / "a" / "kit.toml").read_bytes()
    assert config.parse(text) == config.defaults()
    active = [line for line in text.decode().splitlines() if line and not line.startswith(("#", "["))]
    assert active == ["format = 1"]
    lines = [line.removeprefix("# ") for line in text.decode().splitlines() if " = " in line or line[:1] == "["]
    assert config.parse("\n".join(lines).encode()) == config.defaults()


def test_a_repository_gets_what_is_missing_and_nothing_else_changes(repo: Path) -> None:
    (repo / "blocks").mkdir()
    (repo / "blocks" / "README.md").write_text("mine\n")
    (repo / ".gitignore").write_text("*.pyc\n")
    before = files(repo)
    made = begin(repo)
    assert (made.is_new, made.kept) == (False, ["blocks/README.md"])
    assert before.items() <= files(repo).items()
    after = files(repo)
    again = begin(repo)
    assert (again.created, sorted(again.kept)) == ([], sorted([*made.created, *made.kept]))
    assert files(repo) == after


@pytest.mark.parametrize(("folder", "root"), [("", "kb/team"), ("kb", "team"), ("kb/team", ""), ("", "kb/team/")])
def test_the_knowledge_may_stand_in_a_folder(repo: Path, folder: str, root: str) -> None:
    made = begin(repo / folder, root=root)
    assert made.root == "kb/team"
    assert made.created == ["kit.toml", *(f"kb/team/{page}" for page in PAGES)]
    assert repository.find(repo, environment=dict(os.environ)).root == "kb/team"
    assert begin(repo).root == "kb/team"
    assert begin(repo, root="kb/team").created == []


def test_what_kit_toml_says_is_not_said_otherwise(repo: Path) -> None:
    begin(repo, root="kb", remote="team")
    assert config.parse((repo / "kit.toml").read_bytes()).text("live.remote") == "team"
    with pytest.raises(InvalidInput, match=r"kit.toml says root = 'kb', not 'docs'"):
        begin(repo, root="docs")
    with pytest.raises(InvalidInput, match=r"kit.toml says live.remote = 'team', not 'other'"):
        begin(repo, remote="other")
    assert not (repo / "docs").exists()


def test_a_folder_with_a_kit_toml_of_its_own_gets_what_is_missing_there(repo: Path) -> None:
    begin(repo, root="kb")
    (repo / "other").mkdir()
    (repo / "other/kit.toml").write_text('root = "notes"\n')
    made = begin(repo / "other")
    assert made.root == "other/notes"
    assert (made.created, made.kept) == ([f"other/notes/{page}" for page in PAGES], ["other/kit.toml"])
    assert begin(repo / "other/notes").created == []


def test_a_newer_format_is_refused_before_anything_else_is_said_of_it(repo: Path) -> None:
    (repo / "kit.toml").write_text("new_key = 1\nformat = 99\nother = 2\n")
    with pytest.raises(InvalidInput, match=r"kit.toml:2: format = 99 .* newer") as caught:
        begin(repo)
    assert caught.value.hint == "install a newer kit"
    assert sorted(files(repo)) == ["README.md", "kit.toml"]


def test_the_example_s_records_are_put_in_and_are_valid(repo: Path) -> None:
    (repo / "kb/facts").mkdir(parents=True)
    (repo / "kb/facts/git-blob-id-hashes-a-header.md").write_text("mine\n")
    made = begin(repo, root="kb", example=True)
    assert made.kept == ["kb/facts/git-blob-id-hashes-a-header.md"]
    assert (repo / "README.md").read_text() == "# A project\n"
    assert not any(path.startswith(".github") or "/.github" in path for path in made.created)
    known = knowledge.in_work_tree(repository.find(repo, environment=dict(os.environ)))
    places = list(known.places())
    assert len([place for place in places if place.declared.name == "block"]) >= 12
    for place in places:
        if place.id != "git-blob-id-hashes-a-header":
            found = record.parse(place.path, known.tree.bytes(place.path))
            assert check.check(found, record_type.told(known.types.values(), place.declared, found.meta)) == []


@pytest.mark.parametrize("path", ["kit.toml", "blocks", "facts/README.md", ".kit"])
def test_a_link_in_the_place_of_a_file_or_folder_is_refused(repo: Path, tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo / path).parent.mkdir(exist_ok=True)
    (repo / path).symlink_to(outside)
    with pytest.raises(InvalidInput):
        begin(repo)
    assert list(outside.iterdir()) == []
    assert sorted(files(repo)) == ["README.md"]


@pytest.mark.parametrize("root", ["../kb", "/kb", ".git/kb", "a\\b", "a//b", "con"])
def test_a_folder_outside_or_unsafe_is_refused(repo: Path, root: str) -> None:
    with pytest.raises(InvalidInput):
        begin(repo, root=root)
    assert sorted(files(repo)) == ["README.md"]


def test_a_folder_s_name_is_written_so_that_it_is_read_back(repo: Path) -> None:
    begin(repo, root='k"b # x')
    assert repository.find(repo, environment=dict(os.environ)).root == 'k"b # x'


def test_a_remote_s_name_that_is_none_is_refused(repo: Path) -> None:
    with pytest.raises(InvalidInput, match="not a slug"):
        begin(repo, remote='a"\nx = 1')
    assert sorted(files(repo)) == ["README.md"]


def test_a_repository_without_a_work_tree_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    with pytest.raises(InvalidInput, match="no work tree"):
        begin(tmp_path / "bare.git")


def test_every_type_has_a_page_that_names_its_sections(tmp_path: Path) -> None:
    begin(tmp_path / "a")
    for declared in record_type.shipped().values():
        if declared.is_reviewed and not declared.made_by:
            text = (tmp_path / "a" / declared.folder / "README.md").read_text()
            assert all(f"**{section.name}**" in text for section in declared.sections)
            assert f"`kit new {declared.name}`" in text
