"""The faults of the test remotes are what they say they are."""

from __future__ import annotations

import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.git import git, try_git
from tests.remotes import (
    DaemonRemote,
    Faults,
    HttpRemote,
    PathRemote,
    Proxy,
    Remote,
    daemon_remote,
    http_remote,
)
from tests.remotes.process import run, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def http(tmp_path: Path) -> Iterator[HttpRemote]:
    with http_remote(tmp_path / "http.git") as made:
        yield made


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[DaemonRemote]:
    with daemon_remote(tmp_path / "daemon.git", proxied=True) as made:
        yield made


def push(repo: Path, remote: Remote, *refspecs: str) -> subprocess.CompletedProcess[str]:
    lease = [f"--force-with-lease={refspec.partition(':')[2]}:" for refspec in refspecs]
    return try_git(repo, "push", "--porcelain", *lease, remote.url, *refspecs)


def refs(remote: Remote) -> list[str]:
    return git(remote.path, "for-each-ref", "--format=%(refname)", "refs/kit").splitlines()


def backends(http: HttpRemote) -> list[str]:
    listed = run(["ps", "-A", "-o", "pgid=,args="]).stdout.splitlines()
    return [line for line in listed if line.split()[0] == str(http.group) and "http-backend" in line]


def test_a_push_whose_answer_is_lost_fails_and_is_on_the_server(repo: Path, any_remote: Remote) -> None:
    any_remote.inject(Faults(drop_replies=1.0))
    assert push(repo, any_remote, "main:refs/kit/a", "main:refs/kit/b").returncode != 0
    assert refs(any_remote) == ["refs/kit/a", "refs/kit/b"]
    assert git(repo, "ls-remote", any_remote.url, "refs/kit/*").count("refs/kit/") == 2
    assert try_git(any_remote.path, "fsck", "--strict").returncode == 0
    any_remote.inject(Faults())
    assert push(repo, any_remote, "main:refs/kit/c").returncode == 0


def test_a_lost_answer_to_a_deletion_leaves_no_lock(repo: Path, any_remote: Remote) -> None:
    push(repo, any_remote, "main:refs/kit/a", "main:refs/kit/b")
    git(any_remote.path, "pack-refs", "--all")
    any_remote.inject(Faults(drop_replies=1.0))
    assert try_git(repo, "push", any_remote.url, ":refs/kit/a").returncode != 0
    assert refs(any_remote) == ["refs/kit/b"]
    assert list(any_remote.path.rglob("*.lock")) == []


def test_the_seed_fixes_which_answers_are_lost(repo: Path, any_remote: Remote) -> None:
    def lost(batch: str) -> list[bool]:
        any_remote.inject(Faults(drop_replies=0.5, seed=1, torn=isinstance(any_remote, HttpRemote)))
        return [push(repo, any_remote, f"main:refs/kit/{batch}{n}").returncode != 0 for n in range(5)]

    assert lost("a") == lost("b") == [True, False, False, True, True]
    assert len(refs(any_remote)) == 10


def test_git_itself_repeats_an_http_push_that_got_no_answer_and_is_told_it_lost(repo: Path, http: HttpRemote) -> None:
    http.inject(Faults(drop_replies=0.5, seed=1))  # the first answer is lost, the second is not
    done = push(repo, http, "main:refs/kit/a")
    assert "refs/kit/a\t[remote rejected]" in done.stdout, done
    assert refs(http) == ["refs/kit/a"]
    assert [line.split()[0] for line in http.requests()] == ["GET", "POST", "POST"]


def test_git_does_not_repeat_a_push_whose_answer_was_torn(repo: Path, http: HttpRemote) -> None:
    http.inject(Faults(drop_replies=1.0, torn=True))
    assert push(repo, http, "main:refs/kit/a").returncode != 0
    assert [line.split()[0] for line in http.requests()] == ["GET", "POST"]


def test_a_remote_that_hangs_answers_nothing_until_it_is_healed(repo: Path, any_remote: Remote) -> None:
    any_remote.inject(Faults(hang_after=0))
    for command in (["ls-remote", any_remote.url], ["push", any_remote.url, "main:refs/kit/a"]):
        with pytest.raises(subprocess.TimeoutExpired):
            try_git(repo, *command, timeout=0.3)
    any_remote.inject(Faults())
    assert push(repo, any_remote, "main:refs/kit/b").returncode == 0
    assert refs(any_remote) == ["refs/kit/b"]


