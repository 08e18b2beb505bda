"""What a mirror holds: every line once, redacted, in one commit with how far was read."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from kit.records import check, record, record_type
from kit.sessions import tail
from tests.git import git, try_git
from tests.kit import kit
from tests.sessions.writer import SECRET, Writer, objects

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def writer(repo: Path) -> Writer:
    return Writer(repo)


def mirror(repo: Path, *words: str) -> dict[str, Any]:
    done = kit(repo, "session", "mirror", *words, "--json")
    assert done.code == 0, done
    (found,) = done.json["sessions"]
    return dict(found)


def test_every_line_is_there_once_after_many_appends(writer: Writer) -> None:
    said = [f"word {number}" for number in range(18)]
    for text in said:
        writer.say(text)
        assert mirror(writer.repo)["lines"] == 1
    assert writer.texts() == said
    assert mirror(writer.repo)["lines"] == 0
    meta = writer.meta()
    assert (meta["lines"], len(meta["parts"]) < 6) == (18, True)
    spans = [(part["start"], part["end"]) for part in meta["parts"]]
    assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
    assert spans[-1][1] == writer.path.stat().st_size


def test_the_history_does_not_grow(writer: Writer) -> None:
    for number in range(5):
        writer.say(f"word {number}")
        mirror(writer.repo)
    assert git(writer.repo, "rev-list", "--count", writer.ref).strip() == "1"


def test_a_secret_never_reaches_the_object_store(writer: Writer) -> None:
    writer.say(f"the token is {SECRET}", "nothing", json.dumps({"GITHUB_TOKEN": SECRET}))
    done = mirror(writer.repo)
    assert sum(done["redacted"].values()) == 2
    assert SECRET.encode() not in objects(writer.repo)
    assert "[REDACTED:" in writer.texts()[0]
    assert sum(writer.meta()["redacted"].values()) == 2
    assert writer.meta()["parts"][0]["redacted"] == done["redacted"]


def test_a_secret_that_the_writer_had_half_written_waits_for_its_line_to_end(writer: Writer) -> None:
    writer.say("first")
    whole = writer.line(f"the token is {SECRET} and more")
    cut = whole.index(SECRET.encode()) + 12
    writer.append(whole[:cut])
    assert mirror(writer.repo)["lines"] == 1
    assert mirror(writer.repo)["lines"] == 0
    writer.append(whole[cut:])
    assert mirror(writer.repo)["lines"] == 1
    assert SECRET[:12].encode() not in objects(writer.repo)


def test_a_private_key_of_which_each_line_is_a_record_is_redacted_across_mirrors(writer: Writer) -> None:
    key = base64.b64encode(b"".join(hashlib.sha512(bytes([n])).digest() for n in range(26))).decode()
    lines = [key[at : at + 64] for at in range(0, len(key), 64)]
    writer.say("-----BEGIN RSA PRIVATE KEY-----", *lines[:5])
    mirror(writer.repo)
    writer.say(*lines[5:-1])
    mirror(writer.repo)
    writer.say(lines[-1], "-----END RSA PRIVATE KEY-----", "then " + "QUJD" * 12)
    mirror(writer.repo)
    kept = objects(writer.repo)
    assert [line for line in lines if line.encode() in kept] == []
    assert writer.meta()["redacted"]["private-key"] >= len(lines)
    assert len(writer.texts()) == len(lines) + 3
    assert writer.meta().get("open_key", 0) == 0


def test_home_folders_are_written_as_a_tilde(writer: Writer, home: Path) -> None:
    writer.say(f"see {home}/notes.txt")
    mirror(writer.repo)
    assert writer.meta()["source"].startswith("~/.claude/projects/")
    assert writer.texts() == ["see ~/notes.txt"]


def test_what_was_lost_beside_git_changes_nothing(writer: Writer) -> None:
    writer.say("one", "two")
    mirror(writer.repo)
    shutil.rmtree(writer.repo / ".kit", ignore_errors=True)
    writer.say("three")
    assert mirror(writer.repo)["lines"] == 1
    assert writer.texts() == ["one", "two", "three"]


@pytest.mark.parametrize("how", ["truncated", "replaced", "rotated"])
def test_a_source_that_is_not_what_it_was_is_noticed_and_nothing_old_is_lost(writer: Writer, how: str) -> None:
    writer.say("one", "two", "three")
    mirror(writer.repo)
    if how == "truncated":
        os.truncate(writer.path, 0)
        writer.say("new")
    elif how == "replaced":
        size = writer.path.stat().st_size
        writer.path.unlink()
        writer.say("new" + "w" * size)
    else:
        writer.path.rename(writer.path.with_suffix(".jsonl.1"))
        writer.say("new" + "w" * 5000)
    done = mirror(writer.repo)
    assert done["notices"] == [how]
    assert writer.texts()[:3] == ["one", "two", "three"]
    assert [text[:3] for text in writer.texts()[3:]] == ["new"]
    meta = writer.meta()
    assert [(each["what"], each["line"]) for each in meta["notices"]] == [(how, 4)]
    assert [part["source"] for part in meta["parts"]] == [1, 2]
    assert mirror(writer.repo)["lines"] == 0


def test_parts_end_at_records_and_none_grows_beyond_its_limit(writer: Writer) -> None:
    (writer.repo / "kit.toml").write_text("[sessions]\nmax_part = 4000\nmax_session = 40000\n")
    for number in range(60):
        writer.say(f"word {number} " + "x" * 200)
        if number % 20 == 0:
            mirror(writer.repo)
    mirror(writer.repo)
    assert all(part["bytes"] <= 4000 for part in writer.meta()["parts"])
    assert [text.split()[1] for text in writer.texts()] == [str(number) for number in range(60)]


def test_what_is_beyond_the_limit_of_a_session_is_left_out_counted_and_said(writer: Writer) -> None:
    (writer.repo / "kit.toml").write_text("[sessions]\nmax_session = 3000\n")
    writer.say(*(f"word {number} " + "x" * 400 for number in range(10)))
    done = mirror(writer.repo)
    assert 0 < done["lines"] < 10
    assert done["left_out"]["records"] == 10 - done["lines"]
    writer.say("small")
    assert mirror(writer.repo)["left_out"]["records"] == 1
    assert "small" not in writer.texts()
    assert mirror(writer.repo)["left_out"] == {}
    writer.say("more")
    assert "beyond [sessions] max_session" in kit(writer.repo, "session", "mirror").err


def test_copies_of_files_and_images_become_a_digest_unless_all_is_wanted(writer: Writer) -> None:
    image = base64.b64encode(os.urandom(3000)).decode()
    content = [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": image}}]
    code = f"token = '{SECRET}'\n" + "print('ä')\n" * 100
    result = {"filePath": "a.py", "oldString": "a", "newString": "b", "originalFile": code}
    read = {"type": "text", "file": {"filePath": "a.py", "content": code, "numLines": 3}}
    writer.say("see data:image/png;base64," + image)
    writer.append(writer.line("x", message={"role": "user", "content": content}))
    writer.say("edited", toolUseResult=result)
    writer.say("read", toolUseResult=read)
    writer.say("kept", originalFile="short", toolUseResult={"originalFile": None, "type": "x", "file": {"content": ""}})
    done = mirror(writer.repo)
    assert (done["left_out"]["images"], done["left_out"]["copies"]) == (2, 2)
    lines = [json.loads(line) for line in writer.mirrored()]
    digest = hashlib.sha256(base64.b64decode(image)).hexdigest()
    marker = f"[LEFT OUT: sha256:{digest}, 3000 bytes]"
    assert lines[0]["message"]["content"] == f"see data:image/png;base64,{marker}"
    assert lines[1]["message"]["content"][0]["source"]["data"] == marker
    assert lines[2]["toolUseResult"]["originalFile"].startswith("[LEFT OUT: sha256:")
    assert lines[2]["toolUseResult"]["newString"] == "b"
    assert lines[3]["toolUseResult"]["file"]["content"] == lines[2]["toolUseResult"]["originalFile"]
    assert hashlib.sha256(code.encode()).hexdigest() not in json.dumps(lines)  # it could be used to guess the token
    assert lines[4]["originalFile"] == "short"
    other = Writer(writer.repo, "11111111-b206-450f-b895-cd5181a28ae5")
    other.append(writer.path.read_bytes())
    assert mirror(writer.repo, "--session", other.session, "--full")["left_out"] == {}
    assert image in other.mirrored()[0]


def test_a_line_that_is_no_json_is_kept_redacted_and_counted(writer: Writer) -> None:
    writer.say("one")
    writer.append(b"{broken " + SECRET.encode() + b"\n\xff\xfe\n")
    writer.say("two")
    assert mirror(writer.repo)["bad"] == 2
    assert writer.meta()["lines"] == 4
    assert SECRET.encode() not in objects(writer.repo)


def test_nothing_is_committed_below_the_bytes_that_were_asked_for(writer: Writer) -> None:
    writer.say("one")
    assert mirror(writer.repo, "--min-bytes", "10000")["lines"] == 0
    assert try_git(writer.repo, "rev-parse", "--verify", writer.ref).returncode
    assert mirror(writer.repo, "--min-bytes", "10")["lines"] == 1


def test_the_record_of_a_session_is_valid_and_says_who_and_when(writer: Writer) -> None:
    writer.say("one", SECRET)
    mirror(writer.repo)
    meta = writer.meta()
    parsed = record.parse("meta.json", writer.show("meta.json"))
    assert check.check(parsed, record_type.shipped()["session"]) == []
    assert (meta["agent"], meta["started"], meta["harness"]) == ("ana", "2026-11-20T10:00:00.000Z", "claude-code")


def test_a_session_that_was_stopped_goes_on_when_it_is_mirrored_again(writer: Writer) -> None:
    writer.say("one")
    mirror(writer.repo)
    assert kit(writer.repo, "session", "stop", writer.session[:8]).code == 0
    assert writer.meta()["ended"]
    writer.say("two")
    mirror(writer.repo)
    assert "ended" not in writer.meta()
    assert writer.texts() == ["one", "two"]


def test_a_session_named_by_the_environment_comes_before_the_newest(writer: Writer) -> None:
    newer = Writer(writer.repo, "11111111-b206-450f-b895-cd5181a28ae5")
    writer.say("mine")
    newer.say("another")
    done = kit(writer.repo, "session", "mirror", "--json", CLAUDE_CODE_SESSION_ID=writer.session)
    assert [each["session"] for each in done.json["sessions"]] == [writer.session]
    both = kit(writer.repo, "session", "mirror", "--all", "--json")
    assert {each["session"]: each["lines"] for each in both.json["sessions"]} == {writer.session: 0, newer.session: 1}


def test_a_damaged_mirror_is_told_and_not_written_over(writer: Writer) -> None:
    writer.say("one")
    tree = git(writer.repo, "mktree", given="")
    commit = git(writer.repo, "commit-tree", tree, "-m", "nothing").strip()
    git(writer.repo, "update-ref", writer.ref, commit)
    done = kit(writer.repo, "session", "mirror", "--json")
    assert (done.code, "damaged" in done.out) == (5, True)
    assert git(writer.repo, "rev-parse", writer.ref).strip() == commit


def test_a_mistyped_harness_or_session_is_told_with_the_nearest(writer: Writer) -> None:
    writer.say("one")
    assert "did you mean claude-code?" in kit(writer.repo, "session", "mirror", "--harness", "claude-cod").err
    done = kit(writer.repo, "session", "mirror", "--session", writer.session[:-2] + "zz", "--json")
    assert (done.code, done.error["code"], writer.session in done.error["hint"]) == (4, "no_session", True)


def test_a_source_that_is_replaced_again_and_again_fills_no_record(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "CROWDED", 4)
    for number in range(8):
        writer.path.unlink(missing_ok=True)
        writer.say(f"word {number} " + "x" * (300 if number < 4 else 20))
        mirror(writer.repo)
    meta = writer.meta()
    assert [text.split()[1] for text in writer.texts()] == [str(number) for number in range(8)]
    assert len(meta["parts"]) <= 5
    assert meta["parts"][-1]["source"] == 8


def test_the_session_of_a_sub_agent_comes_along_and_its_parent_is_found_by_the_beginning_of_its_name(
    writer: Writer,
) -> None:
    writer.say("mine")
    folder = writer.path.with_suffix("") / "subagents"
    folder.mkdir(parents=True)
    (folder / "agent-a1.jsonl").write_bytes(writer.line("another", isSidechain=True, agentId="a1"))
    done = kit(writer.repo, "session", "mirror", "--json")
    assert [each["session"] for each in done.json["sessions"]] == [writer.session, f"{writer.session}.agent-a1"]
    below = Writer(writer.repo, f"{writer.session}.agent-a1")
    assert (below.texts(), below.meta()["parent"]) == (["another"], writer.session)
    assert kit(writer.repo, "session", "show", writer.session[:8]).out.startswith(f"claude-code/{writer.session}:")
    assert kit(writer.repo, "session", "mirror", "--session", writer.session[:8]).code == 0


def test_what_a_transcript_says_of_itself_is_bounded_and_text(writer: Writer) -> None:
    writer.append(writer.line("one", cwd="/x" * 2000, timestamp="yesterday") + b'{"cwd":"/\\ud800","type":"user"}\n')
    named = ["session", "mirror", "--session", writer.session]
    assert kit(writer.repo, *named).code == 0
    meta = writer.meta()
    assert len(meta["cwd"]) <= 1024
    assert meta["lines"] == 2
    parsed = record.parse("meta.json", writer.show("meta.json"))
    assert check.check(parsed, record_type.shipped()["session"]) == []


def test_several_sessions_of_which_one_cannot_be_read_are_mirrored_all_the_same(writer: Writer) -> None:
    writer.say("one")
    other = Writer(writer.repo, "11111111-b206-450f-b895-cd5181a28ae5")
    other.say("two")
    tree = git(writer.repo, "mktree")
    git(writer.repo, "update-ref", writer.ref, git(writer.repo, "commit-tree", tree, "-m", "nothing"))
    done = kit(writer.repo, "session", "mirror", "--all", "--json")
    assert (done.code, [each["session"] for each in done.json["sessions"]]) == (5, [other.session])
    assert list(done.json["failed"]) == [f"claude-code/{writer.session}"]
