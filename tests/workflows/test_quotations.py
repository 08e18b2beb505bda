"""What a source quotes is looked up: in a mirrored session, in a file of the repository, or not at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from kit.sessions import record
from kit.store import repository
from kit.store.author import Author
from kit.store.change import Change
from kit.store.store import Store
from kit.workflows import quotations
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from kit.store.objects import Blob

LINES = [
    {"type": "user", "message": {"content": "It hangs\nsometimes"}},
    {"tool": json.dumps({"output": "RuntimeError: Event loop is closed"})},
    "not JSON: plain words,\u200b red",
]


@pytest.fixture
def store(repo: Path) -> Store:
    """A store with one mirrored session of three lines, in two parts."""
    made = Store(repository.find(repo, environment=dict(os.environ)))
    lines = [each if isinstance(each, str) else json.dumps(each) for each in LINES]
    data = ["".join(f"{line}\n" for line in part).encode() for part in (lines[:1], lines[1:])]
    ref = record.ref_of("codex", "0a0314fb")
    parts = tuple(record.Part(record.part_name(at), part.count(b"\n"), len(part), 0, 0, "0" * 64)
                  for at, part in enumerate(data, 1))  # fmt: skip
    meta = record.Meta("codex", "0a0314fb", "ana", "one", parts=parts, redacted={"github-token": 2})
    files: dict[str, bytes | Blob | None] = {f"{ref}/{part.name}": each for part, each in zip(parts, data, strict=True)}
    files[f"{ref}/{record.META}"] = meta.dump()
    made.save(Change(ref, "", files, "mirror", "mirror"), author=Author("ana", "one", 1.0))
    return made


@pytest.mark.parametrize(
    ("resource", "excerpt", "state"),
    [
        ("kit:sessions/codex/0a0314fb#L1", "It hangs sometimes", "found"),
        ("kit:sessions/codex/0a0314fb#L1-L2", "Event loop is closed", "found"),
        ("kit:sessions/codex/0a0314fb#L3", "plain words, red", "found"),
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
    assert quotations.look(store, commit, resource, excerpt).state == state


def test_the_redactions_of_the_sessions_it_rests_on_are_counted(store: Store) -> None:
    known = "kit:sessions/codex/0a0314fb#L"
    meta = {
        "sources": [{"resource": f"{known}1"}, {"resource": f"{known}2"}, {"resource": "kit:sessions/codex/none#L1"}]
    }
    assert quotations.redactions(store, meta) == {"github-token": 2}
