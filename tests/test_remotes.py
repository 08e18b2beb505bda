"""The remotes of the tests are what they say they are."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.git import git, try_git
from tests.remotes import (
    HttpRemote,
    PathRemote,
    Remote,
    daemon_remote,
    http_remote,
    path_remote,
    ssh_remote,
)
from tests.remotes.process import can_connect, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]


@pytest.fixture
def http(tmp_path: Path) -> Iterator[HttpRemote]:
    with http_remote(tmp_path / "http.git") as made:
        yield made


def connect(http: HttpRemote) -> HTTPConnection:
    return HTTPConnection("127.0.0.1", http.port, timeout=20)


def ask_for_refs(connection: HTTPConnection, **headers: str) -> bytes:
    """Sends protocol v2's `ls-refs` in the way git does and returns the answer."""
    body = b"0014command=ls-refs\n0001" + b"0009peel\n" + b"0000"
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.compress(body)
    kind = {"Content-Type": "application/x-git-upload-pack-request", "Git-Protocol": "version=2"}
    connection.request("POST", "/http.git/git-upload-pack", body, {**kind, **headers})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    return answer.read()


def test_every_remote_takes_a_push_and_gives_it_to_another_clone(
    any_remote: Remote, clones: Callable[..., list[Path]]
) -> None:
    ana, ben = clones(2, of=any_remote.url)
    git(ana, "push", "-q", "--atomic", "--force-with-lease=refs/kit/a:", "origin", "main:refs/kit/a")
    git(ben, "fetch", "-q", "origin", "refs/kit/a:refs/kit/a")
    assert git(ben, "rev-parse", "refs/kit/a") == git(ana, "rev-parse", "main")


def test_every_remote_refuses_a_lease_on_a_ref_that_moved(
    any_remote: Remote, clones: Callable[..., list[Path]]
) -> None:
    ana, ben = clones(2, of=any_remote.url)
    claim = ["push", "--porcelain", "--force-with-lease=refs/kit/a:", "origin", "main:refs/kit/a"]
    git(ana, *claim)
    git(ben, "commit", "-q", "--allow-empty", "-m", "Another")
    assert "[rejected] (stale info)" in try_git(ben, *claim).stdout


def test_a_path_remote_is_reached_as_a_file_url(repo: Path, tmp_path: Path) -> None:
    with path_remote(tmp_path / "bare.git", scheme="file") as remote:
        git(repo, "push", "-q", remote.url, "main")
        assert remote.url.startswith("file:///")
        assert "refs/heads/main" in git(repo, "ls-remote", remote.url)


