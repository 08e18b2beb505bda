"""A writer with a thread in a repository without a remote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.context.people import Writer, writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def ana(repo: Path) -> Iterator[Writer]:
    made = writer(repo)
    made.begin()
    yield made
    made.store.objects.close()
