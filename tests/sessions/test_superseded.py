"""A mirror replaces the one before it and leaves nothing of it behind, nor takes anything that another needs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kit.sessions import trace
from kit.store import repository
from kit.store.store import Store
from tests.git import git, try_git
from tests.kit import kit
from tests.sessions.writer import Writer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def writer(repo: Path) -> Writer:
    return Writer(repo)


def grow(writer: Writer, times: int, *words: str) -> None:
    for number in range(times):
        writer.say(f"{writer.session} {number} " + "word " * number)
        assert kit(writer.repo, "session", "mirror", "--session", writer.session, *words).code == 0


def is_whole(repo: Path) -> bool:
    done = try_git(repo, "fsck", "--strict", "--full", "--no-dangling", "--connectivity-only")
    return done.returncode == 0 and try_git(repo, "fsck", "--strict", "--no-dangling").returncode == 0


def test_nothing_unreachable_is_left_however_often_it_was_mirrored(writer: Writer) -> None:
    grow(writer, 12)
    assert git(writer.repo, "fsck", "--unreachable", "--strict") == ""
    assert len(writer.texts()) == 12
    assert kit(writer.repo, "session", "stop", writer.session).code == 0
    assert kit(writer.repo, "session", "compact", writer.session).code == 0
    assert git(writer.repo, "fsck", "--unreachable", "--strict") == ""
    assert len(writer.meta()["parts"]) == 1


def test_a_part_that_a_person_has_added_to_git_stays(writer: Writer) -> None:
    grow(writer, 1)
    for name in ("meta.json", "part-00001.jsonl"):
        blob = git(writer.repo, "rev-parse", f"{writer.ref}:sessions/claude-code/{writer.session}/{name}")
        words = ["git", "-C", str(writer.repo), "cat-file", "blob", blob]
        (writer.repo / name).write_bytes(subprocess.run(words, check=True, capture_output=True).stdout)
        git(writer.repo, "add", name)
        assert git(writer.repo, "rev-parse", f":{name}") == blob
    grow(writer, 4)
    git(writer.repo, "commit", "--quiet", "-m", "Keep what was said")
    assert is_whole(writer.repo)


def test_a_commit_that_another_ref_holds_stays(writer: Writer) -> None:
    grow(writer, 2)
    git(writer.repo, "update-ref", "refs/heads/kept", writer.ref)
    grow(writer, 3)
    assert is_whole(writer.repo)


def test_nothing_goes_while_git_packs(writer: Writer) -> None:
    grow(writer, 2)
    (writer.repo / ".git" / "gc.pid").write_text("1 here")
    grow(writer, 1)
    assert git(writer.repo, "fsck", "--unreachable", "--strict")
    assert is_whole(writer.repo)


def test_two_sessions_with_the_same_lines_share_nothing_that_one_could_remove(writer: Writer) -> None:
    other = Writer(writer.repo, "11111111-b206-450f-b895-cd5181a28ae5")
    writer.say("one")
    other.append(writer.path.read_bytes())
    assert kit(writer.repo, "session", "mirror", "--all").code == 0
    grow(writer, 3)
    assert is_whole(writer.repo)
    assert other.texts() == ["one"]


def test_who_reads_while_it_is_mirrored_on_reads_every_line(writer: Writer, home: Path) -> None:
    del home
    grow(writer, 6)
    store = Store(repository.find(writer.repo, environment={}))
    found = trace.find(store, writer.session[:8])
    reading = trace.records(store, found)
    lines = [next(reading)]
    grow(writer, 6)
    assert try_git(writer.repo, "cat-file", "-e", found.oid).returncode != 0
    lines += list(reading)
    assert [number for number, _ in lines] == [1, 2, 3, 4, 5, 6]
    assert len(list(trace.records(store, trace.find(store, writer.session)))) == 12


def test_a_process_for_each_mirror_at_once_doubles_and_loses_nothing(writer: Writer) -> None:
    said = []
    for turn in range(2):
        more = [f"turn {turn} word {number}" for number in range(25)]
        writer.say(*more)
        said += more
        words = [sys.executable, "-m", "kit", "session", "mirror", "--agent=ana", f"--repo={writer.repo}"]
        running = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(3)]
        for each in running:
            _, err = each.communicate(timeout=60)
            assert each.returncode == 0, err
    assert writer.texts() == said
    assert is_whole(writer.repo)


def test_a_commit_that_a_branch_was_built_upon_stays(writer: Writer) -> None:
    grow(writer, 2)
    built = git(writer.repo, "commit-tree", f"{writer.ref}^{{tree}}", "-p", writer.ref, "-m", "upon it")
    git(writer.repo, "update-ref", "refs/heads/upon", built)
    grow(writer, 3)
    assert is_whole(writer.repo)
