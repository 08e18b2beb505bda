"""The forge's own program is run where the person has it, and never one that a repository brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.errors import NotFound, RemoteFailed
from kit.store import forge

if TYPE_CHECKING:
    from pathlib import Path


def program(folder: Path, name: str, text: str = "echo $0 $@; cat") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    return folder


def environment(*folders: Path | str) -> dict[str, str]:
    return {"PATH": ":".join(map(str, (*folders, "/usr/bin", "/bin")))}


def test_the_url_says_which_of_both_is_meant(tmp_path: Path) -> None:
    folder = program(program(tmp_path / "bin", "gh"), "glab")
    for url, name in (("https://gitlab.example/x", "glab"), ("https://github.com/x", "gh"), ("", "gh")):
        found = forge.find(tmp_path / "repo", environment(folder), url)
        assert found is not None
        assert found.name == name


def test_a_program_of_the_repository_is_not_run(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    program(repo / "bin", "gh")
    for places in ([repo / "bin"], ["bin"], [""], ["."]):
        found = forge.find(repo, environment(*places), "")
        assert found is None or not found.program.startswith(str(repo))


def test_what_it_is_given_and_says_is_text_and_a_failure_is_told_in_its_words(tmp_path: Path) -> None:
    folder = program(tmp_path / "bin", "gh")
    found = forge.needed(tmp_path / "repo", environment(folder), "")._replace(folder=tmp_path)
    assert found.run("pr", "view", stdin="body\n") == (0, f"{folder}/gh pr view\nbody\n")
    program(tmp_path / "bin", "gh", "echo 'no such pull request' >&2; exit 1")
    with pytest.raises(RemoteFailed, match="no such pull request"):
        found.run("pr", "view")
    assert found.run("pr", "view", codes=(0, 1))[0] == 1


def test_without_one_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="neither gh nor glab"):
        forge.needed(tmp_path, {"PATH": str(tmp_path)}, "")
