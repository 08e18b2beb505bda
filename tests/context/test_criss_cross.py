"""Threads merged into each other at random, criss-cross and again, against a model of plain values by commit."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import pytest

from kit.context import merge, version
from tests.context.world import World
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.merge import Merged

TORN = "(torn)"


class Said(NamedTuple):
    """An entry in one thread: what it says, how it is treated, its tags."""

    text: str
    priority: str
    tags: frozenset[str] = frozenset()


Model = dict[str, Said]


class Threads:
    """Threads as kit has them, and as the model does; `stood` is what each commit held."""

    def __init__(self, repo: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = World(repo)
        self.written: dict[str, set[str]] = {"a": set()}
        self.models: dict[str, Model] = {"a": {}}
        self.stood: dict[str, Model] = {}
        self.used: set[tuple[str, str]] = set()
        self.number = 0
        self.world.new("a")
        for _ in range(3):
            self.add("a")
        for name in ("b", "c"):
            self.world.branch(name, "a")
            self.models[name], self.written[name] = dict(self.models["a"]), set(self.written["a"])
            self.check(name)

    def fresh(self, word: str) -> str:
        self.number += 1
        return f"{word} {self.number}"

    def add(self, name: str) -> None:
        text = self.fresh("word")
        made = self.world.add(name, self.dice.choice(("user", "assistant")), text)
        self.models[name][made] = Said(text, "normal")
        self.written[name].add(made)
        self.check(name)

    def edit(self, name: str) -> None:
        root = self.dice.choice(sorted(self.models[name]))
        text = self.fresh("edit")
        self.written[name].add(self.world.edit(name, root, text))
        self.models[name][root] = self.models[name][root]._replace(text=text)
        self.check(name)

    def note(self, name: str) -> None:
        root = self.dice.choice(sorted(self.models[name]))
        old = self.models[name][root]
        priority, tag = self.dice.choice(("skip", "normal", "important", "pinned")), self.fresh("tag").replace(" ", "")
        self.world.note(name, root, priority=priority, tags=(tag,))
        self.models[name][root] = Said(old.text, priority, old.tags | {tag})
        self.check(name)

    def merge(self, name: str, source: str, theirs: str, strategy: str) -> None:
        ours = self.world.tip(name)
        bases = self.bases(ours, theirs)
        written = {each for one, found in self.written.items() if one == source for each in found}
        done = merge.merge(
            self.world.store, name, source, theirs, random=World.random, strategy=strategy, **self.world.who
        )
        assert done.open == ()
        if done.commit:
            self.models[name] = joined(self.stood[ours], self.stood[theirs], bases, strategy, done)
            self.written[name] |= {each for each in written if each in self.ids(theirs)}
        self.check(name)
        stood = self.world.tip(name)
        again = merge.merge(self.world.store, name, source, theirs, random=World.random, **self.world.who)
        assert again.is_known
        assert self.world.tip(name) == stood

    def ids(self, oid: str) -> set[str]:
        tree = git(self.world.folder, "ls-tree", "-r", "--name-only", oid)
        return {line.rpartition("/")[2].removesuffix(".md") for line in tree.splitlines()}

    def bases(self, ours: str, theirs: str) -> list[tuple[Model, Model]]:
        """Returns what the commits held where two histories parted, each with what it had in common with the first."""
        forks = sorted(git(self.world.folder, "merge-base", "--all", ours, theirs).split())
        before = [git(self.world.folder, "merge-base", forks[0], each).split()[0] for each in forks]
        return [(self.stood[each], self.stood[one]) for each, one in zip(forks, before, strict=True)]

    def cross(self, one: str, two: str, strategy: str = "") -> None:
        """Merges two threads into each other, each as it stood before."""
        stood = {name: self.world.tip(name) for name in (one, two)}
        self.merge(one, two, stood[two], strategy or self.strategy())
        self.merge(two, one, stood[one], strategy or self.strategy())

    def strategy(self) -> str:
        return self.dice.choice(("ours", "theirs", "auto"))

    def check(self, name: str) -> None:
        """Holds a thread against its model, and takes note of what its commit holds."""
        state, model = self.world.state(name), self.models[name]
        assert state.broken == ()
        assert self.written[name] <= {each.id for each in state.entries}
        there = version.effective(state.entries)
        assert {each.id: Said(each.text, each.priority, frozenset(each.tags)) for each in there} == model
        assert self.world.said(name) == [model[root].text for root in sorted(model) if model[root].priority != "skip"]
        self.stood[state.commit] = dict(model)

    def step(self) -> None:
        one, two = self.dice.sample(sorted(self.models), 2)
        match self.dice.choice(("add", "edit", "edit", "note", "note", "merge", "cross")):
            case "merge":
                self.merge(one, two, self.world.tip(two), self.strategy())
            case "cross":
                self.cross(one, two)
            case verb:
                getattr(self, verb)(one)


def joined(ours: Model, theirs: Model, bases: list[tuple[Model, Model]], strategy: str, done: Merged) -> Model:
    """Returns what a merge makes of two models, and asserts that it was asked about what it had to be asked about."""
    kinds = {each.root: each for each in done.settled}
    found: Model = {}
    for root in {**ours, **theirs}:
        mine, other = ours.get(root), theirs.get(root)
        if mine is None or other is None:
            found[root] = mine or other or Said("", "")
            continue
        was = [(base.get(root), before.get(root)) for base, before in bases]
        old = Said(*(together([(one and one[at], two and two[at]) for one, two in was]) for at in (0, 1)))
        text, priority = (newer(old[at], mine[at], other[at]) for at in (0, 1))
        is_asked = TORN in (text, priority) or skips(old, mine, other) or skips(old, other, mine)
        assert root in kinds or not is_asked, (root, old, mine, other)
        if root in kinds:
            each = kinds[root]
            # What was settled criss-cross may be asked about once more; it is never settled unasked.
            is_both = each.base and each.ours and each.theirs and each.base.id not in (each.ours.id, each.theirs.id)
            is_more = is_both or each.kind == "edit-and-append" or len(bases) > 1
            assert is_asked or is_more, (each.kind, old, mine, other)
            assert strategy in ("auto", each.choice)
            chosen = mine if each.choice == "ours" else other
            text = chosen.text
            if priority == TORN or each.kind == "skip-against-edit":
                priority = chosen.priority
        found[root] = Said(text, priority, mine.tags | other.tags)
    return found


def newer(old: str, mine: str, other: str) -> str:
    if mine == other:
        return mine
    return TORN if old not in (mine, other) else other if mine == old else mine


def together(was: list[tuple[str | None, str | None]]) -> str:
    """Returns what several places where two sides parted make together: a value, or TORN."""
    made = was[0][0] or TORN
    for one, before in was[1:]:
        made = newer(before or TORN, made, one or TORN)
    return made


def skips(old: Said, mine: Said, other: Said) -> bool:
    is_skipped = mine.priority == "skip" not in (old.priority, other.priority)
    return is_skipped and TORN not in old and old.text != other.text


@pytest.mark.parametrize("seed", range(4))
def test_threads_merged_at_random_say_what_the_model_says(repo: Path, seed: int) -> None:
    made = Threads(repo, seed)
    for _ in range(22):
        made.step()
    for one, two in (("a", "b"), ("b", "c")):  # whichever is ours, `auto` gives the same
        made.cross(one, two, "auto")
        assert made.models[one] == made.models[two]
    assert git(repo, "fsck", "--strict", "--no-dangling") == ""
    made.world.store.objects.close()
