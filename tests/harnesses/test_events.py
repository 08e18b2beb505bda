"""What is told of each record shape: fixtures with one of each, and beside them what they say, checked by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kit.harnesses import HARNESSES
from kit.harnesses.event import KINDS, Event
from tests.harnesses.layouts import FIXTURES, fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = [
    ("claude-code", "claude-code.jsonl"),
    ("codex", "codex.jsonl"),
    ("codex", "codex-old.jsonl"),
    ("pi", "pi.jsonl"),
    ("pi", "pi-v1.jsonl"),
    ("pi", "pi-v2.jsonl"),
    ("openclaw", "openclaw.jsonl"),
    ("hermes", "hermes.jsonl"),
    ("hermes", "hermes-exports.jsonl"),
    ("gemini", "gemini.jsonl"),
    ("generic", "generic.jsonl"),
]
of_fixtures = pytest.mark.parametrize(("harness", "name"), FILES, ids=[name for _, name in FILES])
STRANGE: list[Any] = [
    None, True, 0, -1, 1.5, 1e300, float("inf"), 10**30, 10**400, "", "x", "2026-13-99T99:99:99Z", "\0json:", '{"a":',
    [], {}, [None], [[]], [{}], ["x", 1], {"a": 1}, {"type": []}, {"text": {}}, [{"type": "text", "text": 5}],
    [{"type": {}}],
]  # fmt: skip


def told(harness: str, records: list[bytes]) -> list[Event]:
    return list(HARNESSES[harness].events(enumerate(records, 1)))


def shown(event: Event) -> str:
    """Returns an event as one line: what differs from an empty one."""
    empty = Event("", 0)
    kept = {key: value for key, value in event._asdict().items() if value != getattr(empty, key)}
    return json.dumps(kept, ensure_ascii=False)


@of_fixtures
def test_each_record_says_what_it_means(harness: str, name: str) -> None:
    expected = (FIXTURES / name).with_suffix(".events").read_text().splitlines()
    assert [shown(each) for each in told(harness, fixture(name))] == expected


@of_fixtures
def test_no_text_is_made_up(harness: str, name: str) -> None:
    texts = {text for record in fixture(name) for text in _texts(json.loads(record))}
    everything = "\n".join(texts)
    for event in told(harness, fixture(name)):
        assert all(line in everything for line in event.text.split("\n"))


@of_fixtures
def test_wrong_types_anywhere_never_fail(harness: str, name: str) -> None:
    for record in fixture(name):
        entry = json.loads(record)
        for path in _paths(entry):
            for value in STRANGE:
                for event in told(harness, [json.dumps(_changed(entry, path, value)).encode()]):
                    check(event)


@of_fixtures
def test_wrong_types_within_a_session_never_fail(harness: str, name: str) -> None:
    records = fixture(name)
    for index, record in enumerate(records):
        entry = json.loads(record)
        for path in _paths(entry):
            value = STRANGE[(index + len(path)) % len(STRANGE)]
            changed = json.dumps(_changed(entry, path, value)).encode()
            for event in told(harness, [*records[:index], changed, *records[index + 1 :]]):
                check(event)


@of_fixtures
def test_a_session_cut_anywhere_or_in_disorder_never_fails(harness: str, name: str) -> None:
    records = fixture(name)
    for index in range(len(records)):
        for some in (records[index:], records[:index], records[index:] + records[:index], records[::-1], records * 2):
            for event in told(harness, some):
                check(event)


@of_fixtures
def test_the_records_of_another_harness_never_fail(harness: str, name: str) -> None:
    for other in set(HARNESSES) - {harness}:
        for event in told(other, fixture(name)):
            check(event)


def check(event: Event) -> None:
    """An event is of the types it says, whatever stood in the record."""
    assert event.kind in KINDS
    texts = (event.at, event.id, event.parent, event.text, event.tool, event.call, event.model, event.agent)
    assert all(type(each) is str for each in texts)
    assert type(event.line) is int
    assert isinstance(event.input, str | dict)
    assert event.exit_status is None or type(event.exit_status) is int
    assert type(event.is_error) is bool
    assert type(event.is_active) is bool
    assert type(event.files) is tuple
    assert all(type(each) is str for each in event.files)
    assert event.usage is None or all(type(each) is int for each in event.usage.values())
    assert not event.at or (len(event.at) == 20 and event.at.endswith("Z"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if value[:1] in "{[\0":
            try:
                yield from _texts(json.loads(value.removeprefix("\0json:")))
            except ValueError:
                return
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*before, key)
            yield from _paths(value[key], (*before, key))


def _changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    if not path:
        return to
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], to)
    return copy


def test_the_example_in_the_documentation_is_understood() -> None:
    page = (Path(__file__).parents[2] / "docs" / "harnesses.md").read_text("utf-8")
    (example,) = re.findall(r"```jsonl\n(.*?)```", page, re.DOTALL)
    records = example.encode().splitlines()
    found = told("generic", records)
    assert [each.kind for each in found] == [json.loads(each)["kind"] for each in records]
    assert [each.exit_status for each in found if each.kind == "tool-result"] == [1]


def test_every_kind_and_every_harness_is_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "harnesses.md").read_text("utf-8")
    assert [each for each in (*KINDS, *HARNESSES) if f"`{each}`" not in page] == []
