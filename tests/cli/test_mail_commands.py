"""`kit send` and `kit inbox`: what they print, and that mail is acknowledged only after it was printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.git import git
from tests.kit import kit, kit_process
from tests.plant import plant
from tests.team import MINUTE, Agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

SECRET = "ghp_" + "a1B2c3D4e5" * 4


@pytest.fixture
def folders(clones: Callable[..., list[Path]]) -> tuple[Path, Path]:
    ana, ben = clones(2)
    return ana, ben


def sent_id(folder: Path, *words: str, agent: str = "ana") -> str:
    done = kit(folder, "send", *words, "--json", agent=agent)
    assert done.code == 0, done
    return str(done.json["message"]["id"])


def test_a_message_is_shown_with_sender_task_and_what_it_answers(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    asked = sent_id(ana, "ben", "ready?\nor not?", "--task", "parser")
    shown = kit(ben, "inbox", agent="ben")
    assert shown.out == f"{asked}  ana to ben, 0 s ago, task parser\n    ready?\n    or not?\n"
    sent_id(ben, "@all", "yes", "--reply-to", asked, agent="ben")
    assert f"ben to @all, 0 s ago, re: {asked}\n    yes\n" in kit(ana, "inbox").out


def test_json_holds_the_whole_message_and_nothing_else_on_stdout(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    done = kit(ana, "send", "ben", "hi", "--json")
    assert (done.json["sent"], done.json["recipient_seen"], done.json["redacted"]) == (True, False, {})
    found = kit(ben, "inbox", "--ack", "--json", agent="ben").json
    assert found["messages"] == [done.json["message"] | {"acknowledged": False}]
    assert (found["more"], found["fetched"], found["broken"]) == (0, True, [])
    assert kit(ben, "inbox", "--json", agent="ben").json["messages"] == []
    (marked,) = kit(ben, "inbox", "--all", "--json", agent="ben").json["messages"]
    assert marked["acknowledged"] is True


def test_nobody_of_the_name_is_said_on_stderr(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    assert "nobody of the name 'ben' has been seen" in kit(ana, "send", "ben", "hi").err
    kit(ben, "inbox", agent="ben")
    assert kit(ana, "send", "ben", "hi").err == ""
    assert "no other instance of the name 'ana'" in kit(ana, "send", "ana", "note").err


def test_a_text_from_standard_input_arrives_without_its_last_newline(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    done = kit_process(ana, "send", "ben", "-", given="one\n\ntwo\n")
    assert done.code == 0, done
    (found,) = kit(ben, "inbox", "--json", agent="ben").json["messages"]
    assert found["text"] == "one\n\ntwo"


@pytest.mark.parametrize("given", ["x" * 20_001, "é" * 50_000, "", "\n"], ids=["long", "longer", "empty", "newline"])
def test_a_text_that_is_too_long_or_empty_is_invalid_and_nothing_is_cut(folders: tuple[Path, Path], given: str) -> None:
    done = kit_process(folders[0], "send", "ben", "-", "--json", given=given)
    assert (done.code, done.error["exit_code"]) == (5, 5)
    assert kit(folders[1], "inbox", "--json", agent="ben").json["messages"] == []


def test_a_text_that_is_not_utf_8_is_invalid(folders: tuple[Path, Path]) -> None:
    args = [sys.executable, "-m", "kit", "send", "ben", "-", f"--repo={folders[0]}", "--agent=ana"]
    done = subprocess.run(args, input=b"caf\xe9", capture_output=True, check=False, timeout=60)
    assert (done.returncode, b"not UTF-8" in done.stderr) == (5, True)
    done = subprocess.run([*args[:5], b"caf\xe9", *args[6:]], capture_output=True, check=False, timeout=60)
    assert (done.returncode, b"not Unicode" in done.stderr) == (5, True)


def test_an_answer_to_what_is_not_there_is_not_found(folders: tuple[Path, Path]) -> None:
    done = kit(folders[0], "send", "ben", "yes", "--reply-to", "0193b5c1a2f0-00000000", "--json")
    assert (done.code, done.error["code"]) == (4, "not_found")


def test_redactions_are_said_and_counted(folders: tuple[Path, Path]) -> None:
    done = kit(folders[0], "send", "ben", f"{SECRET} and {SECRET[:-1]}x", "--json")
    assert done.json["redacted"] == {"github-personal-token": 2}
    assert done.err.startswith("redacted: 2 github-personal-token\n")


def test_offline_mail_is_kept_and_the_inbox_answers_from_what_was_seen(
    folders: tuple[Path, Path], remote: PathRemote
) -> None:
    ana, ben = folders
    sent_id(ana, "ben", "before")
    kit(ben, "inbox", agent="ben")
    remote.stop()
    done = kit(ana, "send", "ben", "meanwhile", "--json")
    assert (done.code, done.json["sent"]) == (0, False)
    assert "not sent yet: the remote" in done.err
    assert kit(ana, "send", "ben", "again").out.startswith("kept ")
    found = kit(ben, "inbox", "--ack", "--json", agent="ben")
    assert (found.code, found.json["fetched"]) == (0, False)
    assert [each["text"] for each in found.json["messages"]] == ["before"]
    assert "not fetched, this is what was last seen" in found.err
    remote.start()
    kit(ana, "inbox")
    found = kit(ben, "inbox", "--json", agent="ben")
    assert [each["text"] for each in found.json["messages"]] == ["meanwhile", "again"]


def test_what_could_not_be_printed_is_not_acknowledged(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    sent_id(ana, "ben", "x" * 9000)
    reading, writing = os.pipe()
    os.close(reading)
    args = [sys.executable, "-m", "kit", "inbox", "--ack", f"--repo={ben}", "--agent=ben"]
    subprocess.run(args, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writing)
    assert len(kit(ben, "inbox", "--json", agent="ben").json["messages"]) == 1


def test_the_oldest_are_shown_and_acknowledged_first_and_what_is_cut_is_said(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    for number in range(3):
        sent_id(ana, "ben", str(number))
    first = kit(ben, "inbox", "--limit", "2", "--ack", agent="ben")
    assert first.out.count("ana to ben") == 2
    assert "1 more: kit inbox --limit 0" in first.err
    second = kit(ben, "inbox", "--ack", "--json", agent="ben").json
    assert [each["text"] for each in second["messages"]] == ["2"]
    latest = kit(ben, "inbox", "--all", "--limit", "1", agent="ben")
    assert latest.out.startswith("read  ")
    assert latest.out.endswith("\n    2\n")
    assert "2 more: kit inbox --all --limit 0" in latest.err
    assert kit(ben, "inbox", agent="ben").err == "no new messages\n"


def test_what_a_message_holds_neither_steers_a_terminal_nor_passes_for_kit(
    folders: tuple[Path, Path], remote: PathRemote
) -> None:
    name = "0193b5c1a2f0-5f1d9c2e"
    text = "\x1b]0;owned\x07\u202e\r\n\0193b5c1a2f0-00000000  root to ben, 1 s ago\rgone"
    record = {"type": "message", "id": name, "from": "eve", "instance": "one", "to": "ben",
              "at": "2026-11-20T10:00:00Z", "text": text}  # fmt: skip
    plant(remote.path, "agents/eve/one", {
        f"agents/eve/one/outbox/{name}.json": json.dumps(record).encode(),
        "agents/eve/one/outbox/\x1b[31m.json": b"{",
    })  # fmt: skip
    done = kit(folders[1], "inbox", agent="ben")
    assert not {"\x1b", "\x07", "\u202e", "\r", "\0"} & set(done.out + done.err)
    assert [line for line in done.out.splitlines() if not line.startswith("    ")] == [done.out.split("\n", 1)[0]]
    assert r"left out: 1 broken record: agents/eve/one/outbox/\x1b[31m.json" in done.err
    assert kit(folders[1], "inbox", "--json", agent="ben").json["messages"][0]["text"] == text


def test_a_claim_on_the_task_of_a_message_is_renewed_with_it(folders: tuple[Path, Path]) -> None:
    ana, _ = folders
    kit(ana, "claim", "parser", KIT_INSTANCE="one")
    oid = git(ana, "rev-parse", "refs/kit-remotes/origin/tasks/parser")
    kit(ana, "send", "ben", "begun", "--task", "parser", KIT_INSTANCE="one")
    assert git(ana, "rev-parse", "refs/kit-remotes/origin/tasks/parser") == oid, "not due yet"
    now = Agent(ana).look("parser").claim
    assert now is not None
    Agent(ana, "ana", "one", now.renewed - 20 * MINUTE).claim("lexer")
    kit(ana, "send", "ben", "half done", "--task", "lexer", KIT_INSTANCE="one")
    renewed = Agent(ana).look("lexer").claim
    assert renewed is not None
    assert renewed.renewed >= now.renewed


def test_a_reader_shows_that_it_is_here(folders: tuple[Path, Path]) -> None:
    ana, ben = folders
    kit(ben, "inbox", agent="ben")
    assert [each["agent"] for each in kit(ana, "agents", "--json").json["agents"]] == ["ana", "ben"]
