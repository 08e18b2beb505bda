"""Every way in which a harness keeps a session, so that one suite can write, grow and spoil it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from kit.harnesses import HARNESSES
from kit.harnesses.harness import Chunk, Places, Source

FIXTURES = Path(__file__).parent / "fixtures"
PROJECT = Path("/home/dev/project")
SESSION = "0a0314fb-b206-450f-b895-cd5181a28ae5"
AT = "2026-11-20T10:00:00.000Z"


class Layout(NamedTuple):
    """One kind of file: who writes it, where it lies below the home directory, and how a message stands in it."""

    name: str
    harness: str
    place: str
    is_lines: bool = True

    def path(self, home: Path) -> Path:
        path = home / self.place
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def source(self, home: Path) -> Source:
        (found,) = HARNESSES[self.harness].find(self.places(home), project=PROJECT)
        return found

    def places(self, home: Path) -> Places:
        return Places(home, {"KIT_TRANSCRIPT": str(home / self.place)} if self.harness == "generic" else {})

    def read(self, home: Path, cursor: str = "", limit: int = 1 << 20) -> Chunk:
        return HARNESSES[self.harness].read(self.source(home), cursor, limit=limit)

    def lines(self, start: int, end: int) -> list[bytes]:
        """Returns messages of the person by number, after the session's head where `start` is 0."""
        found = [] if start else [_dump(each) for each in _head(self.harness)]
        return found + [_dump(_message(self.harness, number)) for number in range(start, end)]

    def write(self, home: Path, count: int, *, first: int = 0) -> None:
        """Writes the session anew, with messages from number `first` on."""
        path = self.path(home)
        if self.is_lines:
            before = [] if not first else [_dump(each) for each in _head(self.harness)]
            path.write_bytes(b"".join(line + b"\n" for line in before + self.lines(first, first + count)))
        elif path.suffix == ".json":
            messages = [_message(self.harness, number) for number in range(first, first + count)]
            path.write_text(json.dumps(_document(self.harness) | {"messages": messages}, indent=1))
        else:
            _fill(self, path, first, first + count)

    def grow(self, home: Path, start: int, end: int) -> None:
        """Adds the messages `start` to `end` to a session of `start` messages."""
        path = self.path(home)
        if self.is_lines:
            with path.open("ab") as handle:
                handle.write(b"".join(line + b"\n" for line in self.lines(start, end)))
        elif path.suffix == ".json":
            self.write(home, end)
        else:
            _insert(self, path, start, end)


def everything(layout: Layout, home: Path, *, limit: int, cursor: str = "") -> tuple[list[Chunk], list[bytes]]:
    """Reads to the end in steps and returns the steps and all records."""
    chunks = [layout.read(home, cursor, limit)]
    while not chunks[-1].is_end:
        chunks.append(layout.read(home, chunks[-1].cursor, limit))
    return chunks, [record for chunk in chunks for record in chunk.records]


def said(layout: Layout, records: list[bytes]) -> list[str]:
    """Returns what the person says in some records."""
    found = HARNESSES[layout.harness].events(enumerate(records, 1))
    return [each.text for each in found if each.kind == "user"]


def fixture(name: str) -> list[bytes]:
    return (FIXTURES / name).read_bytes().splitlines()


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _head(harness: str) -> list[dict[str, Any]]:
    cwd = str(PROJECT)
    if harness == "codex":
        return [{"timestamp": AT, "type": "session_meta", "payload": {"id": SESSION, "cwd": cwd}}]
    if harness in ("pi", "openclaw"):
        return [{"type": "session", "version": 3, "id": SESSION, "timestamp": AT, "cwd": cwd}]
    if harness == "gemini":
        return [{"sessionId": SESSION, "projectHash": "abc", "startTime": AT, "lastUpdated": AT, "kind": "main"}]
    return []


def _document(harness: str) -> dict[str, Any]:
    if harness == "gemini":
        return {"sessionId": SESSION, "projectHash": "abc", "startTime": AT, "lastUpdated": AT}
    return {"session_id": SESSION, "model": "m", "platform": "cli", "cwd": str(PROJECT), "session_start": AT}


def _message(harness: str, number: int) -> dict[str, Any]:
    words = f"word {number}"
    if harness == "claude-code":
        return {"type": "user", "uuid": f"u{number}", "parentUuid": f"u{number - 1}", "sessionId": SESSION,
                "cwd": str(PROJECT), "timestamp": AT, "message": {"role": "user", "content": words}}  # fmt: skip
    if harness == "codex":
        content = [{"type": "input_text", "text": words}]
        return {"timestamp": AT, "type": "response_item",
                "payload": {"type": "message", "role": "user", "content": content}}  # fmt: skip
    if harness in ("pi", "openclaw"):
        return {"type": "message", "id": f"e{number}", "parentId": f"e{number - 1}" if number else None,
                "timestamp": AT, "message": {"role": "user", "content": words}}  # fmt: skip
    if harness == "gemini":
        return {"id": f"m{number}", "timestamp": AT, "type": "user", "content": words}
    return {"role": "user", "content": words}


