"""Packs what is loose of the live plane in this repository: thousands of small refs and objects become a few files.

Nothing is pruned: an object that no ref reaches yet may belong to a commit that another process is building.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import KitError

if TYPE_CHECKING:
    from kit.store.repository import Repository

SECONDS = 600.0


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
    except KitError as error:
        return error.message
    return ""
