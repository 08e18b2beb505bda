"""Listing, showing, searching and changing what was mirrored: bounded, addressed by line, safe to print."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.git import git
from tests.kit import kit
from tests.sessions.writer import SESSION, Writer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def writer(repo: Path) -> Writer:
    """A session of three turns with a tool that fails, mirrored."""
    made = Writer(repo)
    made.say("please fix the parser")
    call = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "pytest -q"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Exit code 1\nboom", "is_error": True}
    made.append(made.line("", type="assistant", message={"id": "m", "role": "assistant", "content": [call]}))
    made.append(made.line("", message={"role": "user", "content": [result]}))
    made.say("and \x1b]0;evil\x07the lexer\u202e too", "x" * 5000)
    assert kit(repo, "session", "mirror").code == 0
    return made


def test_sessions_are_listed_the_last_mirrored_first(writer: Writer) -> None:
    other = Writer(writer.repo, "11111111-b206-450f-b895-cd5181a28ae5")
    other.say("later")
    assert kit(writer.repo, "session", "mirror", "--session", other.session).code == 0
    done = kit(writer.repo, "session", "list")
    assert [row.split()[0] for row in done.out.splitlines()[1:]] == [
        f"claude-code/{other.session}",
        f"claude-code/{SESSION}",
    ]
    assert "2 sessions only on this machine" in done.err
    short = kit(writer.repo, "session", "list", "--limit", "1", "--json")
    assert (len(short.json["sessions"]), short.json["more"], short.json["only_here"]) == (1, 1, 2)
    assert kit(writer.repo, "session", "list", "--harness", "codex", "--json").json["sessions"] == []


def test_turns_begin_where_a_person_speaks(writer: Writer) -> None:
    done = kit(writer.repo, "session", "show", SESSION[:8], "--json")
    assert [(turn["turn"], turn["first"], turn["last"]) for turn in done.json["turns"]] == [
        (1, 1, 3),
        (2, 4, 4),
        (3, 5, 5),
    ]
    kinds = [event["kind"] for event in done.json["turns"][0]["events"]]
    assert kinds == ["user", "tool-call", "tool-result"]
    text = kit(writer.repo, "session", "show", SESSION[:8], "--turns", "1").out
    assert "call Bash" in text
    assert "command: pytest -q" in text
    assert "result Bash exit 1 failed  L3" in text
    assert "lexer" not in text
    assert kit(writer.repo, "session", "show", SESSION[:8], "--tail", "1").out.count("turn ") == 1


def test_nothing_that_is_printed_can_steer_a_terminal(writer: Writer) -> None:
    for words in (["show", SESSION], ["show", SESSION, "--raw"], ["search", "lexer"]):
        out = kit(writer.repo, "session", *words).out
        assert "lexer" in out
        assert not set(out) & {"\x1b", "\x07", "\u202e"}


def test_what_was_cut_is_said(writer: Writer) -> None:
    out = kit(writer.repo, "session", "show", SESSION, "--turns", "3").out
    assert "... 3000 more characters: --raw --lines 5:5" in out
    raw = kit(writer.repo, "session", "show", SESSION, "--raw", "--tail", "2", "--json").json
    assert ([line["line"] for line in raw["lines"]], raw["total"]) == ([4, 5], 5)
    assert "turns before" in kit(writer.repo, "session", "show", SESSION, "--tail", "1").err


def test_an_address_shows_its_lines(writer: Writer) -> None:
    done = kit(writer.repo, "session", "show", f"kit:sessions/claude-code/{SESSION[:9]}#L2-L3", "--json")
    assert [event["line"] for turn in done.json["turns"] for event in turn["events"]] == [2, 3]
    raw = kit(writer.repo, "session", "show", f"{SESSION}#L4", "--raw")
    assert json.loads(raw.out)["message"]["content"].startswith("and")
    assert kit(writer.repo, "session", "show", SESSION, "--lines", "9:3").code == 2
    assert kit(writer.repo, "session", "show", SESSION, "--lines", "1:2", "--tail", "2").code == 2


def test_search_finds_all_words_in_one_record_and_gives_its_address(writer: Writer) -> None:
    done = kit(writer.repo, "session", "search", "PARSER fix", "--json")
    assert [(hit["address"], hit["kind"]) for hit in done.json["hits"]] == [
        (f"kit:sessions/claude-code/{SESSION}#L1", "user")
    ]
    assert kit(writer.repo, "session", "search", "fix lexer", "--json").json["hits"] == []
    assert (
        kit(writer.repo, "session", "search", "--literal", "exit code 1\nboom", "--json").json["hits"][0]["line"] == 3
    )
    short = kit(writer.repo, "session", "search", "e", "--limit", "1")
    assert (short.out.count("kit:sessions"), "there are more" in short.err) == (1, True)
    assert kit(writer.repo, "session", "search", " ").code == 5


def test_export_writes_what_was_mirrored(writer: Writer, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    assert kit(writer.repo, "session", "export", SESSION[:8], "-o", str(file)).code == 0
    assert file.read_bytes().decode().splitlines() == [line for line in writer.mirrored() if line.strip()]
    assert kit(writer.repo, "session", "export", SESSION[:8], "-o", str(file)).code == 6
    assert kit(writer.repo, "session", "export", SESSION[:8], "-o", str(file), "--force", "--json").json["lines"] == 5


def test_compact_joins_parts_and_moves_no_line(writer: Writer) -> None:
    (writer.repo / "kit.toml").write_text("[sessions]\nmax_part = 300\nmax_session = 100000\n")
    writer.say(*(f"more {number}" for number in range(20)))
    kit(writer.repo, "session", "mirror")
    before = kit(writer.repo, "session", "export", SESSION, "-o", str(writer.repo / "a"))
    (writer.repo / "kit.toml").unlink()
    done = kit(writer.repo, "session", "compact", SESSION, "--json")
    assert (before.code, done.json["before"] > 3, done.json["after"]) == (0, True, 1)
    kit(writer.repo, "session", "export", SESSION, "-o", str(writer.repo / "b"))
    assert (writer.repo / "a").read_bytes() == (writer.repo / "b").read_bytes()
    writer.say("again")
    assert kit(writer.repo, "session", "mirror", "--json").json["sessions"][0]["lines"] == 1


def test_stop_and_delete_name_what_they_did_and_near_misses(writer: Writer) -> None:
    assert kit(writer.repo, "session", "stop", SESSION[:8]).code == 0
    assert "ended" in kit(writer.repo, "session", "list").out
    wrong = kit(writer.repo, "session", "delete", SESSION[:-1] + "f", "--json")
    assert (wrong.code, SESSION in wrong.error["hint"]) == (4, True)
    assert kit(writer.repo, "session", "delete", SESSION).code == 0
    assert "sessions" not in git(writer.repo, "for-each-ref")
    assert kit(writer.repo, "session", "mirror", "--json").json["sessions"][0]["lines"] == 5
