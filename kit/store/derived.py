"""The derived folder `.kit`: it ignores itself, and all in it can be deleted at any time."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FILES = {
    ".gitignore": "# Made by kit: nothing here belongs into the repository.\n*\n",
    "README": "Made by kit from what git holds; everything here can be deleted.\n",
}


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


def write(file: Path, data: bytes) -> None:
    """Replaces a file of the derived folder in one step: a reader sees the old bytes or the new ones."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.unlink(missing_ok=True)
        with temporary.open("xb") as new:  # never through a link that stands there
            new.write(data)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
