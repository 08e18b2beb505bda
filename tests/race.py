"""Races real processes against each other, and asks the remote itself who has won.

The processes are forked by one of their own (`tests.racer`) that has imported all they need, wait at a barrier, open
their repository and do one act each. What a process that was killed believed does not count: it believes nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tests.git import try_git
from tests.remotes.process import run, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from tests.remotes import Remote

ROOT = Path(__file__).parents[1]


class Act(NamedTuple):
    """What one process does: a verb of `tests.racer`, on tasks, as an instance of an agent in a clone."""

    folder: Path
    agent: str
    verb: str = "claim"
    names: tuple[str, ...] = ("t",)
    instance: str = "one"
    now: float | None = None
    """Its clock, in seconds since the epoch; the real one unless told."""

    how: Mapping[str, Any] = {}
    """Further words of the verb: ttl, paths, takeover, epoch ..."""

    kill_after: float | None = None
    """So many seconds after the barrier it is killed (SIGKILL)."""

    kills_tree: bool = False
    """Its children are killed with it, not left to end by themselves."""


class Outcome(NamedTuple):
    """What a process believes: state is won, lost, unknown, failed or killed; times in seconds since the barrier."""

    agent: str
    state: str
    code: str = ""
    message: str = ""
    holder: str = ""
    epoch: int = 0
    pushes: int = 0
    began: float = 0.0
    ended: float = 0.0


class Race:
    """The process that forks; ended by `close()` or `with`."""

    def __init__(self) -> None:
        self._forker = subprocess.Popen(
            [sys.executable, "-m", "tests.racer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        self._forker.kill()
        self._forker.communicate()

    def run(self, acts: Iterable[Act], *, seconds: float = 60.0) -> list[Outcome]:
        """Lets the acts race and returns what came of each, in their order.

        Raises TimeoutError when one has not ended after `seconds`.
        """
        asked = [{**act._asdict(), "folder": str(act.folder), "how": dict(act.how)} for act in acts]
        assert self._forker.stdin
        assert self._forker.stdout
        self._forker.stdin.write(json.dumps([seconds, dict(os.environ), asked]) + "\n")
        self._forker.stdin.flush()
        answer = json.loads(self._forker.stdout.readline())
        outcomes = [Outcome(**each) for each in answer]
        if late := [each.agent for each in outcomes if each.state == "late"]:
            raise TimeoutError(late)
        return outcomes


def winners(outcomes: Iterable[Outcome]) -> list[str]:
    """Returns the agents that believe to have won."""
    return [each.agent for each in outcomes if each.state == "won"]


def holder(place: Path, task: str, *, prefix: str = "refs/kit") -> dict[str, Any] | None:
    """Returns the claim that a repository holds for a task, read with plain git; None when nobody holds it."""
    shown = try_git(place, "show", f"{prefix}/tasks/{task}:tasks/{task}/claim.json")
    if shown.returncode:
        return None
    claim: dict[str, Any] = json.loads(shown.stdout)
    return claim if claim["state"] == "held" else None


def settle(remote: Remote) -> None:
    """Waits until a server has carried out what clients that were killed had sent; raises TimeoutError."""
    group = getattr(remote, "group", None)

    def is_quiet() -> bool:
        listed = run(["ps", "-A", "-o", "pgid=,args="]).stdout.splitlines()
        return not any(
            line.split()[0] == str(group) and ("receive-pack" in line or "http-backend" in line) for line in listed
        )

    if group is not None and not wait_until(is_quiet, seconds=20):
        raise TimeoutError(remote.url)


def faults_of(place: Path) -> str:
    """Returns what is wrong with a repository after a race: what fsck finds, and locks that stand."""
    checked = try_git(place, "fsck", "--strict", "--no-dangling")
    locks = [str(each) for each in place.rglob("*.lock")]
    return "" if checked.returncode == 0 and not locks else f"{checked.stdout}{checked.stderr}{locks}"