def test_a_hang_can_begin_between_the_two_requests_of_a_push(repo: Path, http: HttpRemote) -> None:
    http.inject(Faults(hang_after=1))
    with pytest.raises(subprocess.TimeoutExpired):
        try_git(repo, "push", http.url, "main:refs/kit/a", timeout=0.5)
    assert len(http.requests()) == 2
    assert refs(http) == []


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_http_refuses_with_a_status(status: int, repo: Path, http: HttpRemote) -> None:
    http.inject(Faults(refuse_with=status))
    done = try_git(repo, "-c", "core.askPass=false", "push", http.url, "main:refs/kit/a")
    assert done.returncode == 128
    assert ("could not read Username" if status == 401 else f"error: {status}") in done.stderr


def test_a_stopped_remote_is_not_reached_and_comes_back_at_the_same_url(repo: Path, any_remote: Remote) -> None:
    any_remote.stop()
    assert try_git(repo, "ls-remote", any_remote.url).returncode == 128
    any_remote.start()
    assert push(repo, any_remote, "main:refs/kit/a").returncode == 0


@pytest.mark.parametrize(("kind", "trips"), [("http", 2), ("daemon", 3)])
def test_a_delay_is_added_to_each_round_trip(kind: str, trips: int, repo: Path, request: pytest.FixtureRequest) -> None:
    remote: HttpRemote | DaemonRemote = request.getfixturevalue(kind)
    push(repo, remote, "main:refs/kit/a")
    remote.inject(Faults(delay=0.1))
    began = time.perf_counter()
    git(repo, "ls-remote", remote.url)
    assert time.perf_counter() - began >= 0.1 * trips


def test_a_cut_upload_leaves_nothing_and_a_cut_download_gives_nothing(
    repo: Path, daemon: DaemonRemote, tmp_path: Path
) -> None:
    daemon.inject(Faults(cut_upload=200))
    assert push(repo, daemon, "main:refs/kit/a").returncode != 0
    assert refs(daemon) == []
    daemon.inject(Faults())
    push(repo, daemon, "main:refs/heads/main")
    daemon.inject(Faults(cut_download=300))
    assert try_git(tmp_path, "clone", daemon.url, "copy").returncode != 0


def test_the_proxy_stands_before_http_too(repo: Path, http: HttpRemote) -> None:
    proxy = Proxy(http.port)
    http.url = http.url.replace(str(http.port), str(proxy.port))
    proxy.switch.set(Faults(cut_upload=500))
    assert push(repo, http, "main:refs/kit/a").returncode != 0
    proxy.switch.set(Faults())
    assert push(repo, http, "main:refs/kit/a").returncode == 0
    proxy.close()
    assert try_git(repo, "ls-remote", http.url).returncode == 128


def test_a_client_that_dies_in_its_upload_leaves_no_process_and_no_ref(repo: Path, http: HttpRemote) -> None:
    for body in ("Content-Length: 900\r\n\r\n0000", "Transfer-Encoding: chunked\r\n\r\n100\r\n0000"):
        with socket.create_connection(("127.0.0.1", http.port)) as client:
            kind = "Content-Type: application/x-git-receive-pack-request"
            client.sendall(f"POST /http.git/git-receive-pack HTTP/1.1\r\n{kind}\r\n{body}".encode())
    assert wait_until(lambda: len(http.requests()) == 2, seconds=5)
    assert push(repo, http, "main:refs/kit/a").returncode == 0
    assert refs(http) == ["refs/kit/a"]
    assert wait_until(lambda: not backends(http), seconds=5)


def test_a_hook_rejects_with_its_message_what_matches(repo: Path, any_remote: Remote) -> None:
    any_remote.reject("No 'live' refs here", refs="refs/kit/*")
    done = push(repo, any_remote, "main:refs/kit/a")
    assert done.returncode == 1
    assert "remote: No 'live' refs here" in done.stderr
    assert "[remote rejected] (pre-receive hook declined)" in done.stdout
    assert push(repo, any_remote, "main:refs/heads/kit/a").returncode == 0
    assert refs(any_remote) == []


def test_a_stale_lock_blocks_its_ref_and_no_other(repo: Path, any_remote: Remote) -> None:
    lock = any_remote.stale_lock("refs/kit/a", age_seconds=3600)
    assert 3599 < time.time() - lock.stat().st_mtime < 3700
    assert push(repo, any_remote, "main:refs/kit/b").returncode == 0
    assert "[remote rejected]" in push(repo, any_remote, "main:refs/kit/a").stdout
    lock.unlink()
    assert push(repo, any_remote, "main:refs/kit/a").returncode == 0


def test_a_packed_refs_lock_blocks_deletions_only(repo: Path, remote: PathRemote) -> None:
    push(repo, remote, "main:refs/kit/a")
    remote.packed_refs_lock(age_seconds=3600)
    assert push(repo, remote, "main:refs/kit/b").returncode == 0
    assert try_git(repo, "push", remote.url, ":refs/kit/a").returncode == 1
    assert refs(remote) == ["refs/kit/a", "refs/kit/b"]
