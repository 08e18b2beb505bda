"""What came of a child is one entry of its parent: who writes it, what it must hold, and where its story stands."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kit import config, model
from kit.context import collapse, compress, expand, span, spawn, thread
from kit.errors import Blocked, InvalidInput, NotFound, Taken
from tests.context.world import World
from tests.git import git
from tests.kit import kit
from tests.model.server import completion, plain, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit.context.collapse import Told

HOW = ("full", "head")


def retain(pattern: str, match: str = "substring") -> dict[str, Any]:
    """What makes an entry important, for a pattern."""
    return {"priority": "important", "retain": ({"match": match, "pattern": pattern},)}


class Family(World):
    """A thread `main` with a rule and a question, and a way to spawn `child` from it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, start=1_700_000_000.0)  # before the clock of commands
        self.new("main")
        self.rule = self.add("main", "system", "be brief")
        self.question = self.add("main", "user", "why?", **retain("RFC 8259"))

    def spawn(self, how: str = "full", child: str = "child", parent: str = "main") -> None:
        spawn.spawn(self.store, child, parent, purpose="look", random=self.random, how=how, **self.who)

    def collapse(self, text: str = "it is the lexer", child: str = "child", **told: Any) -> Told:
        return collapse.collapse(self.store, child, text, random=self.random, **self.who, **told)

    def own(self, child: str = "child", into: str = "main") -> list[str]:
        return [each.text for each in collapse.own(self.store, self.state(child), into).told]


@pytest.fixture
def world(repo: Path) -> Family:
    return Family(repo)


def trust(folder: Path, text: str, engine: str) -> None:
    (folder / "kit.toml").write_text(text)
    git(folder, "config", "--global", "--add", model.TRUST, model.digest_of(config.parse(text.encode()), engine))


@pytest.mark.parametrize("how", HOW)
def test_the_result_of_a_child_is_one_entry_and_its_story_one_command_away(world: Family, how: str) -> None:
    world.spawn(how)
    world.add("child", "assistant", "a long story")
    story = world.tip("child")
    done = world.collapse()
    assert world.said("main") == ["be brief", "why?", "it is the lexer"]
    assert done.entry.origin == f"kit:context/child@{story}"
    assert (done.entry.tags, done.entry.kind) == (("collapse",), "output")
    world.add("child", "assistant", "later")
    found = expand.expand(world.store, world.state("main"), done.entry.id)
    assert [each.text for each in found.entries] == ["be brief", "why?", "a long story"]


@pytest.mark.parametrize("how", HOW)
def test_the_child_is_marked_and_listed_only_when_asked_for(world: Family, how: str) -> None:
    world.spawn(how)
    done = world.collapse()
    mark = world.state("child").record.collapsed
    assert mark is not None
    assert (mark.agent, mark.thread, mark.entry) == ("ana", "main", done.entry.id)
    listed = kit(world.folder, "context", "branch")
    assert "child" not in listed.out
    assert "1 collapsed: kit context branch --all" in listed.err
    assert f"(collapsed into {done.entry.id} of main) look" in kit(world.folder, "context", "branch", "--all").out


def test_a_collapsed_child_is_not_collected_with_the_deleted_ones(world: Family) -> None:
    world.spawn("head")
    done = world.collapse()
    assert kit(world.folder, "context", "gc", "--older", "0s").code == 0
    assert expand.expand(world.store, world.state("main"), done.entry.id).thread == "child"
    assert git(world.folder, "rev-parse", "refs/kit/context/child") == world.tip("child")


def test_collapsing_twice_is_told_and_nothing_is_written(world: Family) -> None:
    world.spawn()
    done = world.collapse()
    before = world.tip("main"), world.tip("child")
    with pytest.raises(Taken, match=done.entry.id) as error:
        world.collapse("again")
    assert error.value.code == "collapsed"
    assert (world.tip("main"), world.tip("child")) == before


