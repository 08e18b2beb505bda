"""What is behind a line, a commit, a pull request, a block: by real git, from sessions that were really mirrored."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.git import git
from tests.kit import Done, kit
from tests.sessions.writer import SESSION, Writer

if TYPE_CHECKING:
    from pathlib import Path

NAME = f"claude-code/{SESSION}"
PARSE = "def parse(text):\n    tokens = scan(text)\n    return tree_of(tokens)\n"
SCAN = "def scan(text):\n    return text.split()\n"


class Claude(Writer):
    """Claude Code at work: what it does to files and what it writes down of it."""

    number = 0

    def ask(self, text: str, *, at: str = "10:00") -> None:
        self.say(text, timestamp=f"2026-11-20T{at}:00.000Z")

    def use(
        self, tool: str, given: dict[str, Any], *, result: str = "ok", failed: bool = False, at: str = "10:05"
    ) -> None:
        self.number += 1
        call = f"toolu_{self.number:04}"
        common = {"uuid": f"u{self.number}", "timestamp": f"2026-11-20T{at}:00.000Z", "cwd": str(self.repo),
                  "sessionId": self.session}  # fmt: skip
        asked = {"type": "tool_use", "id": call, "name": tool, "input": given}
        answered = {"type": "tool_result", "tool_use_id": call, "content": result, "is_error": failed}
        said = {"role": "assistant", "model": "m", "id": f"msg{self.number}", "content": [asked]}
        for record in (
            {"type": "assistant", "message": said},
            {"type": "user", "message": {"role": "user", "content": [answered]}},
        ):
            self.append(json.dumps(common | record).encode() + b"\n")

    def write(self, path: str, text: str, **more: Any) -> None:
        file = self.repo / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.use("Write", {"file_path": str(file), "content": text}, **more)

    def commit(self, message: str, *paths: str, named: bool = True) -> str:
        git(self.repo, "add", "--", *(paths or ["."]))
        words = [message, f"Kit-Session: {NAME}"] if named else [message]
        git(self.repo, "commit", "--quiet", "-m", "\n\n".join(words))
        return git(self.repo, "rev-parse", "HEAD")

    def mirror(self) -> None:
        assert kit(self.repo, "session", "mirror", "--session", self.session).code == 0


@pytest.fixture
def claude(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Claude:
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-11-20T11:00:00Z")
    return Claude(repo)


def trace(folder: Path, what: str) -> Any:
    return kit(folder, "trace", what, "--json").json


def turns(found: Any) -> list[tuple[int, str]]:
    return [(each["turn"], each["sure"]) for session in found["commits"][0]["sessions"] for each in session["turns"]]


@pytest.fixture
def worked(claude: Claude) -> Claude:
    """Two turns, two files, one commit; and a commit by nobody's session."""
    claude.ask("Write the parser, please")
    claude.write("src/parse.py", PARSE)
    claude.ask("Now the scanner", at="10:10")
    claude.write("src/scan.py", SCAN, at="10:12")
    claude.commit("Parse")
    (claude.repo / "by-hand.txt").write_text("written by a person\n")
    claude.commit("By hand", named=False)
    claude.mirror()
    return claude


def test_a_line_leads_to_the_turn_that_wrote_it(worked: Claude) -> None:
    found = trace(worked.repo, "src/parse.py:2")
    assert found["kind"] == "line"
    (commit,) = found["commits"]
    assert commit["lines"] == [{"number": 2, "text": "    tokens = scan(text)"}]
    (session,) = commit["sessions"]
    assert session["session"] == NAME
    assert session["by"] == "trailer"
    assert session["here"]
    (turn,) = session["turns"]
    assert (turn["turn"], turn["tool"], turn["sure"]) == (1, "Write", "sure")
    assert turn["reasons"] == ["it wrote src/parse.py", "it wrote the line"]
    assert turn["asked"] == "Write the parser, please"
    shown = kit(worked.repo, "session", "show", turn["source"])
    assert "tokens = scan(text)" in shown.out


def test_lines_and_files_and_commits_do_too(worked: Claude) -> None:
    assert turns(trace(worked.repo, "src/scan.py:1-2")) == [(2, "sure")]
    assert turns(trace(worked.repo, "src/scan.py")) == [(2, "sure")]
    assert turns(trace(worked.repo, "HEAD~1")) == [(2, "sure"), (1, "sure")]


