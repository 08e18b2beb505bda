"""A forker for all races of a worker, and a crowd of agents with a clone each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.race import Act, Race

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.race)


@pytest.fixture(scope="session")
def race() -> Iterator[Race]:
    with Race() as made:
        yield made


@pytest.fixture
def crowd(clones: Callable[..., list[Path]]) -> Callable[..., list[Act]]:
    """Makes an act for each of n agents, in a clone each of the remote with the url `of`."""

    def make(n: int, *, of: str = "") -> list[Act]:
        return [Act(folder, f"agent-{number}") for number, folder in enumerate(clones(n, of=of))]

    return make