def _fill(layout: Layout, path: Path, first: int, end: int) -> None:
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        each.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as db:
        if layout.harness == "hermes":
            db.executescript(HERMES)
            db.execute("INSERT INTO sessions (id, cwd, model, started_at) VALUES (?, ?, 'm', 1795168800.0)",
                       (SESSION, str(PROJECT)))  # fmt: skip
        else:
            db.executescript(OPENCLAW)
        db.commit()
    _insert(layout, path, first, end, has_head=True)


def _insert(layout: Layout, path: Path, start: int, end: int, *, has_head: bool = False) -> None:
    with closing(sqlite3.connect(path)) as db:
        if layout.harness == "hermes":
            rows = [(SESSION, f"word {number}", 1795168800.0 + number) for number in range(start, end)]
            db.executemany("INSERT INTO messages (session_id, role, content, timestamp) VALUES (?, 'user', ?, ?)", rows)
        else:
            lines = [_dump(each) for each in _head("openclaw")] if has_head else []
            lines += [_dump(_message("openclaw", number)) for number in range(start, end)]
            (at,) = db.execute("SELECT coalesce(max(seq) + 1, 0) FROM transcript_events").fetchone()
            rows = [(SESSION, at + index, line.decode(), 1795168800000 + index) for index, line in enumerate(lines)]
            db.executemany("INSERT INTO transcript_events VALUES (?, ?, ?, ?, NULL)", rows)
        db.commit()


HERMES = """
PRAGMA journal_mode = WAL;
CREATE TABLE sessions (id TEXT PRIMARY KEY, source TEXT, model TEXT, started_at REAL, ended_at REAL, cwd TEXT,
  input_tokens INTEGER DEFAULT 0, output_tokens INTEGER DEFAULT 0, last_activity_at REAL);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, role TEXT, content TEXT,
  tool_call_id TEXT, tool_calls TEXT, tool_name TEXT, timestamp REAL, finish_reason TEXT, reasoning TEXT,
  display_kind TEXT, active INTEGER DEFAULT 1, compacted INTEGER DEFAULT 0, _compressed_summary INTEGER DEFAULT 0);
"""
OPENCLAW = """
PRAGMA journal_mode = WAL;
CREATE TABLE session_windows (session_id TEXT PRIMARY KEY, session_key TEXT, created_at INTEGER);
CREATE TABLE transcript_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, event_json TEXT, created_at INTEGER,
  event_zstd BLOB, PRIMARY KEY (session_id, seq));
CREATE TABLE session_transcript_cold_archives (session_id TEXT PRIMARY KEY, archive_name TEXT, storage TEXT,
  archive_blob BLOB);
"""
_FOLDER = ".claude/projects/-home-dev-project"
LAYOUTS = [
    Layout("claude-code", "claude-code", f"{_FOLDER}/{SESSION}.jsonl"),
    Layout("codex", "codex", f".codex/sessions/2026/11/20/rollout-2026-11-20T10-00-00-{SESSION}.jsonl"),
    Layout("pi", "pi", f".pi/agent/sessions/--home-dev-project--/2026-11-20_{SESSION}.jsonl"),
    Layout("openclaw-lines", "openclaw", f".openclaw/agents/main/sessions/{SESSION}.jsonl"),
    Layout("openclaw-rows", "openclaw", ".openclaw/agents/main/agent/openclaw-agent.sqlite", is_lines=False),
    Layout("hermes-rows", "hermes", ".hermes/state.db", is_lines=False),
    Layout("hermes-document", "hermes", ".hermes/sessions/session_1.json", is_lines=False),
    Layout("gemini-lines", "gemini", f".gemini/tmp/project/chats/session-2026-11-20T10-00-{SESSION[:8]}.jsonl"),
    Layout("gemini-document", "gemini", f".gemini/tmp/project/chats/session-2026-11-20T10-00-{SESSION[:8]}.json",
           is_lines=False),
    Layout("generic", "generic", "elsewhere/log.jsonl"),
]  # fmt: skip
LINES = [each for each in LAYOUTS if each.is_lines]


def prepare(layout: Layout, home: Path) -> None:
    """Says which project a folder is of, where a harness says that beside the sessions."""
    if layout.harness == "gemini":
        marker = home / ".gemini/tmp/project/.project_root"
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(str(PROJECT))


def move_aside(path: Path) -> Path:
    return path.rename(path.with_name(path.name + ".1"))
