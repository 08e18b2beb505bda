"""`kit agents`: who is here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kit.coordination import journal, presence
from tests.kit import kit
from tests.plant import plant
from tests.team import Agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

DAY = 86400.0


def was_here(folder: Path, name: str, *, ago: float, harness: str = "") -> None:
    agent = Agent(folder, name, "one", time.time() - ago)
    presence.refresh(agent.store, me=agent.me, now=agent.now, harness=harness)
    assert journal.send(agent.store, me=agent.me, now=agent.now) is None


def test_it_shows_state_harness_and_work_and_who_is_asking(clones: Callable[..., list[Path]]) -> None:
    ana, ben = clones(2)
    kit(ana, "claim", "parser", CLAUDE_CODE_SESSION_ID="0a0314fb")
    was_here(ana, "cleo", ago=700, harness="codex")
    found = kit(ben, "agents", "--json", agent="ben").json
    rows = {each["agent"]: each for each in found["agents"]}
    assert [each["agent"] for each in found["agents"]][-1] == "cleo"
    assert (rows["ana"]["state"], rows["ana"]["tasks"], rows["ana"]["me"]) == ("active", ["parser"], False)
    assert (rows["ben"]["state"], rows["ben"]["me"]) == ("active", True)
    assert (rows["cleo"]["state"], rows["cleo"]["harness"]) == ("stale", "codex")
    shown = kit(ben, "agents", agent="ben").out
    assert "ben (you)" in shown
    assert "12 min ago" in shown


def test_those_silent_for_long_are_hidden_and_counted(clones: Callable[..., list[Path]]) -> None:
    (ana,) = clones(1)
    was_here(ana, "cleo", ago=8 * DAY)
    was_here(ana, "dora", ago=6 * DAY)
    done = kit(ana, "agents", "--json")
    assert [each["agent"] for each in done.json["agents"]] == ["ana", "dora"]
    assert (done.json["hidden"], done.err) == (1, "1 not seen for long: kit agents --all\n")
    assert len(kit(ana, "agents", "--all", "--json").json["agents"]) == 3


def test_offline_it_shows_who_was_seen_and_says_so(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    (ana,) = clones(1)
    was_here(ana, "cleo", ago=60)
    remote.stop()
    done = kit(ana, "agents", "--json")
    assert (done.code, done.json["fetched"], len(done.json["agents"])) == (0, False, 2)
    assert "not fetched" in done.err


def test_what_is_broken_is_named_without_steering_the_terminal(
    clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    (ana,) = clones(1)
    harness = b'{"seen": "2026-11-20T10:00:00Z", "harness": "\\u001b[2J"}'
    plant(remote.path, "agents/eve/one", {"agents/eve/one/agent.json": b"{"})
    plant(remote.path, "agents/eve/two", {"agents/eve/two/agent.json": harness})
    done = kit(ana, "agents", "--all")
    assert "left out: 1 broken record: agents/eve/one/agent.json" in done.err
    assert r"\x1b[2J" in done.out
    assert "\x1b" not in done.out
