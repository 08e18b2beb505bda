"""Whoever dies at any step of a verb leaves the thread as it was or as it is to be, and running it again finishes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.context import pending
from kit.store import git as git_program
from kit.store import loose, move
from kit.store.objects import Objects
from kit.store.remote import Remote
from tests.context import people
from tests.faults.test_mirror import dies
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remotes import PathRemote

_STEPS = [(Objects, "build"), (loose, "_fill"), (loose, "_settle"), (Path, "replace"), (git_program.Git, "run"),
          (move, "here")]  # fmt: skip


def words(verb: str, ids: list[str], theirs: str) -> list[str]:
    return {
        "add": ["add", "--text", "three"],
        "edit": ["edit", ids[0], "--text", "other"],
        "annotate": ["annotate", ids[0], "--priority", "skip"],
        "branch": ["new", "made", "--from", "t"],
        "merge": ["merge", "other"],
        "compress": ["compress", "--content", "fold.txt"],
        "reset": ["reset", "HEAD~1"],
        "compile": ["compile", "--record"],
        "spawn": ["spawn", "made", "--purpose", "look", "--inherit", "head"],
        "collapse": ["collapse", "child", "--content", "fold.txt"],
        "rebase": ["rebase", "other"],
        "pick": ["pick", "other", theirs],
        "handoff": ["handoff", "--summary", "done"],
        "resume": ["resume", "t"],
    }[verb]


VERBS = ("add", "edit", "annotate", "branch", "merge", "compress", "reset", "compile", "spawn", "collapse", "handoff",
         "resume", "rebase", "pick")  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_may_die_at_any_step(repo: Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    (repo / "fold.txt").write_text("In short.\n")
    ana = people.writer(repo)
    ana.begin()
    ids = [ana.add("one").id, ana.add("two", "assistant").id]
    people.new.branch(ana.store, "other", "t", author=ana.author, redactor=ana.redactor)
    theirs = ana.add("from the other", on="other").id
    people.new.branch(ana.store, "child", "t", author=ana.author, redactor=ana.redactor)
    kit(repo, "context", "switch", "t")
    act = ["context", *words(verb, ids, theirs)]
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
        if verb == "spawn" and states(repo, refs[1:]) != ("",):
            assert ana.texts("made") == ana.texts("t")
        assert len([each for each in ana.state().entries if each.kind == "session" and each.priority == "pinned"]) < 2
    assert not is_dead
    assert step > (0 if verb == "resume" else 3)
    assert (states(repo, refs) != before) == (verb != "resume")
    told = [each.id for each in ana.state().entries if "collapse" in each.tags]
    mark = ana.state("child").record.collapsed
    assert ([mark.entry] if mark else []) == told
    assert len(told) == (verb == "collapse")
    assert kit(repo, "context", "show", "--json").json["thread"] == "t"


def states(repo: Path, refs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(git(repo, "for-each-ref", "--format=%(objectname)", ref) for ref in refs)


MERGING = {
    "a merge that waits": [["merge", "other"]],
    "a choice": [["merge", "other"], ["resolve", "all", "theirs"]],
    "going on": [["merge", "other"], ["resolve", "all", "theirs"], ["merge", "--continue"]],
    "going on with a rebase": [["rebase", "other"], ["resolve", "all", "ours"], ["merge", "--continue"]],
    "an abort": [["merge", "other"], ["merge", "--abort"]],
    "a strategy": [["merge", "other", "--strategy", "theirs"]],
}


@pytest.mark.parametrize("name", MERGING)
def test_a_merge_with_a_conflict_may_die_at_any_step(repo: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    ana = people.writer(repo)
    ana.begin()
    one = ana.add("one")
    people.new.branch(ana.store, "other", "t", author=ana.author, redactor=ana.redactor)
    ana.edit(one.id, "one of t")
    ana.edit(one.id, "one of other", on="other")
    ana.add("more", on="other")
    kit(repo, "context", "switch", "t")
    *before, act = MERGING[name]
    for words_ in before:
        assert kit(repo, "context", *words_).code in (0, 1)
    stood = ana.state().commit
    words_before = ana.texts()
    is_dead, step = True, 0
    while is_dead and step < 200:
        step += 1
        is_dead = dies(step, lambda: kit(repo, "context", *act), [*_STEPS, (Path, "unlink")])
        now = ana.state()
        assert now.broken == ()
        assert ana.texts() == words_before or now.commit != stood
        assert kit(repo, "context", "conflicts", "--json").code == 0  # whatever waits can be read
    assert not is_dead
    assert step > 1
    ends = {"going on": ["one of other", "more"], "going on with a rebase": ["one of t", "more"],
            "a strategy": ["one of other", "more"]}  # fmt: skip
    assert ana.texts() == ends.get(name, words_before)
    waits = pending.find(ana.store.repository, "t")
    assert (waits is not None) == (name in ("a merge that waits", "a choice"))
    assert git(repo, "fsck", "--strict", "--no-dangling") == ""


@pytest.mark.parametrize("act", [["sync"], ["context", "resolve", "all", "theirs", "--on", "t"]])
def test_what_two_clones_wrote_apart_survives_a_death_at_any_step(
    act: list[str], clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    del remote
    ana, ben = clones(2)
    one = kit(ana, "context", "new", "t") and kit(ana, "context", "add", "--on", "t", "--text", "one", "--json")
    name = one.json["entries"][0]["id"]
    kit(ben, "sync", agent="ben")
    for clone, who in ((ben, "ben"), (ana, "ana")):
        kit(clone, "context", "edit", name, "--on", "t", "--text", f"one of {who}", agent=who)
        kit(clone, "context", "add", "--on", "t", "--text", f"more of {who}", agent=who)
    kit(ben, "sync", agent="ben")
    if act[0] != "sync":
        assert kit(ana, "sync").code == 0
    is_dead, step = True, 0
    while is_dead and step < 200:
        step += 1
        is_dead = dies(step, lambda: kit(ana, *act), [*_STEPS, (Remote, "push")])
        shown = kit(ana, "context", "show", "--on", "t", "--json")
        assert shown.code == 0
        assert "more of ana" in {each["text"] for each in shown.json["entries"]}
    assert not is_dead
    assert step > 3
    assert kit(ana, "sync").code == kit(ben, "sync", agent="ben").code == 0
    shown = [kit(clone, "context", "show", "--on", "t", "--json").json["entries"] for clone in (ana, ben)]
    assert [each["text"] for each in shown[0]] == [each["text"] for each in shown[1]]
    assert {each["text"] for each in shown[0]} >= {"more of ana", "more of ben"}
    waits = kit(ana, "context", "conflicts", "--on", "t", "--json").json["joined"]
    assert len(waits) == (act[0] == "sync")
    for clone in (ana, ben):
        assert git(clone, "fsck", "--strict", "--no-dangling") == ""
