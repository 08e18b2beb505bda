"""Threads in two clones: what both write offline is joined and nothing is lost, whoever syncs first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.context import branches, reset, rev, send, tag, tip
from kit.coordination import sync
from kit.coordination.holder import Holder
from kit.errors import KitError
from kit.store.editing import Blob
from tests.context.people import START, Writer, writer
from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.remotes import PathRemote

REF = "refs/kit/context/t"
LATER = START + 50_000


@pytest.fixture
def pair(clones: Callable[..., list[Path]]) -> Iterator[tuple[Writer, Writer]]:
    ana, ben = (writer(clone, name) for clone, name in zip(clones(2), ("ana", "ben"), strict=True))
    yield ana, ben
    for each in (ana, ben):
        each.store.objects.close()


def synced(*people: Writer) -> None:
    for each in people:
        sync.sync(each.store, me=Holder(each.name, f"{each.name}-1"), now=LATER)


def test_what_is_written_reaches_the_remote_and_the_other_clone(
    pair: tuple[Writer, Writer], remote: PathRemote
) -> None:
    ana, ben = pair
    ana.begin()
    ana.add("one")
    assert send.send(ana.store, "t", author=ana.author) is None
    assert git(remote.path, "rev-parse", REF) == ana.state().commit
    synced(ben)
    assert ben.texts() == ["one"]
    ben.add("two")
    assert send.send(ben.store, "t", author=ben.author) is None
    synced(ana)
    assert ana.texts() == ["one", "two"]
    assert git(ana.store.repository.top, "rev-parse", REF) == ben.state().commit


@pytest.mark.parametrize("first", [0, 1])
def test_both_write_offline_and_nothing_is_lost(pair: tuple[Writer, Writer], first: int) -> None:
    ana, ben = pair
    ana.begin()
    shared = ana.add("shared")
    synced(ana, ben)
    for number in range(3):
        ana.add(f"ana {number}")
        ben.add(f"ben {number}")
    ana.edit(shared.id, "shared, edited")
    ben.annotate(shared.id, priority="pinned")
    order = pair if first == 0 else (ben, ana)
    synced(*order, *order)
    assert ana.state().commit == ben.state().commit
    assert ana.texts() == ["shared, edited", *(f"{name} {number}" for number in range(3) for name in ("ana", "ben"))]
    assert {each.priority for each in ana.state().entries if each.id == shared.id} == {"pinned"}
    assert git(ana.store.repository.top, "fsck", "--strict") == ""


def test_the_same_entry_annotated_on_both_sides_becomes_the_same_in_both_clones(pair: tuple[Writer, Writer]) -> None:
    ana, ben = pair
    ana.begin()
    each = ana.add("shared")
    synced(ana, ben)
    ana.annotate(each.id, priority="skip")
    ben.annotate(each.id, priority="pinned")
    mine, theirs = ana.state().commit, ben.state().commit
    synced(ana, ben, ana)
    assert ana.state().commit == ben.state().commit
    assert {one.priority for one in ana.state().entries} == {"pinned"}  # the later one
    for oid in (mine, theirs):
        git(ana.store.repository.top, "merge-base", "--is-ancestor", oid, REF)


def test_tags_of_both_sides_are_kept(pair: tuple[Writer, Writer]) -> None:
    ana, ben = pair
    ana.begin()
    synced(ana, ben)
    for each, name in ((ana, "green"), (ben, "red")):
        tag.tag(each.store, "t", name, each.state().commit, author=each.author)
    synced(ana, ben, ana)
    assert list(ana.state().record.tags) == list(ben.state().record.tags) == ["green", "red"]


def test_what_one_side_took_back_is_not_brought_back_by_the_other(pair: tuple[Writer, Writer]) -> None:
    ana, ben = pair
    ana.begin()
    ana.add("one")
    ana.add("two")
    synced(ana, ben)
    reset.reset(ana.store, "t", rev.resolve(ana.store, "t", "HEAD~1", now=0), author=ana.author)
    ben.add("three")
    synced(ana, ben, ana)
    assert ana.texts() == ben.texts() == ["one", "three"]


def test_one_that_was_begun_in_both_clones_has_the_entries_of_both(pair: tuple[Writer, Writer]) -> None:
    ana, ben = pair
    for each in pair:
        each.begin()
        each.add(f"by {each.name}")
    synced(ana, ben, ana)
    assert ana.texts() == ben.texts() == ["by ana", "by ben"]


def test_a_write_joins_what_came_with_a_fetch(pair: tuple[Writer, Writer]) -> None:
    ana, ben = pair
    ana.begin()
    synced(ana, ben)
    ben.add("ben")
    synced(ben)
    ana.add("ana")
    ana.store.fetch("context/*")
    assert tip.tip(ana.store, "t").other
    assert ana.state().other
    ana.add("ana again")
    assert ana.texts() == ["ben", "ana", "ana again"]


def test_what_cannot_leave_waits_and_is_not_tried_at_once_again(
    pair: tuple[Writer, Writer], remote: PathRemote
) -> None:
    ana, _ = pair
    ana.begin()
    remote.path.rename(remote.path.with_name("away"))
    first = send.send(ana.store, "t", author=ana.author)
    again = send.send(ana.store, "t", author=ana.author)
    assert isinstance(first, KitError)
    assert again
    assert "a moment ago" in again.message
    remote.path.with_name("away").rename(remote.path)
    assert send.send(ana.store, "t", author=ana.author._replace(when=LATER)) is None
    assert git(remote.path, "rev-parse", REF) == ana.state().commit


def test_a_thread_that_is_gone_there_goes_here_too_unless_something_of_it_waits(
    pair: tuple[Writer, Writer], remote: PathRemote
) -> None:
    ana, ben = pair
    ana.begin()
    ana.begin("kept")
    synced(ana, ben)
    ben.add("kept here", on="kept")
    for name in ("t", "kept"):
        git(remote.path, "update-ref", "-d", f"refs/kit/context/{name}")
    synced(ana, ben)
    assert [each.name for each in branches.branches(ana.store).threads] == []
    assert [each.name for each in branches.branches(ben.store).threads] == ["kept"]
    assert git(remote.path, "rev-parse", "refs/kit/context/kept") == ben.state("kept").commit


def test_what_others_have_planted_there_hides_nothing_here(pair: tuple[Writer, Writer], remote: PathRemote) -> None:
    ana, ben = pair
    ana.begin()
    ana.add("one")
    synced(ana)
    blob = git(remote.path, "hash-object", "-w", "--stdin", given="x")
    git(remote.path, "update-ref", "refs/kit/context/blob", blob)
    git(remote.path, "update-ref", "refs/kit/context/main", git(remote.path, "rev-parse", "main"))
    synced(ben)
    found = branches.branches(ben.store)
    assert ([each.name for each in found.threads], set(found.broken)) == (["t"], {"blob", "main"})
    ben.add("two")
    assert ben.texts() == ["one", "two"]
    assert Blob(blob).oid == blob
