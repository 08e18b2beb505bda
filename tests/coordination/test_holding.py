"""What the holder may do with its claim, and nobody else: renew, release, complete."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from kit.coordination import renew
from kit.errors import NotFound, Taken
from kit.store import history
from kit.store.store import event_of
from tests.git import git
from tests.team import MINUTE, NOW, Agent, nonce

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def team(clones: Callable[..., list[Path]]) -> tuple[Agent, Agent]:
    first, second = clones(2)
    return Agent(first, "ana"), Agent(second, "ben", "two")


def events(agent: Agent, name: str) -> list[str]:
    """Returns the verbs of a task's history, newest first."""
    store = agent.store
    return [event_of(commit.message) for commit in history.commits(store.objects, agent.look(name).oid)]


def commit(folder: Path, path: str, text: str = "text\n") -> str:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", f"Write {path}")
    return git(folder, "rev-parse", "HEAD")


@pytest.mark.parametrize("verb", ["renew", "release", "complete"])
def test_only_the_holder_may_act_on_a_claim(verb: str, team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    with pytest.raises(Taken, match="is not claimed"):
        getattr(ana, verb)("parser")
    ana.claim("parser")
    with pytest.raises(Taken, match="held by ana"):
        getattr(ben, verb)("parser")
    other = Agent(ben.folder, "ana", "two")
    with pytest.raises(Taken, match="instance one"):
        getattr(other, verb)("parser")
    with pytest.raises(Taken, match=r"epoch 2 .* is over"):
        getattr(ana, verb)("parser", epoch=2)
    getattr(other, verb)("parser", epoch=1)


@pytest.mark.parametrize("verb", ["renew", "release", "complete"])
def test_a_holder_whose_claim_expired_may_act_while_nobody_has_taken_it(verb: str, team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")
    getattr(ana.later(60 * MINUTE), verb)("parser")
    ana.claim("lexer")
    ben.later(60 * MINUTE).claim("lexer")
    with pytest.raises(Taken, match="held by ben"):
        getattr(ana.later(61 * MINUTE), verb)("lexer")


def test_a_renewal_never_shortens_unless_it_is_told_a_time(team: tuple[Agent, Agent]) -> None:
    ana, _ = team
    ana.claim("parser", ttl=120 * MINUTE)
    behind = ana.later(-10 * MINUTE)
    assert behind.renew("parser").expires == NOW + 120 * MINUTE
    assert ana.renew("parser", ttl=5 * MINUTE).expires == NOW + 5 * MINUTE


def test_renewals_replace_each_other_in_the_history(team: tuple[Agent, Agent]) -> None:
    ana, _ = team
    ana.claim("parser")
    for minutes in range(1, 5):
        ana.later(minutes * MINUTE).renew("parser")
    assert events(ana, "parser") == ["renew", "claim"]
    ana.release("parser")
    assert events(ana, "parser") == ["release", "claim"]


def test_a_command_of_the_holder_renews_when_a_third_of_the_time_is_gone(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")

    def due(agent: Agent) -> str:
        return renew.renew_if_due(agent.store, "parser", me=agent.me, now=agent.now, nonce=nonce())

    assert due(ana.later(9 * MINUTE)) == ""
    assert ana.look("parser").claim.renewed == NOW  # type: ignore[union-attr]
    assert due(ana.later(11 * MINUTE)) == ""
    assert ana.look("parser").claim.expires == NOW + 41 * MINUTE  # type: ignore[union-attr]
    ben.later(12 * MINUTE).claim("parser", takeover=True, reason="urgent")
    assert "taken over: urgent" in due(ana.later(30 * MINUTE))


def test_a_release_keeps_the_epoch_and_may_be_said_again(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")
    ana.release("parser")
    ana.release("parser")
    assert (ana.look("parser").epoch, ana.look("parser").shown_state(NOW)) == (1, "open")
    assert ben.claim("parser")[0].epoch == 2
    with pytest.raises(Taken):
        ana.release("parser")


def test_completing_writes_status_and_handoff_and_gives_the_claim_back(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")
    tip = commit(ana.folder, "src/parser.py")
    (ana.folder / "notes.txt").write_text("unfinished\n")
    handoff = ana.complete("parser", note="nested lists", to="ben", next_action="wire it")
    assert (handoff["number"], handoff["to"], handoff["next_action"]) == (1, "ben", "wire it")
    assert handoff["changed_files"] == ["notes.txt", "src/parser.py"]
    assert (handoff["commit"], handoff["branch"], handoff["epoch"]) == (tip, "main", 1)
    seen = ben.look("parser")
    assert (seen.state, seen.handoffs, seen.claim and seen.claim.is_released) == ("done", (handoff,), True)


def test_with_a_commit_only_what_it_holds_is_told(team: tuple[Agent, Agent]) -> None:
    ana, _ = team
    ana.claim("parser")
    commit(ana.folder, "src/parser.py")
    (ana.folder / "notes.txt").write_text("unfinished\n")
    assert ana.complete("parser", commit="HEAD")["changed_files"] == ["src/parser.py"]
    ana.claim("lexer")
    with pytest.raises(NotFound, match="names no commit"):
        ana.complete("lexer", commit="no-such-branch")


def test_handoffs_are_numbered_and_kept(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")
    ana.complete("parser", state="needs-review", note="first")
    ben.claim("parser")
    ben.complete("parser", note="second")
    told = [(each["number"], each["agent"], each["note"]) for each in ana.look("parser").handoffs]
    assert told == [(1, "ana", "first"), (2, "ben", "second")]


def test_completing_again_returns_what_stands_but_never_an_older_handoff(team: tuple[Agent, Agent]) -> None:
    ana, _ = team
    ana.claim("parser")
    first = ana.complete("parser", state="blocked", note="first")
    assert ana.later(MINUTE).complete("parser", state="blocked", note="first") == first
    ana.claim("parser")
    ana.release("parser")
    with pytest.raises(Taken, match="is not claimed"):
        ana.complete("parser", state="blocked", note="second")


def test_files_with_names_that_are_no_text_are_told(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")
    (ana.folder / os.fsdecode(b"caf\xe9 \n.txt")).write_text("x")
    ana.complete("parser")
    assert ben.look("parser").handoffs[0]["changed_files"] == ["caf\\xe9 \n.txt"]


def test_work_begun_before_the_first_commit_is_told_whole(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "new")
    ana = Agent(tmp_path / "new")
    ana.claim("parser")
    commit(ana.folder, "a.py")
    assert ana.complete("parser")["changed_files"] == ["a.py"]
