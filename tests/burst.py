"""Many processes at once: forked from one that has imported all, held at a gate, let go together.

`python -m tests.burst send FOLDER... PROCESSES MESSAGES` and the like; the exit status is how many of them failed.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from kit.coordination import mail
from kit.memory import keys
from kit.store.author import Author
from tests.remotes.process import run
from tests.team import NOW, Agent, nonce

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY = 86400.0


def burst(what: str, folders: Sequence[Path], *, processes: int, each: int, timeout: float = 60.0) -> None:
    """Runs `what` in so many processes; raises AssertionError with what they printed when one fails."""
    args = [sys.executable, "-m", "tests.burst", what, *map(str, folders), str(processes), str(each)]
    env = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = run(args, env=env, timeout=timeout, cwd=Path(__file__).parent.parent)
    assert done.returncode == 0, done.stderr


def send(folder: Path, number: int, each: int) -> None:
    """Sends to ben as an agent of its own, whose clock is wrong by up to two days."""
    _send(Agent(folder, f"a{number}", "one", NOW + (number % 5 - 2) * DAY), number, each)


def send_as_one(folder: Path, number: int, each: int) -> None:
    """Sends to ben as one and the same instance in every process."""
    _send(Agent(folder, "ana", "one"), number, each)


def set_keys(folder: Path, number: int, each: int) -> None:
    """Sets a key of its own and one that all set, below one first segment."""
    for count in range(each):
        author = Author(f"a{number}", "one", NOW + count)
        for key in (f"team.own-{number}", "team.all"):
            keys.set_value(Agent(folder).store, key, f"{number}.{count}", author=author, nonce=nonce())


def _send(agent: Agent, number: int, each: int) -> None:
    for count in range(each):
        sent = mail.send(
            agent.store, "ben", f"{number}.{count}", me=agent.me, now=agent.now + count, random=os.urandom(4).hex()
        )
        assert sent.waits is None, sent.waits


def main(words: list[str]) -> int:
    what, *folders, processes, each = words
    work: Callable[[Path, int, int], None] = {"send": send, "send_as_one": send_as_one, "set_keys": set_keys}[what]
    gate, opened = os.pipe()
    children = [
        _start(work, Path(folders[n % len(folders)]), n, int(each), gate, opened) for n in range(int(processes))
    ]
    os.close(opened)
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children)


def _start(work: Callable[[Path, int, int], None], folder: Path, number: int, each: int, gate: int, opened: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.close(opened)
        os.read(gate, 1)
        work(folder, number, each)
    except BaseException:  # noqa: BLE001 - a child must end here, whatever happens
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    started = time.monotonic()
    failed = main(sys.argv[1:])
    print(f"{time.monotonic() - started:.1f} s")
    sys.exit(min(failed, 100))
