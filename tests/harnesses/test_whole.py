"""Sessions that are one document, written anew at every change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kit.harnesses import HARNESSES, whole
from kit.harnesses.harness import LEFT_OUT
from tests.harnesses.layouts import LAYOUTS, PROJECT, prepare, said

if TYPE_CHECKING:
    from pathlib import Path

GEMINI = next(each for each in LAYOUTS if each.name == "gemini-document")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    prepare(GEMINI, tmp_path)
    return tmp_path


def write(house: Path, messages: list[dict[str, Any]], **more: Any) -> None:
    document = {"sessionId": "s1", "projectHash": "x", "startTime": "2026-11-20T10:00:00.000Z"} | more
    GEMINI.path(house).write_text(json.dumps(document | {"messages": messages}))


def user(number: int) -> dict[str, Any]:
    return {"id": f"m{number}", "type": "user", "content": f"word {number}"}


def test_the_message_that_is_being_completed_is_read_again_and_told_once(house: Path) -> None:
    call = {"id": "t1", "name": "read_file", "args": {"file_path": "a.txt"}, "status": "executing"}
    answer = {"id": "m1", "type": "gemini", "content": "", "toolCalls": [call]}
    write(house, [user(0), answer], lastUpdated="2026-11-20T10:00:01.000Z")
    before = GEMINI.read(house)
    done = answer | {"toolCalls": [call | {"status": "success", "resultDisplay": "text"}]}
    write(house, [user(0), done, user(2)], lastUpdated="2026-11-20T10:00:02.000Z")
    after = GEMINI.read(house, before.cursor)
    assert after.notice == ""
    assert (after.start, after.end) == (1, 3)
    assert json.loads(after.records[0]).keys() == {"$set"}
    records = before.records + after.records
    found = list(HARNESSES["gemini"].events(enumerate(records, 1)))
    assert [each.kind for each in found] == ["user", "tool-call", "tool-result", "user"]


def test_an_earlier_message_that_changed_is_noticed(house: Path) -> None:
    write(house, [user(0), user(1), user(2)])
    before = GEMINI.read(house)
    write(house, [user(7), user(1), user(2), user(3)])
    after = GEMINI.read(house, before.cursor)
    assert (after.notice, said(GEMINI, after.records)) == ("replaced", ["word 7", "word 1", "word 2", "word 3"])


def test_a_document_half_written_waits_and_is_counted(house: Path) -> None:
    write(house, [user(0), user(1)])
    before = GEMINI.read(house)
    path = GEMINI.path(house)
    data = path.read_bytes()
    path.write_bytes(data[:-10])
    torn = GEMINI.read(house, before.cursor)
    assert (torn.records, torn.bad, torn.cursor, torn.is_end) == ([], 1, before.cursor, True)
    path.write_bytes(data)
    assert GEMINI.read(house, torn.cursor).records == []


def test_a_document_too_long_is_left_out_and_said_once(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "MAX_DOCUMENT", 500)
    write(house, [user(number) for number in range(50)])
    before = GEMINI.read(house)
    assert [json.loads(each)["type"] for each in before.records] == [LEFT_OUT]
    assert GEMINI.read(house, before.cursor).records == []


def test_messages_of_any_type_are_taken_as_they_are(house: Path) -> None:
    write(house, [user(0), None, 5, ["x"], {"type": {"a": 1}}])  # type: ignore[list-item]
    chunk = GEMINI.read(house)
    assert chunk.records[2:] == [b"null", b"5", b'["x"]', b'{"type":{"a":1}}']
    assert chunk.bad == 3
    path = GEMINI.path(house)
    path.write_text('{"sessionId":"s1","projectHash":"x","messages":[' + '{"a":' * 700 + "1" + "}" * 700 + "]}")
    assert len(GEMINI.read(house).records) == 2


def test_a_document_without_messages_has_only_its_head(house: Path) -> None:
    GEMINI.path(house).write_text('{\n"sessionId": "s1", "projectHash": "x", "messages": "none"}')
    chunk = GEMINI.read(house)
    assert (len(chunk.records), chunk.is_end, said(GEMINI, chunk.records)) == (1, True, [])
    assert HARNESSES["gemini"].find(GEMINI.places(house), project=PROJECT)[0].session == "s1"
