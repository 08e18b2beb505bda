"""Who is here is known by what they said last, and nothing broken hides anyone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from kit.coordination import agents, journal, presence
from kit.coordination.holder import Holder
from kit.coordination.presence import Presence
from kit.records import record_type
from tests.git import git
from tests.plant import plant
from tests.team import MINUTE, NOW, Agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote


@pytest.fixture
def team(clones: Callable[..., list[Path]]) -> tuple[Agent, Agent]:
    first, second = clones(2)
    return Agent(first, "ana"), Agent(second, "ben", "two")


def say_here(agent: Agent, *, harness: str = "") -> None:
    presence.refresh(agent.store, me=agent.me, now=agent.now, harness=harness)
    assert journal.send(agent.store, me=agent.me, now=agent.now) is None


def here(agent: Agent) -> list[agents.Agent]:
    agent.store.fetch(*agents.REFS)
    return agents.here(agent.store, now=agent.now)


def test_everyone_is_listed_the_latest_first_with_what_they_hold(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    say_here(ana, harness="codex")
    say_here(ben.later(5 * MINUTE))
    ana.claim("parser", "lexer")
    found = here(ben.later(6 * MINUTE))
    assert [(each.holder.agent, each.tasks, each.harness) for each in found] == [
        ("ben", (), ""),
        ("ana", ("lexer", "parser"), "codex"),
    ]
    assert [each.seen for each in found] == [NOW + 5 * MINUTE, NOW]


def test_after_ten_minutes_without_a_word_an_instance_is_stale(team: tuple[Agent, Agent]) -> None:
    say_here(team[0])
    assert [each.is_stale(NOW + 10 * MINUTE) for each in here(team[1])] == [False]
    assert [each.is_stale(NOW + 10 * MINUTE + 1) for each in here(team[1])] == [True]


def test_a_renewal_is_a_word_and_an_expired_claim_is_no_work(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    ana.claim("parser")
    ana.later(20 * MINUTE).renew("parser")
    (found,) = here(ben.later(25 * MINUTE))
    assert (found.seen, found.tasks, found.is_stale(NOW + 25 * MINUTE)) == (NOW + 20 * MINUTE, ("parser",), False)
    (found,) = here(ben.later(51 * MINUTE))
    assert found.tasks == ()


def test_a_harness_once_known_is_kept_and_history_does_not_grow(team: tuple[Agent, Agent], remote: PathRemote) -> None:
    ana, ben = team
    for minutes in range(0, 20, 4):
        say_here(ana.later(minutes * MINUTE), harness="codex" if not minutes else "")
    assert [(each.harness, each.seen) for each in here(ben)] == [("codex", NOW + 16 * MINUTE)]
    assert git(remote.path, "rev-list", "--count", "refs/kit/agents/ana/one") == "1"


def test_it_is_said_at_most_once_in_two_minutes(team: tuple[Agent, Agent]) -> None:
    ana, ben = team
    for seconds in (0, 60, 119):
        say_here(ana.later(seconds))
    assert [each.seen for each in here(ben)] == [NOW]
    say_here(ana.later(120))
    assert [each.seen for each in here(ben)] == [NOW + 120]


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b"null",
        b" " * (2 << 20),
        b'{"seen": 5}',
        b'{"seen": "9999-12-31T23:59:59-23:00"}',
        b'{"seen": "2026-11-20T10:00:00Z", "harness": ["x"]}',
        b'{"seen": "2026-11-20T10:00:00Z", "harness": "' + b"x" * 81 + b'"}',
    ],
)
def test_a_broken_record_is_named_and_hides_nobody(team: tuple[Agent, Agent], remote: PathRemote, data: bytes) -> None:
    ana, ben = team
    plant(remote.path, "agents/eve/one", {"agents/eve/one/agent.json": data})
    git(remote.path, "update-ref", "refs/kit/agents/blob/one", git(remote.path, "hash-object", "-w", "HEAD"))
    say_here(ana)
    ben.store.fetch(*agents.REFS)
    broken: list[str] = []
    assert [each.holder for each in agents.here(ben.store, now=NOW, broken=broken)] == [ana.me]
    assert broken == ["agents/blob/one/agent.json", "agents/eve/one/agent.json"]


def test_a_presence_matches_its_schema() -> None:
    made = Presence(Holder("ana", "one"), NOW, "codex").record()
    declared = record_type.shipped()["agent"]
    Draft202012Validator(declared.schema).validate({"meta": json.loads(json.dumps(made))})
    assert set(made) <= set(declared.fields)
