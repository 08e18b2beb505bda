"""A secret that was committed is taken out of every ref, every object and every file of kit's, and nothing else is."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.store import discard, repository
from kit.store.git import Git
from kit.store.objects import Objects
from kit.store.store import Store
from kit.workflows import purge as workflow
from tests.faults.test_mirror import dies
from tests.git import git, try_git
from tests.kit import Done, kit_process
from tests.kit import kit as run_kit
from tests.plant import plant
from tests.sessions.writer import Writer, objects

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remotes import PathRemote

    Clones = Callable[..., list[Path]]

SECRET = 'plain "words" that no rule knows'  # noqa: S105 - so it is committed as it is


def purge(repo: Path, *words: str, secret: str = SECRET) -> Done:
    return kit_process(repo, "purge", "--secret", "-", *words, given=secret)


def holds(repo: Path, secret: str = SECRET) -> bool:
    kept = objects(repo)
    forms = [secret, json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()[:-4]]
    return any(form.encode() in kept for form in forms)


@pytest.fixture
def leaky(repo: Path) -> Path:
    """A repository whose live plane holds the secret in many places."""
    writer = Writer(repo)
    writer.say("hello", f"it is {SECRET}", "bye")
    assert run_kit(repo, "session", "mirror").code == 0
    for words in (
        ["memory", "set", "notes.a", "clean"],
        ["memory", "set", "notes.a", SECRET],
        ["memory", "set", "notes.a", "later"],
        ["memory", "set", "other.b", "untouched"],
        ["send", "ben", SECRET],
        ["claim", "t", "--note", SECRET],
        ["sync"],
    ):
        assert run_kit(repo, *words).code == 0, words
    coded = base64.b64encode(b"ab" + SECRET.encode() + b"cd")
    plant(repo, "artifacts/shared", {"artifacts/shared/files/x": b"x" + coded + b"y"})
    return repo


def test_without_apply_it_only_says_where_it_is(leaky: Path) -> None:
    before = git(leaky, "for-each-ref")
    done = purge(leaky, "--json")
    assert (done.code, done.json["applied"]) == (0, False)
    names = {ref["ref"] if "ref" in ref else ref["name"] for ref in done.json["refs"]}
    assert {"refs/kit/memory/notes", "refs/kit/artifacts/shared", Writer(leaky).ref} <= names
    assert "refs/kit/memory/other" not in names
    assert done.json["objects"] >= 5
    assert git(leaky, "for-each-ref") == before
    assert SECRET not in done.out + done.err
    assert "nothing was changed" in purge(leaky).err


def test_it_is_in_no_object_and_no_file_afterwards(leaky: Path) -> None:
    other = git(leaky, "rev-parse", "refs/kit/memory/other")
    history = git(leaky, "log", "--format=%an %at", "refs/kit/memory/notes")
    done = purge(leaky, "--apply", "--json")
    assert done.code == 0, done
    assert not holds(leaky)
    assert SECRET not in done.out + done.err
    assert not [
        file for file in (leaky / ".kit").rglob("*") if file.is_file() and b"no rule knows" in file.read_bytes()
    ]
    assert git(leaky, "rev-parse", "refs/kit/memory/other") == other
    assert git(leaky, "log", "--format=%an %at", "refs/kit/memory/notes") == history
    assert try_git(leaky, "fsck", "--strict", "--full").returncode == 0
    assert run_kit(leaky, "memory", "get", "notes.a").out == "later\n"
    assert Writer(leaky).texts() == ["hello", "it is [REDACTED:purged]", "bye"]
    assert run_kit(leaky, "session", "show", Writer(leaky).session).code == 0
    assert "found nothing" in purge(leaky).out


@pytest.mark.parametrize("how", ["gc", "repack", "kept"])
def test_packs_are_written_anew_without_it(leaky: Path, how: str) -> None:
    git(leaky, *(["gc", "--quiet"] if how == "gc" else ["repack", "-a", "-d", "--quiet", "--write-midx"]))
    if how == "kept":
        (pack,) = (leaky / ".git" / "objects" / "pack").glob("*.pack")
        pack.with_suffix(".keep").touch()
    assert purge(leaky, "--apply").code == 0
    assert not holds(leaky)
    assert try_git(leaky, "fsck", "--strict", "--full").returncode == 0
    assert git(leaky, "log", "--format=%s", "main") == "Begin"


def test_what_nothing_reaches_goes_only_if_it_holds_it(leaky: Path) -> None:
    lost = git(leaky, "commit-tree", "HEAD^{tree}", "-m", "a person's lost work")
    old = git(leaky, "rev-parse", "refs/kit/memory/notes")
    git(leaky, "update-ref", "-d", "refs/kit/memory/notes")
    assert purge(leaky, "--apply").code == 0
    assert not holds(leaky)
    assert try_git(leaky, "cat-file", "-e", lost).returncode == 0
    assert try_git(leaky, "cat-file", "-e", old).returncode != 0


def test_branches_are_not_touched_and_it_is_said(leaky: Path) -> None:
    (leaky / "notes.txt").write_text(SECRET)
    git(leaky, "add", "notes.txt")
    git(leaky, "commit", "--quiet", "-m", "Oh")
    head = git(leaky, "rev-parse", "HEAD")
    done = purge(leaky, "--apply")
    assert (done.code, "kept:" in done.err, "filter-repo" in done.err) == (1, True, True)
    assert git(leaky, "rev-parse", "HEAD") == head
    assert git(leaky, "show", "HEAD:notes.txt") == SECRET
    assert try_git(leaky, "fsck", "--strict", "--full").returncode == 0


def test_what_the_remote_still_holds_is_said_with_the_command_that_ends_it(remote: PathRemote, clones: Clones) -> None:
    (ana,) = clones(1)
    assert run_kit(ana, "memory", "set", "notes.a", SECRET).code == 0
    done = purge(ana, "--apply", "--json")
    assert not holds(ana)
    assert holds(remote.path)
    (step,) = done.json["steps"]
    words = step.split(" ")
    assert words[:2] == ["git", "push"]
    subprocess.run(words, cwd=ana, check=True, capture_output=True, timeout=30)
    assert "[REDACTED:purged]" in git(remote.path, "show", "refs/kit/memory/notes:memory/notes/a.json")
    assert run_kit(ana, "memory", "get", "notes.a").out == "[REDACTED:purged]\n"
    assert not holds(ana)


def test_with_push_the_remote_is_replaced_too(remote: PathRemote, clones: Clones) -> None:
    (ana,) = clones(1)
    assert run_kit(ana, "memory", "set", "notes.a", SECRET).code == 0
    done = purge(ana, "--apply", "--push")
    assert (done.code, "replaced on the remote: 1 ref" in done.out) == (0, True)
    assert "run kit purge in every other clone" in done.err
    git(remote.path, "gc", "--prune=now", "--quiet")
    assert not holds(remote.path)


def test_a_session_goes_with_all_its_states(leaky: Path) -> None:
    writer = Writer(leaky)
    beside = Writer(leaky, writer.session + ".agent-1")
    beside.say("another")
    assert run_kit(leaky, "session", "mirror", "--session", beside.session).code == 0
    git(leaky, "gc", "--quiet")
    assert run_kit(leaky, "purge", "--session", writer.session).code == 0
    assert writer.texts()
    done = run_kit(leaky, "purge", "--session", f"claude-code/{writer.session}", "--apply")
    assert done.code == 0, done
    assert b"hello" not in objects(leaky)
    assert beside.texts() == ["another"]
    assert try_git(leaky, "fsck", "--strict", "--full").returncode == 0


def test_the_secret_is_never_taken_from_the_command_line(leaky: Path) -> None:
    done = run_kit(leaky, "purge", "--secret", SECRET)
    assert (done.code, SECRET in done.out + done.err) == (2, False)
    assert purge(leaky, secret="abc").code == 5  # noqa: S106


def test_it_may_die_at_any_step_and_goes_on_when_it_is_run_again(leaky: Path) -> None:
    git(leaky, "repack", "-a", "-d", "--quiet")
    Writer(leaky).say("more", SECRET)
    assert run_kit(leaky, "session", "mirror").code == 0

    def act() -> None:
        store = Store(repository.find(leaky, environment=dict(os.environ)))
        workflow.secret(store, SECRET.encode(), is_applied=True)

    step = 0
    while dies(step := step + 3, act, [(Objects, "put"), (Git, "run"), (discard, "_repack"), (Path, "unlink")]):
        assert try_git(leaky, "fsck", "--strict", "--full").returncode == 0, step
    assert step > 9
    assert not holds(leaky)
    assert Writer(leaky).texts() == ["hello", "it is [REDACTED:purged]", "bye", "more", "[REDACTED:purged]"]
    assert try_git(leaky, "fsck", "--strict", "--full").returncode == 0
