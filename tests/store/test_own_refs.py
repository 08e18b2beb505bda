"""A ref with one writer keeps what every process and clone of that writer wrote."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from kit.errors import RemoteFailed
from kit.records import times
from kit.store import repository
from kit.store.author import Author
from kit.store.store import Change, Stale, Store, notes_of
from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

ANA = Author("ana", "one", 1_000_000)
REF = "agents/ana/one"


def opened(clone: Path) -> Store:
    return Store(repository.find(clone, environment=dict(os.environ)))


def write(clone: Path, name: str, *, event: str = "send") -> None:
    store = opened(clone)
    store.save(Change(REF, store.own_tip(REF), {f"{REF}/{name}": name.encode()}, event, name), author=ANA)


def files(remote: PathRemote) -> list[str]:
    return git(remote.path, "ls-tree", "-r", "--name-only", f"refs/kit/{REF}").replace(f"{REF}/", "").split()


def test_two_clones_of_one_instance_join_what_they_wrote(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    first, second = clones(2)
    write(first, "a")
    write(second, "b")
    opened(first).send(REF, author=ANA)
    opened(second).send(REF, author=ANA)
    assert files(remote) == ["a", "b"]
    write(first, "c")
    opened(first).fetch("agents/*")
    opened(first).send(REF, author=ANA)
    assert files(remote) == ["a", "b", "c"]


def test_a_clone_that_has_fetched_what_its_twin_wrote_does_not_push_over_it(
    clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    first, second = clones(2)
    write(first, "a")
    opened(first).send(REF, author=ANA)
    opened(second).fetch("agents/*")
    write(second, "b")
    opened(second).send(REF, author=ANA)
    opened(first).fetch("agents/*")
    assert opened(first).waiting([REF]) == []
    claim = Change("tasks/parser", "", {"tasks/parser/x.json": b"{}"}, "claim", "claim parser")
    write(first, "c")
    opened(first).publish([claim], author=ANA, riders=opened(first).waiting([REF]))
    assert files(remote) == ["a", "b"], "a rider that would drop b stays at home"
    opened(first).send(REF, author=ANA)
    assert files(remote) == ["a", "b", "c"]


def test_an_instance_known_from_the_remote_only_goes_on_from_there(
    clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    first, second = clones(2)
    write(first, "a")
    opened(first).send(REF, author=ANA)
    opened(second).fetch("agents/*")
    write(second, "b")
    opened(second).send(REF, author=ANA)
    assert files(remote) == ["a", "b"]
    assert git(remote.path, "log", "--format=%s", f"refs/kit/{REF}").split() == ["b", "a"]


def test_a_word_that_only_says_still_here_is_replaced_wherever_it_stands(
    clones: Callable[..., list[Path]], remote: PathRemote
) -> None:
    (clone,) = clones(1)
    for name in ("a", "b"):
        write(clone, "agent.json", event="seen")
        opened(clone).send(REF, author=ANA)
        write(clone, name)
        opened(clone).send(REF, author=ANA)
    assert git(remote.path, "log", "--format=%s", f"refs/kit/{REF}").split() == ["b", "a"]


def test_the_quicker_of_two_processes_wins_and_the_other_is_told(clones: Callable[..., list[Path]]) -> None:
    (clone,) = clones(1)
    store = opened(clone)
    write(clone, "a")
    with pytest.raises(Stale):
        store.save(Change(REF, "", {f"{REF}/b": b"b"}, "send", "b"), author=ANA)


def test_what_the_remote_dropped_is_sent_again_from_here(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    (clone,) = clones(1)
    write(clone, "a")
    opened(clone).send(REF, author=ANA)
    git(remote.path, "update-ref", "-d", f"refs/kit/{REF}")
    write(clone, "b")
    opened(clone).send(REF, author=ANA)
    assert files(remote) == ["a", "b"]


def test_what_cannot_be_sent_waits_and_says_so(clones: Callable[..., list[Path]], remote: PathRemote) -> None:
    (clone,) = clones(1)
    remote.stop()
    write(clone, "a")
    with pytest.raises(RemoteFailed):
        opened(clone).send(REF, author=ANA)
    assert [each.ref for each in opened(clone).waiting([REF])] == [REF]


def test_a_nul_in_a_subject_does_not_cut_the_trailers_off(repo: Path) -> None:
    store = opened(repo)
    store.save(Change(REF, "", {f"{REF}/a": b"a"}, "send", "a\0b\nKit-Task: no", {"Task": "parser"}), author=ANA)
    message = store.objects.commit(store.own_tip(REF)).message
    assert message.startswith("a b Kit-Task: no\n")
    assert notes_of(message) == {"Event": "send", "Task": "parser", "At": times.stamp(ANA.when)}
