"""Merging threads: every class of conflict, every strategy, and nothing lost whatever was chosen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kit.context import merge, pending, version
from kit.errors import InvalidInput, NotFound, Taken
from tests.context.world import World
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path


class Forked(World):
    """`main` with a question and an answer, and `side` branched from it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.new("main")
        self.question = self.add("main", "user", "why?")
        self.answer = self.add("main", "assistant", "because")
        self.branch("side", "main")


@pytest.fixture
def world(repo: Path) -> Forked:
    return Forked(repo)


def ids(world: World, name: str) -> set[str]:
    return {each.id for each in world.state(name).entries}


def test_what_both_sides_added_stands_in_the_order_of_time_and_the_commit_has_two_parents(world: Forked) -> None:
    world.add("main", "user", "here")
    world.add("side", "user", "there")
    before = [world.tip("main"), world.tip("side")]
    done = world.merge("main", "side")
    assert world.said("main") == ["why?", "because", "here", "there"]
    assert list(world.store.objects.commit(done.commit).parents) == before
    assert world.state("main").record.id == "main"


def test_what_was_merged_once_is_not_merged_again(world: Forked) -> None:
    world.add("side", "user", "there")
    world.merge("main", "side")
    tip = world.tip("main")
    assert world.merge("main", "side").is_known
    assert world.tip("main") == tip


def test_threads_that_have_nothing_in_common_are_merged(world: Forked) -> None:
    world.new("other")
    world.add("other", "user", "elsewhere")
    world.merge("main", "other")
    assert world.said("main") == ["why?", "because", "elsewhere"]


def test_an_edit_of_one_side_and_a_note_of_the_other_both_stand(world: Forked) -> None:
    world.edit("side", world.answer, "because of the lexer")
    world.note("main", world.question, tags=("parser",))
    assert world.merge("main", "side").commit
    assert world.in_force("main", world.answer).text == "because of the lexer"
    assert world.in_force("main", world.question).tags == ("parser",)


@pytest.mark.parametrize("strategy", ["", "auto"])
def test_a_pin_and_a_pattern_noted_on_what_the_other_side_has_edited_hold(world: Forked, strategy: str) -> None:
    world.edit("main", world.answer, "because of the lexer")
    pattern = {"match": "substring", "pattern": "because"}
    world.note("side", world.answer, priority="pinned", tags=("why",), retain=(pattern,))
    assert not world.merge("main", "side", strategy=strategy).settled
    stands = world.in_force("main", world.answer)
    assert (stands.text, stands.priority, stands.tags, stands.retain) == (
        "because of the lexer", "pinned", ("why",), (pattern,),
    )  # fmt: skip


def test_a_choice_of_words_keeps_the_pin_and_the_pattern_of_the_other_side(world: Forked) -> None:
    pattern = {"match": "substring", "pattern": "because"}
    world.note("side", world.answer, priority="pinned", retain=(pattern,))
    world.edit("side", world.answer, "because of theirs")
    world.edit("main", world.answer, "because of ours")
    world.merge("main", "side", strategy="ours")
    stands = world.in_force("main", world.answer)
    assert (stands.text, stands.priority, stands.retain) == ("because of ours", "pinned", (pattern,))


def test_one_who_went_back_to_the_old_words_has_edited_them_too(world: Forked) -> None:
    world.edit("side", world.answer, "because of theirs")
    world.edit("main", world.answer, "hm")
    world.edit("main", world.answer, "because")
    assert [each.kind for each in world.merge("main", "side").open] == ["both-edited"]


@pytest.mark.parametrize(("one", "two"), [("main", "side"), ("side", "main")])
def test_auto_is_the_same_whichever_side_is_ours_where_both_noted_or_one_skipped_what_both_edited(
    world: Forked, one: str, two: str
) -> None:
    world.note("main", world.question, priority="pinned")
    world.note("side", world.question, priority="important")
    world.edit("main", world.answer, "because of ours")
    world.note("main", world.answer, priority="skip")
    world.edit("side", world.answer, "because of theirs")
    world.merge(one, two, strategy="auto")
    question, answer = (world.in_force(one, each) for each in (world.question, world.answer))
    assert (question.priority, answer.text, answer.priority) == ("important", "because of theirs", "normal")


def test_what_was_settled_in_two_ways_criss_cross_is_a_conflict(world: Forked) -> None:
    world.edit("main", world.answer, "ours")
    world.edit("side", world.answer, "theirs")
    stood = world.tip("main")
    world.merge("main", "side", strategy="ours")
    merge.merge(world.store, "side", "main", stood, random=world.random, strategy="ours", **world.who)
    assert (world.said("main")[1], world.said("side")[1]) == ("ours", "theirs")
    assert [each.root for each in world.merge("main", "side").open] == [world.answer]


