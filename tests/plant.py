"""Plants what kit would never write into a remote, as anyone who may push can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def plant(remote: Path, ref: str, files: Mapping[str, bytes]) -> str:
    """Points a ref of the live plane (`memory/a`) at a new commit with these files and returns its id."""
    oid = git(remote, "-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", _tree(remote, files), "-m", "planted")
    git(remote, "update-ref", f"refs/kit/{ref}", oid)
    return oid


def planted(remote: Path, ref: str, path: str) -> bytes:
    """Returns the bytes of a file of a ref of the live plane."""
    return git(remote, "cat-file", "blob", f"refs/kit/{ref}:{path}").encode()


def _tree(remote: Path, files: Mapping[str, bytes]) -> str:
    lines = []
    for name in dict.fromkeys(path.partition("/")[0] for path in files):
        if name in files:
            lines.append(f"100644 blob {_blob(remote, files[name])}\t{name}")
        else:
            below = {path.partition("/")[2]: data for path, data in files.items() if path.startswith(f"{name}/")}
            lines.append(f"040000 tree {_tree(remote, below)}\t{name}")
    return git(remote, "mktree", given="".join(f"{line}\n" for line in lines))


def _blob(remote: Path, data: bytes) -> str:
    file = remote.parent / "planted"
    file.write_bytes(data)
    return git(remote, "hash-object", "-w", str(file))
