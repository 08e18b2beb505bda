"""Entries of another thread are picked as they stand there, say where they come from, and come once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kit import context
from kit.context import add as adding
from kit.context import new, pick, piece
from kit.errors import Blocked, InvalidInput, NotFound
from tests.context import people
from tests.context.people import Writer, writer
from tests.context.test_faults import PLANTED
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path


def take(ana: Writer, *names: str, of: str = "other", on: str = "t", at: str = "", **more: Any) -> pick.Picked:
    return pick.pick(
        ana.store, on, pick.at(ana.store, of, at), names, author=ana.author, random=people.digits,
        redactor=ana.redactor, **more,
    )  # fmt: skip


@pytest.fixture
def two(ana: Writer) -> Writer:
    ana.begin("other")
    return ana


def test_a_copy_has_the_words_in_force_and_all_that_was_noted_and_says_where_it_is_from(two: Writer) -> None:
    first = two.add("it drops them", "assistant", on="other", tags=("decision",), model="m-1")
    two.edit(first.id, "it drops them: RFC 8259", on="other")
    two.annotate(first.id, on="other", priority="important", retain=({"match": "substring", "pattern": "RFC"},))
    (made,) = take(two, first.id).entries
    assert (made.text, made.role, made.tags, made.priority, made.model) == (
        "it drops them: RFC 8259", "assistant", ("decision",), "important", "m-1",
    )  # fmt: skip
    assert made.retain[0]["pattern"] == "RFC"
    assert made.origin == f"kit:context/other@{two.state('other').commit}/{first.id}"
    assert made.id != first.id
    assert two.texts("other") == ["it drops them: RFC 8259"]


def test_what_is_here_already_is_not_taken_twice_and_other_words_become_an_edit(two: Writer) -> None:
    first = two.add("one", on="other")
    take(two, first.id)
    again = take(two, first.id)
    assert (again.entries, again.commit, again.chosen.known) == ((), "", (first.id,))
    two.edit(first.id, "one, better", on="other")
    take(two, first.id)
    assert two.texts() == ["one, better"]
    assert len(two.state().entries) == 2


def test_an_edit_of_a_shared_entry_edits_it_here(ana: Writer) -> None:
    one = ana.add("one")
    new.branch(ana.store, "other", "t", author=ana.author, redactor=ana.redactor)
    ana.edit(one.id, "one of other", on="other")
    assert take(ana, one.id).chosen.drafts[0].edits == one.id
    assert ana.texts() == ["one of other"]


def test_a_call_and_its_result_come_together(two: Writer) -> None:
    two.add("look", on="other")
    call = two.add("{}", "assistant", on="other", kind="tool-io", call="c1", tool="read")
    result = two.add("found", "tool", on="other", call="c1", tool="read")
    done = take(two, result.id)
    assert [each.text for each in done.entries] == ["{}", "found"]
    assert done.chosen.with_ == (call.id,)
    alone = two.add("{}", "assistant", on="other", kind="tool-io", call="c2", tool="read")
    assert take(two, alone.id).chosen.warnings == (piece.Warned(piece.ALONE, alone.id, "c2"),)


def test_an_answer_without_its_question_is_named_and_strict_refuses_it(two: Writer) -> None:
    question = two.add("why?", on="other")
    answer = two.add("because", "assistant", on="other")
    wanted = piece.Warned(piece.UNASKED, answer.id, question.id)
    before = two.state().commit
    with pytest.raises(Blocked, match="question") as blocked:
        take(two, answer.id, is_strict=True)
    assert blocked.value.code == "order"
    assert two.state().commit == before
    assert take(two, answer.id).chosen.warnings == (wanted,)
    assert take(two, question.id, answer.id).chosen.warnings == ()


def test_a_fold_of_entries_that_are_not_here_is_an_entry_like_others(two: Writer, repo: Path) -> None:
    ids = [two.add(text, on="other").id for text in ("one", "two")]
    (repo / "sum.md").write_text("in short")
    done = kit(repo, "context", "compress", "--content", "sum.md", "--on", "other", "--json").json
    again = writer(repo)
    picked = take(again, done["fold"]["id"])
    assert (picked.entries[0].folds, picked.chosen.warnings) == (
        (), (piece.Warned(piece.UNFOLDED, done["fold"]["id"], ids[0]),),
    )  # fmt: skip
    assert again.texts() == ["in short"]


def test_a_commit_is_picked_by_what_it_wrote(two: Writer, repo: Path) -> None:
    two.add_all([people.draft.draft("user", text) for text in ("one", "two")], on="other")
    two.add("three", on="other")
    done = kit(repo, "context", "pick", "other:HEAD~1", "--on", "t", "--json").json
    assert [each["role"] for each in done["entries"]] == ["user", "user"]
    assert writer(repo).texts() == ["one", "two"]
    first = git(repo, "rev-list", "refs/kit/context/other").splitlines()[-1]
    assert kit(repo, "context", "pick", f"other:{first}", "--on", "t").code == 5


def test_what_cannot_be_picked_is_told(two: Writer, repo: Path) -> None:
    two.add("one", on="other")
    with pytest.raises(NotFound):
        take(two, "0" * 12 + "-" + "0" * 8)
    with pytest.raises(InvalidInput, match="own entries"):
        take(two, "x", of="t")
    two.begin("third")
    with pytest.raises(NotFound, match="is no commit of"):
        take(two, "x", at=two.state("third").commit)
    assert kit(repo, "context", "pick", "nowhere").code == 4


def test_blame_follows_a_copy_and_revert_takes_it_back(two: Writer, repo: Path) -> None:
    first = two.add("the lexer drops comments", on="other")
    done = kit(repo, "context", "pick", "other", first.id, "--on", "t", "--json").json
    assert "in other" in kit(repo, "context", "blame", "lexer", "--on", "t").out
    assert kit(repo, "context", "revert", done["commit"], "--on", "t").code == 0
    assert writer(repo).texts() == []


def test_a_dry_run_writes_nothing_and_a_proposal_is_carried_out_once(two: Writer, repo: Path) -> None:
    first = two.add("one", on="other")
    before = git(repo, "for-each-ref")
    assert len(kit(repo, "context", "pick", "other", first.id, "--on", "t", "--dry-run", "--json").json["entries"]) == 1
    assert git(repo, "for-each-ref") == before
    done = kit(repo, "context", "pick", "other", first.id, "--on", "t", "--propose", "--json").json
    assert kit(repo, "context", "accept", done["proposal"], "--on", "t").code == 0
    assert kit(repo, "context", "accept", done["proposal"], "--on", "t").code in (4, 6)
    assert writer(repo).texts() == ["one"]


def test_a_program_picks_and_rebases(repo: Path) -> None:
    with context.open(repo, "t", agent="ana") as thread:
        thread.add("user", "one")
        side = thread.branch("side")
        mine = side.add("user", "mine")
        thread.add("user", "two")
        side.rebase("t")
        assert [each.text for each in side.entries] == ["one", "two", "mine"]
        assert [each.text for each in thread.pick("side", mine.id)] == ["mine"]
        side.close()


def branch(ana: Writer, name: str) -> None:
    new.branch(ana.store, name, "t", author=ana.author, redactor=ana.redactor)


def test_what_was_edited_only_here_is_not_overwritten_by_picking_it_again(two: Writer) -> None:
    shared = two.add("shared")
    branch(two, "side")
    two.edit(shared.id, "shared, edited here")
    first = two.add("one", on="other")
    two.edit(take(two, first.id).entries[0].id, "one, edited here")
    assert take(two, first.id).chosen.known == (first.id,)
    assert take(two, shared.id, of="side").chosen.known == (shared.id,)
    assert two.texts() == ["shared, edited here", "one, edited here"]


def test_what_both_have_edited_is_named_and_strict_refuses_it(two: Writer) -> None:
    shared = two.add("shared")
    branch(two, "side")
    mine, theirs = two.edit(shared.id, "edited here"), two.edit(shared.id, "edited there", on="side")
    with pytest.raises(Blocked):
        take(two, shared.id, of="side", is_strict=True)
    assert two.texts() == ["edited here"]
    assert take(two, shared.id, of="side").chosen.warnings == (piece.Warned(piece.OVERTAKEN, theirs.id, mine.id),)
    assert two.texts() == ["edited there"]


def test_words_that_the_other_went_back_to_are_taken_again(two: Writer) -> None:
    first = two.add("one", on="other")
    take(two, first.id)
    for text in ("two", "one"):
        two.edit(first.id, text, on="other")
        assert take(two, first.id).chosen.warnings == ()
        assert two.texts() == [text]


def test_a_copy_does_not_come_back_over_other_threads_as_a_second_one(two: Writer) -> None:
    two.begin("third")
    first = two.add("one")
    (copy,) = take(two, first.id, of="t", on="other").entries
    (again,) = take(two, copy.id, of="other", on="third").entries
    assert take(two, copy.id, of="other").chosen.known == (copy.id,)
    assert take(two, again.id, of="third").chosen.known == (again.id,)
    assert take(two, first.id, of="t", on="third").chosen.known == (first.id,)
    assert two.texts() == two.texts("third") == ["one"]


def test_an_edit_that_is_picked_without_its_target_is_named(two: Writer) -> None:
    first = two.add("one", on="other")
    edit = two.edit(first.id, "two", on="other")
    assert take(two, edit.id).chosen.warnings == (piece.Warned(piece.NO_TARGET, edit.id, first.id),)
    assert two.texts() == ["two"]
    two.begin("third")
    assert take(two, first.id, edit.id, on="third").chosen.warnings == ()


def test_two_who_pick_the_same_at_once_bring_it_once(two: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    first = two.add("one", on="other")
    real = adding.add

    def slow(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(adding, "add", real)
        take(two, first.id)  # the other one is faster
        return real(*given, **more)

    monkeypatch.setattr(adding, "add", slow)
    assert take(two, first.id).chosen.known == (first.id,)
    assert two.texts() == ["one"]


def test_the_history_tells_what_was_picked_from_where(two: Writer) -> None:
    first = two.add("one", on="other")
    commit = take(two, first.id).commit
    said = git(two.store.repository.top, "log", "-1", "--format=%B", commit)
    assert f"Kit-Picked: other {two.state('other').commit}" in said
    assert "Kit-Event: context-pick" in said


def test_an_origin_that_is_a_lie_or_a_circle_ends(two: Writer) -> None:
    gone = "1" * 40
    lies = [
        f"kit:context/other@{gone}/{'0' * 12}-{'0' * 8}",
        f"kit:context/t@{two.state().commit}/{'0' * 12}-{'0' * 8}",
    ]
    drafts = [people.draft.draft("user", "one")._replace(origin=lie) for lie in lies]
    made = two.add_all(drafts, on="other")
    assert len(take(two, *(each.id for each in made)).entries) == 2
    assert len(take(two, *(each.id for each in made)).chosen.known) == 2


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_thread_is_no_source_and_no_place_for_picks_and_rebases(ana: Writer, name: str) -> None:
    top = ana.store.repository.top
    ana.add("one")
    git(top, "update-ref", "refs/kit/context/evil", PLANTED[name](ana))
    before = git(top, "rev-parse", "refs/kit/context/t")
    for words in (
        ["pick", "evil", "--on", "t"], ["pick", "evil", "x", "--on", "t"],
        ["rebase", "evil", "--on", "t", "--dry-run"], ["rebase", "--on", "evil"],
    ):  # fmt: skip
        done = kit(top, "context", *words, "--json")
        assert done.code in (0, 4, 5), (words, done)
        assert git(top, "rev-parse", "refs/kit/context/t") == before
    for words in (["rebase", "evil", "--on", "t"], ["rebase", "t", "--on", "evil"], ["pick", "t", "--on", "evil"]):
        assert kit(top, "context", *words, "--json").code in (0, 4, 5), words
    assert writer(top).texts() == ["one"]


def test_a_fold_stands_for_the_copies_that_are_here(two: Writer, repo: Path) -> None:
    ids = [two.add(text, on="other").id for text in ("one", "two")]
    copies = [each.id for each in take(two, *ids).entries]
    (repo / "sum.md").write_text("in short")
    fold = kit(repo, "context", "compress", "--content", "sum.md", "--on", "other", "--json").json["fold"]["id"]
    done = take(writer(repo), fold)
    assert (list(done.entries[0].folds), done.chosen.warnings) == (copies, ())
    sent = kit(repo, "context", "compile", "--on", "t").out
    assert "in short" in sent
    assert "one" not in sent
