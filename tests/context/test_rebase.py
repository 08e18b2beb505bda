"""A rebase puts what a thread has added behind what another holds: nothing is lost, and what changes is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.context import merge, new, pending, piece, rebase, rev, sides
from kit.context.entry import Entry, Tokens, order
from kit.context.join import join
from kit.coordination import sync
from kit.coordination.holder import Holder
from kit.errors import Blocked
from tests.context import people
from tests.context.people import Writer, writer
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote


def branch(ana: Writer, name: str = "side", of: str = "t") -> None:
    new.branch(ana.store, name, of, author=ana.author, redactor=ana.redactor)


def onto(ana: Writer, source: str = "t", on: str = "side", **more: Any) -> merge.Merged:
    theirs = rev.resolve(ana.store, source, "HEAD", now=0.0)
    return merge.merge(
        ana.store, on, source, theirs, author=ana.author, random=people.digits, redactor=ana.redactor,
        verb=pending.REBASE, **more,
    )  # fmt: skip


def parted(ana: Writer) -> None:
    """Two threads that have gone on apart, each in turn."""
    ana.add("one")
    branch(ana)
    for number in range(2):
        ana.add(f"side {number}", on="side")
        ana.add(f"main {number}")


def test_what_a_thread_has_added_comes_behind_what_the_other_holds(ana: Writer) -> None:
    parted(ana)
    ids = [each.id for each in ana.state("side").entries]
    before = ana.state("side").commit
    done = onto(ana)
    assert ana.texts("side") == ["one", "main 0", "main 1", "side 0", "side 1"]
    assert (len(done.added), len(done.moved), done.warnings) == (2, 2, ())
    assert set(ids) < {each.id for each in ana.state("side").entries}
    commit = ana.store.objects.commit(ana.state("side").commit)
    assert commit.parents == (before, ana.state("t").commit)
    assert ana.texts() == ["one", "main 0", "main 1"]
    assert git(ana.store.repository.top, "fsck", "--strict", "--no-dangling") == ""
    assert onto(ana).is_known


def test_what_is_added_after_a_rebase_comes_last_even_where_the_clock_is_behind(ana: Writer) -> None:
    parted(ana)
    onto(ana)
    late = ana._replace(name="ben")
    assert late.author.when < people.START + 10_000
    behind = people.add.add(
        ana.store, "side", [people.draft.draft("user", "last")], author=ana.author._replace(when=people.START - 3600),
        random=people.digits, redactor=ana.redactor,
    )  # fmt: skip
    assert ana.texts("side")[-1] == "last"
    assert behind.entries[0].at > max(each.at for each in ana.state("side").entries if each.text != "last")


@pytest.mark.parametrize("of", ["t", "side"])
def test_what_is_added_after_a_merge_comes_last_wherever_the_latest_entry_came_from(ana: Writer, of: str) -> None:
    ana.add("one")
    branch(ana)
    ahead = ana.author._replace(when=people.START + 3600)
    people.add.add(
        ana.store, of, [people.draft.draft("user", "ahead")], author=ahead, random=people.digits, redactor=ana.redactor
    )
    other = "side" if of == "t" else "t"
    ana.add_all([people.draft.draft("user", f"{number}") for number in range(40)], on=other)
    onto(ana)
    theirs = rev.resolve(ana.store, "side", "HEAD", now=0.0)
    merge.merge(ana.store, "t", "side", theirs, author=ana.author, random=people.digits, redactor=ana.redactor)
    for name in ("side", "t"):
        ana.add("last", on=name)
        assert ana.texts(name)[-1] == "last"


@pytest.mark.parametrize("verb", [pending.MERGE, pending.REBASE])
def test_an_entry_dated_in_another_age_does_not_take_the_next_one_along(ana: Writer, verb: str) -> None:
    branch(ana)
    age = ana.author._replace(when=people.START + 10 * people.add.SKEW)
    people.add.add(
        ana.store, "t", [people.draft.draft("user", "far")], author=age, random=people.digits, redactor=ana.redactor
    )
    theirs = rev.resolve(ana.store, "t", "HEAD", now=0.0)
    merge.merge(
        ana.store, "side", "t", theirs, author=ana.author, random=people.digits, redactor=ana.redactor, verb=verb
    )
    assert ana.add("now", on="side").at < people.START + people.add.SKEW


def test_edits_and_folds_keep_their_places_and_what_they_name(ana: Writer, repo: Path) -> None:
    one = ana.add("one")
    ana.add("two")
    branch(ana)
    mine = ana.add("mine", on="side")
    ana.edit(mine.id, "mine, edited", on="side")
    ana.edit(one.id, "one, edited", on="side")
    (repo / "sum.md").write_text("in short")
    assert kit(repo, "context", "compress", f"{mine.id}..{mine.id}", "--content", "sum.md", "--on", "side").code == 0
    ana.add("main goes on")
    again = writer(repo)
    onto(again)
    compiled = kit(repo, "context", "compile", "--on", "side").out
    where = [compiled.index(text) for text in ("one, edited", "two", "main goes on", "in short")]
    assert where == sorted(where)
    assert "mine" not in compiled


def test_conflicts_wait_and_the_rebase_goes_on_when_they_are_settled(ana: Writer, repo: Path) -> None:
    one = ana.add("one")
    branch(ana)
    ana.edit(one.id, "one of t")
    ana.edit(one.id, "one of side", on="side")
    ana.add("mine", on="side")
    ana.add("theirs")
    kit(repo, "context", "switch", "side")
    waits = kit(repo, "context", "rebase", "t", "--json")
    assert (waits.code, [each["class"] for each in waits.json["open"]]) == (1, ["both-edited"])
    assert kit(repo, "context", "resolve", "all", "theirs").code == 0
    done = kit(repo, "context", "merge", "--continue", "--json")
    assert done.code == 0, done
    assert len(done.json["moved"]) == 2
    assert writer(repo).texts("side") == ["one of t", "theirs", "mine"]
    assert "rebase side onto t" in kit(repo, "context", "log", "--on", "side").out


def test_a_rebase_is_not_reverted_but_gone_back_before(ana: Writer, repo: Path) -> None:
    parted(ana)
    done = onto(ana)
    told = kit(repo, "context", "revert", done.commit, "--on", "side", "--json").json["error"]
    assert told["code"] == "no_revert"
    assert "reset" in told["hint"]
    assert kit(repo, "context", "reset", "HEAD~1", "--on", "side").code == 0
    assert writer(repo).texts("side") == ["one", "side 0", "side 1"]


def test_a_rebase_may_be_aborted(ana: Writer, repo: Path) -> None:
    one = ana.add("one")
    branch(ana)
    ana.edit(one.id, "one of t")
    ana.edit(one.id, "one of side", on="side")
    before = ana.state("side").commit
    assert kit(repo, "context", "rebase", "--on", "side").code == 1
    assert kit(repo, "context", "merge", "--abort", "--on", "side").code == 0
    assert writer(repo).state("side").commit == before


def test_an_answer_that_was_given_without_an_instruction_is_named_and_strict_refuses_it(ana: Writer) -> None:
    ana.add("why?")
    branch(ana)
    answer = ana.add("because", "assistant", on="side")
    rule = ana.add("Answer in French.", "system")
    before = ana.state("side").commit
    seen = sides.preview(ana.store, "side", ana.state("t").commit, verb=pending.REBASE)
    wanted = (piece.Warned(piece.UNINSTRUCTED, answer.id, rule.id),)
    assert (seen.warnings, seen.moved, seen.is_known) == (wanted, (answer.id,), False)
    with pytest.raises(Blocked, match="instruction") as blocked:
        onto(ana, is_strict=True)
    assert blocked.value.code == "order"
    assert ana.state("side").commit == before
    done = onto(ana)
    assert done.warnings == wanted
    assert "answer-without-instruction" in git(ana.store.repository.top, "log", "-1", "--format=%B", done.commit)


def test_an_answer_that_is_parted_from_its_question_is_named(ana: Writer) -> None:
    question = ana.add("why?")
    branch(ana)
    parted_ = ana.add("because", "assistant", on="side")
    ana.add("and how?", on="side")
    ana.add("so", "assistant", on="side")  # its question comes along with it
    ana.add("since", "assistant")
    ana.add("what else?")
    wanted = (piece.Warned(piece.PARTED, parted_.id, question.id),)
    assert sides.preview(ana.store, "side", ana.state("t").commit, verb=pending.REBASE).warnings == wanted
    assert onto(ana).warnings == wanted
    assert ana.texts("side") == ["why?", "since", "what else?", "because", "and how?", "so"]


def test_an_edit_of_an_edit_that_both_have_edited_is_named(ana: Writer) -> None:
    one = ana.add("one")
    ana.edit(one.id, "two")
    branch(ana)
    mine = ana.edit(one.id, "of side", on="side")
    ana.edit(one.id, "of t")
    with pytest.raises(Blocked):
        onto(ana, strategy="ours", is_strict=True)
    assert onto(ana, strategy="ours").warnings == (piece.Warned(piece.OVERTAKEN, mine.id, one.id),)
    assert ana.texts("side") == ["of side"]


@pytest.mark.parametrize("is_instructed", [True, False])
def test_a_rebase_that_waits_stays_strict_but_for_what_someone_has_chosen(
    ana: Writer, repo: Path, is_instructed: bool
) -> None:
    one = ana.add("why?")
    branch(ana)
    ana.edit(one.id, "why, of side?", on="side")
    ana.add("because", "assistant", on="side")
    ana.edit(one.id, "why, of t?")
    if is_instructed:
        ana.add("Answer in French.", "system")
    before = ana.state("side").commit
    assert kit(repo, "context", "rebase", "t", "--strict", "--on", "side").code == 1
    assert kit(repo, "context", "resolve", "all", "ours", "--on", "side").code == 0
    done = kit(repo, "context", "merge", "--continue", "--on", "side", "--json")
    if is_instructed:
        assert (done.code, done.json["error"]["code"]) == (7, "order")
        assert "--abort" in done.json["error"]["hint"]
        assert writer(repo).state("side").commit == before
    else:
        assert (done.code, done.json["warnings"]) == (0, [])


def test_a_dry_run_writes_nothing(ana: Writer, repo: Path) -> None:
    parted(ana)
    before = git(repo, "for-each-ref")
    done = kit(repo, "context", "rebase", "--on", "side", "--dry-run", "--json").json
    assert (len(done["added"]), len(done["moved"]), done["open"]) == (2, 2, [])
    assert git(repo, "for-each-ref") == before
    assert not list((repo / ".kit").glob("context/merge-*"))
    assert kit(repo, "context", "rebase", "--on", "t").code == 5  # it has no parent


def test_it_is_proposed_like_every_operation(ana: Writer, repo: Path) -> None:
    parted(ana)
    done = kit(repo, "context", "rebase", "--on", "side", "--propose", "--json").json
    assert done["state"] == "proposed"
    assert kit(repo, "context", "accept", done["proposal"], "--on", "side", agent="ben").code == 0
    assert writer(repo).texts("side") == ["one", "main 0", "main 1", "side 0", "side 1"]


def test_two_clones_of_which_one_has_rebased_are_joined_and_nothing_is_lost(
    clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    del remote
    ana, ben = (
        writer(clone, name)._replace(store=replace(writer(clone).store, joiner=join))
        for clone, name in zip(clones(2), ("ana", "ben"), strict=True)
    )

    def synced(*people_: Writer) -> None:
        for each in people_:
            sync.sync(each.store, me=Holder(each.name, f"{each.name}-1"), now=people.START + 50_000)

    ana.begin()
    parted(ana)
    synced(ana, ben)
    ben.add("of ben", on="side")
    first = ben.state("side").entries[1]
    ben.annotate(first.id, on="side", tags=("seen",))
    onto(ana)
    synced(ana, ben, ana, ben)
    assert ana.state("side").commit == ben.state("side").commit
    assert sorted(ana.texts("side")) == sorted(["one", "main 0", "main 1", "side 0", "side 1", "of ben"])
    texts = ana.texts("side")
    assert [each for each in texts if each.startswith(("main", "side"))] == ["main 0", "main 1", "side 0", "side 1"]
    assert "seen" in next(each.tags for each in ana.state("side").entries if each.id == first.id)
    for each in (ana, ben):
        each.store.objects.close()


def test_two_clones_that_have_both_rebased_are_joined_alike(
    clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    del remote
    ana, ben = (
        writer(clone, name)._replace(store=replace(writer(clone).store, joiner=join))
        for clone, name in zip(clones(2), ("ana", "ben"), strict=True)
    )
    ana.begin()
    parted(ana)
    for each in (ana, ben):
        sync.sync(each.store, me=Holder(each.name, f"{each.name}-1"), now=people.START + 50_000)
    ben.add("main of ben")
    ben.add("side of ben", on="side")
    for each in (ana, ben):
        onto(each)
    ana.add("side of ana", on="side")
    for each in (ana, ben) * 2:
        sync.sync(each.store, me=Holder(each.name, f"{each.name}-1"), now=people.START + 50_000)
    assert ana.state("side").commit == ben.state("side").commit
    texts = ana.texts("side")
    assert texts[:5] == ["one", "main 0", "main 1", "side 0", "side 1"]
    assert sorted(texts[5:]) == ["main of ben", "side of ana", "side of ben"]
    for each in (ana, ben):
        each.store.objects.close()


def entries(number: int, times: list[int]) -> dict[str, Entry]:
    return {
        f"{at:012x}-{number:08x}": Entry(
            f"{at:012x}-{number:08x}", float(at), "user", "dialogue", f"{number} {at}", tokens=Tokens(1, "estimate")
        )
        for at in times
    }


@settings(max_examples=60, deadline=None)
@given(
    ours=st.lists(st.integers(1, 1000), unique=True, max_size=8),
    theirs=st.lists(st.integers(1, 1000), unique=True, max_size=8),
)
def test_all_stay_theirs_as_they_were_and_ours_in_their_order_behind(ours: list[int], theirs: list[int]) -> None:
    mine, others = entries(1, ours), entries(2, theirs)
    done = rebase.behind({**others, **mine}, mine.keys())
    ordered = [each.text for each in sorted(done.entries.values(), key=order)]
    assert ordered == [
        *(each.text for each in sorted(others.values(), key=order)),
        *(each.text for each in sorted(mine.values(), key=order)),
    ]
    assert all(done.entries[name] == each for name, each in others.items())
    again = rebase.behind(done.entries, mine.keys())
    assert again.ids == ()
