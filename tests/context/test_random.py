"""Random histories of threads held against a plain model: nothing is lost, and what is compiled is what it says."""

from __future__ import annotations

import copy
import os
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from kit.context import branches, compress, gc, join, merge, new, pending, reset, span, thread, tip, version
from kit.errors import InvalidInput
from kit.store import history, repository
from kit.store.store import Store
from kit.workflows import blaming
from tests.context import people
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

OPERATIONS = (
    ("add",) * 6 + ("edit",) * 3 + ("annotate",) * 2 + ("branch", "merge", "merge", "compress", "reset", "delete", "gc")
)


@dataclass
class Said:
    """What stands for one entry: `ids` are all versions of it that were written."""

    at: float
    text: str
    priority: str
    folds: tuple[str, ...] = ()
    ids: set[str] = field(default_factory=set)


Model = dict[str, Said]


def hidden(model: Model) -> set[str]:
    return {name for each in model.values() if each.priority != "skip" for name in each.folds}


def compiled(model: Model) -> list[str]:
    out = hidden(model)
    order = sorted(model.items(), key=lambda pair: (pair[1].at, pair[0]))
    return [each.text for name, each in order
            if each.priority != "skip" and (name not in out or each.priority == "pinned")]  # fmt: skip


class Histories:
    """Threads as kit has them, and as the model does."""

    def __init__(self, repo: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.store = Store(repository.find(repo, environment=dict(os.environ)), joiner=join.join)
        self.writer = people.Writer(self.store)
        self.models: dict[str, Model] = {}
        self.seen: dict[str, list[tuple[str, Model]]] = {}
        self.number = 0
        self.begin()

    def begin(self) -> None:
        name = self.fresh("t")
        self.writer.begin(name)
        self.models[name] = {}
        self.note(name)

    def fresh(self, word: str) -> str:
        self.number += 1
        return f"{word}{self.number}"

    def note(self, name: str) -> None:
        self.seen.setdefault(name, []).append((tip.of(self.store, name).oid, copy.deepcopy(self.models[name])))

    def step(self) -> None:
        name = self.dice.choice(sorted(self.models))
        getattr(self, self.dice.choice(OPERATIONS))(name)
        for each in self.models:
            self.check(each)

    def check(self, name: str) -> None:
        state = self.writer.state(name)
        model = self.models[name]
        assert state.broken == ()
        assert {each.id for each in state.entries} == {one for each in model.values() for one in each.ids}
        assert [each.text for each in blaming.said(state)] == compiled(model)

    def visible(self, name: str) -> list[str]:
        return sorted(self.models[name].keys() - hidden(self.models[name]))

    def add(self, name: str) -> None:
        role = self.dice.choice(("user", "assistant"))
        made = self.writer.add(f"{self.fresh('word')}\n---\n", role, on=name)
        self.models[name][made.id] = Said(made.at, made.text, "normal", (), {made.id})
        self.note(name)

    def edit(self, name: str) -> None:
        if not (found := self.visible(name)):
            return
        root = self.dice.choice(found)
        made = self.writer.edit(root, self.fresh("edit"), on=name)
        each = self.models[name][root]
        each.text = made.text
        each.ids.add(made.id)
        self.note(name)

    def annotate(self, name: str) -> None:
        if not (found := self.visible(name)):
            return
        root = self.dice.choice(found)
        priority = self.dice.choice(("skip", "normal", "important", "pinned"))
        self.writer.annotate(root, on=name, priority=priority)
        self.models[name][root].priority = priority
        self.note(name)

    def branch(self, name: str) -> None:
        made = self.fresh("b")
        new.branch(self.store, made, name, author=self.writer.author, redactor=self.writer.redactor)
        self.models[made] = copy.deepcopy(self.models[name])
        self.note(made)

    def compress(self, name: str) -> None:
        state = self.writer.state(name)
        try:
            part = span.span(state)
        except InvalidInput:
            return
        model = self.models[name]
        expected = [each for each in self.visible(name) if model[each].priority != "pinned"]
        assert sorted(part.ids) == expected
        done = compress.fold(
            self.store, state, part, self.fresh("fold"), author=self.writer.author, random=people.digits,
            redactor=self.writer.redactor,
        )  # fmt: skip
        model[done.fold.id] = Said(done.fold.at, done.fold.text, done.fold.priority, part.ids, {done.fold.id})
        self.note(name)

    def reset(self, name: str) -> None:
        oid, model = self.dice.choice(self.seen[name])
        reset.reset(self.store, name, oid, author=self.writer.author)
        self.models[name] = copy.deepcopy(model)

    def merge(self, name: str) -> None:
        other = self.dice.choice(sorted(self.models))
        if other == name:
            return
        theirs = tip.of(self.store, other).oid
        ours = self.models[name]
        fork = history.fork(self.store.objects, tip.of(self.store, name).oid, theirs)
        known = [model for each in self.seen.values() for oid, model in each if oid == fork]
        base = known[0] if known else None
        done = merge.merge(
            self.store, name, other, theirs, author=self.writer.author, random=people.digits,
            redactor=self.writer.redactor, strategy=self.dice.choice(("ours", "theirs", "auto")),
            verb=self.dice.choice((pending.MERGE, pending.REBASE)),
        )  # fmt: skip
        assert done.open == ()
        stood = {each.id: each for each in self.writer.state(name).entries}
        assert all(stood[each].at > max(stood[one].at for one in done.added) for each in done.moved if done.added)
        self.models[name] = self.joined(name, base, ours, self.models[other])
        self.note(name)

    def joined(self, name: str, base: Model | None, ours: Model, theirs: Model) -> Model:
        """Returns the model of a merge: what only one side changed is as that has it; the rest is as kit settled it.

        What both changed, or neither can be known to have left, is read back: which side stands there is for
        the tests of merging to say. That every version of both is there is asserted here.
        """
        state = self.writer.state(name)
        found: Model = {}
        for root, head, _ in version.versions(state.entries):
            found[root.id] = Said(root.at, head.text, head.priority, head.folds, {root.id, head.id})
        every = {each.id: each for each in state.entries}
        for each in state.entries:
            top = version.root_of(each, every)
            assert top is not None
            found[top.id].ids.add(each.id)
        for root in ours.keys() & theirs.keys():
            was = base.get(root) if base else None
            if was is None:
                continue
            one, two = ours[root], theirs[root]
            assert one.ids | two.ids <= found[root].ids
            if one == was:
                assert (found[root].text, found[root].priority) == (two.text, two.priority)
            elif two == was:
                assert (found[root].text, found[root].priority) == (one.text, one.priority)
        if base is not None:
            for side, other in ((ours, theirs), (theirs, ours)):
                for root in side.keys() - other.keys() - base.keys():
                    assert found[root].text == side[root].text
        return found

    def delete(self, name: str) -> None:
        if len(self.models) < 3:
            return
        branches.delete(self.store, name, author=self.writer.author)
        del self.models[name]

    def gc(self, name: str) -> None:
        del name
        done = gc.gc(self.store, author=self.writer.author, older=0.0)
        assert not done.failure
        self.seen = {each: found for each, found in self.seen.items() if each in self.models}


@pytest.mark.parametrize("seed", range(5))
def test_a_random_history_loses_nothing_and_compiles_to_what_the_model_says(repo: Path, seed: int) -> None:
    made = Histories(repo, seed)
    for _ in range(45):
        made.step()
    git(repo, "gc", "--quiet")
    fresh = Histories.__new__(Histories)
    fresh.__dict__.update(made.__dict__)
    fresh.store = Store(repository.find(repo, environment=dict(os.environ)))
    fresh.writer = people.Writer(fresh.store)
    for name in made.models:
        fresh.check(name)
        for oid, model in made.seen[name]:  # whatever a thread has held is still reached from it
            assert made.store.objects.descends(tip.of(made.store, name).oid, oid)
            state = thread.State(made.store, name, oid)
            assert [each.text for each in blaming.said(state)] == compiled(model)
    assert git(repo, "fsck", "--strict", "--no-dangling") == ""
    for each in (made.store, fresh.store):
        each.objects.close()
