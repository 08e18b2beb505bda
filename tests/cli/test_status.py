"""One screen shows everything, bounded, and follows what changes."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from kit.store.author import Author
from kit.store.store import Change
from tests.git import git
from tests.kit import kit
from tests.team import Agent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.remotes import PathRemote


@pytest.fixture
def busy(clones: Callable[..., list[Path]]) -> tuple[Path, Path]:
    """Two clones with a task in every state, mail, and a reservation."""
    ana, ben = clones(2)
    for words in [
        ("task", "add", "ready", "--title", "Ready \x1b[31mred"),
        ("task", "add", "waits", "--needs", "ready"),
        ("claim", "held", "--note", "almost", "--path", "src/**"),
        ("claim", "stuck"),
        ("complete", "stuck", "--blocked", "--note", "no grammar"),
        ("claim", "review"),
        ("complete", "review", "--needs-review"),
        ("claim", "finished"),
        ("complete", "finished"),
        ("send", "ben", "hello"),
    ]:
        assert kit(ana, *words).code == 0, words
    Agent(ana, "eve", now=time.time() - 7210).claim("late")
    return ana, ben


def test_the_screen_has_all_of_it(busy: tuple[Path, Path]) -> None:
    _, ben = busy
    done = kit(ben, "status", agent="ben")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("ben (instance ")
    assert "tasks     1 held, 1 expired, 1 ready, 1 waiting, 1 blocked, 1 needs-review, 1 done" in lines
    shown = [line.split() for line in lines]
    assert ["held", "held", "ana", "expires", "in", "30", "min", "almost"] in shown
    assert ["waiting", "waits", "needs", "ready"] in shown
    assert ["expired", "late", "eve", "expired", "2", "h", "ago"] in shown
    assert ["blocked", "stuck", "ana", "no", "grammar"] in shown
    assert ["mail", "1", "unread", "message:", "kit", "inbox"] in shown
    assert ["ana", "held", "expires", "in", "30", "min", "src/**"] in shown
    assert "  the claim of eve on late has expired" in lines
    assert "\x1b" not in done.out
    assert "waiting   nothing" in lines


def test_lists_are_cut_and_say_how_much(busy: tuple[Path, Path]) -> None:
    ana, _ = busy
    for number in range(4):
        assert kit(ana, "task", "add", f"more{number}").code == 0
    found = kit(ana, "status", "--limit", "2", "--json").json
    assert [row["task"] for row in found["tasks"]["ready"]["shown"]] == ["more0", "more1"]
    assert (found["tasks"]["ready"]["total"], found["tasks"]["ready"]["cut"]) == (5, 3)
    assert "  ... and 3 more: kit status --limit 5" in kit(ana, "status", "--limit", "2").out.splitlines()


def test_offline_it_shows_what_was_seen_and_what_waits(busy: tuple[Path, Path], remote: PathRemote) -> None:
    _, ben = busy
    kit(ben, "status", agent="ben")
    remote.stop()
    assert kit(ben, "send", "ana", "later", agent="ben").code == 0
    done = kit(ben, "status", "--json", agent="ben")
    assert done.code == 0
    assert "not fetched" in done.err
    assert done.json["fetched"] is False
    assert len(done.json["waiting"]["shown"]) == 1
    assert done.json["tasks"]["held"]["total"] == 1


def test_what_is_broken_or_goes_in_circles_is_a_problem_and_hides_nothing(busy: tuple[Path, Path]) -> None:
    ana, _ = busy
    store = Agent(ana).store
    changes = [
        Change(f"tasks/{name}", "", {f"tasks/{name}/task.json": data}, "x", "x")
        for name, data in [("a", b'{"needs":["b"]}'), ("b", b'{"needs":["a"]}'), ("bad", b"\x1b[2J{")]
    ]
    store.publish(changes, author=Author("eve", "e", 0))
    done = kit(ana, "status")
    assert "the needs make a circle: " in done.out
    assert "task bad is broken" in done.out
    assert "\x1b" not in done.out
    assert "1 held" in done.out


def test_what_was_folded_is_counted(busy: tuple[Path, Path]) -> None:
    ana, _ = busy
    assert kit(ana, "gc").code == 0
    found = kit(ana, "status", "--json").json
    assert (found["archived"], found["tasks"]["done"]["total"]) == (1, 0)


def test_without_a_remote_it_works_too(repo: Path) -> None:
    kit(repo, "claim", "parser")
    assert "no remote" in kit(repo, "status").out.splitlines()[0]


@contextlib.contextmanager
def watching(folder: Path, *words: str, **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Yields a watching process; when the test fails it is killed, for nobody reads what it would still print."""
    args = [sys.executable, "-m", "kit", "status", "--watch", "--interval=0.2", "--agent=ben", *words]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm"}
    with subprocess.Popen(args, cwd=folder, env=environment, **streams) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def until(read: Callable[[], bytes], word: bytes) -> bytes:
    end, seen = time.monotonic() + 60, b""
    while word not in seen:
        assert time.monotonic() < end, seen
        seen += read()
    return seen


def test_watched_by_a_program_it_prints_one_object_for_each_change(busy: tuple[Path, Path]) -> None:
    ana, ben = busy
    with watching(ben, "--json", stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            first = json.loads(process.stdout.readline())
            assert first["tasks"]["held"]["total"] == 1
            assert kit(ana, "claim", "ready").code == 0
            following: Iterator[Any] = map(json.loads, process.stdout)
            assert next(each for each in following if each["tasks"]["held"]["total"] == 2)
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130


def test_watched_by_a_person_the_screen_is_redrawn(busy: tuple[Path, Path]) -> None:
    ana, ben = busy
    ours, theirs = pty.openpty()

    def read() -> bytes:
        return os.read(ours, 65536) if select.select([ours], [], [], 0.1)[0] else b""

    with watching(ben, stdout=theirs, stdin=theirs, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        try:
            until(read, b"almost")
            assert kit(ana, "claim", "ready", "--note", "moving").code == 0
            until(read, b"moving")
        finally:
            process.send_signal(signal.SIGINT)
        rest = until(read, b"\x1b[?1049l")
        assert b"Traceback" not in rest
        assert process.wait(timeout=30) == 130
    os.close(ours)


def test_watching_goes_on_when_the_remote_is_away_for_a_while(busy: tuple[Path, Path], remote: PathRemote) -> None:
    ana, ben = busy
    with watching(ben, "--json", stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            following: Iterator[Any] = map(json.loads, process.stdout)
            assert next(following)["fetched"] is True
            remote.stop()
            assert next(each for each in following if each["fetched"] is False)["tasks"]["held"]["total"] == 1
            remote.start()
            git(ana, "fetch", "--quiet")
            assert kit(ana, "claim", "ready").code == 0
            assert next(each for each in following if each["tasks"]["held"]["total"] == 2)["fetched"] is True
        finally:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
