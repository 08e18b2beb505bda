"""Folding a range: what stays, what must be kept, where the fold stands, and how it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kit.context import compress, expand, span, version
from kit.errors import Blocked, InvalidInput, NotFound, Taken
from tests.context.world import World
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.compress import Folded


class Talk(World):
    """A thread `main` with a rule, three turns, and a tool's pair in the second."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.new("main")
        self.rule = self.add("main", "system", "be brief")
        self.first = self.add("main", "user", "one?")
        self.one = self.add("main", "assistant", "one")
        self.second = self.add("main", "user", "two?")
        self.call = self.add("main", "assistant", "{}", kind="tool-io", call="call_1", tool="read")
        self.result = self.add("main", "tool", "done", call="call_1", tool="read")
        self.two = self.add("main", "assistant", "two")
        self.third = self.add("main", "user", "three?")

    def fold(self, text: str = "summary", words: str = "", **fields: Any) -> Folded:
        state = self.state("main")
        found = span.span(state, words, window=fields.pop("window", 0))
        return compress.fold(self.store, state, found, text, random=self.random, **self.who, **fields)


@pytest.fixture
def talk(repo: Path) -> Talk:
    return Talk(repo)


def test_the_fold_stands_for_what_it_names_and_pinned_entries_stay_in_place(talk: Talk) -> None:
    folded = talk.fold(window=1)
    assert talk.compiled("main") == [talk.rule, folded.fold.id, talk.third]
    assert folded.fold.folds == (talk.first, talk.one, talk.second, talk.call, talk.result, talk.two)
    assert folded.span.pinned == (talk.rule,)
    assert folded.fold.origin.startswith("kit:context/main@")


def test_the_fold_stands_where_the_folded_stood_not_at_the_end(talk: Talk) -> None:
    folded = talk.fold(words=f"{talk.first}..{talk.one}")
    assert talk.compiled("main") == [
        talk.rule,
        folded.fold.id,
        talk.second,
        talk.call,
        talk.result,
        talk.two,
        talk.third,
    ]


def test_a_clock_that_is_behind_puts_the_fold_there_too(talk: Talk) -> None:
    talk.now -= 5000
    folded = talk.fold(window=1)
    assert talk.compiled("main") == [talk.rule, folded.fold.id, talk.third]


@pytest.mark.parametrize("edge", ["call", "result"])
def test_a_tools_pair_is_never_split_at_the_edge(talk: Talk, edge: str) -> None:
    words = f"{talk.first}..{talk.call}" if edge == "call" else f"{talk.result}..{talk.two}"
    folded = talk.fold(words=words)
    assert folded.span.halves == (getattr(talk, edge),)
    assert {talk.call, talk.result} <= set(talk.compiled("main"))


def test_a_pair_of_which_one_is_pinned_stays_whole(talk: Talk) -> None:
    talk.note("main", talk.result, priority="pinned")
    talk.fold()
    assert {talk.call, talk.result} <= set(talk.compiled("main"))


def test_what_is_skipped_is_folded_and_not_told(talk: Talk) -> None:
    talk.note("main", talk.one, priority="skip")
    state = talk.state("main")
    found = span.span(state)
    assert talk.one in found.ids
    assert talk.one not in [each.id for each in found.told]
    assert "\none\n" not in compress.prompt(found, nonce="n0")


def test_a_summary_that_lacks_a_pattern_is_refused_by_name_and_nothing_is_written(talk: Talk) -> None:
    talk.note("main", talk.one, priority="important", retain=({"match": "substring", "pattern": "RFC 8259"},))
    talk.note("main", talk.two, priority="important", retain=({"match": "regex", "pattern": r"line \d+"},))
    before = talk.tip("main")
    with pytest.raises(Blocked, match="RFC 8259") as error:
        talk.fold("see line 12")
    assert error.value.details["lacks"][0]["entry"] == talk.one
    assert talk.tip("main") == before
    assert talk.fold("RFC 8259, line 12").fold.priority == "important"


def test_patterns_behind_an_earlier_fold_still_count(talk: Talk) -> None:
    talk.note("main", talk.one, priority="important", retain=({"match": "substring", "pattern": "RFC 8259"},))
    talk.fold("RFC 8259", words=f"{talk.first}..{talk.one}")
    with pytest.raises(Blocked, match="RFC 8259"):
        talk.fold("everything")
    again = talk.fold("RFC 8259 and all")
    assert talk.compiled("main") == [talk.rule, again.fold.id]


def test_patterns_of_entries_that_are_not_important_are_not_asked_for(talk: Talk) -> None:
    talk.note("main", talk.one, retain=({"match": "substring", "pattern": "RFC 8259"},))
    assert talk.fold("summary").commit


