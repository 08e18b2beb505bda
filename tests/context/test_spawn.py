"""A child's thread: what it begins with, what it is held to, and that its record says where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.context import (
    add,
    blame,
    compress,
    draft,
    expand,
    handoff,
    inherit,
    installed,
    new,
    place,
    span,
    spawn,
    status,
    thread,
    write,
)
from kit.context import compile as compiling
from kit.context.compile import compile_entries
from kit.context.entry import Entry, order
from kit.context.inherit import Selection
from kit.context.options import Options
from kit.errors import Blocked, InvalidInput, NotFound, Taken
from kit.records import strict_json
from tests.context.histories import KINDS, ROLES, histories, name
from tests.context.world import World
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.spawn import Spawned


class Family(World):
    """A thread `main` with a rule, an edited answer, a tool's pair, a decision, something skipped, and thought."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, start=1_700_000_000.0)  # before the clock of commands
        self.new("main")
        self.rule = self.add("main", "system", "be brief")
        self.question = self.add("main", "user", "why?")
        self.call = self.add("main", "assistant", "{}", kind="tool-io", call="c1", tool="read", tags=("look",))
        self.result = self.add("main", "tool", "the lexer", call="c1", tool="read")
        self.answer = self.add("main", "assistant", "draft", tags=("decision",))
        self.edit("main", self.answer, "keep them as tokens")
        self.noise = self.add("main", "assistant", "noise", priority="skip")
        self.add("main", "assistant", "hm", kind="reasoning")
        self.last = self.add("main", "user", "go on", tags=("private",))

    def add_lines(self, count: int) -> None:
        drafts = [draft.draft("user", f"line {number} " + "of many words " * 5) for number in range(count)]
        add.add(self.store, "main", drafts, random=self.random, **self.who)

    def spawn(self, how: str, child: str = "child", parent: str = "main", *, budget: int = 0, **chosen: Any) -> Spawned:
        selection = Selection(**chosen) if chosen else None
        return spawn.spawn(
            self.store, child, parent, purpose="look", random=self.random, how=how, budget=budget,
            selection=selection, **self.who,
        )  # fmt: skip


@pytest.fixture
def world(repo: Path) -> Family:
    return Family(repo)


IN_FORCE = ["be brief", "why?", "{}", "the lexer", "keep them as tokens", "go on"]


@pytest.mark.parametrize(("how", "chosen"), [("full", {}), ("head", {}), ("select", {"roles": ("user",)})])
def test_the_record_names_parent_commit_and_purpose_whatever_is_inherited(
    world: Family, how: str, chosen: dict[str, Any]
) -> None:
    before = world.tip("main")
    made = world.spawn(how, budget=1000, **chosen)
    record = world.state("child").record
    assert record.parent == ("main", before) == ("main", made.parent)
    assert (record.id, record.purpose, record.budget) == ("child", "look", 1000)
    assert world.tip("main") == before
    assert git(world.folder, "fsck", "--strict") == ""


def test_full_is_a_branch_with_the_whole_history(world: Family) -> None:
    before = world.tip("main")
    made = world.spawn("full")
    assert git(world.folder, "rev-parse", "refs/kit/context/child~1") == before
    assert [each.oid for each in world.state("child").entries] == [each.oid for each in world.state("main").entries]
    assert made.inherited is None


def test_head_holds_what_is_in_force_and_nothing_of_how_it_came_to_be(world: Family) -> None:
    made = world.spawn("head")
    entries = world.state("child").entries
    assert [each.text for each in entries] == IN_FORCE
    assert git(world.folder, "rev-list", "--count", "refs/kit/context/child") == "1"
    assert "draft" not in git(world.folder, "grep", "-h", "", "refs/kit/context/child")
    assert made.inherited is not None
    assert made.inherited.left == {"edited": 1, "skip": 1, "reasoning": 1}
    assert world.compiled("child") == [each.id for each in entries]


