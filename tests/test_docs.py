"""README and docs are run as written; what they list is what there is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.cli import COMMANDS
from tests import docs

if TYPE_CHECKING:
    from collections.abc import Callable

TOP = Path(__file__).parent.parent
FILES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
SHOWN = [file for file in FILES if docs.examples(file)]


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.name)
def test_every_example_prints_what_the_page_says(file: Path, tmp_path: Path, clones: Callable[..., list[Path]]) -> None:
    for clone, name in zip(clones(2), ("ana", "ben"), strict=True):
        (tmp_path / name).symlink_to(clone, target_is_directory=True)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "kit").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kit "$@"\n')
    (bin_folder / "kit").chmod(0o755)
    environment = dict(os.environ) | {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(TOP)}
    for example in docs.examples(file):
        difference = docs.differs(example.expected, docs.run(example, tmp_path, environment))
        assert not difference, f"{file.name}:{example.line}: {example.agent}$ {example.words}\n{difference}"


def test_the_readme_names_every_command() -> None:
    text = (TOP / "README.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"`kit {name}" not in text] == []


def test_an_example_that_prints_something_else_is_noticed() -> None:
    assert docs.differs(["a ... c", "...", "end"], ["a b c", "x", "y", "end"]) == ""
    assert docs.differs(["a"], ["b"]) != ""
    assert docs.differs(["a", "..."], ["a"]) == ""
    assert docs.differs(["a"], ["a", "(exit status 1)"]) != ""