def test_tags_and_patterns_of_both_sides_are_kept_and_what_one_took_out_is_out(world: Forked) -> None:
    world.note("main", world.question, tags=("a", "old"))
    world.merge("side", "main")
    world.note("main", world.question, tags=("b",), without=("old",))
    world.note("side", world.question, tags=("c",), retain=({"match": "substring", "pattern": "why"},))
    assert not world.merge("main", "side").settled
    merged = world.in_force("main", world.question)
    assert set(merged.tags) == {"a", "b", "c"}
    assert merged.retain


def both_edited(world: Forked) -> str:
    world.edit("main", world.answer, "ours")
    world.edit("side", world.answer, "theirs")
    return world.answer


def noted_both(world: Forked) -> str:
    world.note("main", world.answer, priority="important")
    world.note("side", world.answer, priority="pinned")
    return world.answer


def skip_against_edit(world: Forked) -> str:
    world.note("main", world.answer, priority="skip")
    world.edit("side", world.answer, "theirs")
    return world.answer


def edit_against_skip(world: Forked) -> str:
    world.edit("main", world.answer, "ours")
    world.note("side", world.answer, priority="skip")
    return world.answer


def edit_and_append(world: Forked) -> str:
    world.edit("main", world.answer, "ours")
    world.add("side", "user", "I see: because")
    return world.answer


def append_and_edit(world: Forked) -> str:
    world.add("main", "assistant", "and another answer")
    world.edit("side", world.question, "how?")
    return world.question


CONFLICTS = {
    both_edited: "both-edited",
    noted_both: "both-edited",
    skip_against_edit: "skip-against-edit",
    edit_against_skip: "skip-against-edit",
    edit_and_append: "edit-and-append",
    append_and_edit: "edit-and-append",
}


@pytest.mark.parametrize("make", CONFLICTS)
@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_a_conflict_waits_for_a_choice_and_then_what_was_chosen_is_in_force(
    world: Forked, make: object, choice: str
) -> None:
    entry = make(world)  # type: ignore[operator]
    sides = {"ours": world.in_force("main", entry), "theirs": world.in_force("side", entry)}
    every = ids(world, "main") | ids(world, "side")
    before = world.tip("main")
    done = world.merge("main", "side")
    assert [(each.root, each.kind) for each in done.open] == [(entry, CONFLICTS[make])]  # type: ignore[index]
    assert world.tip("main") == before
    merge.choose(world.store, "main", entry[-8:], choice)
    done = world.go_on("main")
    assert done.commit
    assert ids(world, "main") >= every
    now = world.in_force("main", entry)
    assert (now.text, now.priority) == (sides[choice].text, sides[choice].priority)
    assert not pending.find(world.store.repository, "main")
    assert f"{entry}={CONFLICTS[make]}:{choice}" in world.store.objects.commit(done.commit).message  # type: ignore[index]
    assert world.merge("main", "side").is_known


@pytest.mark.parametrize("make", [skip_against_edit, append_and_edit])
@pytest.mark.parametrize("strategy", ["ours", "theirs", "auto"])
def test_a_strategy_settles_every_conflict_at_once(world: Forked, make: object, strategy: str) -> None:
    entry = make(world)  # type: ignore[operator]
    sides = {"ours": world.in_force("main", entry), "theirs": world.in_force("side", entry)}
    done = world.merge("main", "side", strategy=strategy)
    assert done.commit
    assert len(done.settled) == 1
    if strategy != "auto":
        now = world.in_force("main", entry)
        assert (now.text, now.priority) == (sides[strategy].text, sides[strategy].priority)


def test_auto_keeps_the_edit_against_a_skip_and_of_two_edits_the_later(world: Forked) -> None:
    world.edit("main", world.answer, "earlier")
    world.edit("side", world.answer, "later")
    world.note("main", world.question, priority="skip")
    world.edit("side", world.question, "how?")
    world.merge("main", "side", strategy="auto")
    assert world.said("main") == ["how?", "later"]


def test_an_entry_that_one_side_took_back_and_the_other_edited_is_a_conflict(world: Forked) -> None:
    from kit.context import rev, revert

    added = rev.added(world.store, world.tip("main"), world.answer)
    revert.revert(world.store, "main", added, author=world.author)
    world.edit("side", world.answer, "theirs")
    assert [each.kind for each in world.merge("main", "side").open] == ["skip-against-edit"]
    merge.choose(world.store, "main", "all", "theirs")
    world.go_on("main")
    assert world.said("main") == ["why?", "theirs"]


