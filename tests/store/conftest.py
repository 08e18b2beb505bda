"""An index of a few files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.store.index import Index
from tests.store.indexed import FIELDS, FILES, Files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files() -> Files:
    return Files(FILES)


@pytest.fixture
def index(tmp_path: Path, files: Files) -> Index:
    made = Index(tmp_path / "index", FIELDS)
    files.refresh(made)
    return made
