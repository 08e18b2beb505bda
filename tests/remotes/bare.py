"""The bare repository behind every remote, and the faults that lie in its files rather than on the way.

Hooks and locks written here act the same over every transport.
"""

from __future__ import annotations

import os
import shlex
import time
from typing import TYPE_CHECKING, Self

from tests.remotes.process import run, server_environment

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from tests.remotes.faults import Faults

# No automatic gc: it would run at a moment of its own choosing in a measurement or a race.
_CONFIG = """
[gc]
\tauto = 0
[receive]
\tautogc = false
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
"""

_REJECT = """#!/bin/sh
while read -r old new ref; do
    case "$ref" in
    {refs}) printf '%s\\n' {message} >&2; exit 1 ;;
    esac
done
"""


def create_bare(folder: Path) -> Path:
    """Makes an empty bare repository with `main` as its branch, unless the folder is there already."""
    if not folder.exists():
        args = ["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(folder)]
        done = run(args, env=server_environment(folder.parent))
        if done.returncode:
            raise RuntimeError(done.stderr)
        with (folder / "config").open("a") as config:
            config.write(_CONFIG)
    return folder


class Remote:
    """A bare repository at `path` that git reaches as `url`; ended by `close()` or `with`.

    What a server says on standard error is in `log`, beside the repository.
    """

    def __init__(self, path: Path) -> None:
        self.path = create_bare(path.absolute())
        self.log = self.path.with_name(f"{self.path.name}.log")
        self.url = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def inject(self, faults: Faults) -> None:
        """Puts faults in force, instead of those before; raises ValueError for what it cannot do."""
        raise ValueError(faults)

    def stop(self) -> None:
        """Makes the remote unreachable."""
        raise NotImplementedError

    def start(self) -> None:
        """Makes it reachable again at the same url, without faults."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends what serves the repository; the folder stays."""
        self.stop()

    def hook(self, name: str, script: str) -> None:
        """Installs a server-side hook."""
        path = self.path / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script)
        path.chmod(0o755)

    def reject(self, message: str, *, refs: str = "*") -> None:
        """Installs a `pre-receive` that rejects a push with any ref that matches the shell pattern."""
        self.hook("pre-receive", _REJECT.format(refs=refs, message=shlex.quote(message)))

    def stale_lock(self, ref: str, *, age_seconds: float) -> Path:
        """Leaves the lock of a ref behind, as a process does that died while it moved the ref."""
        return self._lock(f"{ref}.lock", age_seconds)

    def packed_refs_lock(self, *, age_seconds: float) -> Path:
        """Leaves `packed-refs.lock` behind, which blocks deletions of refs and `git pack-refs`."""
        return self._lock("packed-refs.lock", age_seconds)

    def _lock(self, name: str, age_seconds: float) -> Path:
        lock = self.path / name
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch(exist_ok=False)
        then = time.time() - age_seconds
        os.utime(lock, (then, then))
        return lock
