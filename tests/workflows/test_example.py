"""The example holds together whatever kit does with it: renaming, forming, and putting it into another repository."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from kit import resources
from kit.memory import fmt, mv
from kit.store import knowledge, repository, work_files
from kit.validation import view
from kit.validation.gather import Means
from kit.validation.validate import validate
from kit.workflows.init import init
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from kit.records.finding import Finding


def findings(top: Path, root: str = "") -> list[Finding]:
    return list(validate(view.of_work_tree(top), root=root, config="kit.toml", means=Means()).findings)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    shutil.copytree(resources.folder("example-repo"), tmp_path / "example")
    git(tmp_path / "example", "init", "--quiet")
    return tmp_path / "example"


def test_no_link_breaks_when_records_are_renamed(example: Path) -> None:
    assert findings(example) == []
    found = repository.find(example, environment=dict(os.environ))
    for number, place in enumerate(list(knowledge.in_work_tree(found).places())[::6]):
        folder = place.declared.folder
        new = f"{folder}/deep/er/renamed-{number}.md" if number % 2 else f"renamed-{number}"
        moved = mv.mv(knowledge.in_work_tree(found), place.id, new, readmes=mv.readmes(found))
        work_files.apply(example, moved.changes)
    assert number >= 8
    # Its id and its links are part of what was approved.
    assert [each for each in findings(example) if each.rule != "approval.stale"] == []


def test_it_is_in_canonical_form(example: Path) -> None:
    known = knowledge.in_work_tree(repository.find(example, environment=dict(os.environ)))
    formed = fmt.fmt(known, list(known.places()))
    assert [change.path for change in formed.changes] == []


def test_what_init_writes_is_valid(repo: Path) -> None:
    init(repo, environment=dict(os.environ), root="kb", example=True)
    assert findings(repo, "kb") == []
