"""Proposals: kept as data, accepted once and only as they were shown, rejected with a reason, whoever dies or lies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kit.context import edit, intercept, join, thread, tip
from kit.context.step import Step
from kit.coordination import sync
from kit.coordination.holder import Holder
from kit.errors import Blocked, InvalidInput, KitError, NotFound, Taken
from kit.store import git as git_program
from kit.store import loose, move, repository
from kit.store.change import Change
from kit.store.objects import Objects
from kit.store.store import Store
from tests.context import people, steps
from tests.context.people import START, Writer
from tests.context.steps import WHY, fold, message, propose, reject, take_up, talk, waiting
from tests.faults.test_mirror import dies
from tests.git import git
from tests.kit import kit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REF = "refs/kit/context/t"


def branched(ana: Writer, name: str = "side") -> str:
    return people.new.branch(ana.store, name, "t", author=ana.author, redactor=ana.redactor)


def every(ana: Writer) -> dict[str, Step]:
    """A step of each operation, on a talk of which one other thread has an edit and one a child's story."""
    ids = talk(ana)
    for name in ("side", "child"):
        branched(ana, name)
    ana.edit(ids[2], "asked otherwise", on="side")
    ana.add("found it", "assistant", on="child")
    theirs = tip.of(ana.store, "side").oid
    return {
        "compress": fold(ids),
        "merge": Step("t", "merge", {"source": "side", "theirs": theirs, "strategy": "auto"}),
        "branch": Step("t", "branch", {"name": "made", "at": ana.state().commit, "purpose": "to look"}),
        "pin": Step("t", "pin", {"entries": ids[:2]}),
        "collapse": Step("t", "collapse", {"child": "child", "text": "it was there"}),
    }


def outcome_of(ana: Writer) -> dict[str, bool]:
    """What each of those would have done."""
    now = ana.state()
    return {
        "compress": any(each.folds for each in now.entries),
        "merge": "asked otherwise" in ana.texts(),
        "branch": bool(tip.tip(ana.store, "made").oid),
        "pin": any(each.priority == "pinned" for each in now.entries),
        "collapse": "it was there" in ana.texts(),
    }


@pytest.mark.parametrize("name", ["compress", "merge", "branch", "pin", "collapse"])
def test_an_accepted_proposal_does_its_operation_and_nothing_else(ana: Writer, name: str) -> None:
    made = propose(ana, every(ana)[name])
    assert not any(outcome_of(ana).values())
    done = take_up(ana._replace(name="ben"), made)
    assert (done.state, done.proposal) == ("done", made)
    assert [each for each, is_done in outcome_of(ana).items() if is_done] == [name]
    assert waiting(ana) == ()
    said = message(ana)
    assert (said["Proposal"], said["Accepted-By"], said["Proposed-By"]) == (made, "ben ben-1", "ana ana-1")
    with pytest.raises(NotFound):
        take_up(ana, made)


