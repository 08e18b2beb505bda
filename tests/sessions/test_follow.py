"""A session is followed while it grows, with one commit in an interval at most, and ends whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from kit.harnesses.harness import Source
from kit.sessions.follow import follow
from tests.kit import kit
from tests.sessions.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Clock:
    """Time that passes only while somebody waits; `then` is what happens meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        self.then: list[object] = []

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return not self.then or bool(self.then.pop(0)())  # type: ignore[operator]


def source(path: Path) -> Source:
    return Source("claude-code", path.stem, path, 0, 0.0)


def test_a_thousand_appends_in_an_interval_are_one_commit_and_none_without_a_change(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    two.touch()
    seen: list[list[str]] = []
    clock = Clock()

    def write() -> None:
        with one.open("a") as file:
            for _ in range(1000):
                file.write("x\n")
                file.flush()

    def last() -> bool:
        two.write_text("at the end")
        return True

    clock.then = [write, lambda: None, lambda: None, write, last]

    def mirror(sources: Sequence[Source], is_last: bool) -> list[Source]:
        seen.append([each.session for each in sources] + ["last"] * is_last)
        return []

    follow(lambda: [source(one), source(two)], mirror, wait=clock.wait, clock=lambda: clock.now, interval=5)
    assert seen == [["one", "two"], ["one"], ["one"], ["one", "two", "last"]]
    assert clock.now == 25


def test_it_ends_when_its_time_is_up_and_finds_new_sessions_on_the_way(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}" for number in range(3)]
    clock = Clock()
    seen: list[str] = []
    clock.then = [files[1].touch, *[lambda: None] * 20]
    files[0].touch()

    def mirror(found: Sequence[Source], is_last: bool) -> list[Source]:
        seen.extend(each.session for each in found if not is_last)
        return []

    def find() -> list[Source]:
        return [source(file) for file in files if file.exists()]

    follow(find, mirror, wait=clock.wait, clock=lambda: clock.now, interval=10, seconds=45)
    assert (seen, clock.now) == (["0", "1"], 45)


def test_a_database_is_seen_to_grow_by_the_file_beside_it_and_what_failed_is_tried_again(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.touch()
    clock = Clock()
    seen: list[bool] = []
    clock.then = [lambda: (tmp_path / "state.db-wal").write_text("rows") and None, lambda: None, lambda: True]

    def mirror(found: Sequence[Source], is_last: bool) -> list[Source]:
        seen.append(is_last)
        return list(found) if len(seen) == 2 else []

    follow(lambda: [source(file)], mirror, wait=clock.wait, clock=float, interval=1)
    assert seen == [False, False, False, True]


def test_the_last_commit_is_made_however_little_is_new(repo: Path) -> None:
    writer = Writer(repo)
    writer.say("one")
    words = ["session", "mirror", "--follow", "--for", "0.01s", "--min-bytes", "100000"]
    assert kit(repo, *words).code == 0
    assert writer.texts() == ["one"]


def test_it_ends_with_status_0_and_a_last_commit_when_it_is_told_to(repo: Path) -> None:
    (repo / "kit.toml").write_text('[sessions]\ninterval = "1h"\n')
    writer = Writer(repo)
    writer.say("one")
    words = [sys.executable, "-u", "-m", "kit", "session", "mirror", "--follow", "--agent=ana", f"--repo={repo}"]
    environment = dict(os.environ) | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, text=True) as running:
        assert running.stdout
        assert "1 line added" in running.stdout.readline()
        writer.say("two")
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 0
    assert writer.texts() == ["one", "two"]


def test_it_can_be_bounded(repo: Path) -> None:
    writer = Writer(repo)
    writer.say("one")
    assert kit(repo, "session", "mirror", "--follow", "--for", "0.01s").code == 0
    assert writer.texts() == ["one"]
    assert kit(repo, "session", "mirror", "--for", "1s").code == 2
