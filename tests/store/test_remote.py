"""What is known of the remote follows it, whatever has gone there meanwhile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kit.store import repository
from kit.store.author import Author
from kit.store.git import Git
from kit.store.store import Change, Store
from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from kit.store.git import Answer

ANA = Author("ana", "k3f", 1_000_000)


def test_refs_that_are_gone_are_forgotten_without_a_fetch_for_each(
    clones: Callable[..., list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (clone,) = clones(1)
    store = Store(repository.find(clone, environment=dict(os.environ)))
    names = [f"tasks/t{number}" for number in range(30)]
    store.publish([Change(name, "", {f"{name}/x.json": name.encode()}, "add", "x") for name in names], author=ANA)
    git(clone, "push", "-q", "origin", *(f":refs/kit/{name}" for name in names[:-1]))
    talked: list[str] = []

    def talk(git: Git, *arguments: str, seconds: float) -> Answer:
        talked.append(arguments[0])
        return real(git, *arguments, seconds=seconds)

    real = Git.talk
    monkeypatch.setattr(Git, "talk", talk)
    store.fetch(*names)
    assert store.refs("tasks") == {names[-1]: store.tip(names[-1])}
    assert talked == ["fetch", "fetch", "ls-remote", "fetch"]
