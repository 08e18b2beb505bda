"""A full disk, a folder that may not be written to, a process that dies: nothing is half done and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.git import try_git
from tests.kit import Done, kit
from tests.race import holder
from tests.remotes import PathRemote, http_remote, path_remote
from tests.remotes.process import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Clones = Callable[..., list[Path]]

NOBODY = 65534
_READ_ONLY = "remount,bind,ro"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 2 MB."""
    place = tmp_path / "small"
    place.mkdir()
    if run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(place)]).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    run(["umount", "--lazy", str(place)])


def fill(disk: Path) -> Path:
    """Leaves no byte free."""
    file = disk / "ballast"
    with file.open("ab", buffering=0) as ballast:
        for size in (65536, 4096, 1):
            while True:
                try:
                    ballast.write(b"x" * size)
                except OSError:
                    break
    return file


def claims(done: Done) -> bool:
    return done.code == 0 and "claimed" in done.out


def test_a_full_disk_at_the_client_changes_nothing_and_crashes_nothing(
    small_disk: Path, remote: PathRemote, clones: Clones
) -> None:
    (plain,) = clones(1)
    clone = small_disk / "clone"
    shutil.copytree(plain, clone, symlinks=True)
    assert kit(clone, "claim", "before").code == 0
    ballast = fill(small_disk)
    for words in (
        ["claim", "t"],
        ["renew", "before"],
        ["complete", "before"],
        ["task", "add", "u"],
        ["release", "before"],
    ):
        done = kit(clone, *words, "--json")
        assert (done.code, done.error["code"]) == (5, "not_written"), (words, done)
    assert kit(clone, "tasks").code in (0, 5)
    assert holder(remote.path, "t") is None
    assert holder(remote.path, "before")
    ballast.unlink()
    assert kit(clone, "claim", "t").code == 0
    assert kit(clone, "complete", "before").code == 0
    assert try_git(clone, "fsck", "--no-dangling").returncode == 0


def test_a_claim_that_the_remote_has_is_held_though_nothing_more_can_be_noted_here(
    small_disk: Path, remote: PathRemote, clones: Clones
) -> None:
    (plain,) = clones(1)
    clone = small_disk / "clone"
    shutil.copytree(plain, clone, symlinks=True)
    remote.hook("post-receive", f"#!/bin/sh\ncat /dev/zero >{small_disk}/ballast 2>/dev/null\ntrue\n")
    done = kit(clone, "claim", "t")
    assert (small_disk / "ballast").stat().st_size > 0
    assert claims(done) == bool(holder(remote.path, "t")), done
    (remote.path / "hooks" / "post-receive").unlink()
    (small_disk / "ballast").unlink()
    assert kit(clone, "renew", "t").code == 0


@pytest.mark.parametrize("over", ["path", "http"])
def test_a_full_disk_at_the_remote_is_told_and_changes_nothing(
    over: str, small_disk: Path, template: Path, clones: Clones
) -> None:
    shutil.copytree(template / "remote.git", small_disk / "far.git")
    make = path_remote if over == "path" else http_remote
    with make(small_disk / "far.git") as far:
        ana, ben = clones(2, of=far.url)
        assert kit(ana, "claim", "before").code == 0
        ballast = fill(small_disk)
        for words in (["claim", "t"], ["renew", "before"], ["complete", "before"]):
            done = kit(ana, *words, "--json")
            assert (done.code, done.error["code"]) in (
                (8, "refused"),
                (8, "remote"),
                (8, "contended"),
                (10, "unknown"),
            ), done
        ballast.unlink()
        assert (holder(far.path, "t"), bool(holder(far.path, "before"))) == (None, True)
        assert kit(ben, "claim", "t", agent="ben").code == 0
        assert kit(ana, "complete", "before").code == 0
        assert try_git(far.path, "fsck", "--strict", "--no-dangling").returncode == 0


def test_a_limit_on_the_size_of_files_is_a_full_disk(repo: Path) -> None:
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40)); sys.argv[0] = 'kit';"
        "from kit.cli import main; main()"
    )
    words = ["claim", "t", "--json", "--agent=ana", f"--repo={repo}"]
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = run([sys.executable, "-c", program, *words], env=environment)
    assert done.returncode == 5, done
    assert holder(repo, "t") is None
    assert kit(repo, "claim", "t").code == 0


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Makes a folder read-only until the test ends: by its modes, or by a mount for root, who ignores modes."""
    done: list[Path] = []

    def seal(folder: Path) -> None:
        done.append(folder)
        if os.getuid() != 0:
            assert run(["chmod", "-R", "a-w", str(folder)]).returncode == 0
        elif any(run(["mount", *how, str(folder)]).returncode for how in (["--bind", str(folder)], ["-o", _READ_ONLY])):
            pytest.skip("nothing can be made read-only here")

    yield seal
    for folder in done:
        run(["umount", "--lazy", str(folder)] if os.getuid() == 0 else ["chmod", "-R", "u+w", str(folder)])
    del tmp_path


def test_a_checkout_that_may_not_be_written_to_is_told_and_can_be_read(
    remote: PathRemote, clones: Clones, sealed: Callable[[Path], None]
) -> None:
    ana, ben = clones(2)
    kit(ana, "claim", "t")
    kit(ben, "tasks")
    sealed(ben)
    kit(ana, "renew", "t")  # so that there is something to note
    for words in (["claim", "u"], ["task", "add", "v"], ["claim", "t"]):
        done = kit(ben, *words, "--json", agent="ben")
        assert (done.code, done.error["code"]) == (5, "not_written"), (words, done)
    seen = kit(ben, "tasks", "--json")
    assert (seen.code, seen.json["fetched"], [row["task"] for row in seen.json["tasks"]]) == (0, False, ["t"]), seen
    assert kit(ben, "task", "show", "t").code == 0
    assert holder(remote.path, "u") is None


@pytest.mark.parametrize("what", ["objects", "refs", ".kit"])
def test_a_part_that_may_not_be_written_to_is_told(what: str, repo: Path, sealed: Callable[[Path], None]) -> None:
    kit(repo, "claim", "t")
    sealed(repo / what if what == ".kit" else repo / ".git" / what)
    done = kit(repo, "claim", "u", "--json")
    if what == ".kit":
        assert done.code == 0, done
    else:
        assert (done.code, done.error["code"]) == (5, "not_written"), done


def test_a_repository_of_someone_else_is_refused_with_the_way_out(repo: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    for place in (repo, repo / ".git"):
        os.chown(place, NOBODY, NOBODY)
    done = kit(repo, "claim", "t")
    assert (done.code, "safe.directory" in done.err) == (5, True), done
