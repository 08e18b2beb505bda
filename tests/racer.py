"""The process that races fork from: `python -m tests.racer` reads races as lines of JSON and answers each with one."""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pygit2

from kit.coordination import task
from kit.errors import KitError, RemoteFailed, Taken, TimedOut, Unknown
from kit.store.remote import Remote
from tests.git import try_git
from tests.remotes.process import wait_until
from tests.team import Agent, nonce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SUBREAPER = 36  # prctl: orphans of the races become children of this process, which waits for them
_pushes = 0


def do(act: dict[str, Any]) -> dict[str, Any]:
    """Does one act and returns what came of it."""
    now = time.time() if act["now"] is None else act["now"]
    agent = Agent(Path(act["folder"]), act["agent"], act["instance"], now)
    try:
        return {"state": "won", "epoch": _VERBS[act["verb"]](agent, act["names"], act["how"])}
    except Taken as taken:
        return _told("lost", taken) | {"holder": taken.details.get("holder", "")}
    except (Unknown, TimedOut) as unknown:
        return _told("unknown", unknown)
    except RemoteFailed as failed:
        return _told("failed", failed)
    except KitError as refused:
        return _told("refused", refused)
    except Exception as error:  # noqa: BLE001 - a defect, told to the test
        return {"state": "crashed", "code": type(error).__name__, "message": str(error)}


def _told(state: str, error: KitError) -> dict[str, Any]:
    return {"state": state, "code": error.code, "message": error.message}


def _claim(agent: Agent, names: list[str], how: dict[str, Any]) -> int:
    return agent.claim(*names, **how)[0].epoch


def _claim_until_known(agent: Agent, names: list[str], how: dict[str, Any]) -> int:
    """Claims as an agent does that follows the hint of exit status 10: run the same command again."""
    for _ in range(12):
        try:
            return _claim(agent, names, how)
        except Unknown:
            continue
    return _claim(agent, names, how)


def _claim_without_lease(agent: Agent, names: list[str], how: dict[str, Any]) -> int:
    """Looks, then pushes with --force and no lease: wrong on purpose."""
    with _turn(agent, names[0], **how) as (ref, commit):
        pushed = try_git(agent.folder, "push", "--force", "origin", f"{commit}:{ref}")
    if pushed.returncode:
        raise RemoteFailed(pushed.stderr)
    return 1


def _claim_by_libgit2(agent: Agent, names: list[str], how: dict[str, Any]) -> int:
    """Looks, then pushes with libgit2, which compares nothing on a remote that is a path: wrong on purpose."""
    with _turn(agent, names[0], **how) as (ref, commit):
        repository = pygit2.Repository(str(agent.folder))
        repository.references.create(f"refs/mine/{agent.name}", commit, force=True)
        repository.remotes["origin"].push([f"+refs/mine/{agent.name}:{ref}"])
    return 1


@contextmanager
def _turn(agent: Agent, name: str, *, place: str, turn: int, of: int) -> Iterator[tuple[str, str]]:
    """Yields a free task's ref and a claim for it once all `of` racers have looked and those before have pushed.

    Pushes that overlap are compared by the remote itself, so that chance could acquit a claimer that compares nothing;
    pushes that come one after the other show it. Raises Taken when the claim is there already.
    """
    ref = f"refs/kit/{task.ref_of(name)}"
    if try_git(agent.folder, "ls-remote", "origin", ref).stdout:
        raise Taken("it is there")
    made = try_git(agent.folder, "commit-tree", "-m", f"{agent.name} {nonce()}", "main^{tree}")
    Path(place, f"looked-{turn}").touch()
    assert wait_until(lambda: len(list(Path(place).glob("looked-*"))) == of, seconds=30)
    assert wait_until(lambda: len(list(Path(place).glob("pushed-*"))) == turn, seconds=30)
    try:
        yield ref, made.stdout.strip()
    finally:
        Path(place, f"pushed-{turn}").touch()


def _add(agent: Agent, names: list[str], how: dict[str, Any]) -> int:
    agent.add(names[0], *how["needs"])
    return 0


def _release(agent: Agent, names: list[str], how: dict[str, Any]) -> int:
    agent.release(names[0], **how)
    return 0


