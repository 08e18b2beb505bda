"""Two clones write one thread offline, at random, and sync: nothing is lost, and both hold the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from kit.context import kept
from kit.coordination import sync
from kit.coordination.holder import Holder
from tests.context.world import World
from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote


def write(world: World, dice: random.Random) -> set[str]:
    """Does something to the thread, and returns the ids of what was written."""
    roots = sorted(each.id for each in world.state("t").entries if not each.edits)
    match dice.choice(("add", "add", "edit", "note")) if roots else "add":
        case "add":
            return {world.add("t", dice.choice(("user", "assistant")), f"{world.agent} {dice.random()}")}
        case "edit":
            return {world.edit("t", dice.choice(roots), f"{world.agent} edits {dice.random()}")}
        case _:
            tags = (f"{world.agent}-{dice.randrange(100)}",)
            world.note("t", dice.choice(roots), priority=dice.choice(("skip", "normal", "important")), tags=tags)
            return set()


def synced(world: World) -> None:
    done = sync.sync(world.store, me=Holder(world.agent, f"i{world.agent}"), now=world.now)
    assert done.failure is None, done.failure


@pytest.mark.parametrize("seed", range(4))
def test_what_both_write_offline_is_in_both_and_they_say_the_same(
    seed: int, clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    dice = random.Random(seed)
    ana, ben = (World(clone, agent=name) for clone, name in zip(clones(2), ("ana", "ben"), strict=True))
    ana.new("t")
    written = {ana.add("t", "user", "first")}
    synced(ana)
    synced(ben)
    for _ in range(3):
        for world in (ana, ben):
            ben.now = ana.now = max(ana.now, ben.now)
            for _ in range(dice.randrange(4)):
                written |= write(world, dice)
        for world in dice.sample([ana, ben, ana, ben], 4):
            synced(world)
        synced(ana)
        synced(ben)
        assert ana.tip("t") == ben.tip("t") == git(remote.path, "rev-parse", "refs/kit/context/t")
        assert written <= {each.id for each in ana.state("t").entries}
        assert ana.compiled("t") == ben.compiled("t")
        assert kept.conflicts(ana.store, ana.state("t")).broken == ()
    for world in (ana, ben):
        assert git(world.folder, "fsck", "--strict", "--no-dangling") == ""
        world.store.objects.close()
