"""Threads in a repository: what is added is there, in order, and every change is one commit that git can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.context import add, branches, diff, draft, edit, find, log, new, place, reset, rev, revert, status, tag, tip
from kit.errors import InvalidInput, NotFound, Taken
from kit.store.editing import Blob
from kit.store.series import Series
from kit.store.store import Change
from tests.context.people import START, Writer, digits, writer
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

REF = "refs/kit/context/t"


def count_commits(ana: Writer, ref: str = REF) -> int:
    return int(git(ana.store.repository.top, "rev-list", "--count", ref))


def test_what_is_added_is_there_in_order_and_each_is_one_commit(ana: Writer) -> None:
    for number in range(5):
        ana.add(f"word {number}")
    assert ana.texts() == [f"word {number}" for number in range(5)]
    assert count_commits(ana) == 6
    assert [each.event for each in log.log(ana.store, ana.state().commit).events] == ["context-add"] * 5 + [
        "context-new"
    ]


def test_many_entries_are_one_commit_and_stay_in_their_order(ana: Writer) -> None:
    ana.add_all([draft.draft("user", f"word {number}") for number in range(100)])
    assert ana.texts() == [f"word {number}" for number in range(100)]
    assert count_commits(ana) == 2


def test_an_entry_comes_after_the_last_though_its_clock_is_behind(ana: Writer) -> None:
    first = ana.add("first")
    late = add.add(
        ana.store, "t", [draft.draft("user", "second")], author=ana.author._replace(when=START - 3600), random=digits,
        redactor=ana.redactor,
    ).entries[0]  # fmt: skip
    assert late.at > first.at
    assert ana.texts() == ["first", "second"]


def test_a_commit_writes_small_folders_anew_however_many_entries_there_are(ana: Writer) -> None:
    for _ in range(3):
        ana.add_all([draft.draft("user", "x") for _ in range(900)])
    ana.add("last")
    shown = git(ana.store.repository.top, "ls-tree", "-r", "-t", REF).splitlines()
    widths: dict[str, int] = {}
    for line in shown:
        folder = line.split("\t")[1].rpartition("/")[0]
        widths[folder] = widths.get(folder, 0) + 1
    assert max(widths.values()) <= place.ROOM
    assert len(ana.state().entries) == 2701


def test_an_edit_stands_in_the_place_of_its_entry_and_both_stay(ana: Writer) -> None:
    first = ana.add("one", tags=("x",))
    ana.add("two")
    ana.edit(first.id, "uno")
    ana.edit(first.id, "eins", priority="important")
    assert ana.texts() == ["eins", "two"]
    assert [each.text for each in edit.history(ana.state(), first.id)] == ["one", "uno", "eins"]
    head = edit.of(ana.state(), first.id).head
    assert (head.priority, head.tags) == ("important", ("x",))
    with pytest.raises(InvalidInput, match="already"):
        ana.edit(first.id, "eins")
    with pytest.raises(NotFound):
        ana.edit("0193b5c1a2f0-00000000", "x")


def test_an_annotation_keeps_every_byte_of_what_is_said(ana: Writer) -> None:
    said = "a\r\n---\nb: c\n\n"
    each = ana.add(said)
    ana.annotate(each.id, priority="pinned", tags=("keep",), retain=({"match": "substring", "pattern": "b: c"},))
    ana.annotate(each.id, without=("keep",), tags=("y",))
    (now,) = ana.state().entries
    assert (now.text, now.priority, now.tags, now.retain[0]["pattern"]) == (said, "pinned", ("y",), "b: c")
    before = count_commits(ana)
    ana.annotate(each.id, priority="pinned")
    assert count_commits(ana) == before


def test_an_annotation_of_an_edited_entry_is_noted_on_what_is_in_force(ana: Writer) -> None:
    each = ana.add("one")
    ana.edit(each.id, "uno")
    ana.annotate(each.id, priority="skip")
    assert edit.of(ana.state(), each.id).head.priority == "skip"


def test_secrets_are_taken_out_before_anything_is_written(ana: Writer) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    ana.add(f"use {token}", retain=({"match": "substring", "pattern": token},), generation={"key": token})
    ana.edit(ana.state().entries[0].id, f"now {token}")
    assert token not in git(ana.store.repository.top, "log", "-p", REF)
    assert "[REDACTED:" in ana.texts()[0]


def test_a_branch_shares_history_and_costs_no_copy(ana: Writer) -> None:
    ana.add_all([draft.draft("user", f"{number}") for number in range(40)])
    objects = git(ana.store.repository.top, "count-objects").split()[0]
    new.branch(ana.store, "b", "t", author=ana.author, redactor=ana.redactor)
    assert int(git(ana.store.repository.top, "count-objects").split()[0]) - int(objects) <= 5
    ana.add("only here", on="b")
    assert ana.texts("b") == [*ana.texts(), "only here"]
    assert ana.state("b").record.parent == ("t", ana.state().commit)
    assert git(ana.store.repository.top, "merge-base", REF, "refs/kit/context/b") == ana.state().commit
    assert ana.texts("b", "HEAD~2") == ana.texts()
    with pytest.raises(Taken):
        new.branch(ana.store, "b", "t", author=ana.author, redactor=ana.redactor)
    with pytest.raises(Taken):
        ana.begin("b")


def test_a_reset_goes_back_by_a_commit_and_forward_again(ana: Writer) -> None:
    ana.add("one")
    ana.add("two")
    tag.tag(ana.store, "t", "green", ana.state().commit, author=ana.author)
    before = ana.state().commit
    done = reset.reset(ana.store, "t", rev.resolve(ana.store, "t", "HEAD~2", now=0), author=ana.author)
    assert ana.texts() == ["one"]
    assert done.before == before
    assert list(ana.state().record.tags) == ["green"]
    ana.add("three")
    reset.reset(ana.store, "t", before, author=ana.author)
    assert ana.texts() == ["one", "two"]
    assert reset.reset(ana.store, "t", before, author=ana.author).commit == ""
    git(ana.store.repository.top, "merge-base", "--is-ancestor", before, REF)


def test_a_revert_takes_back_an_edit_an_annotation_and_what_was_added(ana: Writer) -> None:
    first = ana.add("one")
    ana.edit(first.id, "uno")
    ana.annotate(first.id, priority="pinned")

    def undo() -> None:
        oid = revert.last_change(ana.store, ana.state(), first.id)
        revert.revert(ana.store, "t", oid, author=ana.author)

    undo()
    assert (edit.of(ana.state(), first.id).head.priority, ana.texts()) == ("normal", ["uno"])
    undo()
    assert ana.texts() == ["one"]
    with pytest.raises(InvalidInput, match="as it was added"):
        undo()
    ana.add("two")
    revert.revert(ana.store, "t", ana.state().commit, author=ana.author)
    assert ana.texts() == ["one"]
    revert.revert(ana.store, "t", ana.state().commit, author=ana.author)
    assert ana.texts() == ["one", "two"]


def test_a_revert_refuses_what_was_changed_since(ana: Writer) -> None:
    first = ana.add("one")
    ana.annotate(first.id, priority="pinned")
    early = ana.state().commit
    ana.annotate(first.id, priority="skip")
    with pytest.raises(Taken, match="changed again"):
        revert.revert(ana.store, "t", early, author=ana.author)
    with pytest.raises(InvalidInput, match="first"):
        revert.revert(ana.store, "t", rev.resolve(ana.store, "t", "HEAD~3", now=0), author=ana.author)


def test_commits_are_named_in_many_ways(ana: Writer) -> None:
    first = ana.add("one")
    at_first = ana.state().commit
    ana.add("two")
    tag.tag(ana.store, "t", "green", at_first, author=ana.author)
    new.branch(ana.store, "b", "t", author=ana.author, redactor=ana.redactor)

    def names(text: str, on: str = "t") -> str:
        return rev.resolve(ana.store, on, text, now=first.at + 60)

    assert names("HEAD~2") == names("~2") == names("green") == names(first.id) == names(at_first[:8]) == at_first
    assert names("green", "b") == names("t:green", "b") == names("t:HEAD~2", "b") == at_first
    assert names("@1m") == at_first
    assert names("t", "b") == names("HEAD") == ana.state().commit
    for wrong in ("nowhere", "HEAD~99", "@90d", "deadbeef", "0193b5c1a2f0-00000000"):
        with pytest.raises(NotFound):
            names(wrong)
    with pytest.raises(InvalidInput):
        names("@soon")


def test_a_commit_of_the_project_is_no_commit_of_a_thread(ana: Writer) -> None:
    head = git(ana.store.repository.top, "rev-parse", "HEAD")
    with pytest.raises(NotFound):
        rev.resolve(ana.store, "t", head, now=0)


def test_a_difference_is_told_entry_by_entry(ana: Writer) -> None:
    first, second = ana.add("one\ntwo\n"), ana.add("kept")
    before = ana.state().entries
    ana.edit(first.id, "one\nthree\n", priority="pinned")
    ana.add("new")
    found = diff.diff(before, ana.state().entries)
    assert [(each.status, each.id == first.id) for each in found.changes] == [("modified", True), ("added", False)]
    assert found.changes[0].lines() == ["@@ -1,3 +1,3 @@", " one", "-two", "+three", " "]
    assert found.changes[0].fields == ("priority",)
    assert (found.unchanged, second.text) == (1, "kept")
    back = diff.diff(ana.state().entries, before)
    assert [each.status for each in back.changes] == ["modified", "removed"]
    assert back.tokens == -found.tokens


def test_entries_are_found_and_counted(ana: Writer) -> None:
    ana.add("Be brief.", "system")
    ana.add("The LEXER keeps comments", tags=("lexer",))
    ana.add("hm", "assistant", kind="reasoning")
    entries = ana.state().entries
    assert [each.role for each in find.find(entries, find.Wanted("lexer", tags=("lexer",)))] == ["user"]
    assert [each.text for each in find.find(entries, find.Wanted(priority="skip", kind="reasoning"))] == ["hm"]
    assert list(find.find(entries, find.Wanted(agent="ben"))) == []
    counted = status.status(ana.store, ana.state())
    assert counted.total.entries == 3
    assert {name: each.entries for name, each in counted.by_priority.items()} == {"pinned": 1, "normal": 1, "skip": 1}
    assert counted.total.tokens == sum(each.tokens for each in counted.by_role.values())


def test_a_deleted_thread_is_listed_no_more_and_can_be_brought_back(ana: Writer) -> None:
    ana.add("one")
    ana.begin("other")
    branches.delete(ana.store, "t", author=ana.author)
    assert [each.name for each in branches.branches(ana.store).threads] == ["other"]
    assert [each.name for each in branches.branches(ana.store, is_all=True).threads] == ["t", "other"]
    reset.reset(ana.store, "t", ana.state().commit, author=ana.author)
    assert ana.texts() == ["one"]
    assert len(branches.branches(ana.store).threads) == 2


def test_two_writers_of_one_thread_lose_nothing(ana: Writer) -> None:
    ben = writer(ana.store.repository.top, "ben")
    for number in range(6):
        (ana, ben)[number % 2].add(f"word {number}")
    assert ana.texts() == [f"word {number}" for number in range(6)]
    ben.store.objects.close()


def test_a_series_is_as_good_as_single_commits_and_packs_them(ana: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.store.series.EVERY", 10)
    series = Series(ana.store.repository)
    for number in range(25):
        ana.add(f"word {number}", series=series)
    assert ana.texts() == [f"word {number}" for number in range(25)]
    series.settle()
    series.close()
    assert git(ana.store.repository.top, "fsck", "--strict") == ""
    assert len(list((ana.store.repository.top / ".git" / "objects" / "pack").glob("*.pack"))) >= 3


def test_a_series_meets_another_writer_and_goes_on(ana: Writer) -> None:
    ben = writer(ana.store.repository.top, "ben")
    series = Series(ana.store.repository)
    ana.add("one", series=series)
    ben.add("two")
    ana.add("three", series=series)
    assert ben.texts() == ["one", "two", "three"]
    series.close()
    ben.store.objects.close()


def test_a_file_that_is_no_entry_is_named_and_hides_no_other(ana: Writer) -> None:
    ana.add("one")
    top = ana.store.repository.top
    blob = git(top, "hash-object", "-w", "--stdin", given="not an entry")
    planted = {
        "context/t/entries/00/00/0193b5c1a2f0-5f1d9c2e.md": Blob(blob),
        "context/t/entries/00/00/evil.md": Blob(blob),
        "context/t/entries/zz/a.md": Blob(blob),
        "context/t/other/x.json": Blob(blob),
    }
    oid = ana.state().commit
    ana.store.save(Change("context/t", oid, planted, "x", "x"), author=ana.author)
    assert [each.text for each in ana.state().entries] == ["one"]
    assert len(ana.state().broken) == 3
    ana.add("two")
    assert ana.texts() == ["one", "two"]


def test_a_thread_whose_record_is_broken_is_named_and_read(ana: Writer) -> None:
    ana.add("one")
    ana.begin("other")
    oid = ana.state().commit
    ana.store.save(Change("context/t", oid, {"context/t/thread.json": b"{"}, "x", "x"), author=ana.author)
    found = branches.branches(ana.store)
    assert ([each.name for each in found.threads], found.broken) == (["other"], ("t",))
    assert ana.texts() == ["one"]


def test_what_is_no_thread_is_said_to_be_none(ana: Writer, repo: Path) -> None:
    git(repo, "update-ref", "refs/kit/context/x", "HEAD")
    assert branches.branches(ana.store).broken == ("x",)
    with pytest.raises(InvalidInput, match="holds no thread"):
        ana.state("x")
    with pytest.raises(NotFound, match="there is no thread"):
        tip.of(ana.store, "tt")
