"""The words, exit codes and JSON of the commands by which agents share work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import kit, kit_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def team(clones: Callable[..., list[Path]]) -> tuple[Path, Path]:
    first, second = clones(2)
    return first, second


def test_claim_says_who_holds_what_until_when(team: tuple[Path, Path]) -> None:
    done = kit(team[0], "claim", "parser", "lexer", "--ttl", "2h", "--note", "grammar first")
    assert done.code == 0
    assert done.out.startswith("claimed parser as ana, epoch 1, until 20")
    assert done.out.count("\n") == 2
    claims = kit(team[0], "claim", "parser", "--json").json["claims"]
    assert [(each["task"], each["state"], each["agent"], each["epoch"]) for each in claims] == [
        ("parser", "held", "ana", 1)
    ]
    assert (claims[0]["ttl"], claims[0]["note"]) == (7200, "grammar first")


def test_the_loser_gets_exit_status_6_and_is_told_all(team: tuple[Path, Path]) -> None:
    kit(team[0], "claim", "parser", "--note", "grammar first")
    done = kit(team[1], "claim", "parser", agent="ben")
    assert (done.code, done.out) == (6, "")
    assert "held by ana (instance" in done.err
    assert "hint: kit wait parser" in done.err
    error = kit(team[1], "claim", "parser", "--json", agent="ben").error
    assert (error["code"], error["retryable"], error["holder"], error["epoch"]) == ("held", True, "ana", 1)
    assert error["free_at"] > error["expires"] > error["since"]


@pytest.mark.parametrize("words", [
    ["claim"], ["claim", "a", "--next"], ["claim", "a", "--ttl", "soon"], ["claim", "a", "--ttl", "2d"],
    ["claim", "a", "--takeover"], ["claim", "a", "--reason", "x"], ["claim", "a", "--epoch", "0"], ["claim", "-x"],
    ["complete", "a", "--blocked", "--needs-review"], ["release"], ["renew", "a", "--ttl", "0"], ["wait"],
    ["task"], ["task", "ad"], ["tasks", "--limit", "0"], ["clam", "a"],
])  # fmt: skip
def test_words_that_are_off_are_exit_status_2(words: list[str], repo: Path) -> None:
    done = kit(repo, *words)
    assert (done.code, done.out) == (2, "")
    assert "hint:" in done.err or "Usage:" in done.err


def test_commands_say_what_they_did_and_may_be_said_again(team: tuple[Path, Path]) -> None:
    ana, ben = team
    kit(ana, "claim", "parser", "lexer")
    assert kit(ana, "renew", "parser", "--json").json["claim"]["epoch"] == 1
    assert kit(ben, "renew", "parser", agent="ben").code == 6
    for _ in range(2):
        assert kit(ana, "release", "lexer", "--json").json == {"task": "lexer", "state": "released"}
    for _ in range(2):
        told = kit(ana, "complete", "parser", "--note", "works", "--to", "ben", "--json").json
        assert (told["state"], told["handoff"]["number"], told["handoff"]["to"]) == ("done", 1, "ben")
    assert kit(ben, "wait", "parser", "--json", agent="ben").json == {"tasks": [{"task": "parser", "state": "done"}]}
    assert kit(ben, "claim", "parser", "--json", agent="ben").error["code"] == "done"


def test_tasks_are_listed_as_objects_that_say_what_was_cut(team: tuple[Path, Path]) -> None:
    ana, ben = team
    for name in ("a", "b"):
        assert kit(ana, "task", "add", name, "--title", name.upper()).code == 0
    added = kit(ana, "task", "add", "c", "--needs", "a", "--needs", "b", "--json").json
    assert added == {"task": "c", "title": "", "needs": ["a", "b"]}
    told = kit(ben, "tasks", "--limit", "2", "--json").json
    assert (told["total"], told["cut"], told["fetched"]) == (3, 1, True)
    assert told["tasks"][0] == {"task": "a", "title": "A", "state": "ready", "open_needs": []}
    done = kit(ben, "tasks", "--limit", "2")
    assert "1 more of 3: kit tasks --limit 3" in done.err
    blocked = kit(ben, "claim", "c", "--json", agent="ben")
    assert (blocked.code, blocked.error["needs"]) == (7, ["a", "b"])
    assert kit(ben, "claim", "--next", "--json", agent="ben").json["claims"][0]["task"] in ("a", "b")
    assert kit(ana, "task", "add", "a", "--needs", "c", "--json").error["code"] in ("circle", "exists")


def test_a_task_shows_its_handoffs_and_its_story(team: tuple[Path, Path]) -> None:
    ana, ben = team
    kit(ana, "claim", "parser", "--note", "grammar first")
    kit(ana, "complete", "parser", "--needs-review", "--note", "works", "--next-action", "wire it")
    page = kit(ben, "task", "show", "parser").out
    assert "handoff 1 by ana (needs-review)" in page
    assert "next: wire it" in page
    told = kit(ben, "task", "show", "parser", "--json").json
    assert [each["event"] for each in told["story"]] == ["claim", "complete"]
    assert kit(ben, "task", "show", "lexer").code == 4


def test_claiming_waits_until_the_holder_is_done_with_it(team: tuple[Path, Path]) -> None:
    ana, ben = team
    kit(ana, "claim", "parser")
    assert kit(ben, "claim", "parser", "--wait", "0.2s", agent="ben").code == 9
    kit(ana, "complete", "parser", "--blocked")
    assert kit(ben, "claim", "parser", "--wait", "20s", agent="ben").code == 0


def test_waiting_that_ends_early_or_late_has_its_own_status(team: tuple[Path, Path]) -> None:
    ana, _ = team
    kit(ana, "claim", "parser")
    assert kit(ana, "wait", "parser", "--timeout", "0.2s").code == 9
    kit(ana, "complete", "parser", "--blocked")
    assert kit(ana, "wait", "parser").code == 7


def test_who_acts_is_told_by_option_environment_config_or_git(repo: Path) -> None:
    def name(**environment: str) -> str:
        return str(kit(repo, "claim", "t", "--json", agent="", **environment).json["claims"][0]["agent"])

    assert name() == "test"  # user.name of the git config
    kit(repo, "release", "t", agent="test")
    (repo / "kit.toml").write_text('agent = "cy"\n')
    assert name() == "cy"
    kit(repo, "release", "t", agent="cy")
    assert name(KIT_AGENT="ben") == "ben"
    kit(repo, "release", "t", agent="ben")
    assert kit(repo, "claim", "t", "--json", agent="ana", KIT_AGENT="ben").json["claims"][0]["agent"] == "ana"


def test_two_sessions_of_one_harness_are_two_instances(repo: Path) -> None:
    assert kit(repo, "claim", "t", CLAUDE_CODE_SESSION_ID="one").code == 0
    done = kit(repo, "claim", "t", CLAUDE_CODE_SESSION_ID="two")
    assert done.code == 6
    assert "another instance of 'ana' holds it" in done.err
    assert kit(repo, "claim", "t", "--epoch", "1", CLAUDE_CODE_SESSION_ID="two").code == 0


def test_a_process_of_its_own_does_the_same(team: tuple[Path, Path]) -> None:
    ana, ben = team
    assert kit_process(ana, "claim", "parser", "--json").json["claims"][0]["epoch"] == 1
    lost = kit_process(ben, "claim", "parser", "--json", agent="ben")
    assert (lost.code, lost.error["holder"]) == (6, "ana")