def test_a_copy_keeps_what_an_entry_is_and_says_which_it_is_of(world: Family) -> None:
    head = world.in_force("main", world.answer)
    world.spawn("head")
    copy = world.state("child").entries[4]
    assert copy.origin == f"kit:context/main@{world.tip('main')}/{head.id}"
    assert (copy.role, copy.kind, copy.priority) == ("assistant", "dialogue", "normal")
    assert (copy.tags, copy.edits) == (("decision",), "")


def test_blame_of_a_copy_leads_to_who_said_it_first(world: Family) -> None:
    world.spawn("head")
    world.spawn("head", "grandchild", "child")
    state = world.state("grandchild")
    (said,) = blame.blame(world.store, state, [each for each in state.entries if each.text == "why?"]).sentences
    assert [(each.thread, each.entry == world.question) for each in said.behind] == [("child", False), ("main", True)]


def test_a_fold_that_was_copied_is_expanded_to_its_originals(world: Family) -> None:
    state = world.state("main")
    folded = compress.fold(
        world.store, state, span.span(state, f"{world.question}..{world.answer}"), "in short", random=world.random,
        **world.who,
    )  # fmt: skip
    world.spawn("head")
    copy = next(each for each in world.state("child").entries if each.text == "in short")
    assert copy.folds == folded.fold.folds
    found = expand.expand(world.store, world.state("child"), copy.id)
    assert [each.id for each in found.entries] == [world.question, world.call, world.result, world.answer]
    assert (found.thread, found.missing) == ("main", ())


@pytest.mark.parametrize(
    ("chosen", "texts"),
    [
        ({"tags": ("decision",)}, ["be brief", "keep them as tokens"]),
        ({"roles": ("user",)}, ["be brief", "why?", "go on"]),
        ({"roles": ("user",), "tags": ("private",)}, ["be brief", "go on"]),
        ({"kinds": ("dialogue",), "without": ("private",)}, ["be brief", "why?", "keep them as tokens"]),
        ({"without": ("private", "look")}, ["be brief", "why?", "keep them as tokens"]),
        ({"tags": ("decision",), "is_pinned": False}, ["keep them as tokens"]),
        ({"roles": ("system",), "is_pinned": False}, ["be brief"]),
        ({"tags": ("nowhere",), "is_pinned": False}, []),
    ],
)
def test_select_takes_what_is_asked_for_and_what_is_pinned(
    world: Family, chosen: dict[str, Any], texts: list[str]
) -> None:
    made = world.spawn("select", **chosen)
    assert [each.text for each in world.state("child").entries] == texts
    assert made.inherited is not None
    assert len(made.inherited.entries) + sum(made.inherited.left.values()) == len(world.state("main").entries)


@pytest.mark.parametrize("asked", [{"tags": ("look",)}, {"roles": ("tool",)}])
def test_a_tools_call_and_its_result_come_both(world: Family, asked: dict[str, Any]) -> None:
    world.spawn("select", **asked)
    assert [each.text for each in world.state("child").entries] == ["be brief", "{}", "the lexer"]


def test_a_tools_call_and_its_result_stay_both_where_one_is_excluded(world: Family) -> None:
    made = world.spawn("select", roles=("tool",), without=("look",))
    assert [each.text for each in world.state("child").entries] == ["be brief"]
    assert made.inherited is not None
    assert made.inherited.left["excluded"] == 2


def test_an_entry_is_selected_by_its_id_and_named_where_it_cannot_come(world: Family) -> None:
    made = world.spawn("select", ids=(world.answer, world.noise))
    assert [each.text for each in world.state("child").entries] == ["be brief", "keep them as tokens"]
    assert made.inherited is not None
    assert made.inherited.missed == ((world.noise, "skip"),)
    with pytest.raises(NotFound):
        world.spawn("select", "other", ids=("ffffffffffff-ffffffff",))


@pytest.mark.parametrize(("how", "chosen"), [("head", {}), ("select", {"without": ("private",)})])
def test_what_is_copied_fits_the_budget_pinned_first_then_the_newest(
    world: Family, how: str, chosen: dict[str, Any]
) -> None:
    world.add_lines(50)
    made = world.spawn(how, budget=200, **chosen)
    texts = [each.text for each in world.state("child").entries]
    found = status.status(world.store, world.state("child"))
    assert made.inherited is not None
    assert found.used == made.inherited.tokens <= 200
    assert made.inherited.left["budget"] > 0
    assert texts[0] == "be brief"
    assert texts[-1].startswith("line 49 ")


