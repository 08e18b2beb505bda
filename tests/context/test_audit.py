"""Who saw what is told by compile records, and by nothing else; who wrote what by the entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.context import audit, options, produce, reset
from kit.context.audit import Wanted
from tests.context import people
from tests.kit import kit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.context.people import Writer


@pytest.fixture
def ana(repo: Path) -> Writer:
    made = people.writer(repo, "ana")
    made.begin()
    return made


def compile_(who: Writer, on: str = "t", **more: object) -> str:
    """Compiles a thread and records that."""
    wanted = options.Options(**more)
    made = produce.compiled(who.store, who.state(on), wanted)
    return produce.keep(who.store, on, made, wanted, author=who.author, random=people.digits()).id


def seen(who: Writer, *threads: str, **wanted: object) -> list[tuple[str, str, str, str]]:
    found = audit.audit(who.store, threads or ("t",), Wanted(**wanted))
    return [(each.agent, each.what, each.thread, each.how) for each in found.seen]


def test_an_entry_was_seen_by_those_who_compiled_it(ana: Writer) -> None:
    ben, cy = (people.writer(ana.store.repository.top, name) for name in ("ben", "cy"))
    compile_(cy)
    first = ana.add("Never push.", "system")
    compile_(ben)
    assert seen(ana, entry=first.id) == [("ana", "wrote", "t", "whole"), ("ben", "saw", "t", "whole")]
    assert seen(ana, entry=first.id[-8:], agent="ben") == [("ben", "saw", "t", "whole")]
    assert seen(ana, text="never PUSH", agent="cy") == []


def test_versions_folds_and_shortened_entries_are_told_apart(ana: Writer) -> None:
    ben = people.writer(ana.store.repository.top, "ben")
    first = ana.add("# One\n\nA long word. " * 30, "assistant")
    ana.add("Next.")
    compile_(ben, strategy="adaptive", k=1)
    assert seen(ana, entry=first.id, agent="ben") == [("ben", "saw", "t", "in part")]
    ana.edit(first.id, "Other words.")
    compile_(ben)
    assert seen(ana, entry=first.id, agent="ben")[1:] == [("ben", "saw", "t", "another version")]
    ana.add("In short.", "assistant", folds=(first.id,))
    compile_(ben)
    assert seen(ana, entry=first.id, agent="ben")[2:] == [("ben", "saw", "t", "through a fold")]


def test_what_was_reset_away_is_still_known_to_have_been_seen(ana: Writer) -> None:
    ben = people.writer(ana.store.repository.top, "ben")
    before = ana.state().commit
    first = ana.add("A secret plan.")
    compile_(ben)
    reset.reset(ana.store, "t", before, author=ana.author)
    assert ana.state().entries == ()
    assert seen(ana, text="secret plan")[-1] == ("ben", "saw", "t", "whole")
    assert seen(ana, entry=first.id)[-1] == ("ben", "saw", "t", "whole")


def test_threads_that_share_a_record_count_it_once(ana: Writer) -> None:
    first = ana.add("Never push.")
    compile_(ana)
    people.new.branch(ana.store, "other", "t", author=ana.author, redactor=ana.redactor)
    ben = people.writer(ana.store.repository.top, "ben")
    compile_(ben, "other")
    assert seen(ana, "other", "t", entry=first.id) == [
        ("ana", "wrote", "other", "whole"), ("ana", "saw", "t", "whole"), ("ben", "saw", "other", "whole")]  # fmt: skip


def test_a_bound_and_what_is_broken_are_said(ana: Writer) -> None:
    ana.add("Never push.")
    compile_(ana)
    compile_(ana)
    assert audit.audit(ana.store, ["t"], Wanted(), most=1).left == 1
    from kit.store.change import Change

    files: dict[str, object] = {"context/t/compiled/0193b5c1a2f0-5f1d9c2e.json": b"{}"}
    ana.store.save(Change("context/t", ana.state().commit, files, "x", "x"), author=ana.author)
    found = audit.audit(ana.store, ["t"], Wanted())
    assert len(found.unread) == 1
    assert found.records == 2


def test_the_command_answers_across_threads(ana: Writer) -> None:
    repo = ana.store.repository.top
    first = ana.add("Never push.")
    compile_(ana)
    people.writer(repo, "ben").begin("review")
    done = kit(repo, "context", "audit", "--across", "all", "--entry", first.id, "--json", agent="").json
    assert (done["threads"], done["agents"], done["records_read"]) == (["review", "t"], ["ana"], 1)
    assert [each["what"] for each in done["seen"]] == ["wrote", "saw"]
    assert kit(repo, "context", "audit", "--on", "t", "--limit", "1", agent="").err.count("1 earlier") == 1
    assert kit(repo, "context", "audit", "--entry", "a", "--text", "b").code == 2
    assert kit(repo, "context", "audit", "--across", "none").code == 4
    assert kit(repo, "context", "audit", "--on", "t", "--since", "2099-01-01", "--json", agent="").json["seen"] == []
