"""Commits name the session they came from, and git is held to what docs/links.md says it keeps of that."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from kit.store import repository, trailers
from kit.workflows import history, hook
from tests.cli.test_start import loaded
from tests.git import git, try_git
from tests.kit import kit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

ANA, BEN = "claude-code/0a0314fb", "codex/0193b5c1"


def sessions(folder: Path, revision: str = "HEAD") -> dict[str, str]:
    found = repository.find(folder, environment=dict(os.environ))
    (commit,) = history.commits(found.git, [git(folder, "rev-parse", revision)])
    return dict(commit.sessions)


def commit(folder: Path, name: str, *words: str) -> None:
    (folder / name).write_text(f"{name}\n")
    git(folder, "add", name)
    git(folder, "commit", "--quiet", *(words or ("-m", f"Write {name}")))


@pytest.fixture
def hooked(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the hook, in a shell of ana's session, with kit on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    python = f'PYTHONPATH="{os.pathsep.join(sys.path)}" exec "{sys.executable}" -m kit "$@"\n'
    (folder / "kit").write_text("#!/bin/sh\n" + python)
    (folder / "kit").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    assert kit(repo, "session", "link", "--install").code == 0
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", "0a0314fb")
    return repo


def as_ben(monkeypatch: pytest.MonkeyPatch) -> None:
    as_person(monkeypatch)
    monkeypatch.setenv("CODEX_THREAD_ID", "0193b5c1")


def as_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAUDE_CODE_SESSION_ID", raising=False)
    monkeypatch.delenv("CODEX_THREAD_ID", raising=False)


def edited(monkeypatch: pytest.MonkeyPatch, todo: str, message: str = "true") -> None:
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", f"sed -i.bak -e '{todo}'")
    monkeypatch.setenv("GIT_EDITOR", message)


# What the hook writes.


def test_a_commit_names_the_session_that_makes_it(hooked: Path) -> None:
    commit(hooked, "a")
    assert git(hooked, "log", "-1", "--format=%B") == f"Write a\n\nKit-Session: {ANA}"
    assert sessions(hooked) == {ANA: "trailer"}


def test_a_commit_without_a_session_stays_as_it_is(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_person(monkeypatch)
    commit(hooked, "a")
    assert git(hooked, "log", "-1", "--format=%B") == "Write a"


def test_another_harness_can_name_its_session(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_person(monkeypatch)
    monkeypatch.setenv("KIT_SESSION", "pi/2026-11-20")
    commit(hooked, "a")
    assert sessions(hooked) == {"pi/2026-11-20": "trailer"}


def test_the_trailer_joins_those_that_are_there(hooked: Path) -> None:
    commit(hooked, "a", "-m", "Write a", "-m", "Co-authored-by: Eve <eve@example.com>")
    last = git(hooked, "log", "-1", "--format=%B").split("\n\n")[-1]
    assert last.splitlines() == ["Co-authored-by: Eve <eve@example.com>", f"Kit-Session: {ANA}"]


def test_a_commit_never_fails_because_kit_is_missing(hooked: Path, tmp_path: Path) -> None:
    (tmp_path / "bin" / "kit").unlink()
    found = shutil.which("kit")
    if found:
        pytest.skip("another kit is on the PATH")
    commit(hooked, "a")
    assert sessions(hooked) == {}


@pytest.mark.parametrize("body", ["exit 3", "echo broken >&2; kill -9 $$", 'echo x > "$4"; exit 1'])
def test_a_commit_never_fails_because_kit_does(hooked: Path, tmp_path: Path, body: str) -> None:
    (tmp_path / "bin" / "kit").write_text(f"#!/bin/sh\n{body}\n")
    (hooked / "a").write_text("a\n")
    git(hooked, "add", "a")
    assert try_git(hooked, "commit", "-m", "Write a").returncode == 0


def test_kit_has_ten_seconds_where_the_machine_can_count_them(hooked: Path, tmp_path: Path) -> None:
    (tmp_path / "bin" / "timeout").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexit 124\n')
    (tmp_path / "bin" / "timeout").chmod(0o755)
    commit(hooked, "a")
    assert (tmp_path / "asked").read_text() == "10 kit session link --hook .git/COMMIT_EDITMSG\n"
    assert sessions(hooked) == {}


def test_a_session_that_is_no_name_leaves_the_commit_alone(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", "../../x\nEvil: 1")
    (hooked / "a").write_text("a\n")
    git(hooked, "add", "a")
    done = try_git(hooked, "commit", "-m", "Write a")
    assert done.returncode == 0
    assert "not linked" in done.stderr
    assert git(hooked, "log", "-1", "--format=%B") == "Write a"


def test_a_message_that_nobody_wrote_still_ends_the_commit(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_EDITOR", "true")
    (hooked / "a").write_text("a\n")
    git(hooked, "add", "a")
    assert "empty commit message" in try_git(hooked, "commit").stderr


def test_no_command_that_a_config_names_for_trailers_is_run(hooked: Path) -> None:
    git(hooked, "config", "trailer.sign.command", f"touch {hooked / 'ran'}")
    git(hooked, "config", "trailer.kit-session.cmd", f"touch {hooked / 'ran'}")
    commit(hooked, "a")
    assert sessions(hooked) == {ANA: "trailer"}
    assert not (hooked / "ran").exists()


def test_the_comments_of_an_editor_stay_below(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(hooked, "config", "core.commentChar", ";")
    monkeypatch.setenv("GIT_EDITOR", "cp .git/COMMIT_EDITMSG seen; true")
    commit(hooked, "a", "-v", "-e", "-m", "Write a")
    assert git(hooked, "log", "-1", "--format=%B") == f"Write a\n\nKit-Session: {ANA}"


def test_the_hook_works_in_a_linked_work_tree(hooked: Path, tmp_path: Path) -> None:
    git(hooked, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    commit(tmp_path / "linked", "a")
    assert sessions(tmp_path / "linked") == {ANA: "trailer"}


def test_the_hook_loads_nothing_heavy(hooked: Path) -> None:
    (hooked / "message").write_text("Write a\n")
    words = f"['session', 'link', '--hook', {str(hooked / 'message')!r}]"
    assert loaded(f"import kit.cli\nkit.cli.kit.main({words}, standalone_mode=False)", hooked) == set()
    assert f"Kit-Session: {ANA}" in (hooked / "message").read_text()


# How far it survives.


def test_amend_keeps_it_and_adds_the_session_that_amends(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(hooked, "a")
    git(hooked, "commit", "--quiet", "--amend", "--no-edit")
    assert list(sessions(hooked)) == [ANA]
    as_ben(monkeypatch)
    git(hooked, "commit", "--quiet", "--amend", "--no-edit")
    assert list(sessions(hooked)) == [ANA, BEN]


def test_amend_with_a_new_message_loses_it_unless_a_session_amends(
    hooked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(hooked, "a")
    git(hooked, "commit", "--quiet", "--amend", "-m", "Again")
    assert sessions(hooked) == {ANA: "trailer"}
    as_person(monkeypatch)
    git(hooked, "commit", "--quiet", "--amend", "-m", "Once more")
    assert sessions(hooked) == {}


def test_reword_squash_and_fixup_keep_the_sessions(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        commit(hooked, name)
    as_ben(monkeypatch)
    commit(hooked, "d")
    edited(monkeypatch, "1s/pick/reword/", "sed -i.bak -e 1s/^/Reworded:/")
    git(hooked, "rebase", "--quiet", "-i", "HEAD~2")
    assert [list(sessions(hooked, each)) for each in ("HEAD~1", "HEAD")] == [[ANA], [BEN]]
    edited(monkeypatch, "2s/pick/squash/")
    git(hooked, "rebase", "--quiet", "-i", "HEAD~2")
    assert set(sessions(hooked)) == {ANA, BEN}
    edited(monkeypatch, "2s/pick/fixup/")
    git(hooked, "rebase", "--quiet", "-i", "HEAD~2")
    assert list(sessions(hooked)) == [ANA]  # git drops the message of what is fixed up


def test_rebase_and_cherry_pick_keep_it_and_name_nobody_who_only_replays(
    hooked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(hooked, "checkout", "--quiet", "-b", "side")
    commit(hooked, "a")
    git(hooked, "checkout", "--quiet", "main")
    as_person(monkeypatch)
    commit(hooked, "b")
    as_ben(monkeypatch)
    git(hooked, "cherry-pick", "side")
    assert list(sessions(hooked)) == [ANA]
    git(hooked, "reset", "--quiet", "--hard", "HEAD~1")
    git(hooked, "checkout", "--quiet", "side")
    git(hooked, "rebase", "--quiet", "main")
    assert list(sessions(hooked)) == [ANA]
    assert list(sessions(hooked, "HEAD~1")) == []


def test_a_squashed_merge_names_all_sessions(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(hooked, "checkout", "--quiet", "-b", "side")
    commit(hooked, "a")
    as_ben(monkeypatch)
    commit(hooked, "b")
    git(hooked, "checkout", "--quiet", "main")
    git(hooked, "merge", "--squash", "side")
    as_person(monkeypatch)
    git(hooked, "commit", "--quiet", "--no-edit")
    assert sessions(hooked) == {BEN: "message", ANA: "message"}


def test_what_a_forge_makes_of_a_squash_is_read() -> None:
    body = f"Parser (#7)\n\n* Write a\n\nKit-Session: {ANA}\n\n* Write b\r\n\r\nKit-Session: {BEN}\r\n"
    assert trailers.sessions(body) == [ANA, BEN]


def test_what_is_no_session_is_passed_over() -> None:
    bad = ["x", "a/../b", "a/b/c", "A/b", "/", "a/" + "b" * 90, "a/b c"]
    assert trailers.sessions("\n".join(f"Kit-Session: {each}" for each in bad)) == []
    assert trailers.sessions("Kit-Session:\nnothing/here") == []


# Commits that are there already.


def test_head_that_nobody_else_has_is_written_anew_and_nothing_else_changes(repo: Path) -> None:
    commit(repo, "a")
    (repo / "b").write_text("staged\n")
    git(repo, "add", "b")
    before, status = git(repo, "cat-file", "commit", "HEAD"), git(repo, "status", "--porcelain")
    done = kit(repo, "session", "link", "--session", BEN, "--json")
    assert done.json["how"] == "trailer"
    assert git(repo, "cat-file", "commit", "HEAD") == f"{before}\n\nKit-Session: {BEN}"
    assert git(repo, "status", "--porcelain") == status
    assert kit(repo, "session", "link", "--session", BEN, "--json").json["how"] == "already"
    git(repo, "fsck", "--strict")


def test_a_commit_that_others_have_keeps_its_id_and_gets_a_note(clones: Callable[..., list[Path]]) -> None:
    (clone,) = clones(1)
    commit(clone, "a")
    git(clone, "push", "--quiet")
    before = git(clone, "rev-parse", "HEAD")
    done = kit(clone, "session", "link", "--session", BEN)
    assert done.code == 0
    assert "refs/remotes/origin/" in done.err
    assert git(clone, "rev-parse", "HEAD") == before
    assert sessions(clone) == {BEN: "note"}
    kit(clone, "session", "link", "--session", ANA)
    assert sessions(clone) == {BEN: "note", ANA: "note"}


@pytest.mark.parametrize("how", ["tag", "branch", "signed", "older", "busy"])
def test_a_commit_that_must_not_change_gets_a_note(repo: Path, how: str) -> None:
    commit(repo, "a")
    if how == "signed":
        head, _, message = git(repo, "cat-file", "commit", "HEAD").partition("\n\n")
        signed = f"{head}\ngpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----\n\n{message}\n"
        git(repo, "reset", "--quiet", git(repo, "hash-object", "-t", "commit", "-w", "--stdin", given=signed))
    elif how == "older":
        commit(repo, "b")
    elif how == "busy":
        (repo / ".git" / "MERGE_HEAD").write_text(git(repo, "rev-parse", "HEAD") + "\n")
    else:
        git(repo, how, "other")
    revision = "HEAD~1" if how == "older" else "HEAD"
    before = git(repo, "rev-parse", revision)
    assert kit(repo, "session", "link", "--commit", revision, "--session", BEN, "--json").json["how"] == "note"
    assert git(repo, "rev-parse", revision) == before


def test_a_note_goes_along_when_git_rewrites_a_commit(hooked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_person(monkeypatch)
    commit(hooked, "a")
    git(hooked, "tag", "other")
    assert kit(hooked, "session", "link", "--session", BEN, "--json").json["how"] == "note"
    git(hooked, "commit", "--quiet", "--amend", "-m", "Again")
    assert sessions(hooked) == {BEN: "note"}


def test_without_a_session_nothing_is_guessed(repo: Path) -> None:
    assert kit(repo, "session", "link", "--json").error["code"] == "no_session"
    assert kit(repo, "session", "link", "--session", "x", "--json").error["code"] == "invalid_session"
    assert kit(repo, "session", "link", "--session", BEN, "--commit", "--all", "--json").error["code"] == "not_found"
    assert kit(repo, "session", "link", "--install", "--pr", "3").code == 2


# The hook's file.


def test_a_foreign_hook_is_never_touched(repo: Path) -> None:
    file = repo / ".git" / "hooks" / hook.NAME
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\n")
    for word in ("--install", "--uninstall"):
        error = kit(repo, "session", "link", word, "--json").error
        assert error["code"] == "foreign_hook"
        assert "kit session link" in error["hint"]
    assert file.read_text() == "#!/bin/sh\n"


def test_installing_twice_is_once_and_uninstalling_leaves_nothing(repo: Path) -> None:
    before = (repo / ".git" / "config").read_text()
    assert [kit(repo, "session", "link", "--install", "--json").json["was"] for _ in range(2)] == ["", "there"]
    file = repo / ".git" / "hooks" / hook.NAME
    assert os.access(file, os.X_OK)
    assert git(repo, "config", "--get-all", "notes.rewriteRef") == trailers.NOTES
    assert kit(repo, "session", "link", "--uninstall", "--json").json == {"removed": str(file)}
    assert kit(repo, "session", "link", "--uninstall", "--json").json == {"removed": None}
    assert (repo / ".git" / "config").read_text().replace("[notes]\n", "") == before


def test_the_folder_of_hooks_is_the_one_git_uses(repo: Path, tmp_path: Path) -> None:
    git(repo, "config", "core.hooksPath", ".githooks")
    done = kit(repo, "session", "link", "--install")
    assert (repo / ".githooks" / hook.NAME).exists()
    assert "work tree" in done.err
    for elsewhere in (str(tmp_path / "shared"), "~/hooks", "../x"):
        git(repo, "config", "core.hooksPath", elsewhere)
        assert kit(repo, "session", "link", "--install", "--json").error["code"] == "hooks_elsewhere"


def test_a_link_in_the_place_of_the_hook_is_not_followed(repo: Path, tmp_path: Path) -> None:
    (repo / ".git" / "hooks").mkdir(exist_ok=True)
    (tmp_path / "mine").write_text(hook.text(["X"]))
    (repo / ".git" / "hooks" / hook.NAME).symlink_to(tmp_path / "mine")
    assert kit(repo, "session", "link", "--install", "--json").error["code"] == "foreign_hook"


# Pull requests.


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `gh` that keeps one description in a file."""
    folder = tmp_path / "gh-bin"
    folder.mkdir()
    (tmp_path / "body").write_text('{"body": "Parser\\r\\n"}')
    script = f"""#!/bin/sh
case "$2" in view) cat '{tmp_path}/body' ;; edit) cat > '{tmp_path}/new' ;; *) exit 2 ;; esac
"""
    (folder / "gh").write_text(script)
    (folder / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return tmp_path


def test_a_pull_request_names_the_session_in_its_description(repo: Path, gh: Path) -> None:
    assert kit(repo, "session", "link", "--pr", "7", "--session", BEN, "--json").json["how"] == "description"
    assert (gh / "new").read_text() == f"Parser\n\nKit-Session: {BEN}\n"
    (gh / "body").write_text(f'{{"body": "Kit-Session: {BEN}"}}')
    assert kit(repo, "session", "link", "--pr", "7", "--session", BEN, "--json").json["how"] == "already"


@pytest.mark.parametrize("printed", ["", "[]", "{", "[" * 100_000])
def test_what_gh_prints_is_not_trusted(repo: Path, gh: Path, printed: str) -> None:
    (gh / "body").write_text(printed)
    assert kit(repo, "session", "link", "--pr", "7", "--session", BEN, "--json").error["code"] == "remote"


def test_without_gh_the_line_to_add_is_said(repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(tmp_path))
    error = kit(repo, "session", "link", "--pr", "7", "--session", BEN, "--json").error
    assert error["code"] == "no_gh"
    assert f"Kit-Session: {BEN}" in error["hint"]


def test_linking_needs_no_remote(remote: PathRemote, clones: Callable[..., list[Path]]) -> None:
    (clone,) = clones(1)
    remote.stop()
    commit(clone, "a")
    assert kit(clone, "session", "link", "--session", BEN, "--json").json["how"] == "trailer"
