"""The derived folder `.kit`: it ignores itself, and all in it can be deleted at any time."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from kit.store.git import Git

_DEEPEST = 8
_FILES = {
    ".gitignore": "# Made by kit: nothing here belongs into the repository.\n*\n",
    "README": "Made by kit from what git holds; everything here can be deleted.\n",
}


def checked(folder: Path) -> Path:
    """Returns the derived folder's path. Raises InvalidInput when it or a folder in it is a symbolic link.

    A repository can bring such a link along, and what kit writes would land wherever it points.
    """
    names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - names are enough, and cheaper
    if folder.is_symlink() or any((folder / name).is_symlink() for name in names):
        raise InvalidInput(f"{folder} is or holds a symbolic link", hint=f"remove it: {folder.name} can be made again")
    return folder


def make(folder: Path) -> Path:
    """Makes the derived folder with its own ignore file, if it is not there. Raises OSError when it cannot.

    A link in its place is refused: a repository can carry one that points anywhere.
    """
    if folder.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, "is a symbolic link: remove it", str(folder))
    if not (folder / ".gitignore").exists():
        folder.mkdir(exist_ok=True)
        for name, text in _FILES.items():
            write(folder / name, text.encode())
    return folder


def tracked(git: Git) -> tuple[str, ...]:
    """Returns what stands in git's index of the derived folder: someone has committed it, and it can be a trap."""
    return tuple(filter(None, git.run("ls-files", "-z", "--full-name", "--", ":(top,icase).kit").text.split("\0")))


def write(file: Path, data: bytes) -> None:
    """Replaces a file of the derived folder in one step: a reader sees the old bytes or the new ones.

    Raises OSError when it cannot, or when a folder on the way is a symbolic link.
    """
    for folder in file.parents[:_DEEPEST]:
        if folder.is_symlink():
            raise OSError(errno.ELOOP, "a symbolic link is not followed", str(folder))
        if folder.name == ".kit":
            break
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.unlink(missing_ok=True)
        with temporary.open("xb") as new:  # never through a link that stands there
            new.write(data)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