def test_a_pattern_that_may_take_for_ever_is_never_tried(talk: Talk) -> None:
    talk.note("main", talk.one, priority="important", retain=({"match": "regex", "pattern": "^(a+)+$"},))
    with pytest.raises(Blocked, match="not tried"):
        talk.fold("a" * 50 + "!")


def test_a_summary_over_the_target_is_refused(talk: Talk) -> None:
    with pytest.raises(Blocked, match="target is 3"):
        talk.fold("many words " * 20, target=3)


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_summary_is_refused(talk: Talk, text: str) -> None:
    with pytest.raises(InvalidInput):
        talk.fold(text)


def test_ranges_that_cannot_be_are_refused(talk: Talk) -> None:
    state = talk.state("main")
    for words in (f"{talk.two}..{talk.first}", talk.rule):
        with pytest.raises(InvalidInput):
            span.span(state, words)
    with pytest.raises(InvalidInput):
        span.span(state, window=5)
    with pytest.raises(NotFound):
        span.span(state, "ffffffffffff-ffffffff")


def test_what_was_edited_since_it_was_read_is_not_folded(talk: Talk) -> None:
    state = talk.state("main")
    found = span.span(state)
    talk.edit("main", talk.one, "ONE")
    with pytest.raises(Taken):
        compress.fold(talk.store, state, found, "summary", random=talk.random, **talk.who)
    state = talk.state("main")
    found = span.span(state)
    talk.add("main", "user", "meanwhile")
    assert compress.fold(talk.store, state, found, "summary", random=talk.random, **talk.who).commit


def test_the_originals_are_shown_however_deep_and_come_back(talk: Talk) -> None:
    before = talk.compiled("main")
    inner = talk.fold("inner", words=f"{talk.first}..{talk.one}")
    outer = talk.fold("outer", window=1)
    found = expand.expand(talk.store, talk.state("main"), outer.fold.id)
    assert [each.id for each in found.entries] == [
        talk.first, talk.one, inner.fold.id, talk.second, talk.call, talk.result, talk.two,
    ]  # fmt: skip
    talk.edit("main", outer.fold.id, "other words")
    expand.restore(talk.store, "main", outer.fold.id, author=talk.author)
    expand.restore(talk.store, "main", inner.fold.id, author=talk.author)
    assert talk.compiled("main") == before
    with pytest.raises(NotFound):
        expand.expand(talk.store, talk.state("main"), talk.first)


def test_the_fold_can_be_edited_and_still_stands_for_them(talk: Talk) -> None:
    folded = talk.fold(window=1)
    edited = talk.edit("main", folded.fold.id, "better words")
    assert talk.compiled("main") == [talk.rule, edited, talk.third]


def test_a_model_that_lacks_something_is_asked_once_more(talk: Talk) -> None:
    talk.note("main", talk.one, priority="important", retain=({"match": "substring", "pattern": "RFC 8259"},))
    found = span.span(talk.state("main"))
    prompts: list[str] = []

    def model(prompt: str) -> str:
        prompts.append(prompt)
        return "RFC 8259" if "was refused" in prompt else "nothing of note"

    assert compress.ask(found, model, nonce="n0") == "RFC 8259"
    assert len(prompts) == 2
    with pytest.raises(Blocked):
        compress.ask(found, lambda _: "nothing", nonce="n0")


def test_a_fold_of_a_thousand_entries_is_read_again(talk: Talk) -> None:
    from kit.context import add, draft

    many = [draft.draft("user", f"line {number}") for number in range(1000)]
    add.add(talk.store, "main", many, random=talk.random, **talk.who)
    folded = talk.fold()
    assert len(folded.fold.folds) == 1007
    assert len([each for each in version.versions(talk.state("main").entries) if each.head.folds]) == 1


def test_a_secret_in_the_summary_is_taken_out(talk: Talk) -> None:
    assert "ghp_" not in talk.fold("use " + "ghp_" + "a1B2" * 9).fold.text


def test_the_commands_fold_show_and_bring_back(talk: Talk, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("one and two")
    done = kit(talk.folder, "context", "compress", "--content", str(summary), "--window", "1", "--on", "main", "--json")
    assert done.code == 0, done
    fold = done.json["fold"]["id"]
    assert kit(talk.folder, "context", "expand", fold, "--on", "main", "--json").json["count"] == 6
    assert kit(talk.folder, "context", "expand", fold, "--restore", "--on", "main").code == 0
    talk.note("main", talk.one, priority="important", retain=({"match": "substring", "pattern": "RFC 8259"},))
    refused = kit(talk.folder, "context", "compress", "--content", str(summary), "--on", "main", "--json")
    assert refused.error["code"] == "retain"
    assert refused.code == 7
    assert kit(talk.folder, "context", "compress", "--engine", "command", "--on", "main").code == 2