@pytest.mark.parametrize("make", [daemon_remote, http_remote])
def test_servers_speak_protocol_version_2(
    make: Callable[[Path], Remote], repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make(tmp_path / "bare.git") as remote:
        git(repo, "push", "-q", remote.url, "main")
        monkeypatch.setenv("GIT_TRACE_PACKET", "1")
        assert "version 2" in try_git(repo, "ls-remote", remote.url).stderr


def test_http_streams_a_big_push_in_chunks(
    http: HttpRemote, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "big").write_bytes(os.urandom(5_000_000))
    git(repo, "add", "big")
    git(repo, "commit", "-q", "-m", "Add noise")
    monkeypatch.setenv("GIT_TRACE_CURL", str(tmp_path / "trace"))
    git(repo, "-c", "http.postBuffer=65536", "push", "-q", http.url, "main")
    monkeypatch.delenv("GIT_TRACE_CURL")
    assert b"Transfer-Encoding: chunked" in (tmp_path / "trace").read_bytes()
    git(tmp_path, "clone", "-q", http.url, "copy")
    assert (tmp_path / "copy" / "big").read_bytes() == (repo / "big").read_bytes()


def test_http_takes_the_compressed_request_of_a_fetch_of_many_refs(
    http: HttpRemote, repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = "".join(
        f"commit refs/kit/n{n}\ncommitter a <a@b.c> {n} +0000\ndata 1\nx\n" for n in range(100_000, 100_060)
    )
    git(repo, "fast-import", "--quiet", given=commits)
    git(repo, "push", "-q", http.url, "refs/kit/*:refs/kit/*")
    git(tmp_path, "init", "-q", "other")
    monkeypatch.setenv("GIT_TRACE_CURL", str(tmp_path / "trace"))
    git(tmp_path / "other", "fetch", "-q", http.url, "refs/kit/*:refs/kit/*")
    assert b"content-encoding: gzip" in (tmp_path / "trace").read_bytes().lower()
    assert len(git(tmp_path / "other", "for-each-ref").splitlines()) == 60


def test_http_answers_expect_100_continue(http: HttpRemote, repo: Path) -> None:
    git(repo, "push", "-q", http.url, "main")
    connection = connect(http)
    assert b"refs/heads/main" in ask_for_refs(connection, Expect="100-continue")
    connection.close()


def test_http_keeps_the_connection_and_pauses_for_no_delayed_ack(http: HttpRemote, repo: Path) -> None:
    git(repo, "push", "-q", http.url, "main")
    connection = connect(http)
    seconds = []
    for encoding in ["identity", "gzip"] * 6:
        began = time.perf_counter()
        ask_for_refs(connection, **{"Content-Encoding": encoding} if encoding == "gzip" else {})
        seconds.append(time.perf_counter() - began)
        connection.auto_open = False
    connection.close()
    assert min(seconds[1:]) < 0.04  # the first answer on a connection never waits


def test_a_hundred_clients_are_connected_at_once(http: HttpRemote, repo: Path) -> None:
    git(repo, "push", "-q", http.url, "main")
    connections = [connect(http) for _ in range(100)]
    for connection in connections:
        connection.connect()
    with ThreadPoolExecutor(100) as clients:
        answers = list(clients.map(ask_for_refs, connections))
    for connection in connections:
        connection.close()
    assert all(b"refs/heads/main" in answer for answer in answers)


def test_fifty_pushes_at_once_all_land_over_http(http: HttpRemote, repo: Path) -> None:
    def push(number: int) -> int:
        return try_git(repo, "push", "-q", http.url, f"main:refs/kit/{number}").returncode

    with ThreadPoolExecutor(50) as clients:
        assert set(clients.map(push, range(50))) == {0}
    assert len(git(repo, "ls-remote", http.url, "refs/kit/*").splitlines()) == 50


def test_an_ssh_remote_takes_a_push_from_its_own_key_only(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ssh_remote(tmp_path / "ssh.git")
    if made is None:
        pytest.skip("no sshd here")
    with made as remote:
        git(repo, "config", "core.sshCommand", remote.ssh_command)
        git(repo, "push", "-q", "--force-with-lease=refs/kit/a:", remote.url, "main:refs/kit/a")
        monkeypatch.setenv("GIT_TRACE_PACKET", "1")
        listed = try_git(repo, "ls-remote", remote.url)
        assert "refs/kit/a" in listed.stdout
        assert "version 2" in listed.stderr
        git(repo, "config", "core.sshCommand", remote.ssh_command.replace("/client", "/host"))
        assert try_git(repo, "ls-remote", remote.url).returncode == 128


def test_http_tells_what_was_asked(http: HttpRemote, repo: Path) -> None:
    git(repo, "push", "-q", http.url, "main")
    assert http.requests() == [
        "GET /http.git/info/refs?service=git-receive-pack",
        "POST /http.git/git-receive-pack",
    ]


@pytest.mark.parametrize("make", ["daemon_remote", "http_remote"])
def test_a_server_dies_with_the_process_that_started_it(make: str, tmp_path: Path) -> None:
    script = (
        f"import pathlib, sys, tests.remotes as r; x = r.{make}(pathlib.Path(sys.argv[1]))\n"
        "print(x.url, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "bare.git")], cwd=ROOT, stdin=-1, stdout=-1, text=True
    ) as owner:
        assert owner.stdout
        port = urlsplit(owner.stdout.readline()).port
        assert port
        assert can_connect(port)
        owner.send_signal(signal.SIGKILL)
        assert wait_until(lambda: not can_connect(port), seconds=5)


def test_clones_share_their_remote_and_nothing_else(
    remote: PathRemote, clones: Callable[..., list[Path]], repo: Path
) -> None:
    ana, ben, cy = clones(3)
    git(ana, "commit", "-q", "--allow-empty", "-m", "More")
    git(ana, "push", "-q")
    git(ben, "pull", "-q")
    assert git(ben, "log", "--format=%s %an") == "More Test\nBegin Test"
    assert git(cy, "status", "--porcelain", "--branch") == "## main...origin/main"
    assert git(cy, "rev-parse", "main") == git(repo, "rev-parse", "main")
    assert git(cy, "remote", "get-url", "origin") == remote.url


def test_the_environment_of_a_test_is_its_own(home: Path) -> None:
    assert Path.home() == home
    assert {name for name in os.environ if name.startswith(("GIT_", "KIT_"))} == {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
    }
    assert "NO_COLOR" not in os.environ