def test_the_log_says_in_a_word_who_accepted_and_why_one_was_rejected(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    reject(ana, propose(ana, fold(ids)), "it loses\nthe error")
    take_up(ana._replace(name="ben"), propose(ana, fold(ids, "in other words")))
    log = kit(repo, "context", "log", "--on", "t")
    assert "(accepted by ben)" in log.out
    assert "(it loses the error)" in log.out
    events = kit(repo, "context", "log", "--on", "t", "--json").json["events"]
    assert events[0]["step"]["accepted_by"] == "ben ben-1"
    assert events[2]["step"]["reason"] == "it loses the error"


def test_the_same_is_not_proposed_twice_while_it_is_open(ana: Writer) -> None:
    ids = talk(ana)
    first = steps.take(ana, fold(ids, "one way", why=WHY))
    second = steps.take(ana, fold(ids, "another way", why=WHY))
    assert (second.proposal, second.is_known, second.commit) == (first.proposal, True, "")
    reject(ana, first.proposal)
    assert not steps.take(ana, fold(ids, "one way", why=WHY)).is_known


def test_a_policy_has_one_open_proposal_and_a_later_one_replaces_what_was_changed(ana: Writer) -> None:
    ids = talk(ana)
    first = steps.take(ana, fold(ids, why="policy trim", is_policy=True))
    more = Step("t", "compress", {"first": ids[0], "last": ids[2], "text": "all"}, why="policy trim", is_policy=True)
    assert steps.take(ana, more).proposal == first.proposal
    ana.edit(ids[0], "asked anew")
    assert steps.take(ana, more).proposal != first.proposal
    assert [each.arguments["text"] for each in waiting(ana)] == ["all"]


def test_others_about_the_same_go_with_the_one_that_is_accepted(ana: Writer) -> None:
    ids = talk(ana)
    one, two = (propose(ana, fold(ids, text)) for text in ("one way", "another way"))
    other = propose(ana, Step("t", "branch", {"name": "made", "at": ana.state().commit}))
    assert one != two
    take_up(ana, two)
    assert [each.id for each in waiting(ana)] == [other]
    assert "another way" in ana.texts()


@pytest.mark.parametrize("change", ["edit", "pin", "retain", "fold", "between"])
def test_what_was_changed_meanwhile_cannot_be_accepted(ana: Writer, change: str) -> None:
    ids = talk(ana)
    made = propose(ana, fold(ids))
    match change:
        case "edit":
            ana.edit(ids[1], "other words")
        case "pin":
            ana.annotate(ids[0], priority="pinned")
        case "retain":
            ana.annotate(ids[0], priority="important", retain=({"match": "substring", "pattern": "RFC"},))
        case "fold":
            steps.take(ana, fold(ids, "quicker"))
        case _:
            early = ana.state().entries[0]
            late = ana.add("added by a slow clock")
            put(ana, {late.path: None, late.path.replace(late.id, f"{early.id[:12]}-ffffffff"): late._replace(
                id=f"{early.id[:12]}-ffffffff", at=early.at + 0.0001).dump()})  # fmt: skip
    before = ana.state().commit
    with pytest.raises(Taken) as taken:
        take_up(ana, made)
    assert taken.value.code == "changed"
    assert ana.state().commit == before
    reject(ana, made)


@pytest.mark.parametrize("name", ["compress", "merge", "pin"])
def test_what_changes_while_it_is_accepted_is_seen_too(ana: Writer, name: str) -> None:
    wanted = every(ana)
    made = propose(ana, wanted[name])
    ids = [each.id for each in ana.state().entries]

    def change(_: dict[str, Any]) -> None:
        ana.edit(ids[0] if name != "merge" else ids[2], "changed in the very moment")

    with pytest.raises(Taken):
        take_up(ana, made, interceptors=intercept.functions({"before": change}))
    assert [each.id for each in waiting(ana)] == [made]
    assert not outcome_of(ana)[name]


def test_what_was_added_after_it_does_not_matter(ana: Writer) -> None:
    ids = talk(ana)
    made = propose(ana, fold(ids))
    ana.add("and then")
    take_up(ana, made)
    assert ana.texts()[-2:] == ["the second question", "and then"]


def test_a_text_that_lacks_what_must_be_kept_is_not_even_proposed(ana: Writer) -> None:
    ids = talk(ana)
    ana.annotate(ids[0], priority="important", retain=({"match": "substring", "pattern": "RFC 8259"},))
    with pytest.raises(Blocked, match="RFC 8259"):
        steps.take(ana, fold(ids), "collaborative")
    assert waiting(ana) == ()


def test_secrets_are_taken_out_before_a_proposal_is_written(ana: Writer, repo: Path) -> None:
    ids = talk(ana)
    secret = "ghp_" + "a1B2" * 9
    made = propose(ana, fold(ids, f"use {secret}"))
    reject(ana, made, f"it has {secret}")
    assert secret not in git(repo, "log", "-p", REF)


def test_a_merge_with_open_conflicts_is_not_proposed_without_a_strategy(ana: Writer) -> None:
    ids = talk(ana)
    branched(ana)
    ana.edit(ids[1], "mine")
    ana.edit(ids[1], "theirs", on="side")
    wanted = Step("t", "merge", {"source": "side", "theirs": tip.of(ana.store, "side").oid})
    with pytest.raises(InvalidInput, match="no choice"):
        steps.take(ana, wanted, "collaborative")


def test_a_branch_does_not_take_the_proposals_of_its_thread_along(ana: Writer) -> None:
    made = propose(ana, fold(talk(ana)))
    branched(ana)
    assert waiting(ana, "side") == ()
    assert not [path for path in ana.state("side").files if path.startswith("proposals/")]
    with pytest.raises(NotFound):
        take_up(ana, made, on="side")


def test_a_proposal_that_stands_in_another_thread_is_not_its_own(ana: Writer) -> None:
    made = propose(ana, fold(talk(ana)))
    data = ana.store.objects.blob(ana.state().files[f"proposals/{made}.json"])
    branched(ana)
    put(ana, {f"proposals/{made}.json": data}, on="side")
    assert waiting(ana, "side") == ()
    with pytest.raises(NotFound, match="is a proposal for t"):
        take_up(ana, made, on="side")


def test_a_text_that_would_not_be_read_again_is_not_proposed(ana: Writer) -> None:
    talk(ana)
    branched(ana, "child")
    wanted = Step("t", "collapse", {"child": "child", "text": "\x01" * 190_000})
    with pytest.raises(InvalidInput, match="bytes"):
        propose(ana, wanted)


def test_resetting_past_an_acceptance_opens_it_again_and_no_other_way(ana: Writer, repo: Path) -> None:
    made = propose(ana, fold(talk(ana)))
    take_up(ana, made)
    assert kit(repo, "context", "reset", "HEAD~1", "--on", "t").code == 0
    assert [each.id for each in waiting(ana)] == [made]
    assert not outcome_of(ana)["compress"]


# -- hostile proposals


def put(ana: Writer, files: dict[str, bytes | None], *, on: str = "t") -> None:
    """Commits files below the thread's folder, as anyone who may push can."""
    state = ana.state(on)
    edit = {f"{state.folder}/{path}": data for path, data in files.items()}
    ana.store.save(Change(f"context/{on}", state.commit, edit, "context-propose", "planted"), author=ana.author)


def planted(ana: Writer, name: str, **changes: Any) -> str:
    """Plants the proposal of that id with other fields, and returns the id."""
    path = f"proposals/{name}.json"
    record = json.loads(ana.store.objects.blob(ana.state().files[path]))
    put(ana, {path: json.dumps(record | changes).encode()})
    return name


@pytest.mark.parametrize("changes", [
    {"operation": "reset"},
    {"operation": "compress; rm"},
    {"operation": ["compress"]},
    {"type": "entry"},
    {"id": "5f1d9c2e0193-0a0314fb5f1d9c2e"},
    {"thread": "../../other"},
    {"base": "HEAD"},
    {"agent": "x" * 5000},
    {"at": "tomorrow"},
    {"why": 5},
    {"tokens": {"before": -1}},
    {"tokens": {"cost": 1}},
    {"arguments": []},
    {"arguments": {"first": "0193b5c1a2f0-5f1d9c2e", "last": "0193b5c1a2f0-5f1d9c2e", "text": "x", "run": "rm"}},
    {"arguments": {"first": "..", "last": "..", "text": "x"}},
    {"arguments": {"first": "0193b5c1a2f0-5f1d9c2e", "last": "0193b5c1a2f0-5f1d9c2e", "text": {"a": 1}}},
    {"arguments": {"first": "0193b5c1a2f0-5f1d9c2e", "last": "0193b5c1a2f0-5f1d9c2e", "text": "a\0b"}},
    {"arguments": {"first": "0193b5c1a2f0-5f1d9c2e", "last": "0193b5c1a2f0-5f1d9c2e", "text": "x", "target": True}},
])  # fmt: skip
def test_what_is_no_proposal_is_named_and_can_only_be_rejected(
    ana: Writer, repo: Path, changes: dict[str, Any]
) -> None:
    name = planted(ana, propose(ana, fold(talk(ana))), **changes)
    listed = kit(repo, "context", "proposals", "--on", "t", "--json")
    assert (listed.json["broken"], listed.json["proposals"]) == ([f"proposals/{name}.json"], [])
    before = ana.state().commit
    with pytest.raises(KitError):
        take_up(ana, name)
    assert ana.state().commit == before
    assert kit(repo, "context", "reject", name, "--on", "t").code == 0
    assert kit(repo, "context", "proposals", "--on", "t", "--json").json["broken"] == []


@pytest.mark.parametrize(
    "data", [b"", b"[" * 5000, b'{"type": "proposal", "type": "x"}', b"\xff", b"{}" + b" " * (2 << 20)]
)
def test_what_is_no_json_is_named_and_can_be_rejected(ana: Writer, data: bytes) -> None:
    name = propose(ana, fold(talk(ana)))
    put(ana, {f"proposals/{name}.json": data, "proposals/other name.txt": data})
    found = steps.proposal.proposals(ana.store, ana.state(), ana.redactor)
    assert sorted(found.broken) == sorted([f"proposals/{name}.json", "proposals/other name.txt"])
    for each in (name, "other name.txt"):
        reject(ana, each)
    assert steps.proposal.proposals(ana.store, ana.state(), ana.redactor).broken == ()


def test_other_words_below_an_id_that_was_shown_are_not_accepted(ana: Writer) -> None:
    ids = talk(ana)
    name = propose(ana, fold(ids))
    planted(ana, name, arguments={"first": ids[0], "last": ids[1], "text": "other words"})
    with pytest.raises(Taken):
        take_up(ana, name)


def test_another_history_cannot_be_brought_in_by_its_commit(ana: Writer) -> None:
    talk(ana)
    ana.begin("other")
    branched(ana)
    ana.add("more", on="side")
    theirs = tip.of(ana.store, "other").oid
    with pytest.raises(NotFound, match="no commit of side"):
        propose(ana, Step("t", "merge", {"source": "side", "theirs": theirs}))
    with pytest.raises(NotFound, match="no commit of t"):
        propose(ana, Step("t", "branch", {"name": "made", "at": theirs}))


def test_thousands_of_planted_proposals_are_bounded_and_said(ana: Writer, repo: Path) -> None:
    name = propose(ana, fold(talk(ana)))
    data = ana.store.objects.blob(ana.state().files[f"proposals/{name}.json"])
    put(ana, {f"proposals/{number:012x}-{number:016x}.json": data for number in range(300)})
    listed = kit(repo, "context", "proposals", "--on", "t")
    assert "more were not read: at most 200" in listed.err
    with pytest.raises(Blocked, match="301 proposals wait"):
        propose(ana, fold(talk(ana), "another"))


def test_control_characters_do_not_reach_the_terminal(ana: Writer, repo: Path) -> None:
    propose(ana, fold(talk(ana), "a\x1b]0;title\x07b", why="engine \x1b[31mred"))
    assert "\x1b" not in kit(repo, "context", "proposals", "--on", "t").out


# -- two clones, and whoever dies


@pytest.fixture
def pair(clones: Callable[..., list[Path]]) -> Iterator[tuple[Writer, Writer]]:
    found = [
        Writer(Store(repository.find(clone, environment={}), joiner=join.join), name)
        for clone, name in zip(clones(2), ("ana", "ben"), strict=True)
    ]
    found[0].begin()
    yield found[0], found[1]
    for each in found:
        each.store.objects.close()


def synced(*writers: Writer) -> None:
    for each in writers:
        sync.sync(each.store, me=Holder(each.name, f"{each.name}-1"), now=START + 50_000)
        each.store.fetch("context/*")


def test_somebody_else_accepts_on_another_machine(pair: tuple[Writer, Writer]) -> None:
    ana, ben = pair
    name = propose(ana, fold(talk(ana)))
    synced(ana, ben)
    assert [each.id for each in waiting(ben)] == [name]
    take_up(ben, name)
    synced(ben, ana)
    assert waiting(ana) == ()
    assert "in short" in ana.texts()


def test_a_thread_that_only_the_remote_has_is_fetched_when_it_is_to_be_brought_in(
    clones: Callable[..., list[Path]],
) -> None:
    ana, ben = clones(2)
    for words in (["new", "t"], ["add", "--text", "one"], ["branch", "side"], ["add", "--text", "two", "--on", "side"]):
        assert kit(ana, "context", *words).code == 0
    made = kit(ana, "context", "merge", "side", "--propose", "--json").json["proposal"]
    git(ben, "fetch", "-q", "origin", "refs/kit/context/t:refs/kit/context/t")
    assert kit(ben, "context", "accept", made, "--on", "t", agent="ben").code == 0
    assert kit(ana, "sync").code == 0
    assert "two" in kit(ana, "context", "show").out


@pytest.mark.parametrize("name", ["compress", "merge", "branch", "pin", "collapse"])
@pytest.mark.parametrize("goes_on", ["", "ben", "ana"])
def test_two_who_accept_apart_have_one_result(pair: tuple[Writer, Writer], name: str, goes_on: str) -> None:
    ana, ben = pair
    made = propose(ana, every(ana)[name])
    synced(ana, ben)
    for each in pair:
        if goes_on == each.name and name != "merge":  # what is said after an edited question is a conflict
            for number in range(40):
                each.add(f"meanwhile {number}")
        take_up(each, made)
    synced(ana, ben, ana)
    for each in pair:
        assert waiting(each) == ()
        assert each.state().broken == ()
        assert outcome_of(each)[name]
        now = thread.read(each.store, "t").entries
        assert len([one for one in now if one.folds]) == (name == "compress")
        assert len([one for one in now if one.text == "it was there"]) == (name == "collapse")
        assert each.texts().count("asked otherwise") == (name == "merge")
        ids = [path.rpartition("/")[2] for path in each.state().files if path.startswith("entries/")]
        assert len(ids) == len(set(ids))
    assert ana.state().commit == ben.state().commit


def test_where_one_accepts_and_one_rejects_the_acceptance_stands(pair: tuple[Writer, Writer]) -> None:
    ana, ben = pair
    made = propose(ana, fold(talk(ana)))
    synced(ana, ben)
    take_up(ana, made)
    reject(ben, made, "no")
    synced(ben, ana, ben)
    for each in pair:
        assert waiting(each) == ()
        assert "in short" in each.texts()


def test_two_who_propose_the_same_apart_have_one_proposal(pair: tuple[Writer, Writer]) -> None:
    ana, ben = pair
    ids = talk(ana)
    synced(ana, ben)
    assert propose(ana, fold(ids)) == propose(ben, fold(ids))
    synced(ana, ben, ana)
    assert [len(waiting(each)) for each in pair] == [1, 1]
    take_up(ana, waiting(ana)[0].id)


_STEPS = [(Objects, "build"), (loose, "_fill"), (loose, "_settle"), (Path, "replace"), (git_program.Git, "run"),
          (move, "here")]  # fmt: skip


@pytest.mark.parametrize("name", ["compress", "merge", "branch", "pin", "collapse", "reject"])
def test_whoever_dies_while_accepting_or_rejecting_has_done_it_once_or_not_at_all(
    ana: Writer, repo: Path, name: str
) -> None:
    wanted = every(ana)
    made = propose(ana, wanted["compress" if name == "reject" else name])
    act = ["context", "reject" if name == "reject" else "accept", made, "--on", "t"]
    step = 0
    is_dead = True
    while is_dead and step < 200:
        step += 1
        is_dead = dies(step, lambda: kit(repo, *act), _STEPS)
        if step % 8 == 0 or not is_dead:
            assert git(repo, "fsck", "--strict", "--no-dangling") == ""
        assert ana.state().broken == ()
        now = outcome_of(ana)
        is_open = bool(waiting(ana))
        assert not [each for each, is_done in now.items() if is_done and each != name]
        if name not in ("reject", "branch"):
            assert now[name] != is_open
        assert len([each for each in ana.state().entries if each.folds]) <= 1
    assert not is_dead
    assert step > 3
    assert waiting(ana) == ()
    assert outcome_of(ana).get(name, True)


def test_a_proposal_of_a_branch_that_was_begun_before_its_acceptor_died_is_finished_not_begun_again(
    ana: Writer,
) -> None:
    made = propose(ana, every(ana)["branch"])
    path = f"proposals/{made}.json"
    data = ana.store.objects.blob(ana.state().files[path])
    first = take_up(ana, made)
    ana.add("gone on", on="made")
    put(ana, {path: data})  # as it stands where the second of the two commits was never made
    assert take_up(ana, made).commit == first.commit
    assert waiting(ana) == ()
    assert "gone on" in ana.texts("made")
    assert edit.of(ana.state("made"), ana.state("made").entries[0].id)