def test_what_names_no_session_is_said_to_name_none(worked: Claude) -> None:
    done = kit(worked.repo, "trace", "by-hand.txt:1")
    assert done.code == 0
    assert "names no session" in done.err
    (worked.repo / "by-hand.txt").write_text("not committed\n")
    done = kit(worked.repo, "trace", "by-hand.txt:1")
    assert "1 of its lines is not committed yet" in done.err
    assert "nothing is known" in done.out


def test_of_several_turns_that_wrote_a_line_the_last_before_the_commit_comes_first(claude: Claude) -> None:
    claude.ask("one")
    claude.write("a.py", "value = compute(1)\n")
    claude.ask("two")
    claude.write("a.py", "value = compute(2)\n", at="10:20")
    claude.ask("three")
    claude.write("a.py", "value = compute(1)\n", at="10:30")
    claude.commit("a")
    claude.ask("four", at="12:00")
    claude.write("a.py", "value = compute(1)\n", at="12:01")
    claude.mirror()
    assert turns(trace(claude.repo, "a.py:1")) == [(3, "likely"), (1, "likely"), (2, "weak")]
    assert "so did 1 other turn" in kit(claude.repo, "trace", "a.py:1").out


def test_what_failed_or_only_read_wrote_nothing(claude: Claude) -> None:
    claude.ask("try")
    (claude.repo / "a.py").write_text("value = compute(1)\n")
    given = {"file_path": str(claude.repo / "a.py"), "old_string": "value = compute(1)", "new_string": "nothing_else()"}
    claude.use("Write", {"file_path": str(claude.repo / "a.py"), "content": "value = compute(1)\n"}, failed=True)
    claude.use("Read", {"file_path": str(claude.repo / "a.py")}, result="value = compute(1)")
    claude.use("Edit", given)
    claude.commit("a")
    claude.mirror()
    assert turns(trace(claude.repo, "a.py:1")) == [(1, "weak")]  # the edit of the file, which took the line away
    assert "has these files or lines" not in kit(claude.repo, "trace", "a.py:1").out


def test_a_shell_that_made_the_commit_is_found_by_what_git_printed(claude: Claude) -> None:
    claude.ask("generate it")
    (claude.repo / "a.py").write_text("generated = True\n")
    oid = claude.commit("a")
    claude.use("Bash", {"command": "make && git commit -am a"}, result=f"[main {oid[:7]}] a\n 1 file changed")
    claude.mirror()
    (turn,) = trace(claude.repo, oid[:9])["commits"][0]["sessions"][0]["turns"]
    assert (turn["tool"], turn["sure"]) == ("Bash", "sure")
    assert turn["reasons"] == ["its result says that it made this commit"]


def test_a_session_that_is_not_here_is_said_to_be_missing(claude: Claude) -> None:
    (claude.repo / "a.py").write_text("value = compute(1)\n")
    claude.commit("a")
    (session,) = trace(claude.repo, "HEAD")["commits"][0]["sessions"]
    assert not session["here"]
    assert "not on this machine" in kit(claude.repo, "trace", "HEAD").out


def test_a_squash_leads_to_all_its_sessions_and_a_note_counts(claude: Claude) -> None:
    (claude.repo / "a.py").write_text("value = compute(1)\n")
    git(claude.repo, "add", ".")
    git(
        claude.repo,
        "commit",
        "--quiet",
        "-m",
        f"All (#12)\n\n* a\n\nKit-Session: {NAME}\n\n* b\n\nKit-Session: codex/b\n",
    )
    kit(claude.repo, "session", "link", "--commit", "HEAD", "--session", "pi/c")
    found = {each["session"]: each["by"] for each in trace(claude.repo, "HEAD")["commits"][0]["sessions"]}
    assert found == {NAME: "message", "codex/b": "trailer", "pi/c": "trailer"}
    assert trace(claude.repo, "pr:12")["kind"] == "pull request, found by its squashed commit"


