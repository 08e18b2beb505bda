"""One thread written in two clones offline: joined alike, nothing lost, and what they disagree about kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.context import kept
from kit.errors import NotFound
from tests.context.world import World
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Pair:
    """Two clones that have the same thread, `main`."""

    def __init__(self, one: Path, two: Path) -> None:
        self.one = World(one)
        self.one.new("main")
        self.question = self.one.add("main", "user", "why?")
        self.answer = self.one.add("main", "assistant", "because")
        self.sync(self.one)
        self.two = World(two, agent="bo", start=1_800_000_500.0)
        self.sync(self.two)

    @staticmethod
    def sync(world: World) -> None:
        world.store.fetch("context/*")
        if world.store.objects.tip("refs/kit/context/main"):
            world.store.send("context/main", author=world.author)

    def meet(self) -> None:
        """Both send and fetch until they have the same."""
        for world in (self.one, self.two, self.one, self.two):
            self.sync(world)

    def kept(self, world: World) -> list[tuple[str, str, str, str]]:
        found = kept.conflicts(world.store, world.state("main"))
        assert not found.broken
        return [(each.root, each.kind, *(side.text for side in (each.ours, each.theirs) if side))
                for each in found.conflicts]  # fmt: skip


@pytest.fixture
def pair(clones: Callable[[int], list[Path]]) -> Pair:
    return Pair(*clones(2))


def test_what_both_added_offline_is_there_in_both(pair: Pair) -> None:
    pair.one.add("main", "user", "one")
    pair.two.add("main", "user", "two")
    pair.meet()
    assert pair.one.said("main") == pair.two.said("main") == ["why?", "because", "one", "two"]
    assert pair.kept(pair.one) == []


def test_an_edit_in_each_is_joined_to_the_later_and_kept_as_a_conflict(pair: Pair) -> None:
    pair.one.edit("main", pair.answer, "one")
    pair.two.edit("main", pair.answer, "two")
    pair.meet()
    for world in (pair.one, pair.two):
        assert world.said("main") == ["why?", "two"]
        assert pair.kept(world) == [(pair.answer, "both-edited", "two", "one")]


def test_notes_in_each_are_joined_and_where_they_differ_kept(pair: Pair) -> None:
    pair.one.note("main", pair.answer, priority="pinned", tags=("one",))
    pair.two.note("main", pair.answer, priority="important", tags=("two",))
    pair.meet()
    for world in (pair.one, pair.two):
        stands = world.in_force("main", pair.answer)
        assert (stands.priority, set(stands.tags)) == ("important", {"one", "two"})
        assert len(pair.kept(world)) == 1


def test_the_clones_hold_the_same_whoever_joins(pair: Pair, tmp_path: Path) -> None:
    import shutil

    pair.one.edit("main", pair.answer, "one")
    pair.two.edit("main", pair.answer, "two")
    pair.sync(pair.one)
    other = shutil.copytree(pair.one.folder, tmp_path / "copy")
    pair.two.store.fetch("context/*")
    pair.two.store.join("context/main", author=pair.two.author)
    git(other, "fetch", "-q", str(pair.two.folder), "+refs/kit/context/main:refs/kit-remotes/origin/context/main")
    one, two = World(other).state("main"), pair.two.state("main")
    assert one.files.keys() <= two.files.keys()


def test_an_answer_to_words_that_the_other_clone_has_edited_is_named(pair: Pair) -> None:
    pair.one.edit("main", pair.answer, "one")
    pair.two.add("main", "user", "I see: because")
    pair.meet()
    assert [each[1] for each in pair.kept(pair.one)] == ["edit-and-append"]
    assert pair.one.said("main") == ["why?", "one", "I see: because"]


@pytest.mark.parametrize(("choice", "stands"), [("ours", "two"), ("theirs", "one"), ("text", "other")])
def test_a_kept_conflict_is_settled_in_one_clone_and_gone_in_both(pair: Pair, choice: str, stands: str) -> None:
    pair.one.edit("main", pair.answer, "one")
    pair.two.edit("main", pair.answer, "two")
    pair.meet()
    done = kept.settle(
        pair.one.store, "main", pair.answer, choice, "other", author=pair.one.author, random=World.random
    )
    assert done.open == ()
    pair.meet()
    for world in (pair.one, pair.two):
        assert world.said("main") == ["why?", stands]
        assert pair.kept(world) == []
    with pytest.raises(NotFound):
        kept.settle(pair.one.store, "main", "all", "ours", "", author=pair.one.author, random=World.random)


def test_a_write_after_the_fetch_joins_too(pair: Pair) -> None:
    pair.one.edit("main", pair.answer, "one")
    pair.sync(pair.one)
    pair.two.edit("main", pair.answer, "two")
    pair.two.store.fetch("context/*")
    pair.two.add("main", "user", "next")
    assert pair.two.said("main") == ["why?", "two", "next"]
    assert len(pair.kept(pair.two)) == 1


def test_a_hostile_conflict_is_named_and_hides_nothing(pair: Pair) -> None:
    from kit.context import write

    write.commit(
        pair.one.store, "main", lambda _: {"conflicts/x.json": b"{}", "conflicts/y.json": b"\xff"},
        event="context-add", subject="x", author=pair.one.author,
    )  # fmt: skip
    found = kept.conflicts(pair.one.store, pair.one.state("main"))
    assert found.broken == ("conflicts/x.json", "conflicts/y.json")
    done = kit(pair.one.folder, "context", "conflicts", "--on", "main")
    assert done.code == 0
    assert "2 broken records" in done.err


def test_sync_and_the_commands_say_it(pair: Pair) -> None:
    pair.one.edit("main", pair.answer, "one")
    pair.sync(pair.one)
    pair.two.edit("main", pair.answer, "two")
    assert kit(pair.two.folder, "sync").code == 0
    listed = kit(pair.two.folder, "context", "conflicts", "--on", "main", "--json").json
    assert [each["class"] for each in listed["joined"]] == ["both-edited"]
    assert kit(pair.two.folder, "context", "resolve", "all", "theirs", "--on", "main").code == 0
    pair.sync(pair.one)
    assert pair.one.said("main") == ["why?", "one"]


def test_planted_conflicts_cost_what_they_weigh_once_and_are_listed_in_part(pair: Pair) -> None:
    from kit.context import write
    from kit.records import strict_json

    world = pair.one
    big = world.add("main", "user", "x" * 900_000)
    side = {"id": big, "object": world.in_force("main", big).oid}
    lies = {"id": pair.answer, "object": side["object"]}
    gone = {"id": big, "object": "0" * 40}

    def planted(number: int, ours: object) -> tuple[str, bytes]:
        name = f"{number:012x}-00000000"
        told = {"type": "conflict", "id": name, "class": "both-edited", "base": None, "ours": ours, "theirs": side}
        return f"conflicts/{name}.json", strict_json.dump({**told, "answers": []})

    files = dict(planted(number, side) for number in range(200))
    files |= dict([planted(200, lies), planted(201, gone), planted(202, "x"), planted(203, {"id": big})])
    write.commit(world.store, "main", lambda _: files, event="context-add", subject="x", author=world.author)
    found = kept.conflicts(world.store, world.state("main"))
    assert (len(found.conflicts), len(found.broken)) == (200, 4)
    assert len({id(each.ours) for each in found.conflicts} | {id(each.theirs) for each in found.conflicts}) == 1
    listed = kit(world.folder, "context", "conflicts", "--on", "main", "--limit", "2", "--json").json
    assert (len(listed["joined"]), listed["left"], len(listed["broken"])) == (2, 198, 4)
    assert (
        "198 more: kit context conflicts --limit 0"
        in kit(world.folder, "context", "conflicts", "--on", "main", "--limit", "2").err
    )
    assert kit(world.folder, "context", "status", "--on", "main", "--json").json["conflicts"] == 200
    assert kit(world.folder, "context", "resolve", "all", "ours", "--on", "main").code == 0
    assert world.said("main") == ["why?", "because", "x" * 900_000]
