"""A child's thread: it begins with what its parent holds, and what came of it is one entry there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.context import expand, spawn
from kit.errors import InvalidInput
from tests.context.world import World
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(repo: Path) -> World:
    world = World(repo)
    world.new("main")
    world.add("main", "user", "why?")
    return world


def test_the_result_of_a_child_is_one_entry_and_its_story_one_command_away(world: World) -> None:
    before = world.tip("main")
    spawn.spawn(world.store, "child", "main", purpose="look", **world.who)
    parent = world.state("child").record.parent
    assert parent is not None
    assert (parent.thread, parent.commit) == ("main", before)
    world.add("child", "assistant", "a long story")
    done = spawn.collapse(world.store, "child", "it is the lexer", random=world.random, **world.who)
    assert world.said("main") == ["why?", "it is the lexer"]
    world.add("child", "assistant", "later")
    found = expand.expand(world.store, world.state("main"), done.entries[0].id)
    assert [each.text for each in found.entries] == ["why?", "a long story"]


def test_a_thread_without_a_parent_is_not_collapsed(world: World) -> None:
    with pytest.raises(InvalidInput, match="no parent"):
        spawn.collapse(world.store, "main", "x", random=world.random, **world.who)


def test_the_commands(world: World, tmp_path: Path) -> None:
    file = tmp_path / "result.md"
    file.write_text("found")
    assert kit(world.folder, "context", "spawn", "child", "--purpose", "look", "--on", "main").code == 0
    done = kit(world.folder, "context", "collapse", "child", "--content", str(file), "--json")
    assert done.json["thread"] == "main"
    assert kit(world.folder, "context", "expand", done.json["entry"]["id"], "--on", "main").code == 0
