"""Tasks as a graph: what is ready, what waits for what, what is finished but not merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.coordination import listing, story
from kit.coordination import wait as waiting
from kit.coordination.tasks import circle
from kit.errors import Blocked, InvalidInput, NotFound, Taken, TimedOut
from tests.coordination.test_holding import commit
from tests.git import git
from tests.team import MINUTE, Agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def team(clones: Callable[..., list[Path]]) -> tuple[Agent, Agent]:
    first, second = clones(2)
    return Agent(first, "ana"), Agent(second, "ben", "two")


def rows(agent: Agent, which: str = "open") -> dict[str, str]:
    """Returns the state of each task that a list shows."""
    store = agent.store
    store.fetch("tasks/*")
    return {each["task"]: each["state"] for each in listing.rows(store, which=which, me=agent.me, now=agent.now)}


def test_an_added_task_has_a_title_and_needs_that_another_clone_sees(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.add("parser", "lexer", title="Write the parser")
    seen = ben.look("parser")
    assert (seen.title, seen.needs, seen.state, seen.epoch) == ("Write the parser", ("lexer",), "open", 0)


def test_adding_again_changes_what_is_said_and_keeps_the_rest(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.add("parser", "lexer", title="Write the parser")
    assert ben.add("parser", "grammar").title == "Write the parser"
    assert ben.add("parser", title="Other").needs == ("grammar",)


@pytest.mark.parametrize("end", ["claim", "done"])
def test_a_task_that_is_held_or_done_is_not_changed(end: str, team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")
    if end == "done":
        ana.complete("parser")
    with pytest.raises(Taken, match="already"):
        ben.add("parser", title="Other")


@pytest.mark.parametrize("needs", [("a", ["a"]), ("a", ["b"]), ("a", ["c"])])
def test_needs_that_make_a_circle_are_refused(needs: tuple[str, list[str]], team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.add("c", "b")
    ana.add("b", "a")
    with pytest.raises(InvalidInput, match=r"a needs (.* needs )?a"):
        ben.add(needs[0], *needs[1])
    assert ben.add("a", "d")


def test_a_long_chain_of_needs_is_no_circle_and_takes_no_time() -> None:
    graph = {str(number): [str(number + 1), str(number + 2)] for number in range(5000)}
    assert circle(graph, "0") == []
    assert circle(graph | {"5000": ["0"]}, "0")


def test_a_list_shows_each_task_in_the_state_it_is_in(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.add("ready")
    ana.add("waiting", "ready")
    ana.claim("held", "blocked", "finished")
    ana.complete("blocked", state="blocked")
    ana.complete("finished")
    states = {"ready": "ready", "waiting": "waiting", "held": "held", "blocked": "blocked"}
    assert rows(ben) == states
    assert rows(ben, "all") == states | {"finished": "done"}
    assert rows(ben, "ready") == {"ready": "ready"}
    assert rows(ben, "mine") == {}
    assert rows(ana, "mine") == {"held": "held"}
    assert rows(ben.later(31 * MINUTE), "stale") == {"held": "expired"}
    assert "held" not in rows(ben.later(31 * MINUTE), "ready")
    assert rows(ben.later(32 * MINUTE), "ready") == {"ready": "ready", "held": "expired"}


def test_done_work_shows_until_the_branch_has_it(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    git(ana.folder, "switch", "-q", "-c", "work")
    ana.claim("parser")
    commit(ana.folder, "src/parser.py")
    ana.complete("parser")
    assert rows(ana) == rows(ben) == {"parser": "done, not merged"}
    git(ana.folder, "push", "-q", "origin", "work:main")
    git(ben.folder, "fetch", "-q")
    assert rows(ben) == {}


def test_a_squashed_merge_counts_by_its_files(team: tuple[Agent, Agent]) -> None:
    ana, _ = team
    git(ana.folder, "switch", "-q", "-c", "work")
    ana.claim("parser")
    commit(ana.folder, "src/parser.py", "one\n")
    commit(ana.folder, "src/parser.py", "two\n")
    ana.complete("parser", commit="HEAD")
    git(ana.folder, "switch", "-q", "main")
    commit(ana.folder, "other.py")
    git(ana.folder, "push", "-q", "origin", "main")
    assert rows(ana) == {"parser": "done, not merged"}
    git(ana.folder, "merge", "-q", "--squash", "work")
    git(ana.folder, "commit", "-q", "-m", "Parser")
    git(ana.folder, "push", "-q", "origin", "main")
    assert rows(ana) == {}


def test_the_next_task_is_a_ready_one_and_none_twice(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.add("a")
    ana.add("b")
    ana.add("c", "a")
    assert {ana.claim_next(), ben.claim_next()} == {"a", "b"}
    with pytest.raises(Taken, match="no task is ready"):
        ana.claim_next()
    for agent in (ana, ben):
        if (held := agent.look("a").claim) and held.holder == agent.me:
            agent.complete("a")
    assert ben.claim_next() == "c"


def test_waiting_ends_when_all_are_done(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("a", "b")
    ana.complete("a")
    told: list[list[str]] = []

    def tell(left: list[waiting.Task]) -> None:
        told.append([waiting.doing(each) for each in left])
        ana.complete("b")

    assert [each.id for each in waiting.wait(ben.store, ["a", "b"], seconds=20, tell=tell)] == ["a", "b"]
    assert told == [["held by ana"]]


def test_waiting_ends_at_once_when_one_is_blocked_and_in_time_otherwise(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("a", "b")
    with pytest.raises(TimedOut, match=r"still waiting for a \(held by ana\), c \(open\)"):
        waiting.wait(ben.store, ["a", "c"], seconds=0.2, tell=lambda _: None)
    ana.complete("b", state="blocked", note="no grammar")
    with pytest.raises(Blocked, match="blocked by ana: no grammar"):
        waiting.wait(ben.store, ["a", "b"], seconds=20, tell=lambda _: None)


def test_someone_at_work_on_a_blocked_task_is_waited_for(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("a")
    ana.complete("a", state="blocked")
    ben.claim("a")
    with pytest.raises(TimedOut, match="held by ben"):
        waiting.wait(ana.store, ["a"], seconds=0.2, tell=lambda _: None)


def test_a_task_tells_its_story(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser", note="begin")
    ben.claim("parser", takeover=True, reason="ana is away")
    ben.complete("parser", note="works")
    told = story.tell(ben.store, "parser", now=ben.now)
    assert [(each["event"], each["agent"]) for each in told["story"]] == [
        ("claim", "ana"), ("takeover", "ben"), ("complete", "ben"),
    ]  # fmt: skip
    assert told["status"]["state"] == told["state"] == "done"
    with pytest.raises(NotFound):
        story.tell(ben.store, "other", now=ben.now)
