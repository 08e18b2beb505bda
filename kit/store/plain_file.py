"""Reads and writes single files that a person names: regular ones only, whole ones only."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from kit.errors import InvalidInput, NotFound, Taken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def read(file: Path, *, limit: int) -> bytes:
    """Returns the bytes of a regular file of at most `limit` bytes.

    Raises NotFound, and InvalidInput for links, folders, devices and larger files.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise NotFound(f"there is no file {str(file)!r}", hint="name a file, from this folder on") from None
    except OSError as error:
        why = "is a symbolic link" if file.is_symlink() else f"cannot be read: {error.strerror}"
        raise InvalidInput(f"{str(file)!r} {why}", hint="name a regular file", code="not_a_file") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InvalidInput(f"{str(file)!r} is no regular file", hint="pack a folder first", code="not_a_file")
        check_size(found.st_size, limit)
        with os.fdopen(descriptor, "rb", closefd=False) as opened:
            data = opened.read(limit + 1)
    finally:
        os.close(descriptor)
    check_size(len(data), limit)
    return data


def write(file: Path, data: bytes | Iterable[bytes], *, force: bool) -> None:
    """Writes a file in one step, from bytes or from pieces of them: a reader sees all of it or nothing.

    Raises Taken where there is something already, unless `force` replaces it; InvalidInput when it cannot be written.
    """
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as opened:
            opened.writelines([data] if isinstance(data, bytes) else data)
        if force:
            part.replace(file)
        else:
            os.link(part, file)
    except FileExistsError:
        raise Taken(
            f"{str(file)!r} exists already", hint="--force replaces it, -o names another", code="exists",
            retryable=False,
        ) from None  # fmt: skip
    except OSError as error:
        raise InvalidInput(
            f"{str(file)!r} cannot be written: {error.strerror}", hint="-o names another place"
        ) from None
    finally:
        part.unlink(missing_ok=True)


def check_size(size: int, limit: int) -> None:
    """Raises InvalidInput when a file has too many bytes."""
    if size > limit:
        raise InvalidInput(
            f"it has {size} bytes, the limit is {limit}", hint="max_size below [artifacts] in kit.toml sets the limit",
            code="too_large", size=size, limit=limit,
        )  # fmt: skip
