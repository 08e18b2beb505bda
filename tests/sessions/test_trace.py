"""Sessions are found by name and read by line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kit.errors import InvalidInput, NotFound
from kit.harnesses.event import USER
from kit.sessions import trace
from kit.store import repository
from kit.store.store import Store
from tests.git import git, try_git
from tests.kit import kit
from tests.plant import plant
from tests.sessions.writer import SESSION, Writer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(repo: Path) -> Store:
    (repo / "kit.toml").write_text("[sessions]\nmax_part = 2000\nmax_session = 100000\n")
    for session in (SESSION, "0a0314ff-0000-450f-b895-cd5181a28ae5"):
        writer = Writer(repo, session)
        writer.say(*(f"word {number} " + "x" * 150 for number in range(1, 31)))
    assert kit(repo, "session", "mirror", "--all").code == 0
    return Store(repository.find(repo, environment={}))


def test_a_session_is_found_by_its_name_its_id_and_the_beginning_of_it(store: Store) -> None:
    for name in (
        SESSION,
        f"claude-code/{SESSION}",
        SESSION[:8],
        f"claude-code/{SESSION[:10]}",
        f"kit:sessions/claude-code/{SESSION}#L2-L9",
    ):
        found = trace.find(store, name)
        assert (found.harness, found.session, found.meta["lines"]) == ("claude-code", SESSION, 30)
    assert {each.session for each in trace.all(store)} == {SESSION, "0a0314ff-0000-450f-b895-cd5181a28ae5"}


def test_too_short_and_unknown_names_are_told_with_the_nearest(store: Store) -> None:
    for name in ("0a0314", SESSION[:-1] + "x", "codex/" + SESSION):
        with pytest.raises(NotFound) as told:
            trace.find(store, name)
        assert SESSION in told.value.hint
    with pytest.raises(InvalidInput):
        trace.find(store, "#L1")


def test_lines_are_counted_through_all_parts(store: Store) -> None:
    found = trace.find(store, SESSION)
    assert len(found.record.parts) > 2
    for first, last in ((1, None), (7, 7), (5, 23), (29, 99)):
        lines = list(trace.records(store, found, first, last))
        expected = range(first, min(30, last or 30) + 1)
        assert [number for number, _ in lines] == list(expected)
        said = [json.loads(data)["message"]["content"].split()[1] for _, data in lines]
        assert said == [str(number) for number in expected]


def test_what_happened_is_read_as_the_harness_reads_it(store: Store) -> None:
    events = [event for event in trace.events(store, trace.find(store, SESSION)) if event.kind == USER]
    assert [event.line for event in events] == list(range(1, 31))
    assert events[0].text.startswith("word 1 x")


def test_an_address_names_lines() -> None:
    assert trace.address("kit:sessions/claude-code/0a0314fb#L120-L188") == ("claude-code/0a0314fb", 120, 188)
    assert trace.address("0a0314fb#L7") == ("0a0314fb", 7, 7)
    assert trace.address("0a0314fb") == ("0a0314fb", 1, None)
    for wrong in ("", "a#L0", "a#L5-L3", "a#x", "#L1"):
        with pytest.raises(InvalidInput):
            trace.address(wrong)


@pytest.mark.parametrize(
    "meta", [b"", b"[]", b"{}", b"\xff", b'{"id": 1}', b'{"id": "x", "parts": [{"name": "../../x"}]}', b"[" * 5000]
)
def test_what_is_no_session_is_named_and_hides_no_other(store: Store, meta: bytes) -> None:
    plant(store.repository.top, "sessions/claude-code/evil", {"sessions/claude-code/evil/meta.json": meta or b"x"})
    broken: list[str] = []
    assert len(trace.all(store, broken)) == 2
    assert broken == ["sessions/claude-code/evil"]
    with pytest.raises(InvalidInput):
        trace.find(store, "claude-code/evil")


def test_a_ref_whose_name_kit_would_not_give_is_no_session(store: Store) -> None:
    head = git(store.repository.top, "rev-parse", "HEAD")
    for name in ("claude-code/\u202eevil", "claude-code/A", "x y/z", "a/b/c"):
        try_git(store.repository.top, "update-ref", f"refs/kit/sessions/{name}", head)
    assert len(trace.all(store)) == 2
