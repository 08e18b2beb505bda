"""Files of the work tree change whole, all or none, and only where nobody else has changed them."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit.errors import InvalidInput, Taken
from kit.store import work_files
from kit.store.work_files import Change


def listed(top: Path) -> dict[str, bytes]:
    return {file.relative_to(top).as_posix(): file.read_bytes() for file in top.rglob("*") if file.is_file()}


def test_files_are_made_changed_and_removed_together(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "a").chmod(0o600)
    (tmp_path / "b").write_bytes(b"2")
    work_files.apply(tmp_path, [Change("x/y/c", None, b"3"), Change("a", b"1", b"4"), Change("b", b"2", None)])
    assert listed(tmp_path) == {"a": b"4", "x/y/c": b"3"}
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "stale",
    [Change("a", None, b"x"), Change("a", b"other", b"x"), Change("a", b"other", None), Change("gone", b"1", b"2")],
)
def test_nothing_changes_when_one_file_is_not_as_it_was(tmp_path: Path, stale: Change) -> None:
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(Taken):
        work_files.apply(tmp_path, [Change("new", None, b"2"), stale])
    assert listed(tmp_path) == {"a": b"1"}


def test_what_was_done_is_undone_when_a_later_move_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "b":
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    changes = [Change("new", None, b"3"), Change("a", b"1", b"4"), Change("b", b"2", b"5")]
    with pytest.raises(InvalidInput, match="b cannot be written: No space left"):
        work_files.apply(tmp_path, changes)
    assert listed(tmp_path) == {"a": b"1", "b": b"2"}


def test_a_new_file_is_made_once_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    work_files.apply(tmp_path, [Change("a", None, b"1")])
    with pytest.raises(Taken):
        work_files.apply(tmp_path, [Change("a", None, b"2")])
    assert listed(tmp_path) == {"a": b"1"}


def test_only_one_of_many_processes_makes_a_file(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from kit.store.work_files import Change, apply; sys.stdin.read()\n"
        "try: apply(Path(sys.argv[1]), [Change('a/b', None, sys.argv[2].encode())]); print('made')\n"
        "except Exception as error: print(type(error).__name__)"
    )
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for number in range(6)
    ]  # fmt: skip
    for each in started:
        assert each.stdin is not None
        each.stdin.close()
        each.stdin = None
    said = [each.communicate(timeout=60)[0].strip() for each in started]
    assert sorted(said) == ["Taken"] * 5 + ["made"]
    assert listed(tmp_path) == {"a/b": str(said.index("made")).encode()}


@pytest.mark.parametrize("path", ["../a", "/a", "a/../b", ".git/config", "a\0b", "a\\b", "", "con.md", "a/.git/b"])
def test_a_path_that_is_not_safe_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "top").mkdir()
    with pytest.raises(InvalidInput) as caught:
        work_files.apply(tmp_path / "top", [Change(path, None, b"x")])
    assert caught.value.code == "unsafe_path"
    assert listed(tmp_path) == {}


def test_no_link_is_followed_on_the_way_nor_at_the_end(tmp_path: Path) -> None:
    outside, top = tmp_path / "outside", tmp_path / "top"
    outside.mkdir()
    top.mkdir()
    (top / "folder").symlink_to(outside)
    (top / "file").symlink_to(outside / "target")
    (outside / "target").write_bytes(b"1")
    for change in (Change("folder/x", None, b"2"), Change("folder/target", b"1", b"2")):
        with pytest.raises(InvalidInput, match="folder is not a folder"):
            work_files.apply(top, [change])
    for change in (Change("file", None, b"2"), Change("file", b"1", b"2"), Change("file", b"1", None)):
        with pytest.raises(Taken):
            work_files.apply(top, [change])
    assert listed(outside) == {"target": b"1"}


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InvalidInput, match="cannot be written"):
        work_files.apply(tmp_path, [Change("a", None, b"1")])


def test_a_file_is_whole_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from kit.store.work_files import Change, apply\n"
        "top, old = Path(sys.argv[1]), b'0' * 200_000\n"
        "for number in range(1, 10**6):\n"
        "    new = str(number % 10).encode() * 200_000; apply(top, [Change('a', old, new)]); old = new\n"
        "    print(number, flush=True)\n"
    )
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for round_ in range(3):
        (tmp_path / "a").write_bytes(b"0" * 200_000)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, env=environment
        )
        assert process.stdout is not None
        for _ in range(3 + round_):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        data = (tmp_path / "a").read_bytes()
        assert (len(data), len(set(data))) == (200_000, 1)
