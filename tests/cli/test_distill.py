"""`kit distill` and `kit session loops`, from a transcript on this machine to a candidate's file."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kit.records import record
from tests.distillation.stories import LOOPING, SESSIONS
from tests.distillation.transcript import CWD, claude
from tests.git import git
from tests.kit import Done
from tests.kit import kit as run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import NamedTuple

ID = "00000000-0000-4000-8000-00000000000"


def mirrored(repo: Path, home: Path, story: Sequence[NamedTuple], number: int = 1) -> str:
    """Puts a story where Claude Code keeps its sessions, mirrors it, and returns its id."""
    put(repo, home, story, number)
    kit("session", "mirror", "--session", f"{ID}{number}", "--harness", "claude-code", at=repo)
    return f"{ID}{number}"


def put(repo: Path, home: Path, story: Sequence[NamedTuple], number: int = 1) -> None:
    folder = home / ".claude" / "projects" / str(repo).replace("/", "-").replace("_", "-").replace(".", "-")
    folder.mkdir(parents=True, exist_ok=True)
    data = b"\n".join(claude(story)) + b"\n"
    (folder / f"{ID}{number}.jsonl").write_bytes(data.replace(CWD.encode(), str(repo).encode()))


def kit(*words: str, at: Path, code: int = 0) -> Done:
    done = run(at, *words)
    assert done.code == code, done
    return done


def distil(repo: Path, *words: str) -> Any:
    return kit("distill", *words, "--json", at=repo).json


def test_a_session_becomes_a_candidate_that_is_not_recalled(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    told = distil(repo, session, "--task", "tests")
    (row,) = told["candidates"]
    assert row["state"] == "new"
    file = repo / row["file"]
    assert row["file"] == f".kit/candidates/{row['id']}.md"
    made = record.parse("blocks/x.md", file.read_bytes())
    assert made.meta["status"] == "draft"
    assert made.meta["task"] == "tests"
    assert made.meta["sources"][0]["resource"] == f"kit:sessions/claude-code/{session}#L4"
    assert git(repo, "status", "--porcelain").strip() == ""
    assert not (repo / "blocks").exists()


def test_a_dry_run_prints_the_candidate_and_writes_nothing(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    done = kit("distill", session, "--dry-run", at=repo)
    assert "## Unlock" in done.out
    assert not (repo / ".kit" / "candidates").exists()


def test_distilling_again_changes_nothing(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    (row,) = distil(repo, session)["candidates"]
    before = (repo / row["file"]).read_bytes()
    (again,) = distil(repo, session)["candidates"]
    assert again["state"] == "known"
    assert (repo / row["file"]).read_bytes() == before


def test_candidates_go_to_the_work_tree_or_to_a_branch_when_told(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    told = distil(repo, session, "--to-branch", "candidates/monday")
    name = told["candidates"][0]["id"]
    assert git(repo, "status", "--porcelain").strip() == ""
    shown = git(repo, "show", f"candidates/monday:candidates/{name}.md")
    assert "status: draft" in shown
    assert git(repo, "diff", "--name-only", "main", "candidates/monday").split() == [f"candidates/{name}.md"]
    told = distil(repo, session, "--work-tree")
    assert (repo / "candidates" / f"{name}.md").exists()
    assert kit("distill", session, "--to-branch", "main", at=repo, code=5).err
    assert kit("distill", session, "--to-branch", "a..b", at=repo, code=5).err


def test_the_same_problem_in_another_session_is_more_evidence_for_the_reviewed_block(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    (row,) = distil(repo, session)["candidates"]
    (repo / "blocks").mkdir()
    stable = (repo / row["file"]).read_text().replace("status: draft", "status: stable")
    (repo / "blocks" / f"{row['id']}.md").write_text(stable)
    git(repo, "add", "blocks")
    git(repo, "commit", "--quiet", "-m", "Promote it")
    (repo / row["file"]).unlink()
    other = mirrored(repo, home, SESSIONS["event-loop"].story, number=2)
    (again,) = distil(repo, other)["candidates"]
    assert (again["state"], again["known"], again["id"]) == ("more evidence", f"blocks/{row['id']}.md", row["id"])
    made = record.parse("blocks/x.md", (repo / again["file"]).read_bytes())
    assert made.body == record.parse("blocks/x.md", stable.encode()).body
    assert len(made.meta["sources"]) > 8
    assert any(other in each["resource"] for each in made.meta["sources"])


def test_a_session_that_solved_nothing_says_why(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["docker-unsolved"].story)
    told = distil(repo, session)
    assert told["candidates"] == []
    assert [each["reason"] for each in told["refused"]] == ["never-passed"]
    done = kit("distill", session, at=repo)
    assert "never-passed: What failed did not pass again in this session." in done.err
    assert done.out.strip() == ""


@pytest.mark.parametrize("engine", ["command", "openai"])
def test_a_model_is_asked_only_where_kit_toml_names_it_and_the_person_trusts_it(
    repo: Path, home: Path, engine: str
) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    assert kit("distill", session, "--engine", engine, "--json", at=repo, code=2).json["error"]["code"] == "no_model"
    (repo / "kit.toml").write_text('[model]\ncommand = ["touch", "ran"]\nurl = "http://127.0.0.1:9/v1"\nname = "m"\n')
    refused = kit("distill", session, "--engine", engine, "--json", at=repo, code=7).json["error"]
    assert refused["code"] == "untrusted_model"
    git(repo, "config", "kit.trustModel", refused["digest"])  # the repository's own config does not count
    assert (
        kit("distill", session, "--engine", engine, "--json", at=repo, code=7).json["error"]["code"]
        == "untrusted_model"
    )
    assert not (repo / "ran").exists()


def test_a_program_that_the_person_trusts_distils(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    one = {"title": "The loop is closed after each test", "description": "Use when it says Event loop is closed.",
           "check": "pytest", "message": "RuntimeError: Event loop is closed", "errors": ["RuntimeError"]}  # fmt: skip
    quotes = {"situation": (4, "RuntimeError: Event loop is closed"), "mechanism": (12, "closed after each"),
              "unlock": (13, "asyncio_default_fixture_loop_scope"), "verification": (16, "passed in 0.3")}  # fmt: skip
    parts = {name: [{"text": f"So it says in line {at}.", "lines": [at, at], "quote": quote}]
             for name, (at, quote) in quotes.items()}  # fmt: skip
    code = f"import sys; sys.stdin.read(); print({json.dumps(json.dumps({'candidates': [one | parts]}))})"
    (repo / "kit.toml").write_text(f"[model]\ncommand = {json.dumps([sys.executable, '-c', code])}\n")
    digest = kit("distill", session, "--engine", "command", "--json", at=repo, code=7).json["error"]["digest"]
    git(repo, "config", "--global", "kit.trustModel", digest)
    (row,) = distil(repo, session, "--engine", "command")["candidates"]
    made = record.parse("blocks/x.md", (repo / row["file"]).read_bytes())
    assert made.meta["generated"]["by"].startswith("command/python")
    assert row["cautions"]


def test_loops_of_a_mirrored_session_are_named_with_their_lines(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, LOOPING)
    told = kit("session", "loops", session, "--json", at=repo).json
    assert {each["kind"] for each in told["loops"]} == {"straight", "ping-pong", "duplicate", "error"}
    assert "straight" in kit("session", "loops", session, at=repo).out


def test_loops_of_the_active_session_are_read_without_mirroring_it(
    repo: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(repo, home, LOOPING)
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", f"{ID}1")
    told = kit("session", "loops", "--active", "--json", at=repo).json
    assert told["session"] == f"claude-code/{ID}1"
    assert told["open"] is True
    assert git(repo, "for-each-ref", "refs/kit/sessions").strip() == ""


def test_a_session_or_active_not_both_and_not_none(repo: Path) -> None:
    kit("session", "loops", at=repo, code=2)
    kit("session", "loops", "x", "--active", at=repo, code=2)
    assert kit("session", "loops", "--active", "--json", at=repo, code=4).json["error"]["code"] == "not_found"
    assert kit("distill", "nosuch12", "--json", at=repo, code=4).json["error"]["code"] == "not_found"
    kit("distill", "x", "--dry-run", "--work-tree", at=repo, code=2)


def test_a_reviewed_block_that_says_much_the_same_is_named_as_near(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    (row,) = distil(repo, session)["candidates"]
    text = (repo / row["file"]).read_text().replace(f"id: {row['id']}", "id: another").replace("draft", "stable")
    (repo / "blocks").mkdir()
    (repo / "blocks" / "another.md").write_text(text.replace(row["fingerprint"], "sha256:" + "0" * 64))
    git(repo, "add", "blocks")
    git(repo, "commit", "--quiet", "-m", "Promote another one")
    (repo / row["file"]).unlink()
    (again,) = distil(repo, session)["candidates"]
    assert again["state"] == "new"
    assert [each["path"] for each in again["near"]] == ["blocks/another.md"]


def test_what_a_person_has_rejected_is_not_distilled_again(repo: Path, home: Path) -> None:
    session = mirrored(repo, home, SESSIONS["event-loop"].story)
    (row,) = distil(repo, session)["candidates"]
    (repo / "kit.toml").write_text('[[review.people]]\nid = "ana"\nemail = "test@example.com"\n')
    git(repo, "add", "kit.toml")
    git(repo, "commit", "--quiet", "-m", "Name who reviews")
    assert run(repo, "review", "reject", row["id"], "--reason", "everybody knows", agent="").code == 0
    git(repo, "merge", "--quiet", f"kit/promote/{row['id']}")
    again = distil(repo, session)
    assert again["candidates"] == []
    assert [each["reason"] for each in again["refused"] if "everybody knows" in each["what"]] == ["rejected"]
