"""Whoever dies at any step of a verb leaves the thread as it was or as it is to be, and running it again finishes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.store import git as git_program
from kit.store import loose, move
from kit.store.objects import Objects
from tests.context import people
from tests.faults.test_mirror import dies
from tests.git import git
from tests.kit import kit

_STEPS = [(Objects, "build"), (loose, "_fill"), (loose, "_settle"), (Path, "replace"), (git_program.Git, "run"),
          (move, "here")]  # fmt: skip


def words(verb: str, ids: list[str]) -> list[str]:
    return {
        "add": ["add", "--text", "three"],
        "edit": ["edit", ids[0], "--text", "other"],
        "annotate": ["annotate", ids[0], "--priority", "skip"],
        "branch": ["new", "made", "--from", "t"],
        "merge": ["merge", "other"],
        "compress": ["compress", "--content", "fold.txt"],
        "reset": ["reset", "HEAD~1"],
        "compile": ["compile", "--record"],
    }[verb]


@pytest.mark.parametrize("verb", ["add", "edit", "annotate", "branch", "merge", "compress", "reset", "compile"])
def test_a_verb_may_die_at_any_step(repo: Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    (repo / "fold.txt").write_text("In short.\n")
    ana = people.writer(repo)
    ana.begin()
    ids = [ana.add("one").id, ana.add("two", "assistant").id]
    people.new.branch(ana.store, "other", "t", author=ana.author, redactor=ana.redactor)
    ana.add("from the other", on="other")
    kit(repo, "context", "switch", "t")
    act = ["context", *words(verb, ids)]
    refs = ("refs/kit/context/t", "refs/kit/context/made")
    before = states(repo, refs)
    step = 0
    is_dead = True
    while is_dead and step < 200:
        step += 1
        is_dead = dies(step, lambda: kit(repo, *act), _STEPS)
        if step % 8 == 0 or not is_dead:
            assert git(repo, "fsck", "--strict", "--no-dangling") == ""
        assert {each.id for each in ana.state().entries} >= (set() if verb == "reset" else set(ids))
        assert ana.state().broken == ()
    assert not is_dead
    assert step > 3
    assert states(repo, refs) != before


def states(repo: Path, refs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(git(repo, "for-each-ref", "--format=%(objectname)", ref) for ref in refs)