def test_the_removal_can_be_chosen_too(world: Forked) -> None:
    from kit.context import rev, revert

    added = rev.added(world.store, world.tip("main"), world.answer)
    revert.revert(world.store, "main", added, author=world.author)
    world.edit("side", world.answer, "theirs")
    world.merge("main", "side", strategy="ours")
    assert world.said("main") == ["why?"]


def test_an_aborted_merge_leaves_the_thread_as_it_was(world: Forked) -> None:
    both_edited(world)
    before = world.tip("main")
    world.merge("main", "side")
    with pytest.raises(Taken, match="waits"):
        world.merge("main", "side")
    merge.abort(world.store, "main")
    assert world.tip("main") == before
    with pytest.raises(NotFound):
        world.go_on("main")
    assert not list((world.store.repository.derived / "context").iterdir())


def test_a_choice_about_words_that_have_changed_since_is_open_again(world: Forked) -> None:
    both_edited(world)
    world.merge("main", "side")
    merge.choose(world.store, "main", "all", "theirs")
    world.edit("main", world.answer, "ours again")
    assert len(world.go_on("main").open) == 1
    merge.choose(world.store, "main", "all", "ours")
    world.go_on("main")
    assert world.said("main") == ["why?", "ours again"]


def test_a_killed_merge_that_was_committed_is_settled_by_going_on(
    world: Forked, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_edited(world)
    world.merge("main", "side")
    merge.choose(world.store, "main", "all", "ours")
    with monkeypatch.context() as patch:
        patch.setattr(pending, "remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.go_on("main")
    tip = world.tip("main")
    assert world.go_on("main").is_known
    assert world.tip("main") == tip
    assert not pending.find(world.store.repository, "main")


def test_a_broken_conflict_file_is_refused_and_abort_forgets_it(world: Forked) -> None:
    both_edited(world)
    world.merge("main", "side")
    file = pending.file_of(world.store.repository, "main")
    told = json.loads(file.read_text())
    told["conflicts"][0]["choice"] = "whatever"
    file.write_text(json.dumps(told))
    with pytest.raises(InvalidInput, match="cannot be read"):
        world.go_on("main")
    assert kit(world.folder, "context", "merge", "--abort", "--on", "main").code == 0
    assert not file.exists()


def test_the_page_shows_hostile_words_as_text_only(world: Forked) -> None:
    world.edit("main", world.answer, "# A heading\n\x1b[31m```\n<!-- -->")
    world.edit("side", world.answer, "theirs")
    world.merge("main", "side")
    page = pending.file_of(world.store.repository, "main").with_suffix(".md").read_text()
    assert "\n# A heading" not in page
    assert "\x1b" not in page
    assert "    # A heading" in page


def test_a_secret_written_as_the_choice_does_not_reach_the_commit(world: Forked) -> None:
    both_edited(world)
    world.merge("main", "side")
    merge.choose(world.store, "main", "all", "text", "use " + "ghp_" + "a1B2" * 9)
    world.go_on("main")
    assert world.in_force("main", world.answer).text.startswith("use ")
    assert "ghp_" not in world.in_force("main", world.answer).text


def test_an_edit_stands_in_its_place_and_the_loser_is_still_an_entry(world: Forked) -> None:
    both_edited(world)
    world.merge("main", "side", strategy="ours")
    found = {each.text for each in world.state("main").entries}
    assert found == {"why?", "because", "ours", "theirs"}
    assert [each.root.id for each in version.versions(world.state("main").entries)] == [world.question, world.answer]


def test_git_sees_a_sound_repository_after_merges(world: Forked) -> None:
    both_edited(world)
    world.merge("main", "side", strategy="auto")
    assert git(world.folder, "fsck", "--strict", "--no-dangling") == ""


def test_the_commands_merge_list_resolve_and_go_on(world: Forked) -> None:
    both_edited(world)
    kit(world.folder, "context", "switch", "main")
    done = kit(world.folder, "context", "merge", "side", "--json")
    assert done.code == 1
    assert done.json["open"][0]["class"] == "both-edited"
    assert "both-edited" in kit(world.folder, "context", "conflicts").out
    assert kit(world.folder, "context", "merge", "--continue").code == 1
    assert kit(world.folder, "context", "resolve", world.answer, "theirs").code == 0
    assert kit(world.folder, "context", "merge", "--continue").code == 0
    assert kit(world.folder, "context", "conflicts").out == "no conflicts\n"
    assert World(world.folder).said("main") == ["why?", "theirs"]
