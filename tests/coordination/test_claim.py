"""A claim has one holder, an epoch and an expiry; the loser learns who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.errors import Blocked, RemoteFailed, Taken, UsageError
from tests.git import git
from tests.team import MINUTE, NOW, Agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote


@pytest.fixture
def team(clones: Callable[..., list[Path]]) -> tuple[Agent, Agent]:
    first, second = clones(2)
    return Agent(first, "ana"), Agent(second, "ben", "two")


def refs(remote: PathRemote) -> list[str]:
    return git(remote.path, "for-each-ref", "--format=%(refname)", "refs/kit").splitlines()


def test_a_free_task_is_claimed_with_epoch_one_until_the_ttl_is_over(team: tuple[Agent, Agent]) -> None:
    (held,) = team[0].claim("parser", note="grammar first")
    assert (held.task, held.holder, held.epoch) == ("parser", team[0].me, 1)
    assert (held.since, held.expires, held.note) == (NOW, NOW + 30 * MINUTE, "grammar first")


def test_the_loser_is_told_who_holds_it_since_when_and_until_when(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser", note="grammar first")
    with pytest.raises(Taken, match=r"held by ana \(instance one\).*in 30 min.*note: grammar first") as caught:
        ben.claim("parser")
    told = caught.value.details
    assert (told["holder"], told["instance"], told["epoch"]) == ("ana", "one", 1)
    assert told["expires"] == "2027-01-15T08:30:00.000Z"
    assert "kit wait parser" in caught.value.hint


def test_the_same_instance_claims_again_to_renew_and_keeps_its_epoch(team: tuple[Agent, Agent]) -> None:
    ana, _ = team
    ana.claim("parser", note="grammar first")
    (again,) = ana.later(10 * MINUTE).claim("parser")
    assert (again.epoch, again.since, again.note) == (1, NOW, "grammar first")
    assert (again.renewed, again.expires) == (NOW + 10 * MINUTE, NOW + 40 * MINUTE)


def test_claiming_again_without_a_ttl_keeps_the_ttl_it_was_claimed_with(team: tuple[Agent, Agent]) -> None:
    ana, _ = team
    ana.claim("parser", ttl=120 * MINUTE)
    (again,) = ana.later(MINUTE).claim("parser")
    assert (again.ttl, again.expires) == (120 * MINUTE, NOW + 121 * MINUTE)
    (shorter,) = ana.later(MINUTE).claim("parser", ttl=5 * MINUTE)
    assert shorter.expires == NOW + 6 * MINUTE


def test_the_same_name_elsewhere_does_not_hold_it_but_may_go_on_with_the_epoch_in_hand(
    team: tuple[Agent, Agent],
) -> None:
    ana, ben = team
    ana.claim("parser", note="grammar first")
    other = Agent(ben.folder, "ana", "two")
    with pytest.raises(Taken, match="instance one") as caught:
        other.claim("parser")
    assert "kit claim parser --epoch 1" in caught.value.hint
    with pytest.raises(Taken):
        other.claim("parser", epoch=2)
    (held,) = other.claim("parser", epoch=1)
    assert (held.epoch, held.holder.instance, held.note) == (2, "two", "grammar first")
    with pytest.raises(Taken):
        ben.claim("parser", epoch=2)  # an epoch is no key for another name


def test_an_expired_claim_may_be_taken_after_the_allowance_for_skew_and_not_before(
    team: tuple[Agent, Agent],
) -> None:
    ana, ben = team
    ana.claim("parser")
    with pytest.raises(Taken, match="expired 1 min ago"):
        ben.later(31 * MINUTE).claim("parser")
    (held,) = ben.later(32 * MINUTE).claim("parser")
    assert (held.holder, held.epoch, held.taken_over) == (ben.me, 2, None)
    with pytest.raises(Taken, match="held by ben"):
        ana.later(33 * MINUTE).renew("parser")


@pytest.mark.parametrize("minutes", [5, 31])
def test_a_takeover_needs_a_reason_and_the_former_holder_is_told(minutes: int, team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser", paths=["src/**"])
    ben = ben.later(minutes * MINUTE)
    with pytest.raises(UsageError):
        ben.claim("parser", takeover=True, reason=" ")
    (held,) = ben.claim("parser", takeover=True, reason="ana's machine is gone")
    assert (held.epoch, held.paths) == (2, ("src/**",))
    assert held.taken_over == {"agent": "ana", "instance": "one", "epoch": 1, "reason": "ana's machine is gone"}
    with pytest.raises(Taken, match="taken over: ana's machine is gone"):
        ana.later(minutes * MINUTE).renew("parser")


def test_a_takeover_of_a_free_task_is_a_plain_claim(team: tuple[Agent, Agent]) -> None:
    (held,) = team[0].claim("parser", takeover=True, reason="in any case")
    assert (held.epoch, held.taken_over) == (1, None)


def test_several_tasks_are_claimed_all_or_none(team: tuple[Agent, Agent], remote: PathRemote) -> None:
    ana, ben = team
    ana.claim("b")
    with pytest.raises(Taken, match="'b' is held by ana"):
        ben.claim("a", "b", "c")
    assert "refs/kit/tasks/a" not in refs(remote)
    assert [each.task for each in ben.claim("c", "a", "c")] == ["c", "a"]


def test_a_claim_with_open_needs_is_blocked_until_they_are_done(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.add("parser", "lexer", "grammar")
    with pytest.raises(Blocked, match=r"needs lexer \(open\), grammar \(open\) first") as caught:
        ben.claim("parser")
    assert caught.value.details["needs"] == ["lexer", "grammar"]
    ana.claim("lexer", "grammar")
    ana.complete("lexer")
    ana.complete("grammar")
    assert ben.claim("parser")[0].epoch == 1


def test_a_done_task_is_not_handed_out_again(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")
    ana.complete("parser")
    with pytest.raises(Taken, match="was done by ana") as caught:
        ben.claim("parser", takeover=True, reason="again")
    assert (caught.value.code, caught.value.retryable) == ("done", False)


@pytest.mark.parametrize("state", ["blocked", "needs-review"])
def test_a_task_left_blocked_or_for_review_is_claimed_with_the_next_epoch(
    state: str, team: tuple[Agent, Agent]
) -> None:
    ana, ben = team
    ana.claim("parser")
    ana.complete("parser", state=state)
    assert ben.claim("parser")[0].epoch == 2


def test_overlapping_paths_of_someone_else_are_refused_until_they_are_given_back(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("auth", paths=["src/auth/**"])
    with pytest.raises(Taken, match=r"'src/\*\*/login.py' overlaps 'src/auth/\*\*', reserved by ana") as caught:
        ben.claim("login", paths=["src/**/login.py"])
    assert caught.value.code == "paths_reserved"
    assert ben.claim("docs", paths=["docs/**"])
    ana.release("auth")
    assert ben.claim("login", paths=["src/**/login.py"])


def test_paths_of_a_claim_that_expired_are_free(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("auth", paths=["src/auth/**"])
    assert ben.later(33 * MINUTE).claim("login", paths=["src"])


def test_renewing_extends_the_reservation_with_the_claim(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("auth", paths=["src/auth/**"])
    ana.later(25 * MINUTE).renew("auth")
    with pytest.raises(Taken, match="reserved by ana"):
        ben.later(40 * MINUTE).claim("login", paths=["src"])


def test_a_renewal_is_not_refused_for_a_reservation_that_is_known_here_but_long_given_back(
    team: tuple[Agent, Agent],
) -> None:
    ana, ben = team
    ana.claim("auth", paths=["src/auth/**"])
    ben = ben.later(40 * MINUTE)
    ben.claim("login", paths=["src"])  # ana's reservation had expired
    ana = ana.later(41 * MINUTE)
    with pytest.raises(Taken, match="reserved by ben"):
        ana.renew("auth")
    ben.release("login")
    assert ana.renew("auth").epoch == 1


def test_paths_are_given_back_by_the_instance_that_went_on_with_the_work(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("auth", paths=["src/auth/**"])
    Agent(ben.folder, "ana", "two").release("auth", epoch=1)
    assert ben.claim("login", paths=["src"])


def test_without_a_remote_the_repository_itself_decides(repo: Path) -> None:
    ana, ben = Agent(repo), Agent(repo, "ben", "two")
    ana.claim("parser")
    with pytest.raises(Taken, match="held by ana"):
        ben.claim("parser")
    ana.release("parser")
    assert ben.claim("parser")[0].epoch == 2
    assert git(repo, "rev-parse", "--verify", "refs/kit/tasks/parser")


def test_linked_work_trees_of_one_repository_share_its_claims(repo: Path, tmp_path: Path) -> None:
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"))
    Agent(repo).claim("parser")
    with pytest.raises(Taken, match="held by ana"):
        Agent(tmp_path / "linked", "ben", "two").claim("parser")


def test_a_claim_leaves_the_index_and_the_work_tree_alone(team: tuple[Agent, Agent]) -> None:
    folder = team[0].folder
    before = (folder / ".git" / "index").read_bytes()
    team[0].claim("parser", paths=["src/**"])
    assert (folder / ".git" / "index").read_bytes() == before
    assert git(folder, "status", "--porcelain") == ""


def test_a_claim_while_the_remote_is_away_fails_and_changes_nothing(
    team: tuple[Agent, Agent], remote: PathRemote
) -> None:
    remote.stop()
    with pytest.raises(RemoteFailed, match="cannot be reached"):
        team[0].claim("parser")
    remote.start()
    assert refs(remote) == []
    assert team[1].claim("parser")[0].epoch == 1


def test_an_agents_own_reservations_do_not_stand_in_its_way(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("auth", paths=["src/auth/**"])
    assert ana.claim("login", paths=["src/auth/login.py"])
    with pytest.raises(Taken, match="reserved by ana"):
        Agent(ben.folder, "ana", "two").claim("tokens", paths=["src/auth/tokens.py"])
