"""A mirror that dies at any step, or has no room, repeats work: no line is lost, none is there twice."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from kit.store import git as git_program
from kit.store import superseded
from kit.store.objects import Objects
from tests.faults.test_disk import fill, small_disk
from tests.git import git, try_git
from tests.kit import kit
from tests.sessions.writer import SECRET, Writer, objects

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["small_disk"]
_STEPS = [(Objects, "add"), (Objects, "build"), (git_program.Git, "run"), (superseded, "_remove"), (superseded, "mark")]


def is_whole(repo: Path) -> bool:
    return try_git(repo, "fsck", "--strict", "--no-dangling").returncode == 0


def texts(writer: Writer) -> list[str]:
    if try_git(writer.repo, "rev-parse", "--verify", "--quiet", writer.ref).returncode:
        return []
    return writer.texts()


def dies(step: int, act: Callable[[], object], steps: Sequence[tuple[Any, str]]) -> bool:
    """Runs `act` in a process of its own that dies, as if it was killed, before its step of that number.

    `steps` are functions, by their owner and name, of which each call is one; returns whether it came to die.
    """
    child = os.fork()
    if child == 0:
        count = [0]

        def counted(function: Any) -> Any:
            def call(*words: Any, **more: Any) -> Any:
                count[0] += 1
                if count[0] == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*words, **more)

            return call

        for owner, name in steps:
            setattr(owner, name, counted(getattr(owner, name)))
        with contextlib.suppress(BaseException):
            act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_it_may_die_at_any_step(repo: Path) -> None:
    writer = Writer(repo)
    said = ["first"]
    writer.say("first")
    assert kit(repo, "session", "mirror").code == 0
    step = 0
    is_dead = True
    while is_dead:
        step += 1
        more = f"before step {step} " + "x" * 50
        writer.say(more)
        said.append(more)
        is_dead = dies(step, lambda: kit(repo, "session", "mirror"), _STEPS)
        assert texts(writer) in (said[: len(texts(writer))], said)
        assert is_whole(repo), step
    assert step > 8
    assert texts(writer) == said
    assert kit(repo, "session", "mirror", "--json").json["sessions"][0]["lines"] == 0


def test_it_may_be_killed_at_any_moment_while_others_mirror_and_the_transcript_grows(repo: Path) -> None:
    (repo / "kit.toml").write_text("[sessions]\nmax_part = 5000\nmax_session = 2000000\ninterval = 0.02\n")
    writer = Writer(repo)
    said: list[str] = []
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set() and len(said) < 3000:
            said.append(f"word {len(said)} of {SECRET}")
            line = writer.line(said[-1])
            cut = len(said) * 7 % len(line)
            writer.append(line[:cut])
            writer.append(line[cut:])
            is_over.wait(0.002)

    writing = threading.Thread(target=write)
    writing.start()
    choose = random.Random(7)
    words = [sys.executable, "-m", "kit", "session", "mirror", "--follow", "--session", writer.session]
    words += ["--agent=ana", f"--repo={repo}"]
    for _ in range(5):
        running = [
            subprocess.Popen(
                [*words, "--agent=ana", f"--repo={repo}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for _ in range(2)
        ]
        with contextlib.suppress(subprocess.TimeoutExpired):
            running[0].wait(0.4 + choose.random() * 0.4)
        for each in running:
            each.kill()
            each.wait()
        assert [text.split()[1] for text in texts(writer)] == [str(number) for number in range(len(texts(writer)))]
    is_over.set()
    writing.join()
    assert kit(repo, "session", "mirror", "--session", writer.session).code == 0
    assert [text.split()[1] for text in writer.texts()] == [str(number) for number in range(len(said))]
    assert is_whole(repo)
    assert SECRET.encode() not in objects(repo)


def test_a_full_disk_is_told_and_what_was_mirrored_before_stays(small_disk: Path, repo: Path) -> None:
    clone = small_disk / "repo"
    shutil.copytree(repo, clone, symlinks=True)
    writer = Writer(clone)
    writer.say("one")
    assert kit(clone, "session", "mirror").code == 0
    ballast = fill(small_disk)
    writer.say("two", os.urandom(20000).hex())
    done = kit(clone, "session", "mirror", "--json")
    assert done.code == 5, done
    assert texts(writer) == ["one"]
    ballast.unlink()
    assert kit(clone, "session", "mirror").code == 0
    assert (len(texts(writer)), texts(writer)[1]) == (3, "two")
    assert git(clone, "fsck", "--strict", "--no-dangling") == ""
