"""Deletes exactly the objects that are named, loose or packed, if nothing reaches them: `git prune` takes all it finds.

What another process has just written and not yet named is left alone, unless it is one of those.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from kit.errors import NotWritten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from kit.store.git import Git

SECONDS = 3600.0
_BESIDE = (".pack", ".idx", ".rev", ".bitmap", ".mtimes", ".keep", ".promisor")
_KEPT = (".keep", ".promisor")


def reachable(git: Git) -> set[str]:
    """Returns the ids of all objects that refs, reflogs, or the index of any work tree reach."""
    words = ("--objects", "--no-object-names", "--all", "--reflog", "--indexed-objects", "--ignore-missing")
    return set(git.run("rev-list", *words, seconds=SECONDS).text.split())


def discard(git: Git, ordered: Sequence[str]) -> None:
    """Deletes objects; packs that hold one are written anew without it. Call it with what `reachable` does not have.

    They go in their order: with a commit before its files, a process that dies leaves none that lacks some.
    Raises NotWritten when a file cannot be removed.
    """
    oids = set(ordered)
    folder = git.common_folder / "objects"
    try:
        packs = [(index, set(_listed(git, index))) for index in sorted((folder / "pack").glob("pack-*.idx"))]
        for index, held in packs:
            if held & oids:
                _repack(git, index, held - oids)
        if any(held & oids for _, held in packs):
            for each in (folder / "pack").glob("multi-pack-index*"):
                each.unlink(missing_ok=True)
        for oid in ordered:
            (folder / oid[:2] / oid[2:]).unlink(missing_ok=True)
        # Caches of commits, which git makes again.
        (folder / "info" / "commit-graph").unlink(missing_ok=True)
        shutil.rmtree(folder / "info" / "commit-graphs", ignore_errors=True)
    except OSError as error:
        raise NotWritten(f"an object cannot be removed: {error}", hint="run it again when it may be written") from None


def forget(git: Git, refs: AbstractSet[str]) -> None:
    """Removes the reflogs of refs, where there are any: they would keep what the refs held."""
    for ref in refs:
        with contextlib.suppress(OSError):
            (git.common_folder / "logs" / ref).unlink(missing_ok=True)


def _listed(git: Git, index: Path) -> list[str]:
    """Returns the ids in a pack."""
    text = git.run("show-index", stdin=index.read_bytes(), seconds=SECONDS).text
    return [line.split(" ")[1] for line in text.split("\n") if line]


def _repack(git: Git, index: Path, kept: AbstractSet[str]) -> None:
    place = index.with_name("pack")
    made = ""
    if kept:
        answer = git.run(
            "pack-objects", "--quiet", str(place), stdin="\n".join([*sorted(kept), ""]).encode(), seconds=SECONDS
        )
        made = answer.text.strip()
    for ending in _BESIDE:
        old = index.with_suffix(ending)
        if ending in _KEPT and made and old.exists():
            shutil.copyfile(old, place.with_name(f"pack-{made}{ending}"))
        if old.stem != f"pack-{made}":
            old.unlink(missing_ok=True)
