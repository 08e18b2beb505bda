"""Starts and ends the real programs that tests and benchmarks run against.

Nothing started here outlives this process, not even when it is killed.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

START_SECONDS = 15.0

# The shell ends its process group when the program ends, and when its own standard input does: the
# kernel closes that pipe whatever this process dies of, which no atexit function can promise.
_TIED = '{ "$@"; kill -9 0; } </dev/null & read -r _; kill -9 0'


def server_environment(home: Path) -> dict[str, str]:
    """Returns an environment for a server in which no configuration of this machine or test counts."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


def start(
    args: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts a server in a process group of its own: standard output a pipe, standard error to `log`."""
    with log.open("ab") as errors:
        return subprocess.Popen(
            ["sh", "-c", _TIED, "sh", *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Kills the server and all it started; what it was doing is left as a crash leaves it."""
    _kill_group(process)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def run(
    args: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    given: str = "",
    timeout: float = 30.0,
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, or kills its whole group after `timeout` seconds.

    `subprocess.run` kills only the program itself, then waits for the children that hold its pipes.
    Raises subprocess.TimeoutExpired.
    """
    with subprocess.Popen(
        args,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=env,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(given, timeout=timeout)
        except BaseException:
            _kill_group(process)
            raise
    return subprocess.CompletedProcess(args, process.returncode, out, err)


def first_line(process: subprocess.Popen[bytes]) -> str:
    """Returns the first line a server prints, or "" if it ended or said nothing in time."""
    if not process.stdout or not select.select([process.stdout], [], [], START_SECONDS)[0]:
        return ""
    return process.stdout.readline().decode().strip()


def free_port() -> int:
    """Returns a port that was free a moment ago; the caller tries again when it no longer is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_on_port(
    args_for: Callable[[int], Sequence[str]], *, port: int, env: Mapping[str, str], log: Path
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts a server on `port`, or on a free one if that is 0, and waits until it can be connected to."""
    for _ in range(1 if port else 5):
        wanted = port or free_port()
        process = start(args_for(wanted), env=env, log=log)
        if _is_up(process, wanted):
            return process, wanted
        stop(process)
    raise RuntimeError(log.read_text())


def can_connect(port: int) -> bool:
    """Tells whether something listens on the port of the loopback interface."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_until(is_so: Callable[[], bool], *, seconds: float = START_SECONDS) -> bool:
    """Asks again and again until the answer is yes or the time is up; returns the last answer."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.003)
    return True


def _is_up(process: subprocess.Popen[bytes], port: int) -> bool:
    wait_until(lambda: process.poll() is not None or can_connect(port))
    return process.poll() is None and can_connect(port)


def _kill_group(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    if process.returncode is None:  # else the group is gone, and its number may be another's
        os.killpg(process.pid, signal.SIGKILL)