def _push(agent: Agent, names: list[str], _: dict[str, Any]) -> int:
    """Pushes a new commit to a new ref, with git alone: what a claim cannot be faster than."""
    ref = f"refs/kit/raw/{names[0]}"
    tree = try_git(agent.folder, "write-tree").stdout.strip()
    commit = try_git(agent.folder, "commit-tree", tree, "-m", names[0]).stdout.strip()
    pushed = try_git(agent.folder, "push", "--quiet", f"--force-with-lease={ref}:", "origin", f"{commit}:{ref}")
    if pushed.returncode:
        raise RemoteFailed(pushed.stderr)
    return 1


_VERBS: dict[str, Callable[[Agent, list[str], dict[str, Any]], int]] = {
    "claim": _claim,
    "claim until known": _claim_until_known,
    "claim without lease": _claim_without_lease,
    "claim by libgit2": _claim_by_libgit2,
    "push": _push,
    "next": lambda agent, _, how: int(bool(agent.claim_next(**how))),
    "renew": lambda agent, names, how: agent.renew(names[0], **how).epoch,
    "release": _release,
    "complete": lambda agent, names, how: int(agent.complete(names[0], **how)["epoch"]),
    "add": _add,
}


def race(seconds: float, acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Forks a process for each act, lets them go at once, kills those that are to be killed, and collects the rest."""
    gate, opener = os.pipe()
    runners = [_fork(act, gate, opener) for act in acts]
    os.close(gate)
    began = time.perf_counter()
    os.close(opener)
    outcomes = [{"agent": act["agent"], "state": "killed"} for act in acts]
    open_pipes = {pipe: number for number, (_, pipe) in enumerate(runners)}
    kills = sorted((act["kill_after"], number) for number, act in enumerate(acts) if act["kill_after"] is not None)
    while open_pipes:
        left = (kills[0][0] if kills else seconds) - (time.perf_counter() - began)
        for pipe in select.select(list(open_pipes), [], [], max(0.0, left))[0]:
            number = open_pipes.pop(pipe)
            with os.fdopen(pipe) as told:
                if said := told.read():
                    outcomes[number] |= json.loads(said)
                    outcomes[number]["began"] -= began
                    outcomes[number]["ended"] -= began
        while kills and time.perf_counter() - began >= kills[0][0]:
            _, number = kills.pop(0)
            _kill(runners[number][0], is_tree=acts[number]["kills_tree"])
        if time.perf_counter() - began > seconds:
            for pipe, number in open_pipes.items():
                outcomes[number]["state"] = "late"
                _kill(runners[number][0], is_tree=True)
                os.close(pipe)
            break
    _collect()
    return outcomes


def _fork(act: dict[str, Any], gate: int, opener: int) -> tuple[int, int]:
    """Returns the id of a process that waits at the gate, and the pipe that it tells its outcome through."""
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    os.close(opener)
    os.read(gate, 1)
    began = time.perf_counter()
    outcome = do(act) | {"began": began, "ended": time.perf_counter(), "pushes": _pushes}
    os.write(writer, json.dumps(outcome).encode())
    os._exit(0)


def _kill(process: int, *, is_tree: bool) -> None:
    doomed = [process, *(_below(process) if is_tree else [])]
    for each in doomed:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def _below(process: int) -> list[int]:
    """Returns the processes that descend from one."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [(int(child), int(parent)) for child, parent in (line.split() for line in listed.splitlines())]
    found = [process]
    for parent in found:
        found += [child for child, its_parent in pairs if its_parent == parent]
    return found[1:]


def _collect() -> None:
    """Waits for all children, those of processes that were killed included."""
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _count_pushes() -> None:
    plain = Remote.push

    def push(self: Remote, *args: Any, **options: Any) -> Any:
        global _pushes  # noqa: PLW0603 - one process does one act
        _pushes += 1
        return plain(self, *args, **options)

    Remote.push = push  # type: ignore[method-assign]


def main() -> None:
    """Answers races until its standard input ends."""
    _count_pushes()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    for line in sys.stdin:
        seconds, environment, acts = json.loads(line)
        os.environ.clear()
        os.environ.update(environment)
        print(json.dumps(race(seconds, acts)), flush=True)


if __name__ == "__main__":
    main()