def test_a_child_that_was_opened_again_is_collapsed_again(world: Family) -> None:
    world.spawn()
    world.collapse()
    assert kit(world.folder, "context", "reset", "HEAD", "--on", "child").code == 0
    assert world.state("child").record.collapsed is None
    world.add("child", "assistant", "more")
    world.collapse("now it works")
    assert world.said("main") == ["be brief", "why?", "it is the lexer", "now it works"]


def test_whoever_died_before_the_child_was_marked_tells_nothing_twice(
    world: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.spawn()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(collapse, "_mark", dies)
        with pytest.raises(KeyboardInterrupt):
            world.collapse()
    done = world.collapse("in other words")
    assert done.was_told
    assert world.said("main") == ["be brief", "why?", "it is the lexer"]
    mark = world.state("child").record.collapsed
    assert mark is not None
    assert mark.entry == done.entry.id


@pytest.mark.parametrize("how", HOW)
def test_a_childs_own_is_what_it_was_not_given(world: Family, how: str) -> None:
    world.spawn(how)
    assert world.own() == []
    given = world.state("child").entries[1].id
    world.add("child", "assistant", "first")
    world.add("child", "assistant", "noise", priority="skip")
    world.edit("child", given, "why, in short?")
    pinned = world.add("child", "system", "a rule of its own")
    assert world.own() == ["why, in short?", "first", "a rule of its own"]
    assert pinned in [each.root.id for each in collapse.own(world.store, world.state("child"), "main").folded]


def test_what_a_child_took_over_from_its_parent_later_is_not_its_own(world: Family) -> None:
    world.spawn()
    world.add("main", "user", "by the way")
    world.add("child", "assistant", "first")
    world.merge("child", "main")
    assert "by the way" in world.said("child")
    assert world.own() == ["first"]


def test_of_what_it_folded_the_fold_counts_and_the_patterns_behind_it(world: Family) -> None:
    world.spawn()
    world.add("child", "assistant", "see RFC 9110", **retain("RFC 9110"))
    state = world.state("child")
    compress.fold(world.store, state, span.span(state), "RFC 8259 and RFC 9110", random=world.random, **world.who)
    assert world.own() == ["RFC 8259 and RFC 9110"]
    with pytest.raises(Blocked, match="RFC 9110") as error:
        world.collapse()
    assert "RFC 8259" not in error.value.message


@pytest.mark.parametrize("how", HOW)
def test_patterns_of_its_own_important_entries_are_held_against_the_result_those_of_its_parent_are_not(
    world: Family, how: str
) -> None:
    world.spawn(how)
    noted = world.add("child", "assistant", "line 12", **retain(r"line \d+", "regex"))
    before = world.tip("main"), world.tip("child")
    with pytest.raises(Blocked, match="line") as error:
        world.collapse()
    assert [each["entry"] for each in error.value.details["lacks"]] == [noted]
    assert (world.tip("main"), world.tip("child")) == before
    assert world.collapse("it is line 12").entry.priority == "important"


def test_a_result_over_the_target_or_without_a_word_is_refused(world: Family) -> None:
    world.spawn()
    with pytest.raises(Blocked, match="target is 3"):
        world.collapse("many words " * 20, target=3)
    with pytest.raises(InvalidInput):
        world.collapse(" \n")
    assert world.state("child").record.collapsed is None


def test_a_thread_without_a_parent_is_told_where_only_if_that_is_said(world: Family) -> None:
    world.new("alone")
    world.add("alone", "assistant", "something")
    with pytest.raises(InvalidInput, match="no parent"):
        world.collapse(child="alone")
    with pytest.raises(NotFound):
        world.collapse(child="alone", into="nowhere")
    assert world.collapse(child="alone", into="main").thread == "main"
    assert world.said("main")[-1] == "it is the lexer"


def test_a_secret_in_the_result_is_taken_out(world: Family) -> None:
    world.spawn()
    done = world.collapse("use " + "ghp_" + "a1B2" * 9)
    assert "ghp_" not in done.entry.text


def test_it_cannot_be_restored_as_a_fold_can_and_the_reason_is_said(world: Family) -> None:
    world.spawn()
    done = world.collapse()
    refused = kit(world.folder, "context", "expand", done.entry.id, "--restore", "--on", "main", "--json")
    assert refused.error["code"] == "no_fold"
    assert "it stands in child" in refused.error["message"]
    assert world.said("main")[-1] == "it is the lexer"


def test_a_result_in_a_copied_thread_still_leads_to_its_story(world: Family) -> None:
    world.spawn()
    world.add("child", "assistant", "a long story")
    world.collapse()
    world.spawn("head", "sibling")
    copy = next(each for each in world.state("sibling").entries if each.text == "it is the lexer")
    assert "a long story" in [each.text for each in expand.expand(world.store, world.state("sibling"), copy.id).entries]


def test_a_program_writes_the_result_from_what_the_child_said_itself(world: Family, tmp_path: Path) -> None:
    program, heard = tmp_path / "model.py", tmp_path / "heard"
    program.write_text(
        "import sys\n"
        "told = sys.stdin.read()\n"
        f"open({str(heard)!r}, 'a').write(told + '\\n====\\n')\n"
        "print('It is in line 12.' if 'was refused' in told else 'It works.')\n"
    )
    world.spawn("head")
    world.add("child", "assistant", "I found it in line 12.", **retain("line 12"))
    trust(world.folder, f"[model]\ncommand = {json.dumps([sys.executable, str(program)])}\ntimeout = 60\n", "command")
    done = kit(world.folder, "context", "collapse", "child", "--engine", "command", "--target", "50",
               "--autonomy", "autonomous", "--json")  # fmt: skip
    assert done.code == 0, done
    assert world.said("main")[-1] == "It is in line 12."
    assert done.json["entry"]["model"].startswith("command/python")
    first, second, _ = heard.read_text().split("\n====\n")
    assert "I found it in line 12." in first
    assert "why?" not in first
    assert "be brief" not in first
    assert "was refused" in second
    assert "at most 50 tokens" in first


def test_a_service_writes_it_too_and_is_not_asked_about_a_silent_or_a_collapsed_child(world: Family) -> None:
    world.spawn()
    with serving(plain(completion("It is the lexer."))) as service:
        trust(world.folder, f'[model]\nurl = "{service.url}"\nname = "m"\n', "openai")
        word = ["context", "collapse", "child", "--engine", "openai", "--autonomy", "autonomous", "--json"]
        assert kit(world.folder, *word).error["code"] == "empty"
        world.add("child", "assistant", "I looked at it.")
        assert kit(world.folder, *word).json["entry"]["model"] == "openai/m"
        assert kit(world.folder, *word).error["code"] == "collapsed"
        assert len(service.asked) == 1
    assert world.said("main")[-1] == "It is the lexer."


def test_a_model_that_never_says_what_must_be_kept_changes_nothing(world: Family) -> None:
    world.spawn()
    world.add("child", "assistant", "RFC 8259", **retain("RFC 8259"))
    before = world.tip("main"), world.tip("child")
    with serving(plain(completion("It is the lexer."))) as service:
        trust(world.folder, f'[model]\nurl = "{service.url}"\nname = "m"\n', "openai")
        refused = kit(world.folder, "context", "collapse", "child", "--engine", "openai", "--json")
        assert (refused.code, refused.error["code"], len(service.asked)) == (7, "retain", 2)
    assert (world.tip("main"), world.tip("child")) == before


def test_a_model_that_the_person_does_not_trust_is_not_asked(world: Family) -> None:
    world.spawn()
    world.add("child", "assistant", "I looked at it.")
    with serving(plain(completion("It is the lexer."))) as service:
        (world.folder / "kit.toml").write_text(f'[model]\nurl = "{service.url}"\nname = "m"\n')
        refused = kit(world.folder, "context", "collapse", "child", "--engine", "openai", "--json")
        assert (refused.error["code"], service.asked) == ("untrusted_model", [])


def test_the_words_that_do_not_go_together_are_refused(world: Family) -> None:
    world.spawn()
    assert kit(world.folder, "context", "collapse", "child").code == 2
    assert kit(world.folder, "context", "collapse", "child", "--content", "x", "--engine", "command").code == 2


def test_the_story_of_a_child_is_fetched_where_it_is_not_known(clones: Callable[..., list[Path]]) -> None:
    ana, ben = clones(2)
    for words in (
        ["new", "main"],
        ["spawn", "child", "--purpose", "look", "--inherit", "head"],
        ["add", "--on", "child", "--role", "assistant", "--text", "a long story"],
    ):
        assert kit(ana, "context", *words).code == 0
    (ana / "result.md").write_text("it is the lexer")
    done = kit(ana, "context", "collapse", "child", "--content", "result.md", "--json")
    assert done.json["sent"] is True
    assert kit(ben, "context", "switch", "main", agent="ben").code == 0
    assert git(ben, "for-each-ref", "refs/kit-remotes/origin/context/child") == ""
    found = kit(ben, "context", "expand", done.json["entry"]["id"], "--json", agent="ben")
    assert [each["text"] for each in found.json["entries"]] == ["a long story"]
    assert thread.State(World(ben).store, "child", found.json["commit"]).thread == "child"


def test_a_child_that_is_known_only_to_the_remote_is_collapsed_there_too(clones: Callable[..., list[Path]]) -> None:
    ana, ben = clones(2)
    for words in (["new", "main"], ["add", "--text", "why?"], ["spawn", "child", "--purpose", "look"]):
        assert kit(ana, "context", *words).code == 0
    (ben / "result.md").write_text("it is the lexer")
    assert kit(ben, "context", "collapse", "child", "--content", "result.md", agent="ben").code == 0
    assert kit(ana, "sync").code == 0
    assert "it is the lexer" in kit(ana, "context", "show").out
    assert "child" not in kit(ana, "context", "branch").out
    assert kit(ben, "context", "collapse", "nowhere", "--content", "result.md", agent="ben").code == 4


def test_an_entry_that_says_it_comes_from_what_is_no_thread_is_not_expanded(world: Family) -> None:
    blob = git(world.folder, "hash-object", "-w", "--stdin", given="x")
    tree, commit = git(world.folder, "rev-parse", "main^{tree}"), git(world.folder, "rev-parse", "main")
    origins = [
        f"kit:context/main@{oid}{end}" for oid in (blob, tree, commit, "0" * 40) for end in ("", f"/{world.rule}")
    ]
    for told in (*origins, f"kit:context/main@{world.tip('main')}/{world.rule[:-1]}f"):
        each = world.add("main", "assistant", "x", origin=told)
        assert kit(world.folder, "context", "expand", each, "--on", "main").code in (4, 5), told
        assert kit(world.folder, "context", "blame", "x", "--on", "main").code == 0
        assert kit(world.folder, "context", "audit", "--entry", each, "--across", "all").code == 0


def test_what_a_model_says_is_proposed_first_and_an_acceptance_marks_the_child(world: Family) -> None:
    world.spawn()
    world.add("child", "assistant", "I looked at it.", **retain("lexer"))
    (world.folder / "result.md").write_text("It is something else.")
    words = ["context", "collapse", "child", "--json"]
    assert kit(world.folder, *words, "--content", "result.md", "--propose").error["code"] == "retain"
    with serving(plain(completion("It is the lexer."))) as service:
        trust(world.folder, f'[model]\nurl = "{service.url}"\nname = "m"\n', "openai")
        proposed = kit(world.folder, *words, "--engine", "openai").json
    assert (proposed["state"], proposed["thread"]) == ("proposed", "main")
    assert "It is the lexer." not in world.said("main")
    assert kit(world.folder, "context", "accept", proposed["proposal"], "--on", "main").code == 0
    assert world.said("main")[-1] == "It is the lexer."
    assert world.state("child").record.collapsed
