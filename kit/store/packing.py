"""Packs what is loose of the live plane in this repository: thousands of small refs and objects become a few files.

Nothing is pruned: an object that no ref reaches yet may belong to a commit that another process is building.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from kit.errors import KitError
from kit.store import derived

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.store.repository import Repository

SECONDS = 600.0
#: Loose objects in one of git's 256 folders of them, from which on they are packed: some 3,000 in all, 12 MB of disk.
MANY = 12
#: Packs that may stand side by side before kit gc makes fewer of them.
FEW_PACKS = 20
_LEFT_OVER = "loose"
_SAMPLE = "17"  # the one that git itself looks at (git-gc, gc.auto)


def pack(repository: Repository) -> str:
    """Packs refs, and the loose objects that live refs reach; returns what kept it from it, "" when nothing did."""
    git = repository.git
    try:
        git.run("pack-refs", "--all", seconds=SECONDS)
        tips = git.run("for-each-ref", "--format=%(objectname)", "refs/kit", "refs/kit-remotes", "refs/kit-aside").out
        place = git.run("rev-parse", "--path-format=absolute", "--git-path", "objects/pack/pack").text.strip()
        git.run(
            "pack-objects", "--quiet", "--revs", "--unpacked", "--incremental", "--non-empty", place,
            stdin=tips, seconds=SECONDS,
        )  # fmt: skip
        git.run("prune-packed", "--quiet", seconds=SECONDS)
        _roll_up(repository)
    except (KitError, OSError) as error:
        return str(error)
    return ""


def _roll_up(repository: Repository) -> None:
    """Makes few packs of many small ones (git-repack, --geometric: what nothing reaches is kept too).

    Not where a pack stands for objects that are elsewhere (a partial clone): an older git would forget that.
    """
    git = repository.git
    names = os.listdir(git.common_folder / "objects" / "pack")  # noqa: PTH208 - names are enough
    is_partial = any(name.endswith(".promisor") for name in names) or "extensions.partialclone" in git.config
    if not is_partial and sum(name.endswith(".pack") for name in names) > FEW_PACKS:
        git.run("repack", "--geometric=2", "-d", "-l", "--quiet", seconds=SECONDS, codes=(0, 1, 128, 129))


def pack_if_many(repository: Repository, tips: Iterable[str]) -> None:
    """Packs the loose objects that these commits reach when many objects have come loose since the last time.

    That is seen by one look at one folder. What is left over, being nothing that kit has written, is remembered.
    """
    count = _loose(repository)
    if count < MANY or count < MANY + _left_over(repository):
        return
    pack_new(repository, tips)
    with contextlib.suppress(OSError):
        derived.make(repository.derived)
        derived.write(repository.derived / _LEFT_OVER, f"{_loose(repository)}\n".encode())


def _loose(repository: Repository) -> int:
    try:
        return len(os.listdir(repository.git.common_folder / "objects" / _SAMPLE))  # noqa: PTH208 - names are enough
    except OSError:
        return 0


def _left_over(repository: Repository) -> int:
    try:
        return int((repository.derived / _LEFT_OVER).read_bytes()[:20])
    except (OSError, ValueError):
        return 0


def pack_new(repository: Repository, tips: Iterable[str], *, known: Iterable[str] = ()) -> str:
    """Packs the loose objects that these commits reach and `known` ones do not; returns what kept it from it.

    What is packed has reached the disk. Nothing is pruned but what now stands in a pack.
    """
    git = repository.git
    lines = "".join([*(f"{each}\n" for each in tips), *(f"^{each}\n" for each in known)])
    try:
        place = git.common_folder / "objects" / "pack" / "pack"
        git.run(
            "pack-objects", "--quiet", "--revs", "--unpacked", "--incremental", "--non-empty", str(place),
            stdin=lines.encode(), seconds=SECONDS,
        )  # fmt: skip
        git.run("prune-packed", "--quiet", seconds=SECONDS)
    except KitError as error:
        return error.message
    return ""
