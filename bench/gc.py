"""Folding: how long it takes with many finished tasks, what it leaves on the remote, and what a claim costs then."""

from __future__ import annotations

import itertools
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.process import KIT, figure, run
from kit.records import strict_json, times
from kit.store.handover import CHUNK

START = 1_700_000_000


def figures(smoke: bool) -> list[dict[str, Any]]:
    number, claims = (60, 3) if smoke else (10_000, 15)
    folder = Path(tempfile.mkdtemp(prefix="kit-bench-gc-"))
    try:
        return _figures(folder, number, claims)
    finally:
        shutil.rmtree(folder)


def _figures(folder: Path, number: int, claims: int) -> list[dict[str, Any]]:
    full, bare = _remote(folder / "full.git"), _remote(folder / "deleted.git")
    empty = _remote(folder / "empty.git")
    _finish(full, number)
    shutil.copytree(full, bare, dirs_exist_ok=True)
    clones = {remote: _clone(remote) for remote in (full, bare, empty)}
    standing = _claims({"full": clones[full], "empty": clones[empty]}, claims, "before")
    deleting = _timed(lambda: _delete(clones[bare]))
    folding = _timed(lambda: run([*KIT, "gc"], clones[full]))
    refs = run(["git", "ls-remote", str(full), "refs/kit/*"]).splitlines()
    after = _claims({"full": clones[full], "empty": clones[empty]}, claims, "after")
    return [
        figure(f"kit gc, {number} finished tasks", folding, bar=2 * deleting, floor=deleting,
               floor_name="git fetch and git push that deletes as many refs", unit="s"),
        figure(f"refs/kit on the remote after it (claims taken meanwhile: {claims + 1})", len(refs),
               bar=claims + 1 + 3, unit="refs"),
        figure(f"kit claim with {number} finished tasks standing", standing["full"], bar=None,
               floor=standing["empty"], floor_name="empty repository"),
        figure(f"kit claim after kit gc of {number}", after["full"], bar=1.5 * after["empty"],
               floor=after["empty"], floor_name="empty repository"),
    ]  # fmt: skip


def _remote(path: Path) -> Path:
    run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)])
    return path


def _clone(remote: Path) -> Path:
    clone = remote.with_suffix("")
    run(["git", "clone", "--quiet", str(remote), str(clone)])
    return clone


def _finish(remote: Path, number: int) -> None:
    """Puts finished tasks on a remote, each with the two commits of a claim and its completion."""
    stream = remote.with_suffix(".import")
    with stream.open("wb") as file:
        for at in range(number):
            task, holder = f"task-{at:05}", {"agent": f"agent-{at % 20}", "instance": "bench"}
            now = times.stamp(START + at)
            claim = {"type": "claim", "task": task, "state": "held", **holder, "epoch": 1, "nonce": f"{at:016x}",
                     "since": now, "renewed": now, "expires": now, "ttl": 1800}  # fmt: skip
            done = {"task": task, **holder, "epoch": 1, "at": now, "state": "done", "note": f"result of {task}"}
            steps = [
                {"task.json": {"type": "task", "id": task, "by": holder["agent"], "at": now}, "claim.json": claim},
                {"claim.json": claim | {"state": "released"}, "status.json": {"type": "status", **done},
                 "handoffs/1.json": {"type": "handoff", "number": 1, **done, "changed_files": []}},
            ]  # fmt: skip
            for verb, files in zip(("claim", "complete"), steps, strict=True):
                message = f"{verb} {task}\n\nKit-Event: {verb}\nKit-Task: {task}\nKit-Epoch: 1\n".encode()
                who = f"{holder['agent']} <bench@kit.invalid> {START + at} +0000"
                file.write(f"commit refs/kit/tasks/{task}\ncommitter {who}\ndata {len(message)}\n".encode() + message)
                for name, record in files.items():
                    data = strict_json.dump(record)
                    file.write(f"M 644 inline tasks/{task}/{name}\ndata {len(data)}\n".encode() + data)
    run(["sh", "-c", f"git -C '{remote}' fast-import --quiet <'{stream}'"])


def _delete(clone: Path) -> None:
    """Fetches and deletes the same refs with git alone, in pushes of the same size."""
    run(["git", "fetch", "--quiet", "origin", "+refs/kit/tasks/*:refs/seen/*"], clone)
    names = run(["git", "for-each-ref", "--format=%(refname:lstrip=2)", "refs/seen"], clone).split()
    for first in range(0, len(names), CHUNK):
        doomed = [f":refs/kit/tasks/{name}" for name in names[first : first + CHUNK]]
        run(["git", "push", "--quiet", "--atomic", "origin", *doomed], clone)


_numbers = itertools.count()


def _claims(clones: dict[str, Path], claims: int, name: str) -> dict[str, float]:
    """Returns the median wall time in ms of claims of free tasks in each clone, taken in turns."""
    taken: dict[str, list[float]] = {each: [] for each in clones}
    for turn in range(claims + 1):
        for each, clone in clones.items():
            spent = 1000 * _timed(lambda clone=clone: run([*KIT, "claim", f"{name}-{next(_numbers)}"], clone))
            if turn:
                taken[each].append(spent)
    return {each: statistics.median(spent) for each, spent in taken.items()}


def _timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
