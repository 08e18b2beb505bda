"""A knowledge repository on disk, and words to fill it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from kit.store import knowledge, repository

if TYPE_CHECKING:
    from pathlib import Path

    from kit.store.knowledge import Knowledge
    from kit.store.repository import Repository


@dataclass
class Kb:
    """A repository whose knowledge stands at its top, or in `root`."""

    top: Path
    root: str = ""

    @property
    def repository(self) -> Repository:
        return repository.find(self.top, environment=dict(os.environ))

    @property
    def knowledge(self) -> Knowledge:
        return knowledge.in_work_tree(self.repository)

    def write(self, path: str, text: str) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return file

    def read(self, path: str) -> str:
        return (self.top / path).read_bytes().decode()

    def fact(self, path: str, body: str = "", *, meta: str = "") -> str:
        """Writes a valid fact with this body and these further lines of front matter; returns its text."""
        name = path.rsplit("/", 1)[1].removesuffix(".md")
        text = f"---\ntype: fact\nid: {name}\ntitle: About {name}\ndescription: What {name} is.\n{meta}---\n{body}"
        self.write(path, text)
        return text


@pytest.fixture
def kb(repo: Path) -> Kb:
    return Kb(repo)


@pytest.fixture
def kb_below(repo: Path) -> Kb:
    (repo / "kit.toml").write_text('root = "kb"\n')
    return Kb(repo, "kb")