def test_what_is_pinned_and_exceeds_the_budget_is_refused_and_nothing_is_begun(world: Family) -> None:
    world.add("main", "system", "a long rule " * 50)
    for how in ("full", "head"):
        with pytest.raises(Blocked) as error:
            world.spawn(how, budget=20)
        assert error.value.details["needed"] > 20
    with pytest.raises(NotFound):
        world.state("child")


def test_compile_holds_a_child_to_its_budget_unless_told_another(world: Family) -> None:
    world.add_lines(50)
    world.spawn("full", budget=300)
    said = ["context", "compile", "--on", "child", "--json"]
    account = kit(world.folder, *said).json["account"]
    assert account["options"]["budget"] == 300
    assert account["tokens"]["total"] <= 300
    assert account["cut_by_reason"]["budget"] > 0
    assert kit(world.folder, *said, "--budget", "500").json["account"]["options"]["budget"] == 500
    assert "budget" not in kit(world.folder, *said, "--budget", "0").json["account"]["cut_by_reason"]


def test_status_says_how_much_of_the_budget_is_used(world: Family) -> None:
    world.spawn("head", budget=1000)
    told = kit(world.folder, "context", "status", "--on", "child")
    used = kit(world.folder, "context", "status", "--on", "child", "--json").json["budget"]
    total = kit(world.folder, "context", "compile", "--on", "child", "--json").json["account"]["tokens"]["total"]
    assert used == {"tokens": 1000, "used": total}
    assert f"budget: {total} of 1000 tokens used" in told.out
    assert kit(world.folder, "context", "status", "--on", "main", "--json").json["budget"] is None


