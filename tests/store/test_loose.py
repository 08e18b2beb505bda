"""Objects are written while git removes folders of them that have just become empty, as its packing does."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.store import loose
from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Callable

OID = "c1b0730e0133447badcfd47fd144e254807b06e1"  # git hash-object of a file that holds x


def _write(repo: Path) -> None:
    loose.write(repo / ".git" / "objects", {OID: ("blob", b"x")}, is_durable=True)


def test_a_folder_that_goes_away_before_its_file_comes_is_made_again(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, left = Path.mkdir, [3]

    def mkdir(self: Path, *args: object, **options: object) -> None:
        plain(self, *args, **options)  # type: ignore[arg-type]
        if left[0] and self.parent.name == "objects":
            left[0] -= 1
            self.rmdir()

    monkeypatch.setattr(Path, "mkdir", mkdir)
    _write(repo)
    assert left == [0]
    assert git(repo, "cat-file", "-p", OID) == "x"


def test_a_folder_that_goes_away_while_it_is_made_is_made_again(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, left = Path.mkdir, [3]

    def mkdir(self: Path, *args: object, **options: object) -> None:
        if left[0] and self.parent.name == "objects":
            left[0] -= 1
            raise FileExistsError(errno.EEXIST, "it is there, and is gone when one looks", str(self))
        plain(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", mkdir)
    _write(repo)
    assert git(repo, "cat-file", "-p", OID) == "x"


def test_an_object_that_is_packed_before_its_folder_was_settled_stands(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain: Callable[[Path, Path], Path] = Path.replace

    def replace(self: Path, target: Path) -> Path:
        done = plain(self, target)
        git(repo, "pack-objects", "--quiet", str(repo / ".git" / "objects" / "pack" / "pack"), given=f"{OID}\n")
        git(repo, "prune-packed")
        return done

    monkeypatch.setattr(Path, "replace", replace)
    _write(repo)
    assert not (repo / ".git" / "objects" / OID[:2]).exists()
    assert git(repo, "cat-file", "-p", OID) == "x"


def test_a_folder_that_cannot_be_made_is_an_error_and_no_wait(repo: Path) -> None:
    folder = repo / ".git" / "objects" / OID[:2]
    folder.write_text("a file stands in the folder's place")
    with pytest.raises(NotADirectoryError):
        _write(repo)


def test_what_a_dead_process_of_the_same_number_left_is_replaced(repo: Path) -> None:
    left = repo / ".git" / "objects" / OID[:2] / f"tmp_obj_{os.getpid()}_{OID[2:]}"
    left.parent.mkdir()
    left.write_text("half of it")
    _write(repo)
    assert git(repo, "cat-file", "-p", OID) == "x"
    assert not left.exists()
