"""Many processes want the same: one has it, and all the others know who."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.git import git
from tests.race import Act, Outcome, Race, faults_of, holder, settle, winners
from tests.remotes import Faults, HttpRemote, PathRemote, Remote, path_remote
from tests.team import MINUTE, NOW, Agent

if TYPE_CHECKING:
    from collections.abc import Callable

    Crowd = Callable[..., list[Act]]

MANY = 32


def one_winner(outcomes: list[Outcome], claim: dict[str, object] | None) -> None:
    """Holds a race to its promise: one winner, and all losers know that it is the one whom the remote names."""
    assert claim is not None, outcomes
    assert winners(outcomes) == [claim["agent"]], outcomes
    told = {(each.state, each.code, each.holder) for each in outcomes if each.state != "won"}
    assert told == {("lost", "held", claim["agent"])}, outcomes


def test_thirty_two_processes_claim_one_task_and_one_has_it(any_remote: Remote, race: Race, crowd: Crowd) -> None:
    acts = crowd(MANY, of=any_remote.url)
    for number in range(2):
        outcomes = race.run(act._replace(names=(f"t{number}",)) for act in acts)
        one_winner(outcomes, holder(any_remote.path, f"t{number}"))
    assert faults_of(any_remote.path) == ""


def test_thirty_two_processes_claim_as_many_tasks_and_all_win_with_one_push(
    any_remote: Remote, race: Race, crowd: Crowd
) -> None:
    acts = crowd(MANY, of=any_remote.url)
    outcomes = race.run(act._replace(names=(act.agent,)) for act in acts)
    assert {(each.state, each.epoch, each.pushes) for each in outcomes} == {("won", 1, 1)}, outcomes
    assert all(holder(any_remote.path, act.agent) for act in acts)


@pytest.mark.parametrize("same", [True, False])
def test_so_they_do_in_a_remote_that_is_empty(same: bool, tmp_path: Path, race: Race, crowd: Crowd) -> None:
    with path_remote(tmp_path / "empty.git") as empty:
        acts = crowd(16, of=empty.url)
        outcomes = race.run(acts if same else [act._replace(names=(act.agent,)) for act in acts])
        if same:
            one_winner(outcomes, holder(empty.path, "t"))
        else:
            assert {(each.state, each.pushes) for each in outcomes} == {("won", 1)}, outcomes


@pytest.mark.parametrize("verb", ["claim without lease", "claim by libgit2"])
def test_the_race_finds_out_a_claimer_that_does_not_compare(
    verb: str, remote: PathRemote, race: Race, crowd: Crowd, tmp_path: Path
) -> None:
    acts = crowd(4)
    how = {"place": str(tmp_path / "turns"), "of": len(acts)}
    Path(how["place"]).mkdir()
    outcomes = race.run(act._replace(verb=verb, how={**how, "turn": turn}) for turn, act in enumerate(acts))
    assert winners(outcomes) == [act.agent for act in acts], outcomes
    with pytest.raises(AssertionError):
        one_winner(outcomes, holder(remote.path, "t"))


@pytest.mark.parametrize("place", ["clone", "repository", "work trees"])
def test_agents_that_share_a_repository_race_as_well(
    place: str, repo: Path, tmp_path: Path, clones: Callable[..., list[Path]], remote: PathRemote, race: Race
) -> None:
    folders = clones(1) if place == "clone" else [repo]
    if place == "work trees":
        for number in range(16):
            folders.append(tmp_path / f"linked-{number}")
            git(repo, "worktree", "add", "-q", "--detach", str(folders[-1]))
    acts = [Act(folders[number % len(folders)], f"agent-{number}") for number in range(16)]
    one_winner(race.run(acts), holder(remote.path if place == "clone" else repo, "t"))
    outcomes = race.run(act._replace(names=(act.agent,)) for act in acts)
    assert {each.state for each in outcomes} == {"won"}, outcomes


def test_several_tasks_in_any_order_are_had_by_one_or_by_none(any_remote: Remote, race: Race, crowd: Crowd) -> None:
    orders = [("a", "b", "c"), ("c", "b", "a"), ("b", "c"), ("a",), ("c",), ("b", "a")]
    acts = [act._replace(names=orders[number % 6]) for number, act in enumerate(crowd(18, of=any_remote.url))]
    outcomes = race.run(acts)
    assert {each.state for each in outcomes} <= {"won", "lost"}, outcomes
    held = {name: (holder(any_remote.path, name) or {}).get("agent") for name in "abc"}
    believed = [(act.agent, name) for act, each in zip(acts, outcomes, strict=True) if each.state == "won"
                for name in act.names]  # fmt: skip
    assert sorted(believed) == sorted((agent, name) for name, agent in held.items() if agent), outcomes
    assert believed


def test_of_overlapping_paths_one_is_reserved(any_remote: Remote, race: Race, crowd: Crowd) -> None:
    globs = ["src/**", "src/auth/*.py", "src/*/login.py", "src/auth/login.py"]
    acts = [
        act._replace(names=(act.agent,), how={"paths": [globs[number % 4]]})
        for number, act in enumerate(crowd(12, of=any_remote.url))
    ]
    outcomes = race.run(acts)
    (winner,) = winners(outcomes)
    assert {(each.state, each.code, each.holder) for each in outcomes if each.state != "won"} == {
        ("lost", "paths_reserved", winner)
    }
    assert [act.agent for act in acts if holder(any_remote.path, act.agent)] == [winner]


def test_of_sixteen_thieves_one_has_the_expired_claim(any_remote: Remote, race: Race, crowd: Crowd) -> None:
    acts = crowd(17, of=any_remote.url)
    Agent(acts[0].folder, "ana", now=NOW).claim("t")
    outcomes = race.run(act._replace(now=NOW + 33 * MINUTE) for act in acts[1:])
    claim = holder(any_remote.path, "t")
    one_winner(outcomes, claim)
    assert claim is not None
    assert claim["epoch"] == 2


@pytest.mark.parametrize("verb", ["renew", "release", "complete"])
def test_the_former_holder_or_the_thief_succeeds_and_never_both(
    verb: str, any_remote: Remote, race: Race, crowd: Crowd
) -> None:
    acts = crowd(5, of=any_remote.url)
    ana = Agent(acts[0].folder, "ana", now=NOW)
    for number in range(3):
        task = f"t{number}"
        ana.claim(task)
        late = NOW + 33 * MINUTE
        mine = acts[0]._replace(agent="ana", verb=verb, names=(task,), now=late)
        outcomes = race.run([mine, *(act._replace(names=(task,), now=late) for act in acts[1:])])
        claim = holder(any_remote.path, task)
        thieves = winners(outcomes[1:])
        if verb == "renew" and outcomes[0].state == "won":
            assert (claim or {}).get("agent") == "ana"
            assert not thieves
        elif verb == "complete" and outcomes[0].state == "won":
            assert claim is None
            assert not thieves
        else:
            assert thieves == [(claim or {}).get("agent")], outcomes
            assert (claim or {}).get("epoch") == 2


def test_a_name_in_two_clones_is_one_holder(remote: PathRemote, race: Race, crowd: Crowd) -> None:
    acts = [act._replace(agent="ana", instance=f"i{number}") for number, act in enumerate(crowd(8))]
    outcomes = race.run(acts)
    assert len(winners(outcomes)) == 1
    claim = holder(remote.path, "t")
    assert claim is not None
    (won,) = [act.instance for act, each in zip(acts, outcomes, strict=True) if each.state == "won"]
    assert claim["instance"] == won


def test_an_instance_that_claims_twice_at_once_has_it_once(remote: PathRemote, race: Race, crowd: Crowd) -> None:
    (act,) = crowd(1)
    outcomes = race.run([act._replace(instance="one")] * 8)
    assert {(each.state, each.epoch) for each in outcomes} == {("won", 1)}, outcomes
    assert (holder(remote.path, "t") or {}).get("epoch") == 1


def test_an_instance_ends_its_claim_once_however_often_it_says_so(remote: PathRemote, race: Race, crowd: Crowd) -> None:
    (act,) = crowd(1)
    Agent(act.folder, act.agent).claim("t", "u")
    complete = act._replace(verb="complete", how={"note": "done"})
    assert {each.state for each in race.run([complete] * 6)} == {"won"}
    assert git(remote.path, "ls-tree", "--name-only", "refs/kit/tasks/t", "tasks/t/handoffs/").count(".json") == 1
    assert {each.state for each in race.run([act._replace(verb="release", names=("u",))] * 6)} == {"won"}


def test_a_task_completed_while_others_claim_it_stays_done(remote: PathRemote, race: Race, crowd: Crowd) -> None:
    acts = crowd(6)
    Agent(acts[0].folder, acts[0].agent).claim("t")
    outcomes = race.run([acts[0]._replace(verb="complete"), *acts[1:]])
    assert outcomes[0].state == "won"
    assert {each.code for each in outcomes[1:]} <= {"held", "done"}
    assert holder(remote.path, "t") is None


def test_the_next_task_is_never_given_twice(remote: PathRemote, race: Race, crowd: Crowd) -> None:
    acts = crowd(12)
    ana = Agent(acts[0].folder)
    for number in range(6):
        ana.add(f"t{number}")
    outcomes = race.run(act._replace(verb="next") for act in acts)
    assert len(winners(outcomes)) == 6, outcomes
    assert {each.code for each in outcomes if each.state != "won"} == {"none_ready"}
    held = {(holder(remote.path, f"t{number}") or {}).get("agent") for number in range(6)}
    assert held == set(winners(outcomes))


def test_needs_that_are_added_at_once_make_no_circle(any_remote: Remote, race: Race, crowd: Crowd) -> None:
    acts = crowd(3, of=any_remote.url)
    for number in range(2):
        names = [f"{letter}{number}" for letter in "abc"]
        ring = zip(acts, names, [*names[1:], names[0]], strict=True)
        outcomes = race.run(act._replace(verb="add", names=(name,), how={"needs": [need]}) for act, name, need in ring)
        agent = Agent(acts[0].folder)
        needs = {name: agent.look(name).needs for name in names}
        assert not all(needs.values()), needs
        assert {each.code for each in outcomes if each.state != "won"} <= {"circle", "contended"}, outcomes
        for name, each in zip(names, outcomes, strict=True):
            assert bool(needs[name]) == (each.state == "won"), (needs, outcomes)


@pytest.mark.parametrize("torn", [False, True])
def test_killed_claimers_and_lost_answers_leave_one_winner_who_knows(
    torn: bool, any_remote: Remote, race: Race, crowd: Crowd
) -> None:
    if torn and not isinstance(any_remote, HttpRemote):
        pytest.skip("only HTTP answers can be cut in the middle")
    chance = random.Random(5)
    acts = crowd(12, of=any_remote.url)
    agent = Agent(acts[0].folder, "heir", now=NOW + 33 * MINUTE)
    for number in range(3):
        any_remote.inject(Faults(drop_replies=0.3, seed=number, torn=torn))
        task = f"t{number}"
        outcomes = race.run(
            act._replace(
                verb="claim until known", names=(task,), now=NOW,
                kill_after=chance.uniform(0.02, 1.5) if chance.random() < 0.4 else None,
                kills_tree=chance.random() < 0.5,
            ) for act in acts
        )  # fmt: skip
        settle(any_remote)
        any_remote.inject(Faults())
        claim = holder(any_remote.path, task)
        assert len(winners(outcomes)) <= 1, outcomes
        killed = [each.agent for each in outcomes if each.state == "killed"]
        assert not winners(outcomes) or winners(outcomes) == [(claim or {}).get("agent")], outcomes
        assert claim is None or claim["agent"] in [*winners(outcomes), *killed], outcomes
        assert {each.state for each in outcomes} <= {"won", "lost", "killed"}, outcomes
        if claim:
            assert {each.holder for each in outcomes if each.state == "lost"} <= {claim["agent"]}, outcomes
        unlock(any_remote.path)
        assert agent.claim(task)[0].epoch == (2 if claim else 1)
    assert faults_of(any_remote.path) == ""


def unlock(place: Path) -> None:
    """Makes locks that a killed server left ten minutes old: what is tested is that they do not block for longer."""
    for lock in place.rglob("*.lock"):
        then = time.time() - 601
        os.utime(lock, (then, then))
