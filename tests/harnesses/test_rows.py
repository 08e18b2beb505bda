"""Sessions in databases that their program goes on writing: read only, row by row, with what became of old rows."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from kit.errors import InvalidInput, TimedOut
from kit.harnesses import HARNESSES, database, hermes, source_of
from kit.harnesses.harness import LEFT_OUT, Chunk, Source
from tests.harnesses.layouts import FIXTURES, LAYOUTS, PROJECT, SESSION, everything, fixture, said

if TYPE_CHECKING:
    from pathlib import Path

HERMES = next(each for each in LAYOUTS if each.name == "hermes-rows")
OPENCLAW = next(each for each in LAYOUTS if each.name == "openclaw-rows")


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement, values)
        db.commit()


def active(chunks: list[Chunk]) -> list[str]:
    records = [record for chunk in chunks for record in chunk.records]
    found = HARNESSES["hermes"].events(enumerate(records, 1))
    return [each.text for each in found if each.kind == "user" and each.is_active]


def test_rows_taken_back_after_they_were_read_are_said(tmp_path: Path) -> None:
    HERMES.write(tmp_path, 5)
    path = HERMES.path(tmp_path)
    chunks = [HERMES.read(tmp_path)]
    change(path, "UPDATE messages SET active = 0 WHERE id IN (3, 4)")
    chunks.append(HERMES.read(tmp_path, chunks[-1].cursor))
    assert [json.loads(each) for each in chunks[-1].records] == [{"table": "inactive", "upto": 5, "ranges": [[3, 4]]}]
    assert active(chunks) == ["word 0", "word 1", "word 4"]
    change(path, "UPDATE messages SET active = 1 WHERE id = 4")
    chunks.append(HERMES.read(tmp_path, chunks[-1].cursor))
    assert active(chunks) == ["word 0", "word 1", "word 3", "word 4"]
    assert HERMES.read(tmp_path, chunks[-1].cursor).records == []


def test_what_a_compaction_folded_did_happen(tmp_path: Path) -> None:
    HERMES.write(tmp_path, 3)
    chunks = [HERMES.read(tmp_path)]
    change(HERMES.path(tmp_path), "UPDATE messages SET active = 0, compacted = 1 WHERE id = 2")
    chunks.append(HERMES.read(tmp_path, chunks[-1].cursor))
    assert active(chunks) == ["word 0", "word 1", "word 2"]


def test_the_session_is_told_again_when_it_changes_but_not_for_being_looked_at(tmp_path: Path) -> None:
    HERMES.write(tmp_path, 2)
    path = HERMES.path(tmp_path)
    before = HERMES.read(tmp_path)
    change(path, "UPDATE sessions SET last_activity_at = 5.0")
    assert HERMES.read(tmp_path, before.cursor).records == []
    change(path, "UPDATE sessions SET input_tokens = 7, ended_at = 1795168900.0")
    after = HERMES.read(tmp_path, before.cursor)
    (usage,) = HARNESSES["hermes"].events(enumerate(after.records, 1))
    assert (usage.kind, usage.usage, usage.at) == ("usage", {"input": 7}, "2026-11-20T10:01:40Z")


def test_two_sessions_of_one_database_are_kept_apart(tmp_path: Path) -> None:
    HERMES.write(tmp_path, 2)
    path = HERMES.path(tmp_path)
    change(path, "INSERT INTO sessions (id, cwd, started_at) VALUES ('20261121_Other', ?, 1795255200.0)", str(PROJECT))
    change(
        path, "INSERT INTO messages (session_id, role, content, timestamp) VALUES ('20261121_Other', 'user', 'x', 1.0)"
    )
    found = hermes.sessions(path)
    assert sorted((each.size, each.session[:14]) for each in found) == [(1, "20261121_other"), (2, SESSION[:14])]
    other = next(each for each in found if each.size == 1)
    assert said(HERMES, HARNESSES["hermes"].read(other, "", limit=1 << 20).records) == ["x"]


def test_nothing_is_written_and_a_writer_is_not_in_the_way(tmp_path: Path) -> None:
    HERMES.write(tmp_path, 3)
    path = HERMES.path(tmp_path)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO messages (session_id, role, content) VALUES (?, 'user', 'not yet')", (SESSION,))
        assert said(HERMES, HERMES.read(tmp_path).records) == ["word 0", "word 1", "word 2"]
        writer.rollback()
    digest = sha256(path.read_bytes()).hexdigest()
    HERMES.read(tmp_path)
    assert sha256(path.read_bytes()).hexdigest() == digest


def test_a_passing_fault_is_tried_again_and_a_lasting_one_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    HERMES.write(tmp_path, 1)
    monkeypatch.setattr(database, "_WAITS", (0.0, 0.0))
    left = [1, 1]

    def work(_: sqlite3.Connection) -> str:
        if left:
            left.pop()
            raise sqlite3.OperationalError("disk I/O error")
        return "read"

    assert database.ask(HERMES.path(tmp_path), work) == "read"
    left += [1] * 9
    with pytest.raises(TimedOut, match="stays busy"):
        database.ask(HERMES.path(tmp_path), work)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = HERMES.path(tmp_path)
    path.write_bytes(database.MAGIC + b"\xff" * 5000)
    with pytest.raises(InvalidInput, match="cannot be read"):
        HARNESSES["hermes"].read(Source("hermes", "x", path, 0, 0.0), "", limit=100)
    with pytest.raises(InvalidInput, match="no session"):
        source_of(path)


def test_a_question_that_never_ends_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_MAX_PAUSES", 5)
    path = HERMES.path(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE sessions (id TEXT)")
        db.execute("CREATE VIEW messages AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                   " SELECT i AS id, 'x' AS session_id, 1 AS timestamp FROM n")  # fmt: skip
    with pytest.raises(InvalidInput, match="interrupted"):
        hermes.sessions(path)


@pytest.mark.parametrize("layout", [HERMES, OPENCLAW], ids=lambda each: each.name)
def test_a_row_too_long_is_left_out_and_said(tmp_path: Path, layout: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    layout.write(tmp_path, 3)
    for module in (database, hermes):
        monkeypatch.setattr(module, "MAX_RECORD", 2000)
    table, column = ("messages", "content") if layout is HERMES else ("transcript_events", "event_json")
    where = "id = 2" if layout is HERMES else "seq = 2"
    statement = f"UPDATE {table} SET {column} = ? WHERE {where}"  # noqa: S608 - the words of this test
    change(layout.path(tmp_path), statement, "x" * 10_000)
    _, records = everything(layout, tmp_path, limit=100)
    assert said(layout, records) == ["word 0", "word 2"]
    assert [json.loads(each)["type"] for each in records if b"left-out" in each] == [LEFT_OUT]


def openclaw(path: Path, rows: list[tuple[int, str | None, bytes | None]]) -> None:
    for number, plain, compressed in rows:
        change(
            path, "INSERT INTO transcript_events VALUES (?, ?, ?, 1795168800000, ?)", SESSION, number, plain, compressed
        )


def test_compressed_rows_are_events_like_the_others(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    OPENCLAW.write(tmp_path, 0)
    path = OPENCLAW.path(tmp_path)
    change(path, "DELETE FROM transcript_events")
    lines = fixture("openclaw.jsonl")
    # Out of order on purpose: `seq` is the order, not when a row was written.
    rows = [
        (at, *((None, zstandard.compress(line)) if at % 2 else (line.decode(), None))) for at, line in enumerate(lines)
    ]
    openclaw(path, rows[::-1])
    chunk = OPENCLAW.read(tmp_path)
    assert chunk.records == lines
    expected = (FIXTURES / "openclaw.events").read_text().count("\n")
    assert len(list(HARNESSES["openclaw"].events(enumerate(chunk.records, 1)))) == expected
    openclaw(path, [(90, None, b"\x28\xb5\x2f\xfd damaged"), (91, None, None)])
    after = OPENCLAW.read(tmp_path, chunk.cursor)
    assert [json.loads(each)["type"] for each in after.records] == [LEFT_OUT, LEFT_OUT]


@pytest.mark.parametrize("is_inside", [True, False], ids=["in-the-database", "in-a-file"])
def test_a_session_that_went_cold_is_gone_on_with(tmp_path: Path, is_inside: bool) -> None:
    zstandard = pytest.importorskip("zstandard")
    OPENCLAW.write(tmp_path, 6)
    path = OPENCLAW.path(tmp_path)
    before = OPENCLAW.read(tmp_path, limit=400)
    assert not before.is_end
    whole = OPENCLAW.read(tmp_path)
    data = zstandard.compress(b"".join(line + b"\n" for line in whole.records))
    name = "0" * 64 + ".jsonl.zst"
    if not is_inside:
        cold = path.parent.parent / "sessions" / "cold" / name
        cold.parent.mkdir(parents=True)
        cold.write_bytes(data)
    change(path, "DELETE FROM transcript_events")
    values = (SESSION, name, "sqlite" if is_inside else "file", data if is_inside else None)
    change(path, "INSERT INTO session_transcript_cold_archives VALUES (?, ?, ?, ?)", *values)
    after = OPENCLAW.read(tmp_path, before.cursor)
    assert after.notice == ""
    assert before.records + after.records == whole.records


@pytest.mark.parametrize("name", ["../../../secret", "gone.jsonl.zst", "", ".hidden"])
def test_an_archive_elsewhere_or_nowhere_is_left_out_and_said(tmp_path: Path, name: str) -> None:
    OPENCLAW.write(tmp_path, 1)
    path = OPENCLAW.path(tmp_path)
    (tmp_path / ".openclaw/secret").write_text('{"type":"session","id":"x"}\n')
    values = ("cold-one", name, "file", None)
    change(path, "INSERT INTO session_transcript_cold_archives VALUES (?, ?, ?, ?)", *values)
    source = Source("openclaw", "cold-one", path, 0, 0.0)
    chunk = HARNESSES["openclaw"].read(source, "", limit=1 << 20)
    assert [json.loads(each)["type"] for each in chunk.records] == [LEFT_OUT]


def test_the_session_in_the_database_counts_where_the_old_file_stands_too(tmp_path: Path) -> None:
    OPENCLAW.write(tmp_path, 2)
    old = tmp_path / ".openclaw/agents/main/sessions" / f"{SESSION}.jsonl"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"".join(line + b"\n" for line in OPENCLAW.lines(0, 1)))
    assert OPENCLAW.source(tmp_path).path == OPENCLAW.path(tmp_path)
