"""A remote that is a folder, reached by its path or as file://.

There is no network to fail, so its faults are hooks and a pipe in the place of a file.
"""

from __future__ import annotations

import os
import random
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.remotes.bare import Remote
from tests.remotes.faults import Faults

if TYPE_CHECKING:
    from pathlib import Path

_PLANNED = 4096

# receive-pack sends its report before `post-receive` runs, so that hook comes too late to lose it.
# `reference-transaction` runs after each transaction of refs and before the report; the last ref of
# the push, known from `pre-receive`, tells when all of it has been carried out.
_DECIDE = """#!/bin/sh
echo $$ >>lost/pushes
number=$(grep -nx $$ lost/pushes | tail -n 1)
last=$(tail -n 1)
if [ "$(sed -n "${number%:*}p" lost/plan)" = lost ]; then
    printf '%s\\n' "${last##* }" >"lost/$PPID"
fi
"""
_LOSE = """#!/bin/sh
test "$1" = committed && test -e "lost/$PPID" || exit 0
if cut -d' ' -f3 | grep -qxF -f "lost/$PPID"; then
    rm "lost/$PPID"
    kill "$PPID"
fi
"""


def path_remote(folder: Path, *, scheme: str = "") -> PathRemote:
    """Makes a bare repository, its url the plain path, or `file://...` with scheme="file"."""
    return PathRemote(folder, scheme=scheme)


class PathRemote(Remote):
    """A bare repository on this machine."""

    def __init__(self, path: Path, *, scheme: str = "") -> None:
        super().__init__(path)
        self.url = f"{scheme}://{self.path}" if scheme else str(self.path)
        self._away = self.path.with_name(f"{self.path.name}.away")

    def inject(self, faults: Faults) -> None:
        """Puts faults in force: `drop_replies`, and a hang of everything from now on (`hang_after=0`).

        Replaces the hooks `pre-receive` and `reference-transaction`.
        """
        if faults != Faults(drop_replies=faults.drop_replies, seed=faults.seed, hang_after=faults.hang_after):
            raise ValueError(faults)
        self._let_go()
        self._forget_losses()
        if faults.drop_replies:
            self._lose(faults)
        if faults.hang_after is not None:
            self._hang()

    def stop(self) -> None:
        """Makes the repository unreachable, as an unmounted disk does."""
        self.path.rename(self._away)

    def start(self) -> None:
        """Makes it reachable again."""
        self._away.rename(self.path)

    def close(self) -> None:
        """Lets go of what hangs."""
        if self.path.exists():
            self._let_go()

    def _lose(self, faults: Faults) -> None:
        chance = random.Random(faults.seed)
        plan = ("lost" if chance.random() < faults.drop_replies else "kept" for _ in range(_PLANNED))
        (self.path / "lost").mkdir()
        (self.path / "lost" / "plan").write_text("\n".join(plan) + "\n")
        self.hook("pre-receive", _DECIDE)
        self.hook("reference-transaction", _LOSE)

    def _forget_losses(self) -> None:
        if (self.path / "lost").exists():
            shutil.rmtree(self.path / "lost")
            for name in ("pre-receive", "reference-transaction"):
                (self.path / "hooks" / name).unlink()

    def _hang(self) -> None:
        """Puts a pipe without a writer in the place of HEAD: whoever opens the repository waits."""
        (self.path / "HEAD").rename(self.path / "HEAD.real")
        os.mkfifo(self.path / "HEAD.pipe")
        os.link(self.path / "HEAD.pipe", self.path / "HEAD")

    def _let_go(self) -> None:
        pipe = self.path / "HEAD.pipe"
        if not pipe.exists():
            return
        (self.path / "HEAD.real").replace(self.path / "HEAD")
        with suppress(OSError):  # ENXIO: nobody waits any more
            while True:
                os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        pipe.unlink()
