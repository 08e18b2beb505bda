"""Each sentence leads to who put it there: through edits, folds, branches and other threads, to a session's turn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kit.context import blame, origin, sentence, thread, version
from kit.sessions import record
from kit.store.change import Change
from kit.workflows import blaming
from tests.context import people
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.blamed import Blamed
    from kit.store.objects import Blob
    from tests.context.people import Writer


@pytest.fixture
def ana(repo: Path) -> Writer:
    made = people.writer(repo, "ana")
    made.begin()
    return made


def blamed(ana: Writer, on: str = "t", *, only: str = "") -> dict[str, Blamed]:
    state = ana.state(on)
    found = blame.blame(ana.store, state, blaming.said(state), only=only)
    assert found.more == 0
    return {each.text: each for each in found.sentences}


def tip(ana: Writer, on: str = "t", back: int = 0) -> str:
    return git(ana.store.repository.top, "rev-parse", f"refs/kit/context/{on}~{back}").strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("One\n\n two.", ["One", "two."]),
        ("See a.py, e.g. line 3. Done", ["See a.py, e.g. line 3.", "Done"]),
        ("1. First\n2. Second.", ["1. First", "2. Second."]),
        ("v1.2.3 is out", ["v1.2.3 is out"]),
        ("", []),
    ],
)
def test_a_text_falls_into_sentences(text: str, expected: list[str]) -> None:
    assert [each.text for each in sentence.sentences(text)] == expected


def test_a_sentence_leads_to_its_writer_commit_and_turn(ana: Writer) -> None:
    ana.add("Never push.", "system")
    one = tip(ana)
    ana.add("Why does it fail? Look at the lexer.")
    ben = people.writer(ana.store.repository.top, "ben")
    ben.add("It reads too far.", "assistant")
    found = blamed(ana)
    assert (found["Never push."].said.commit, found["Never push."].turn) == (one, 0)
    assert [(each.said.agent, each.turn, each.how) for each in list(found.values())[1:]] == [
        ("ana", 1, "added"), ("ana", 1, "added"), ("ben", 1, "added")]  # fmt: skip


def test_what_an_edit_leaves_is_still_the_first_writers(ana: Writer) -> None:
    first = ana.add("Keep this. Change that.")
    ben = people.writer(ana.store.repository.top, "ben")
    ben.edit(first.id, "Keep this. Changed now.")
    third = ana.edit(first.id, "Keep this. Changed now. And more.")
    found = blamed(ana)
    said = {text: (each.said.agent, each.how, each.said.event) for text, each in found.items()}
    assert said == {
        "Keep this.": ("ana", "added", "context-add"),
        "Changed now.": ("ben", "edited", "context-edit"),
        "And more.": ("ana", "edited", "context-edit"),
    }
    assert found["Keep this."].said.commit == tip(ana, back=2)
    assert {each.entry for each in found.values()} == {third.id}


def test_a_word_that_came_back_is_who_brought_it_back(ana: Writer) -> None:
    first = ana.add("Use tabs.")
    people.writer(ana.store.repository.top, "ben").edit(first.id, "Use spaces.")
    people.writer(ana.store.repository.top, "cy").edit(first.id, "Use tabs.")
    assert blamed(ana)["Use tabs."].said.agent == "cy"


def test_a_note_on_an_entry_is_no_writing_of_it_and_a_change_of_the_file_is(ana: Writer) -> None:
    first = ana.add("Use tabs. Never push.")
    ana.annotate(first.id, priority="pinned")
    assert blamed(ana)["Use tabs."].said.commit == tip(ana, back=1)
    each = ana.state().find(first.id)
    forged = each._replace(text="Use tabs. Always push.").dump()
    files: dict[str, bytes | Blob | None] = {f"context/t/{each.path}": forged}
    eve = people.writer(ana.store.repository.top, "eve")
    eve.store.save(Change("context/t", tip(ana), files, "edit", "slipped in"), author=eve.author)
    found = blamed(ana)
    assert found["Use tabs."].said.agent == "ana"
    assert (found["Always push."].said.agent, found["Always push."].said.commit) == ("eve", tip(ana))


def test_a_fold_is_its_authors_with_what_it_stands_for(ana: Writer) -> None:
    words = [ana.add("Why does it fail?"), ana.add("It reads too far.", "assistant")]
    ben = people.writer(ana.store.repository.top, "ben")
    ben.add("It was looked into. It reads too far.", "assistant", folds=tuple(each.id for each in words))
    found = blamed(ana)
    assert found.keys() == {"It was looked into.", "It reads too far."}
    both = found["It was looked into."], found["It reads too far."]
    assert [(each.how, each.said.agent, each.folds) for each in both] == [
        ("folded", "ben", tuple(each.id for each in words))] * 2  # fmt: skip
    assert (both[0].quotes, both[0].behind) == ((), ())
    assert both[1].quotes == (words[1].id,)
    assert [each.agent for each in both[1].behind] == ["ana"]


def test_a_branch_keeps_who_wrote_and_where(ana: Writer) -> None:
    ana.add("Never push.", "system")
    one = tip(ana)
    people.new.branch(ana.store, "other", "t", author=ana.author, redactor=ana.redactor)
    said = blamed(ana, "other")["Never push."].said
    assert (said.commit, said.thread, said.event) == (one, "t", "context-add")


def test_what_came_from_another_thread_is_followed_to_where_it_was_said(ana: Writer) -> None:
    child = people.writer(ana.store.repository.top, "child")
    child.begin("child")
    said = child.add("The lexer reads too far.", "assistant", on="child")
    child.begin("middle")
    child.add("The lexer reads too far.", "assistant", on="middle", origin=f"kit:context/child@{tip(ana, 'child')}")
    ana.add("The lexer reads too far. I trust it.", origin=origin.name("middle", tip(ana, "middle")))
    found = blamed(ana)
    steps = found["The lexer reads too far."].behind
    assert [(each.thread, each.agent) for each in steps] == [("middle", "child"), ("child", "child")]
    assert steps[1].entry == said.id
    assert found["I trust it."].behind[0].missing == "nothing there says it word for word"
    ana.add("From afar.", origin=f"kit:context/child@{'0' * 40}")
    assert blamed(ana)["From afar."].behind[0].missing == "the commit is not here"


def test_threads_that_name_each_other_end(ana: Writer) -> None:
    first = ana.add("Round and round.")
    here = tip(ana)
    ana.add("Round and round.", origin=origin.name("t", here, first.id))
    ana.add("Round and round.", origin=origin.name("t", tip(ana)))
    assert len(blamed(ana)["Round and round."].behind) <= blame.MAX_CHAIN


def test_a_session_is_named_with_its_turn_or_said_to_be_missing(ana: Writer) -> None:
    lines = [{"type": "user", "message": {"role": "user", "content": text}} for text in ("one", "two", "three")]
    data = "".join(json.dumps(each) + "\n" for each in lines).encode()
    ref = record.ref_of("claude-code", "0a0314fb")
    meta = record.Meta("claude-code", "0a0314fb", "ana", "one",
                       parts=(record.Part(record.part_name(1), 3, len(data), 0, 0, "0" * 64),))  # fmt: skip
    files: dict[str, bytes | Blob | None] = {f"{ref}/{record.part_name(1)}": data, f"{ref}/{record.META}": meta.dump()}
    ana.store.save(Change(ref, "", files, "mirror", "mirror"), author=ana.author)
    ana.add("two", origin="kit:sessions/claude-code/0a0314fb#L2")
    ana.add("four", origin="kit:sessions/claude-code/ffffffff#L2-L9")
    state = ana.state()
    found, _ = blaming.answers(ana.store, state, blaming.said(state))
    first, second = (each.session for each in found)
    assert first
    assert (first.session, first.first, first.turn, first.missing) == ("claude-code/0a0314fb", 2, 2, "")
    assert second
    assert (second.turn, second.missing) == (0, "it is not on this machine")


def test_a_text_and_an_entry_can_be_asked_about_and_what_is_cut_is_said(ana: Writer) -> None:
    first = ana.add("Never push. Use tabs. Be brief.", "system")
    state = ana.state()
    every = version.effective(state.entries)
    assert [each.text for each in blame.blame(ana.store, state, every, only="use  TABS").sentences] == ["Use tabs."]
    assert blame.blame(ana.store, state, every, limit=1).more == 2
    repo = ana.store.repository.top
    assert len(kit(repo, "context", "blame", first.id[-8:], "--on", "t", "--json").json["sentences"]) == 3
    (one,) = kit(repo, "context", "blame", "tabs", "--on", "t", "--json").json["sentences"]
    assert one["said"]["commit"] == tip(ana)
    assert "Use tabs.\n    added by ana in t " in kit(repo, "context", "blame", "tabs", "--on", "t").out
    done = kit(repo, "context", "blame", "nobody says", "--on", "t")
    assert (done.code, done.out) == (0, "")
    assert "no sentence that is sent says that" in done.err
    assert kit(repo, "context", "blame", "--limit", "1", "--on", "t").err.startswith("2 more sentences")


def test_it_reads_the_history_as_it_was_then(ana: Writer) -> None:
    first = ana.add("Use tabs.")
    before = tip(ana)
    ana.edit(first.id, "Use spaces.")
    state = thread.State(ana.store, "t", before)
    assert [each.text for each in blame.blame(ana.store, state, blaming.said(state)).sentences] == ["Use tabs."]
