"""The log tells what happened from the commits themselves, in order, and safely."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kit.store.author import Author
from kit.store.store import Change
from tests.coordination.people import NOW, Person
from tests.git import git
from tests.kit import Done, kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote


@pytest.fixture
def pair(clones: Callable[..., list[Path]]) -> tuple[Person, Person]:
    ana, ben = clones(2)
    return Person(ana, "ana"), Person(ben, "ben")


def log(folder: Path, *words: str) -> Done:
    return kit(folder, "log", *words, agent="")


def events(folder: Path, *words: str) -> list[dict[str, Any]]:
    *found, summary = [json.loads(line) for line in log(folder, "--json", *words).out.splitlines()]
    assert summary["summary"]["events"] == len(found)
    return found


def test_every_verb_has_a_line_in_the_order_it_happened(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.claim("parser", note="grammar first")
    ben.at(NOW + 1).claim("lexer")
    ana.at(NOW + 2).renew("parser")
    ben.at(NOW + 3).claim("parser", takeover=True, reason="ana is ill")
    ben.at(NOW + 4).complete("parser")
    ana.at(NOW + 5).send("ben")
    done = log(ben.folder)
    assert done.err == ""
    assert done.out.splitlines() == [
        "2027-01-15 08:00:00  ana  claim parser: grammar first (epoch 1)",
        "2027-01-15 08:00:01  ben  claim lexer (epoch 1)",
        "2027-01-15 08:00:03  ben  take parser over from ana: ana is ill (epoch 2)",
        "2027-01-15 08:00:04  ben  complete parser (done) (epoch 2)",
        "2027-01-15 08:00:05  ana  send to ben",
    ]


def test_what_happens_within_a_second_is_told_in_order_too(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    for step in range(1, 7):
        (ana, ben)[step % 2].at(NOW + step / 10).claim(f"t{step}")
    assert [each["task"] for each in events(ben.folder)] == [f"t{step}" for step in range(1, 7)]


def test_signs_of_life_are_told_only_when_asked_for(pair: tuple[Person, Person]) -> None:
    ana, _ = pair
    ana.claim("parser")
    ana.at(NOW + 2).renew("parser")
    assert [each["event"] for each in events(ana.folder)] == ["claim"]
    assert {each["event"] for each in events(ana.folder, "--all-events")} == {"begin", "claim", "renew", "seen"}


def test_it_can_be_asked_for_a_task_an_agent_and_a_time(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.finish("parser")
    ben.at(NOW + 86400).claim("lexer")
    assert [each["subject"] for each in events(ben.folder, "--task", "parser")] == [
        "claim parser",
        "complete parser (done)",
    ]
    assert [each["task"] for each in events(ben.folder, "--agent", "ben")] == ["lexer"]
    for since in ("2027-01-16", "2027-01-16T07:00Z", "2027-01-16T09:00+02:00"):
        assert [each["task"] for each in events(ben.folder, "--since", since)] == ["lexer"]
    assert events(ben.folder, "--since", "2028-01-01") == []
    assert len(events(ben.folder, "--since", "2h")) == 3
    assert log(ben.folder, "--since", "soon").code == 2


def test_what_was_folded_is_still_told(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.finish("parser", "lexer")
    assert kit(ben.folder, "gc", agent="ben").code == 0
    assert [each["event"] for each in events(ana.folder, "--task", "parser")] == ["claim", "complete"]
    assert [each["event"] for each in events(ana.folder)].count("fold") == 1


def test_no_event_comes_before_what_it_followed_whatever_the_clocks_say(pair: tuple[Person, Person]) -> None:
    ana, ben = pair
    ana.claim("parser")
    ana.release("parser")
    ben.at(NOW - 600).claim("parser")
    assert [each["event"] for each in events(ben.folder)] == ["claim", "release", "claim"]


def test_the_newest_are_shown_and_the_rest_is_said_to_be_there(pair: tuple[Person, Person]) -> None:
    ana, _ = pair
    for number in range(5):
        ana.at(NOW + number).claim(f"t{number}")
    done = log(ana.folder, "--limit", "2")
    assert [line.split()[-3] for line in done.out.splitlines()] == ["t3", "t4"]
    assert "kit log --all" in done.err
    assert len(events(ana.folder, "--limit", "2", "--all")) == 5
    summary = json.loads(log(ana.folder, "--json", "--limit", "2").out.splitlines()[-1])
    assert summary == {"summary": {"events": 2, "cut": True, "fetched": True, "broken": []}}


def test_offline_it_tells_what_was_last_seen(pair: tuple[Person, Person], remote: PathRemote) -> None:
    ana, _ = pair
    ana.claim("parser")
    remote.stop()
    done = log(ana.folder)
    assert "claim parser" in done.out
    assert "not fetched" in done.err


def test_nothing_that_was_written_steers_the_terminal(pair: tuple[Person, Person]) -> None:
    ana, _ = pair
    change = Change("decisions/x", "", {"decisions/x/a": b""}, "cl\x1baim", "\x1b]0;title\x07red", {"Epoch": "\x1b[2J"})
    ana.store.publish([change], author=Author("e\x1bve", "e", NOW))
    done = log(ana.folder)
    assert "\\x1b]0;title" in done.out
    assert "\x1b" not in done.out + log(ana.folder, "--json").out


def test_a_damaged_history_hides_no_other(pair: tuple[Person, Person], remote: PathRemote) -> None:
    ana, _ = pair
    ana.claim("parser")
    (ana.folder / "commit").write_text(f"tree {git(remote.path, 'mktree')}\nauthor broken\ncommitter none\n\nx\n")
    bad = git(remote.path, "hash-object", "-w", "-t", "commit", "--literally", str(ana.folder / "commit"))
    git(
        remote.path,
        "update-ref",
        "--no-deref",
        "refs/kit/decisions/x",
        git(remote.path, "rev-parse", "refs/heads/main"),
    )
    (remote.path / "refs/kit/decisions/x").write_text(bad + "\n")
    git(ana.folder, "fetch", "--quiet", "origin", "+refs/kit/*:refs/kit-remotes/origin/*")
    done = log(ana.folder)
    assert "claim parser" in done.out
    assert "decisions/x" in done.err
