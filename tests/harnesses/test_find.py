"""Where sessions are looked for, and whose they are taken to be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit.harnesses import HARNESSES, active, claude_code, listing, source_of
from kit.harnesses.harness import Places
from kit.records import ids
from tests.harnesses.layouts import PROJECT, SESSION


def claude(home: Path, cwd: str, session: str = SESSION, folder: str = "", at: float = 1000.0) -> Path:
    path = home / ".claude/projects" / (folder or claude_code.project_folder(cwd)) / f"{session}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"type": "user", "uuid": "u", "sessionId": session, "message": {"role": "user", "content": "x"}}
    path.write_text(json.dumps(record | ({"cwd": cwd} if cwd else {})) + "\n")
    os.utime(path, (at, at))
    return path


def found(home: Path, project: Path | None, harness: str = "claude-code", **environment: str) -> list[str]:
    sources = HARNESSES[harness].find(Places(home, environment), project=project)
    return [each.session for each in sources]


def test_folders_of_one_name_are_told_apart_by_what_stands_inside(tmp_path: Path) -> None:
    claude(tmp_path, "/home/dev/a-b", "one")
    claude(tmp_path, "/home/dev/a/b", "two")
    claude(tmp_path, "/home/dev/a.b/sub", "three")
    assert claude_code.project_folder("/home/dev/a.b_c") == "-home-dev-a-b-c"
    assert found(tmp_path, Path("/home/dev/a-b")) == ["one"]
    assert found(tmp_path, Path("/home/dev/a/b")) == ["two"]
    assert found(tmp_path, Path("/home/dev/a.b")) == ["three"]
    assert found(tmp_path, Path("/home/dev/a")) == ["two"]


def test_a_long_path_is_matched_by_its_first_two_hundred_characters(tmp_path: Path) -> None:
    cwd = "/home/dev/" + "deep/" * 60 + "end"
    claude(tmp_path, cwd, folder=claude_code.project_folder(cwd) + "-1a2b3c")
    assert found(tmp_path, Path(cwd)) == [SESSION]
    assert found(tmp_path, Path(cwd + "x")) == []


def test_a_session_that_names_no_folder_is_the_projects_in_whose_folder_it_lies(tmp_path: Path) -> None:
    claude(tmp_path, "", folder="-home-dev-project")
    assert found(tmp_path, PROJECT) == [SESSION]
    assert found(tmp_path, Path("/home/dev")) == []


def test_sub_agents_have_sessions_of_their_own_and_are_never_the_active_one(tmp_path: Path) -> None:
    path = claude(tmp_path, str(PROJECT))
    agent = path.with_suffix("") / "subagents" / "agent-a0ad4f.jsonl"
    agent.parent.mkdir(parents=True)
    agent.write_bytes(path.read_bytes())
    sources = HARNESSES["claude-code"].find(Places(tmp_path, {}), project=PROJECT)
    assert [(each.session, each.parent) for each in sources] == [
        (f"{SESSION}.agent-a0ad4f", SESSION),
        (SESSION, ""),
    ]
    newest = active(Places(tmp_path, {}), PROJECT)
    assert newest is not None
    assert newest.session == SESSION


def test_the_environment_moves_the_home_of_a_harness_and_names_its_session(tmp_path: Path) -> None:
    claude(tmp_path / "x", str(PROJECT), "old", at=1.0)
    claude(tmp_path / "x", str(PROJECT), "new", at=2.0)
    moved = {"CLAUDE_CONFIG_DIR": str(tmp_path / "x/.claude")}
    assert found(tmp_path, PROJECT) == []
    assert found(tmp_path, PROJECT, **moved) == ["new", "old"]
    named = active(Places(tmp_path, {**moved, "CLAUDE_CODE_SESSION_ID": "old"}), PROJECT)
    assert named is not None
    assert named.session == "old"


def test_a_transcript_named_by_the_environment_comes_first(tmp_path: Path) -> None:
    claude(tmp_path, str(PROJECT))
    (tmp_path / "log.jsonl").write_text('{"kind":"user","text":"x"}\n')
    found = active(Places(tmp_path, {"KIT_TRANSCRIPT": str(tmp_path / "log.jsonl")}), PROJECT)
    assert found is not None
    assert (found.harness, found.session) == ("generic", "log")


def test_a_transcript_named_by_the_environment_is_read_as_what_it_is(tmp_path: Path) -> None:
    path = claude(tmp_path, str(PROJECT))
    (each,) = HARNESSES["generic"].find(Places(tmp_path, {"KIT_TRANSCRIPT": str(path)}), project=None)
    assert (each.harness, each.session) == ("claude-code", SESSION)
    path.write_bytes(b"SQLite format 3\0")
    assert HARNESSES["generic"].find(Places(tmp_path, {"KIT_TRANSCRIPT": str(path)}), project=None) == []


def test_the_newest_of_all_harnesses_is_the_active_one(tmp_path: Path) -> None:
    claude(tmp_path, str(PROJECT), at=1000.0)
    rollout = tmp_path / f".codex/archived_sessions/rollout-2026-11-20T10-00-00-{SESSION}.jsonl"
    rollout.parent.mkdir(parents=True)
    rollout.write_text(json.dumps({"type": "session_meta", "payload": {"id": "x", "cwd": str(PROJECT)}}) + "\n")
    os.utime(rollout, (2000.0, 2000.0))
    newest = active(Places(tmp_path, {}), PROJECT)
    assert newest is not None
    assert (newest.harness, newest.session) == ("codex", SESSION)


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    path = claude(tmp_path, str(PROJECT))
    os.mkfifo(path.with_name("pipe.jsonl"))
    path.with_name("folder.jsonl").mkdir()
    path.with_name("dangling.jsonl").symlink_to("nowhere")
    assert found(tmp_path, PROJECT) == [SESSION]


@pytest.mark.parametrize("name", ["Straße 7", "..", "a/b", "x" * 300, "con", "UPPER", "", "a.lock", "\udcff"])
def test_every_name_becomes_an_id_of_its_own(name: str) -> None:
    assert not ids.problem(listing.session_id(name))
    assert listing.session_id(name) != listing.session_id(name + " ")


def test_gemini_projects_are_known_by_their_marker_or_by_the_hash_of_their_path(tmp_path: Path) -> None:
    hashed = listing.sha256(b"/home/dev/project").hexdigest()
    for folder, session in ((hashed, "s1"), ("other", "s2")):
        path = tmp_path / f".gemini/tmp/{folder}/chats/session-1.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"sessionId": session, "projectHash": folder, "messages": []}))
    assert found(tmp_path, PROJECT, "gemini") == ["s1"]
    (tmp_path / ".gemini/tmp/other/.project_root").write_text("/home/dev/project/sub\n")
    assert sorted(found(tmp_path, PROJECT, "gemini")) == ["s1", "s2"]
    deeper = tmp_path / ".gemini/tmp/other/chats/s2/agent-1.jsonl"
    deeper.parent.mkdir()
    deeper.write_text('{"sessionId":"agent-1","projectHash":"x"}\n')
    sources = HARNESSES["gemini"].find(Places(tmp_path, {}), project=None)
    assert ("s2.agent-1", "s2") in [(each.session, each.parent) for each in sources]


def test_a_document_taken_over_into_lines_is_one_session(tmp_path: Path) -> None:
    chats = tmp_path / ".gemini/tmp/p/chats"
    chats.mkdir(parents=True)
    (chats / "session-1.jsonl").write_text('{"sessionId":"s1","projectHash":"x"}\n')
    (chats / "session-1.json").write_text('{"sessionId":"s1","projectHash":"x","messages":[]}')
    (each,) = HARNESSES["gemini"].find(Places(tmp_path, {}), project=None)
    assert each.path.suffix == ".jsonl"


def test_openclaw_checkpoints_are_not_sessions(tmp_path: Path) -> None:
    folder = tmp_path / "state/agents/main/sessions"
    folder.mkdir(parents=True)
    for name in ("s1", "s1-topic-7", "s1.checkpoint.0a"):
        (folder / f"{name}.jsonl").write_text('{"type":"session","id":"s1","cwd":"/home/dev/project"}\n')
    assert sorted(found(tmp_path, PROJECT, "openclaw", OPENCLAW_STATE_DIR=str(tmp_path / "state"))) == [
        "s1",
        "s1-topic-7",
    ]


def test_the_session_in_a_rollout_of_any_name_is_found(tmp_path: Path) -> None:
    path = tmp_path / "saved.jsonl"
    path.write_text('{"type":"session_meta","payload":{"id":"x","cwd":"/"}}\n')
    assert (source_of(path).harness, source_of(path).session) == ("codex", "saved")


def test_no_reader_is_loaded_before_it_is_asked_for() -> None:
    heavy = {
        "sqlite3",
        "zstandard",
        *(f"kit.harnesses.{each}" for each in ("hermes", "codex", "claude_code", "database")),
    }
    code = f"import sys, kit.harnesses; print(sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