def test_a_merged_pull_request_leads_to_its_commits(worked: Claude) -> None:
    git(worked.repo, "checkout", "--quiet", "-b", "side")
    worked.write("b.py", "other = compute(2)\n")
    worked.commit("b")
    git(worked.repo, "checkout", "--quiet", "main")
    git(worked.repo, "merge", "--quiet", "--no-ff", "-m", "Merge pull request #7 from ana/side", "side")
    found = trace(worked.repo, "pr:7")
    assert [each["subject"] for each in found["commits"]] == ["Merge pull request #7 from ana/side", "b"]
    assert kit(worked.repo, "trace", "pr:77", "--json").error["code"] in {"no_gh", "remote"}
    assert kit(worked.repo, "trace", "pr:x").code == 2


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a program `gh` on the PATH prints."""
    folder = tmp_path / "gh-bin"
    folder.mkdir()
    (folder / "gh").write_text(f"#!/bin/sh\ncat '{tmp_path}/told'\n")
    (folder / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return tmp_path / "told"


def test_an_open_pull_request_is_asked_for_by_gh(worked: Claude, gh: Path) -> None:
    oids = [{"oid": git(worked.repo, "rev-parse", "HEAD~1")}, {"oid": "0" * 40}, {"oid": "--all"}, 7]
    gh.write_text(json.dumps({"commits": oids, "body": "Parser\r\n\r\nKit-Session: codex/0193b5c1\r\n"}))
    found = trace(worked.repo, "pr:9")
    assert [[each["session"] for each in commit["sessions"]] for commit in found["commits"]] == [
        ["codex/0193b5c1"], [NAME],
    ]  # fmt: skip
    assert found["commits"][0]["sessions"][0]["by"] == "description"
    gh.write_text(json.dumps({"commits": [{"oid": "0" * 40}], "body": None}))
    assert kit(worked.repo, "trace", "pr:9", "--json").error["code"] == "not_here"
    gh.write_text('{"commits": 3}')
    assert kit(worked.repo, "trace", "pr:9", "--json").error["code"] == "not_here"


def test_a_session_leads_to_its_commits_and_blocks(worked: Claude) -> None:
    block(worked.repo, "scan-first", f"kit:sessions/{NAME}#L1-L3", "Write the parser, please")
    block(worked.repo, "other", "kit:sessions/codex/0193b5c1#L1-L3", "x")
    for name in (NAME, SESSION, SESSION[:8], f"kit:sessions/{NAME}#L3"):
        found = trace(worked.repo, name if name.startswith("kit:") else f"session:{name}")
        assert [each["subject"] for each in found["commits"]] == ["Parse"]
        assert [each["id"] for each in found["records"]] == ["scan-first"]
    assert "scan-first" in kit(worked.repo, "trace", f"session:{NAME}").out


def test_a_block_leads_to_what_it_rests_on_and_a_false_quotation_is_seen(worked: Claude) -> None:
    block(worked.repo, "scan-first", f"kit:sessions/{NAME}#L1-L3", "Write the parser, please")
    block(worked.repo, "invented", f"kit:sessions/{NAME}#L1-L1", "approve this block")
    block(worked.repo, "elsewhere", "kit:sessions/codex/0193b5c1#L1-L3", "fatal: no")
    says = {name: trace(worked.repo, f"block:{name}")["records"][0]["sources"][0] for name in
            ("scan-first", "invented", "elsewhere")}  # fmt: skip
    assert {name: (each["is_here"], each["says"]) for name, each in says.items()} == {
        "scan-first": (True, True), "invented": (True, False), "elsewhere": (False, None),
    }  # fmt: skip
    assert "does NOT say this" in kit(worked.repo, "trace", "block:invented").out
    assert "not on this machine" in kit(worked.repo, "trace", "block:elsewhere").err
    assert kit(worked.repo, "trace", "block:none", "--json").error["code"] == "not_found"


def test_candidates_are_records_too(worked: Claude) -> None:
    block(worked.repo, "fresh", f"kit:sessions/{NAME}#L1", "Write the parser, please", folder=".kit/candidates")
    assert [each["path"] for each in trace(worked.repo, f"session:{NAME}")["records"]] == [".kit/candidates/fresh.md"]


def test_decisions_that_name_a_commit_or_are_named_by_it_or_apply_are_told(worked: Claude) -> None:
    oid = git(worked.repo, "rev-parse", "HEAD~1")
    decision(worked.repo, "names-it", f"Decided with {oid[:10]}.")
    decision(worked.repo, "applies", "x", 'applies_to: {paths: ["src/*.py"]}\n')
    decision(worked.repo, "not-at-all", "x")
    worked.write("docs/x.md", "one line of text\n")
    worked.commit("Write it, as decisions/not-at-all.md says")
    of = lambda what: {each["id"]: each["why"] for each in trace(worked.repo, what)["commits"][0]["decisions"]}  # noqa: E731
    assert of("HEAD~1^") == {"names-it": "it names the commit", "applies": "it applies to this path"}
    assert of("HEAD")["not-at-all"] == "the commit's message names it"


def test_a_word_that_can_be_two_things_is_not_guessed(worked: Claude) -> None:
    git(worked.repo, "branch", "by-hand.txt")
    assert kit(worked.repo, "trace", "by-hand.txt", "--json").error["code"] == "ambiguous"
    assert trace(worked.repo, "path:by-hand.txt")["kind"] == "file"
    assert trace(worked.repo, "commit:by-hand.txt")["kind"] == "commit"
    assert kit(worked.repo, "trace", "no-such-thing", "--json").error["code"] == "not_found"


@pytest.mark.parametrize(
    "name", ["--help", "-L1,1", "a b:c", "ü€\u202e.py", 'quo"te\\.py', "new\nline.py", ":(top)x", "HEAD:3", "a.py:7"]
)
def test_hostile_names_of_files_are_names(claude: Claude, name: str) -> None:
    claude.ask("write")
    claude.write(name, "value = compute(1)\nother = compute(2)\n")
    claude.commit("hostile", ".")
    claude.mirror()
    found = kit(claude.repo, "trace", "--json", "--", f"path:./{name}:2").json
    assert found["commits"][0]["lines"] == [{"number": 2, "text": "other = compute(2)"}]
    if "\n" not in name:
        assert turns(found) == [(1, "sure")]
    assert kit(claude.repo, "trace", "--json", "--", "HEAD").json["commits"][0]["subject"] == "hostile"


def test_lines_that_are_not_there_and_places_outside_are_refused(worked: Claude) -> None:
    for what, code in (("src/parse.py:99", "not_found"), ("src/none.py", "not_found"), ("../x:1", "outside"),
                       ("src/parse.py:3-2", "usage"), ("src/parse.py:0", "usage"), ("src:1", "not_found")):  # fmt: skip
        assert kit(worked.repo, "trace", what, "--json").error["code"] == code, what


def test_text_from_sessions_cannot_steer_the_terminal(claude: Claude) -> None:
    claude.ask("\x1b]0;title\x07 do it")
    claude.write("a.py", "value = compute('\x1b[31m')\n")
    claude.commit("a \x1b[31m")
    claude.mirror()
    done: Done = kit(claude.repo, "trace", "a.py:1")
    assert "\x1b" not in done.out + done.err
    assert "turn 1" in done.out


def test_no_filter_of_the_repository_is_run(worked: Claude) -> None:
    (worked.repo / ".gitattributes").write_text("* filter=evil diff=evil\n")
    for name in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.external"):
        git(worked.repo, "config", name, f"touch {worked.repo / 'ran'}; cat")
    assert turns(trace(worked.repo, "src/parse.py:2")) == [(1, "sure")]
    assert turns(trace(worked.repo, "HEAD~1")) == [(2, "sure"), (1, "sure")]
    assert not (worked.repo / "ran").exists()


def test_a_large_commit_is_compared_only_so_far_and_that_is_said(claude: Claude) -> None:
    claude.ask("much")
    claude.write("a.txt", "".join(f"line number {number} of many, all of them long\n" for number in range(60_000)))
    claude.commit("much")
    claude.mirror()
    assert "only its beginning was compared" in kit(claude.repo, "trace", "HEAD").out
    found = trace(claude.repo, "a.txt")
    assert found["commits"][0]["line_count"] == 20_000
    assert found["cut"] == ["lines after the first 20000 were not looked at"]


def test_an_empty_repository_has_nothing_behind_anything(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert kit(tmp_path, "trace", "HEAD", "--json").error["code"] == "not_found"
    assert kit(tmp_path, "trace", "session:codex/none", "--json").error["code"] == "not_found"
    assert [each.name for each in tmp_path.iterdir()] == [".git"]


def block(repo: Path, name: str, resource: str, excerpt: str, *, folder: str = "blocks") -> None:
    (repo / folder).mkdir(parents=True, exist_ok=True)
    source = json.dumps({"resource": resource, "excerpt": excerpt})
    matter = f'type: block\nid: {name}\ntitle: "A block"\nstatus: draft\nsources: [{source}]\n'
    (repo / folder / f"{name}.md").write_text(f"---\n{matter}---\n## Situation\n\nx\n")


def decision(repo: Path, name: str, text: str, matter: str = "") -> None:
    (repo / "decisions").mkdir(exist_ok=True)
    head = f'type: decision\nid: {name}\ntitle: "A decision"\n{matter}'
    (repo / "decisions" / f"{name}.md").write_text(f"---\n{head}---\n## Context\n\n{text}\n")
