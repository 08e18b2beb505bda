"""What policies make of threads: proposed, done or left to people, never twice, and never more than was decided."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kit import context
from kit.context.thread import State
from kit.store.change import Change
from tests.context.steps import configured
from tests.context.test_policy import reviewed, written
from tests.git import git
from tests.kit import Done, kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.context.people import Writer
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


def rebasing(repo: Path, *, more: str = FREE) -> None:
    """A thread `kid` that was branched from t, which has gone on since, and a policy that rebases it."""
    reviewed(repo, "rebase", "{threads: [kid]}", "{operation: rebase}")
    configured(repo, more)
    say(repo, "one", "two")
    for words in (
        ["branch", "kid"],
        ["add", "--on", "kid", "--text", "of kid"],
        ["add", "--on", "t", "--text", "later"],
    ):
        assert kit(repo, "context", *words).code == 0


def texts(repo: Path, name: str) -> list[str]:
    return [each["text"] for each in kit(repo, "context", "show", "--on", name, "--json").json["entries"]]


def test_a_branch_is_rebased_when_its_parent_has_gone_on(thread: Path) -> None:
    rebasing(thread)
    assert states(maintain(thread, "kid")) == [("rebase", "done")]
    assert texts(thread, "kid") == ["one", "two", "later", "of kid"]
    assert states(maintain(thread, "kid")) == [("rebase", "nothing to do")]


def test_a_rebase_that_is_proposed_stands_until_it_is_settled(thread: Path) -> None:
    rebasing(thread, more="")
    (acted,) = maintain(thread, "kid")
    assert (acted["state"], acted["known"]) == ("proposed", False)
    kit(thread, "context", "add", "--on", "t", "--text", "later still")
    (again,) = maintain(thread, "kid")
    assert (again["known"], again["proposal"]) == (True, acted["proposal"])
    assert kit(thread, "context", "accept", acted["proposal"], "--on", "kid").code == 0
    assert "later" in texts(thread, "kid")


def test_a_rebase_with_conflicts_is_left_to_people_and_begins_nothing(thread: Path) -> None:
    rebasing(thread)
    first = kit(thread, "context", "show", "--json").json["entries"][0]["id"]
    for name in ("t", "kid"):
        (thread / "words").write_text(f"said in {name}")
        assert kit(thread, "context", "edit", first, "words", "--on", name).code == 0
    for _ in range(2):
        (acted,) = maintain(thread, "kid")
        assert acted["state"] == "due"
        assert "changed on both sides" in acted["would"]
        assert acted["next"].startswith("kit context rebase t:")
    assert not list((thread / ".kit" / "context").glob("merge-*"))
    assert kit(thread, *acted["next"].split()[1:]).code == 1  # conflicts, for a person
    assert "waits" in maintain(thread, "kid")[0]["would"]


def test_two_threads_that_are_rebased_onto_each_other_come_to_rest(thread: Path) -> None:
    reviewed(thread, "one", "{threads: [t]}", "{operation: rebase, onto: u}")
    reviewed(thread, "two", "{threads: [u]}", "{operation: rebase, onto: t}")
    configured(thread, '[context]\nautonomy = "manual"\n')
    say(thread, "one", "two")
    for words in (["branch", "u"], ["add", "--on", "u", "--text", "of u"], ["add", "--on", "t", "--text", "of t"]):
        assert kit(thread, "context", *words).code == 0
    configured(thread, FREE)
    assert {each["state"] for each in maintain(thread, "--all")} >= {"done"}
    assert {each["state"] for each in maintain(thread, "--all")} == {"nothing to do", "not due"}
    assert sorted(texts(thread, "t")) == sorted(texts(thread, "u"))


def test_what_a_policy_has_begun_gets_no_branch_of_its_own(thread: Path) -> None:
    for name in ("a", "b"):
        reviewed(thread, name, "{entries_over: 1}", f'{{operation: branch, name: "{{thread}}-{name}"}}')
    say(thread, "one")
    configured(thread, '[context]\nautonomy = "manual"\n')
    say(thread, "two")
    kit(thread, "context", "branch", "kid")
    configured(thread, FREE)
    done = [each["begun"] for each in maintain(thread, "--all") if each["state"] == "done"]
    assert sorted(done) == ["kid-a", "kid-b", "t-a", "t-b"]
    assert {each["state"] for each in maintain(thread, "--all")} == {"nothing to do"}


def test_one_run_reaches_what_the_next_would_find(thread: Path) -> None:
    reviewed(thread, "aside", "{tag: x}", "{operation: branch}")
    reviewed(thread, "pin", "{tag: x}", "{operation: pin}")
    configured(thread, '[context]\nautonomy = "manual"\n')
    say(thread, "one", tag="x")
    configured(thread, FREE)
    done = [(each["thread"], each["policy"]) for each in maintain(thread, "--all") if each["state"] == "done"]
    assert sorted(done) == [("t", "aside"), ("t", "pin"), ("t-aside", "pin")]
    assert {each["state"] for each in maintain(thread, "--all")} == {"nothing to do"}


@pytest.mark.parametrize("do", ["{operation: pin}", "{operation: branch}"])
def test_what_somebody_has_rejected_is_not_proposed_again(thread: Path, do: str) -> None:
    reviewed(thread, "asks", "{tag: x}", do)
    say(thread, "one", tag="x")
    (acted,) = maintain(thread)
    assert kit(thread, "context", "reject", acted["proposal"], "--reason", "no need").code == 0
    assert states(maintain(thread)) == [("asks", "rejected")]
    assert say(thread, "two").err == ""
    assert kit(thread, "context", "proposals", "--json").json["proposals"] == []


def test_a_summary_that_was_rejected_is_not_asked_for_again(thread: Path) -> None:
    reviewed(thread, "fold", "{entries_over: 1}", "{operation: compress, window: 0, engine: command, propose: true}")
    say(thread, "one", "two")
    program(thread, "in short")
    (acted,) = maintain(thread)
    assert kit(thread, "context", "reject", acted["proposal"]).code == 0
    assert states(maintain(thread)) == [("fold", "rejected")]
    assert (thread.parent / "asked").read_text() == "x"


def test_a_thread_that_cannot_be_read_hides_no_other(thread: Path) -> None:
    reviewed(thread, "pin", "{tag: x}", "{operation: pin}")
    say(thread, "one", tag="x")
    nothing = git(thread, "commit-tree", git(thread, "hash-object", "-t", "tree", "-w", "/dev/null"), "-m", "x")
    git(thread, "update-ref", "refs/kit/context/a", nothing)
    done = kit(thread, "context", "maintain", "--all", "--json")
    assert (done.code, done.json["unread"], [each["thread"] for each in done.json["acted"]]) == (1, ["a"], ["t"])
    named = kit(thread, "context", "maintain", "a", "t", "--json")
    assert named.code == 1
    assert [(each["thread"], each["state"]) for each in named.json["acted"]] == [("a", "failed"), ("t", "proposed")]


def test_adding_does_not_fail_where_policies_cannot_be_gone_by(ana: Writer, repo: Path) -> None:
    reviewed(repo, "old", "{branch_age: 1s}", "{operation: branch}")
    ana.store.save(
        Change("context/t", ana.state().commit, {"context/t/thread.json": b"{"}, "x", "x"), author=ana.author
    )
    added = kit(repo, "context", "add", "--on", "t", "--text", "one")
    assert (added.code, "the policies were not gone by" in added.err) == (0, True)
    with context.open(repo, "t", agent="ana") as opened:
        assert opened.add("user", "two").text == "two"
        assert [each.state for each in opened.acted] == ["failed"]
    assert texts(repo, "t") == ["one", "two"]


def test_adding_reads_no_entries_for_what_policies_were_found_to_want(
    thread: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed(thread, "aside", "{entries_over: 1}", "{operation: branch, propose: true}")
    reviewed(thread, "fold", "{entries_over: 1}", "{operation: compress, window: 0}")
    reviewed(thread, "pin", "{tag: x}", "{operation: pin}")
    say(thread, "one", tag="x")
    say(thread, *"abcd")

    def entries(_: State) -> None:
        raise AssertionError("the entries were read")

    with monkeypatch.context() as patched:
        patched.setattr(State, "entries", property(entries))
        told = say(thread, "one more").err
        assert [line.split(",")[0] for line in told.splitlines() if not line.startswith(" ")] == ["t  fold: due"]
    with context.open(thread, "t", agent="ana") as opened:
        assert [(each.policy, each.state) for each in opened.maintain()] == [
            ("aside", "proposed"), ("fold", "due"), ("pin", "proposed"),
        ]  # fmt: skip


def test_a_fold_is_looked_at_again_when_a_tenth_has_come_on_top(thread: Path) -> None:
    reviewed(thread, "fold", "{entries_over: 1}", "{operation: compress, window: 2}")
    assert [say(thread, each).err for each in "abc"] == ["", "", ""]
    assert "fold: due" in say(thread, "d").err


def test_an_entry_with_the_tag_is_pinned_whatever_was_found_before(thread: Path) -> None:
    reviewed(thread, "pin", "{tag: x}", "{operation: pin}")
    configured(thread, FREE)
    for text in ("one", "two", "three"):
        assert "pin: done" in say(thread, text, tag="x").err
        assert say(thread, "other").err == ""


def test_a_thread_that_was_begun_is_sent_too(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    (ana,) = clones(1)
    reviewed(ana, "aside", "{tag: x}", "{operation: branch}")
    git(ana, "push", "-q", "origin", "main")
    configured(ana, FREE)
    kit(ana, "context", "new", "t")
    assert "done" in kit(ana, "context", "add", "--tag", "x", "--text", "one").err
    assert "refs/kit/context/t-aside" in git(ana, "ls-remote", str(remote.path))
