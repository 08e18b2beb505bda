"""What policies make of threads: proposed, done or left to people, never twice, and never more than was decided."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kit import context
from tests.context.steps import configured
from tests.context.test_policy import reviewed, written
from tests.git import git
from tests.kit import Done, kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

FREE = '[context]\nautonomy = "autonomous"\n'


@pytest.fixture
def thread(repo: Path) -> Path:
    assert kit(repo, "context", "new", "t").code == 0
    return repo


def maintain(repo: Path, *words: str, code: int = 0) -> list[dict[str, Any]]:
    done = kit(repo, "context", "maintain", *words, "--json")
    assert done.code == code, done
    acted: list[dict[str, Any]] = done.json["acted"]
    return acted


def say(repo: Path, *texts: str, tag: str = "") -> Done:
    done = kit(repo, "context", "new", "t")
    for each in texts:
        done = kit(repo, "context", "add", "--text", each, *(["--tag", tag] if tag else []))
        assert done.code == 0, done
    return done


def states(acted: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["policy"], each["state"]) for each in acted]


def told(repo: Path, commit: str) -> str:
    return git(repo, "log", "-1", "--format=%B", commit)


def test_a_policy_that_holds_is_proposed_and_only_once(thread: Path) -> None:
    reviewed(thread, "pin", "{tag: decision}", "{operation: pin}")
    added = kit(thread, "context", "add", "--tag", "decision", "--text", "we use RFC 8259", "--json")
    assert states(added.json["policies"]) == [("pin", "proposed")]
    assert "pin: proposed" in added.err
    assert "kit context accept" in added.err
    assert "pin" not in say(thread, "no decision").err
    (again,) = maintain(thread)
    assert (again["state"], again["known"]) == ("proposed", True)
    assert kit(thread, "context", "accept", again["proposal"]).code == 0
    assert states(maintain(thread)) == [("pin", "nothing to do")]
    shown = kit(thread, "context", "show", "--json").json["entries"]
    assert [each["priority"] for each in shown] == ["pinned", "normal"]
    assert "Kit-Why: policy pin" in told(thread, "refs/kit/context/t")


def test_what_is_autonomous_is_done_at_once_and_the_log_says_by_which_policy(thread: Path) -> None:
    reviewed(thread, "pin", "{tag: decision}", "{operation: pin}")
    configured(thread, FREE)
    assert "pin: done" in say(thread, "we use RFC 8259", tag="decision").err
    message = told(thread, "refs/kit/context/t")
    assert "Kit-Why: policy pin" in message
    assert "Kit-Autonomy: autonomous" in message
    assert states(maintain(thread)) == [("pin", "nothing to do")]


def test_a_policy_that_only_proposes_does_so_where_all_else_is_autonomous(thread: Path) -> None:
    reviewed(thread, "pin", "{tag: decision}", "{operation: pin, propose: true}")
    configured(thread, FREE)
    assert "pin: proposed" in say(thread, "x", tag="decision").err


def test_what_is_left_to_people_is_refused_with_the_command_to_type(thread: Path) -> None:
    reviewed(thread, "pin", "{tag: decision}", "{operation: pin}")
    configured(thread, '[context]\nautonomy = "manual"\n')
    assert say(thread, "x", tag="decision").code == 0
    (acted,) = maintain(thread, code=1)
    assert (acted["state"], acted["error"]["code"]) == ("refused", "manual")
    assert kit(thread, "context", "proposals", "--json").json["proposals"] == []


def test_a_fold_that_nobody_can_write_is_due_with_the_command_to_type(thread: Path) -> None:
    reviewed(thread, "fold", "{entries_over: 2}", "{operation: compress, window: 1}")
    done = say(thread, "one", "two", "three")
    assert "fold: due" in done.err
    (acted,) = maintain(thread)
    assert acted["state"] == "due"
    assert acted["next"].startswith("kit context compress ")
    (thread / "sum.md").write_text("one and two")
    words = acted["next"].replace("FILE", "sum.md").split()[1:]
    assert kit(thread, *words).code == 0
    assert states(maintain(thread)) == [("fold", "not due")]


def program(repo: Path, answer: str) -> None:
    """Makes a program the model of the project, and trusts it."""
    file = repo.parent / "summarise.py"
    file.write_text(
        f"import sys\nsys.stdin.read()\nopen({str(repo.parent / 'asked')!r}, 'a').write('x')\nprint({answer!r})\n"
    )
    configured(repo, f"{FREE}[model]\ncommand = {json.dumps([sys.executable, str(file)])}\n")
    refused = kit(repo, "context", "compress", "--engine", "command", "--json")
    git(repo, "config", "--global", "--add", "kit.trustModel", refused.error["digest"])


def test_a_model_writes_the_fold_of_maintain_and_adding_waits_for_none(thread: Path) -> None:
    reviewed(thread, "fold", "{entries_over: 3}", "{operation: compress, window: 1, engine: command}")
    say(thread, "one", "two")
    program(thread, "one, two and three in short")
    done = say(thread, "three", "four")
    assert "next: kit context maintain t" in done.err
    assert not (thread.parent / "asked").exists()
    (acted,) = maintain(thread)
    assert acted["state"] == "done"
    assert (thread.parent / "asked").read_text() == "x"
    compiled = kit(thread, "context", "compile").out
    assert "in short" in compiled
    assert "two" not in compiled.replace("two and three", "")
    assert states(maintain(thread)) == [("fold", "not due")]
    say(thread, "five", "six")
    assert states(maintain(thread)) == [("fold", "done")]
    assert states(maintain(thread)) == [("fold", "not due")]


def test_a_fold_that_does_not_help_is_not_made_again_and_again(thread: Path) -> None:
    reviewed(thread, "fold", "{tokens_over: 3}", "{operation: compress, window: 0, engine: command}")
    say(thread, "one and a half", "two and a half")
    program(thread, "this summary is longer than what the policy would like to see, by far")
    assert states(maintain(thread)) == [("fold", "done")]
    for _ in range(2):
        assert states(maintain(thread)) == [("fold", "nothing to do")]


def test_a_failure_is_told_and_stops_no_other(thread: Path) -> None:
    reviewed(thread, "a-fold", "{entries_over: 1}", "{operation: compress, window: 0, engine: command}")
    reviewed(thread, "b-pin", "{tag: decision}", "{operation: pin}")
    configured(thread, FREE)
    say(thread, "one", "two")
    say(thread, "three", tag="decision")
    acted = maintain(thread, code=1)
    assert states(acted) == [("a-fold", "failed"), ("b-pin", "nothing to do")]
    assert acted[0]["error"]["code"] == "no_model"


def test_a_branch_is_made_once(thread: Path) -> None:
    reviewed(thread, "aside", "{entries_over: 1}", '{operation: branch, name: "{thread}-long"}')
    configured(thread, FREE)
    say(thread, "one", "two")
    assert states(maintain(thread)) == [("aside", "nothing to do")]
    assert "t-long" in kit(thread, "context", "branch").out
    assert len(kit(thread, "context", "show", "--on", "t-long", "--json").json["entries"]) == 2


def test_a_branch_is_rebased_when_its_parent_has_gone_on(thread: Path) -> None:
    reviewed(thread, "fresh", '{entries_over: 1, threads: ["side"]}', "{operation: rebase}")
    configured(thread, FREE)
    say(thread, "one")
    kit(thread, "context", "branch", "side")
    kit(thread, "context", "add", "--on", "side", "--text", "of side")
    assert states(maintain(thread, "side")) == [("fresh", "nothing to do")]
    say(thread, "two")
    assert states(maintain(thread, "t")) == [("fresh", "not due")]
    assert states(maintain(thread, "side")) == [("fresh", "done")]
    shown = kit(thread, "context", "show", "--on", "side", "--json").json["entries"]
    assert [each["text"] for each in shown] == ["one", "two", "of side"]
    assert states(maintain(thread, "side")) == [("fresh", "nothing to do")]


def test_a_dry_run_and_the_policies_of_the_work_tree_only_say(thread: Path) -> None:
    written(thread, "pin", "{tag: decision}", "{operation: pin}")
    configured(thread, FREE)
    assert say(thread, "x", tag="decision").err == ""
    assert maintain(thread) == []
    before = git(thread, "rev-parse", "refs/kit/context/t")
    (acted,) = maintain(thread, "--work-tree", "--dry-run")
    assert (acted["state"], acted["would"].startswith("pin ")) == ("due", True)
    assert git(thread, "rev-parse", "refs/kit/context/t") == before
    assert states(maintain(thread, "--work-tree")) == [("pin", "done")]


def test_every_thread_is_maintained_and_one_policy_may_be_named(thread: Path) -> None:
    reviewed(thread, "aside", "{entries_over: 9}", "{operation: branch}")
    reviewed(thread, "pin", "{tag: decision}", "{operation: pin}")
    kit(thread, "context", "new", "u")
    assert [each["thread"] for each in maintain(thread, "--all", "--policy", "pin")] == ["t", "u"]
    assert kit(thread, "context", "maintain", "--policy", "none").code == 4
    assert kit(thread, "context", "maintain", "t", "--all").code == 2
    assert kit(thread, "context", "maintain", "nowhere").code in (4, 1)


def test_the_library_acts_after_it_adds_and_when_it_is_told(thread: Path) -> None:
    reviewed(thread, "pin", "{tag: decision}", "{operation: pin}")
    configured(thread, FREE)
    with context.open(thread, "t", agent="ana") as opened:
        opened.add("user", "one")
        assert opened.acted == []
        opened.add("user", "two", tags=("decision",))
        assert [(each.policy, each.state) for each in opened.acted] == [("pin", "done")]
        assert [each.state for each in opened.maintain()] == ["nothing to do"]
        assert [each.priority for each in opened.entries] == ["normal", "pinned"]


def test_two_clones_that_maintain_make_the_same(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    del remote
    ana, ben = clones(2)
    reviewed(ana, "pin", "{tag: decision}", "{operation: pin}")
    git(ana, "push", "-q", "origin", "main")
    kit(ana, "context", "new", "t")
    kit(ana, "context", "add", "--tag", "decision", "--text", "x")
    git(ben, "fetch", "-q")
    kit(ben, "sync", agent="ben")
    kit(ben, "context", "switch", "t", agent="ben")
    done = kit(ben, "context", "maintain", "--json", agent="ben").json["acted"]
    assert [(each["state"], each["known"]) for each in done] == [("proposed", True)]