@pytest.mark.parametrize(("how", "chosen"), [("select", {}), ("head", {"tags": ("a",)}), ("some", {})])
def test_words_that_do_not_go_together_are_refused(world: Family, how: str, chosen: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        world.spawn(how, **chosen)


@pytest.mark.parametrize("how", ["full", "head"])
def test_a_name_that_is_taken_is_refused(world: Family, how: str) -> None:
    world.new("child")
    with pytest.raises(Taken):
        world.spawn(how)


def test_a_child_is_not_closed_nor_handed_over_because_its_parent_was(world: Family) -> None:
    handoff.handoff(world.store, "main", handoff.Handoff("done"), random=world.random, **world.who)
    world.spawn("full")
    world.spawn("head", "other")
    for child in ("child", "other"):
        record = world.state(child).record
        assert (record.handoff, record.closed, record.collapsed) == (None, None, None)


def test_a_secret_that_stands_in_the_parent_does_not_reach_the_child(world: Family) -> None:
    secret = "ghp_" + "a1B2" * 9
    each = world.state("main").entries[-1]
    git_edit = {each.path: each._replace(text=f"use {secret}").dump()}
    write.commit(world.store, "main", lambda _: git_edit, event="x", subject="x", author=world.author)
    world.spawn("head")
    assert secret not in git(world.folder, "grep", "-h", "", "refs/kit/context/child")


def test_a_hostile_budget_makes_a_broken_record_and_the_thread_still_compiles(world: Family) -> None:
    told = world.state("main").record.record()
    for budget in (-1, "9", 1 << 70, [1]):
        data = strict_json.dump({**told, "budget": budget})
        write.commit(
            world.store, "main", lambda _, data=data: {place.RECORD: data}, event="x", subject="x", author=world.author
        )
        with pytest.raises(InvalidInput):
            _ = world.state("main").record
        assert world.state("main").budget == 0
        assert kit(world.folder, "context", "compile", "--on", "main").code == 0


def test_branch_lists_children_with_their_parent_and_purpose(world: Family) -> None:
    world.spawn("head")
    lines = [line.split() for line in kit(world.folder, "context", "branch").out.splitlines()]
    assert next(line for line in lines if line[0] == "child")[-2:] == ["main", "look"]
    (child,) = [one for one in kit(world.folder, "context", "branch", "--json").json["threads"] if one["id"] == "child"]
    assert (child["parent"]["thread"], child["purpose"]) == ("main", "look")


def test_the_command_says_what_came_and_what_stayed(world: Family) -> None:
    word = ["context", "spawn", "child", "--purpose", "look", "--on", "main"]
    done = kit(world.folder, *word, "--inherit", "select", "--tag", "decision", "--id", world.noise, "--budget", "500")
    assert done.code == 0, done
    assert done.out.startswith("began child from main: 2 entries, ")
    assert "left behind: 1 edited, 4 not-selected, 1 reasoning, 1 skip" in done.err
    assert f"not in it though named: {world.noise} (skip)" in done.err
    data = kit(world.folder, "context", "spawn", "other", "--purpose", "x", "--on", "main", "--json").json
    assert (data["parent"], data["inherit"], data["entries"], data["budget"]) == ("main", "full", None, None)
    assert kit(world.folder, *word, "--inherit", "head").code == 6
    for words in (["--tag", "a"], ["--inherit", "select"]):
        assert kit(world.folder, "context", "spawn", "third", "--purpose", "x", "--on", "main", *words).code == 5


def test_a_copy_counts_as_seen_where_its_original_is_asked_about(world: Family) -> None:
    world.spawn("head")
    done = kit(world.folder, "context", "compile", "--record", "--on", "child", agent="ben")
    assert done.code == 0, done
    words = ["context", "audit", "--entry", world.question, "--across", "all", "--json"]
    rows = kit(world.folder, *words, agent="").json["seen"]
    assert ("ben", "saw", "child", "a copy") in {
        (each["agent"], each["what"], each["thread"], each["how"]) for each in rows
    }


def test_nobody_is_given_more_than_a_commit_holds(world: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(add, "MOST", 3)
    with pytest.raises(InvalidInput, match="too many"):
        world.spawn("head")
    assert world.spawn("full", "other").commit


def test_a_branch_of_a_child_keeps_its_budget_and_a_child_of_it_has_its_own(world: Family) -> None:
    world.spawn("head", budget=900)
    new.branch(world.store, "retry", "child", **world.who)
    world.spawn("full", "grandchild", "child")
    assert [thread.read(world.store, name).record.budget for name in ("retry", "grandchild")] == [900, 0]
    assert inherit.HOW == ("full", "head", "select")


class Standing(NamedTuple):
    """A thread as far as `inherit` looks at one."""

    entries: tuple[Entry, ...]
    broken: tuple[str, ...] = ()


words = st.lists(st.sampled_from(ROLES), max_size=2).map(tuple)
kinds = st.lists(st.sampled_from(KINDS), max_size=3).map(tuple)
none = st.just(())
selections = st.one_of(
    st.none(),
    st.builds(Selection, roles=words, kinds=kinds, is_pinned=st.booleans(), tags=none, ids=none, without=none),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), selections, st.sampled_from([0, 40, 120, 400]))
def test_whatever_the_history_a_child_is_sent_all_that_it_was_given_and_it_fits(
    entries: list[Entry], selection: Selection | None, budget: int
) -> None:
    state: Any = Standing(tuple(sorted(entries, key=order)))
    try:
        found = inherit.inherit(state, budget=budget, selection=selection)
    except Blocked as blocked:
        assert blocked.details["needed"] > budget > 0
        return
    copies = [each._replace(id=name(99 + at), at=99.0 + at, edits="") for at, each in enumerate(found.entries)]
    account = compile_entries(copies, Options(counter=installed.best(), budget=budget)).account
    assert {each["id"] for each in account["entries"]} == {each.id for each in copies}
    assert account["tokens"]["total"] == found.tokens <= (budget or found.tokens)
    assert len(copies) + sum(found.left.values()) == len(entries)
    if not budget and not selection:
        sent = compiling.pick(entries, Options(counter=installed.best())).sent
        assert sorted(each.entry.text for each in sent) == sorted(each.text for each in copies)
