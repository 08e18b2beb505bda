"""Sessions imported into threads: who said what stays, calls keep their results, and each line is told."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kit.context import entry
from tests.kit import kit
from tests.sessions.writer import SESSION, Writer

FOLDERS = (each / "shared/sessions/claude-code" for each in Path(__file__).parents)
SAMPLES = sorted(file for folder in FOLDERS if folder.is_dir() for file in folder.glob("*.jsonl"))


def record(kind: str, content: Any, number: int, **more: Any) -> bytes:
    said = {
        "type": kind, "uuid": f"u{number}", "timestamp": "2026-11-20T10:00:00.000Z", "sessionId": SESSION,
        "message": {"role": kind, "content": content, **more},
    }  # fmt: skip
    return json.dumps(said).encode() + b"\n"


@pytest.fixture
def talk(repo: Path) -> Path:
    """A repository with a mirrored session of two turns, and a thread."""
    writer = Writer(repo)
    call = {"type": "tool_use", "id": "call_1", "name": "Grep", "input": {"pattern": "comment"}}
    parts = [
        record("user", "does the lexer keep comments?", 1),
        record("assistant", [{"type": "thinking", "thinking": "let me look"}, {"type": "text", "text": "I look."}], 2,
               model="some-model-1"),
        record("assistant", [call], 3, model="some-model-1", usage={"input_tokens": 10, "output_tokens": 7}),
        record("user", [{"type": "tool_result", "tool_use_id": "call_1", "content": "src/lex.py:12"}], 4),
        b'{"type": "weather"}\n',
        record("user", "then drop them", 6),
        record("assistant", [{"type": "text", "text": "x" * (entry.MAX_TEXT + 10)}], 7),
    ]  # fmt: skip
    writer.append(b"".join(parts))
    assert kit(repo, "session", "mirror").code == 0
    assert kit(repo, "context", "new", "t").code == 0
    return repo


def test_a_session_becomes_entries_with_the_lines_they_come_from(talk: Path) -> None:
    done = kit(talk, "context", "import", "--session", SESSION[:8], "--json")
    assert done.code == 0, done
    assert done.json["shortened"] == 1
    assert done.json["left_out"] == {"unknown": 1}
    entries = kit(talk, "context", "show", "--limit", "0", "--json").json["entries"]
    assert [(each["role"], each["kind"]) for each in entries] == [
        ("user", "dialogue"), ("assistant", "reasoning"), ("assistant", "dialogue"), ("assistant", "tool-io"),
        ("tool", "tool-io"), ("user", "dialogue"), ("assistant", "dialogue"),
    ]  # fmt: skip
    assert entries[0]["from"] == f"kit:sessions/claude-code/{SESSION}#L1"
    assert entries[1]["priority"] == "skip"
    assert [each["call"] for each in entries[3:5]] == ["call_1", "call_1"]
    assert (entries[3]["tool"], json.loads(entries[3]["text"])) == ("Grep", {"pattern": "comment"})
    assert "bytes left out" in entries[6]["text"]


def test_some_turns_of_a_session_are_imported(talk: Path) -> None:
    done = kit(talk, "context", "import", "--session", SESSION, "--turns", "2:2", "--json")
    assert (done.json["count"], done.json["kinds"]) == (2, {"dialogue": 2})
    assert kit(talk, "context", "import", "--session", SESSION, "--turns", "9:", "--json").error["code"] == "not_found"
    assert kit(talk, "context", "import", "--session", "ffffffff", "--json").code == 4


@pytest.mark.skipif(not SAMPLES, reason="the sample sessions are not here")
def test_the_sample_sessions_are_imported_whole(repo: Path) -> None:
    for number, file in enumerate(SAMPLES):
        writer = Writer(repo, f"{number:08x}-b206-450f-b895-cd5181a28ae5")
        writer.append(file.read_bytes())
    assert kit(repo, "session", "mirror", "--all").code == 0
    for number, file in enumerate(SAMPLES):
        assert kit(repo, "context", "new", f"s{number}").code == 0
        done = kit(repo, "context", "import", "--session", f"{number:08x}", "--json")
        if done.code == 4:
            continue
        assert done.code == 0, (file.name, done)
        entries = kit(repo, "context", "show", "--limit", "0", "--json").json
        assert (len(entries["entries"]), entries["broken"]) == (done.json["count"], [])
        results = Counter(each.get("call") for each in entries["entries"] if each["role"] == "tool")
        assert max(results.values(), default=1) <= 2, file.name
