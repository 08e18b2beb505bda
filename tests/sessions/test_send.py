"""Sessions leave this machine only where kit.toml says so; then it is said who reads them, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.git import git, try_git
from tests.kit import kit
from tests.remotes import PathRemote, path_remote
from tests.sessions.writer import SESSION, Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Clones = Callable[..., list[Path]]

REF = f"refs/kit/sessions/claude-code/{SESSION}"


def on(repo: Path, more: str = "") -> None:
    (repo / "kit.toml").write_text(f"[sessions]\npush = true\n{more}")


def lines(remote: Path) -> int:
    oid = try_git(remote, "rev-parse", "--verify", "--quiet", REF).stdout.strip()
    if not oid:
        return 0
    listed = git(remote, "ls-tree", "-r", "--name-only", oid).split("\n")
    parts = [name for name in listed if name.endswith(".jsonl")]
    return sum(bool(line.strip()) for name in parts for line in git(remote, "show", f"{oid}:{name}").split("\n"))


def test_by_default_a_session_stays_and_sync_counts_it(remote: PathRemote, clones: Clones) -> None:
    (ana,) = clones(1)
    Writer(ana).say("one")
    assert kit(ana, "session", "mirror", "--json").json["sessions"][0]["sent"] is False
    done = kit(ana, "sync")
    assert (done.code, "1 session stays on this machine" in done.err) == (0, True)
    assert kit(ana, "sync", "--json").json["sessions"]["local"] == 1
    assert "sessions" not in git(remote.path, "for-each-ref")


def test_where_it_is_on_mirror_sends_and_says_who_reads_it(remote: PathRemote, clones: Clones) -> None:
    (ana,) = clones(1)
    on(ana)
    writer = Writer(ana)
    for number in range(5):
        writer.say(f"word {number}")
        done = kit(ana, "session", "mirror")
        assert (done.code, f"sent to origin ({remote.url}): who can read it reads them" in done.err) == (0, True)
        assert lines(remote.path) == number + 1
    assert try_git(ana, "fsck", "--strict", "--no-dangling").returncode == 0
    assert try_git(remote.path, "fsck", "--strict", "--no-dangling").returncode == 0
    assert kit(ana, "session", "list", "--json").json["sessions"][0]["kept"] == ["here", "origin"]


def test_another_remote_can_be_named_for_sessions(remote: PathRemote, clones: Clones, tmp_path: Path) -> None:
    (ana,) = clones(1)
    with path_remote(tmp_path / "private.git") as private:
        git(ana, "remote", "add", "private", private.url)
        on(ana, 'remote = "private"\n')
        Writer(ana).say("one")
        assert private.url in kit(ana, "session", "mirror").err
        assert (lines(private.path), lines(remote.path)) == (1, 0)
    on(ana, 'remote = "nowhere"\n')
    done = kit(ana, "session", "mirror", "--json")
    assert (done.code, done.error["code"]) == (5, "no_remote")
    assert "sessions stay here" in kit(ana, "sync").err


def test_what_could_not_be_sent_is_kept_and_goes_with_sync(remote: PathRemote, clones: Clones) -> None:
    (ana,) = clones(1)
    on(ana)
    Writer(ana).say("one")
    away = remote.path.with_name("away.git")
    remote.path.rename(away)
    done = kit(ana, "session", "mirror", "--json")
    assert (done.code, done.json["sessions"][0]["lines"], done.json["sessions"][0]["sent"]) == (0, 1, False)
    assert "it waits here" in done.err
    away.rename(remote.path)
    done = kit(ana, "sync")
    assert (done.code, "1 session sent to origin" in done.err, lines(remote.path)) == (0, True, 1)
    assert kit(ana, "sync", "--json").json["sessions"]["sent"] == []


def test_two_clones_that_mirror_one_transcript_double_nothing_and_lose_nothing(
    remote: PathRemote, clones: Clones
) -> None:
    ana, ben = clones(2)
    on(ana)
    on(ben)
    writer = Writer(ana)
    beside = Writer(ben)
    beside.path.parent.parent.mkdir(parents=True, exist_ok=True)
    for number in range(6):
        writer.say(f"word {number}")
        if number == 0:
            beside.path.parent.symlink_to(writer.path.parent)
        for clone in (ana, ben) if number % 2 else (ben, ana):
            assert kit(clone, "session", "mirror", "--session", SESSION).code == 0
        assert lines(remote.path) == number + 1
    assert writer.texts() == beside.texts() == [f"word {number}" for number in range(6)]


def test_another_session_of_the_same_name_on_the_remote_is_not_written_over(remote: PathRemote, clones: Clones) -> None:
    ana, ben = clones(2)
    on(ana)
    on(ben)
    Writer(ana).say("mine", "too")
    Writer(ben).say("not that")
    assert kit(ana, "session", "mirror").code == 0
    before = git(remote.path, "rev-parse", REF)
    done = kit(ben, "session", "mirror", "--json")
    assert (done.code, done.json["sessions"][0]["sent"]) == (0, False)
    assert "neither holds all of the other" in done.json["sessions"][0]["waits"]
    assert git(remote.path, "rev-parse", REF) == before
    assert Writer(ben).texts() == ["not that"]


def test_a_host_that_takes_branches_only_and_no_rewriting_of_them_is_sent_more_history(
    remote: PathRemote, clones: Clones
) -> None:
    (ana,) = clones(1)
    git(remote.path, "config", "receive.denyNonFastForwards", "true")
    (ana / "kit.toml").write_text('[sessions]\npush = true\n[live]\nprefix = "refs/heads/kit"\n')
    writer = Writer(ana)
    for number in range(3):
        writer.say(f"word {number}")
        done = kit(ana, "session", "mirror", "--json")
        assert done.json["sessions"][0]["sent"] is True, done
    assert git(remote.path, "rev-parse", REF.replace("refs/kit", "refs/heads/kit")) == git(ana, "rev-parse", REF)
    assert writer.texts() == ["word 0", "word 1", "word 2"]


@pytest.mark.parametrize("word", ["delete"])
def test_a_session_that_is_deleted_here_stays_on_the_remote_and_it_is_said_how_it_goes(
    remote: PathRemote, clones: Clones, word: str
) -> None:
    (ana,) = clones(1)
    on(ana)
    Writer(ana).say("one")
    kit(ana, "session", "mirror")
    done = kit(ana, "session", word, SESSION[:8])
    assert (done.code, f"git push origin --delete {REF}" in done.err) == (0, True)
    assert kit(ana, "session", "list", "--json").json["sessions"] == []
    assert lines(remote.path) == 1
