"""What a source quotes is looked up: in a mirrored session, in a file of the repository, or not at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from kit.sessions import trace
from kit.store import repository
from kit.store.store import Store
from kit.workflows import evidence
from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES = [
    {"type": "user", "message": {"content": "It hangs\nsometimes"}},
    {"tool": json.dumps({"output": "RuntimeError: Event loop is closed"})},
    "not JSON: plain words",
]


class _Part:
    lines = len(LINES)


class _Meta:
    parts = (_Part,)


@pytest.fixture
def store(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in which one session can be found, its records given as they would be read."""
    made = trace.Trace("codex", "0a0314fb", "", {}, _Meta)  # type: ignore[arg-type]
    data = [each.encode() if isinstance(each, str) else json.dumps(each).encode() for each in LINES]

    def find(_: Store, name: str) -> trace.Trace:
        if name != "codex/0a0314fb":
            raise evidence.NotFound("there is no session")
        return made

    def records(_: Store, _found: trace.Trace, first: int = 1, last: int = 1) -> Iterator[tuple[int, bytes]]:
        yield from enumerate(data[first - 1 : last], first)

    monkeypatch.setattr(trace, "find", find)
    monkeypatch.setattr(trace, "records", records)
    return Store(repository.find(repo, environment=dict(os.environ)))


@pytest.mark.parametrize(
    ("resource", "excerpt", "state"),
    [
        ("kit:sessions/codex/0a0314fb#L1", "It hangs sometimes", "found"),
        ("kit:sessions/codex/0a0314fb#L1-L2", "Event loop is closed", "found"),
        ("kit:sessions/codex/0a0314fb#L3", "plain words", "found"),
        ("kit:sessions/codex/0a0314fb#L1", "Event loop is closed", "other"),
        ("kit:sessions/codex/0a0314fb#L1-L9", "It hangs", "missing"),
        ("kit:sessions/codex/0a0314fb#L0", "It hangs", "missing"),
        ("kit:sessions/codex/0a0314fb#L2-L1", "It hangs", "missing"),
        ("kit:sessions/codex/0a0314fb", "It hangs", "missing"),
        ("kit:sessions/codex/ffffffff#L1", "It hangs", "unchecked"),
        ("README.md#L1", "# A project", "found"),
        ("README.md", "another project", "other"),
        ("README.md#L9", "# A project", "missing"),
        ("../README.md", "# A project", "unchecked"),
        ("https://example.com/#L1", "x", "unchecked"),
    ],
)
def test_a_source_is_looked_up_where_it_can_be(
    store: Store, repo: Path, resource: str, excerpt: str, state: str
) -> None:
    commit = git(repo, "rev-parse", "HEAD").strip()
    assert evidence.look(store, commit, resource, excerpt).state == state
