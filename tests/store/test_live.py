"""`.kit/live` is the live plane as files: right after anything that happened to it, and never a way out of it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from kit.errors import InvalidInput
from kit.store import live, repository
from kit.store.author import Author
from kit.store.store import Change, Store
from tests.git import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ANA = Author("ana", "k3f", 1_000_000)


@pytest.fixture
def store(repo: Path) -> Store:
    return Store(repository.find(repo, environment=dict(os.environ)))


def put(store: Store, ref: str, files: Mapping[str, bytes | None]) -> None:
    store.publish([Change(ref, store.tip(ref), files, "x", "x")], author=ANA)


def plant(repo: Path, ref: str, entries: str) -> None:
    """Makes a ref of a tree that no tool of ours would write: lines of `mktree`, `<blob>` for a blob."""
    blob = git(repo, "hash-object", "-w", "--stdin", given="planted")
    tree = git(repo, "mktree", given=entries.replace("<blob>", blob))
    git(repo, "update-ref", f"refs/kit/{ref}", git(repo, "commit-tree", tree, "-m", "planted"))


def files(store: Store) -> dict[str, bytes]:
    top = store.repository.top / ".kit" / "live"
    found = {str(each.relative_to(top)): each.read_bytes() for each in top.rglob("*") if not each.is_dir()}
    del found["README"]
    return found


def test_a_record_stands_under_its_path(store: Store) -> None:
    put(store, "tasks/parser", {"tasks/parser/claim.json": b"{}", "tasks/parser/handoffs/1.json": b"[]"})
    put(store, "paths", {"paths/parser.json": b"p"})
    put(store, "agents/ana/k3f", {"agents/ana/k3f/agent.json": b"a"})
    put(store, "memory/build", {"memory/build.json": b"m", "memory/build/flags.json": b"f"})
    put(store, "artifacts/parser", {"artifacts/parser/log.json": b"l", "artifacts/parser/files/log": b"bytes"})
    put(store, "context/main", {"context/main/entries/00/00/x.md": b"c"})
    assert live.refresh(store) == (6, 0, ())
    assert files(store) == {
        "tasks/parser/claim.json": b"{}",
        "tasks/parser/handoffs/1.json": b"[]",
        "paths/parser.json": b"p",
        "agents/ana/k3f/agent.json": b"a",
        "memory/build.json": b"m",
        "memory/build/flags.json": b"f",
        "artifacts/parser/log.json": b"l",
        "artifacts/parser/files/log": b"bytes",
        "context/main/entries/00/00/x.md": b"c",
    }


def test_only_what_moved_is_written(store: Store) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"1"})
    put(store, "tasks/b", {"tasks/b/task.json": b"1"})
    live.refresh(store)
    marked = store.repository.top / ".kit" / "live" / "tasks" / "b" / "task.json"
    marked.write_bytes(b"untouched")
    put(store, "tasks/a", {"tasks/a/task.json": b"2"})
    assert live.refresh(store) == (1, 0, ())
    assert files(store) == {"tasks/a/task.json": b"2", "tasks/b/task.json": b"untouched"}
    assert live.refresh(store) == (0, 0, ())


def test_of_a_ref_that_moved_only_the_files_that_differ_are_written(store: Store) -> None:
    put(store, "tasks/a", {f"tasks/a/handoffs/{number}.json": b"old" for number in range(5)})
    live.refresh(store)
    folder = store.repository.top / ".kit" / "live" / "tasks" / "a" / "handoffs"
    before = {each.name: each.stat().st_ino for each in folder.iterdir()}
    put(store, "tasks/a", {"tasks/a/handoffs/1.json": b"new", "tasks/a/handoffs/2.json": None,
                           "tasks/a/handoffs/9.json": b"one more"})  # fmt: skip
    live.refresh(store)
    after = {each.name: each.stat().st_ino for each in folder.iterdir()}
    assert after.keys() == {"0.json", "1.json", "3.json", "4.json", "9.json"}
    assert {name for name in after if after[name] == before.get(name)} == {"0.json", "3.json", "4.json"}


@pytest.mark.parametrize(
    "damage", ["changed", "replaced by an older one", "gone", "a link", "a folder", "in a folder that is a link"]
)
def test_what_was_done_to_a_file_is_undone_when_its_ref_moves(store: Store, tmp_path: Path, damage: str) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"1", "tasks/a/handoffs/1.json": b"h"})
    live.refresh(store)
    marked = store.repository.top / ".kit" / "live" / "tasks" / "a" / "handoffs" / "1.json"
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "1.json").write_bytes(b"h")
    stamp = store.repository.top / ".kit" / "live.stamp"
    os.utime(stamp, (1_000_000_000, 1_000_000_000))  # it was written long before
    os.utime(outside / "1.json", (0, 0))
    if damage == "changed":
        marked.write_bytes(b"?")
    elif damage == "replaced by an older one":
        older = tmp_path / "older"
        older.write_bytes(b"?")
        os.utime(older, (0, 0))
        older.replace(marked)
    elif damage == "in a folder that is a link":
        shutil.rmtree(marked.parent)
        marked.parent.symlink_to(outside)
    else:
        marked.unlink()
    if damage == "a link":
        marked.symlink_to(outside / "1.json")
    elif damage == "a folder":
        marked.mkdir()
    put(store, "tasks/a", {"tasks/a/task.json": b"2"})
    live.refresh(store)
    assert files(store) == {"tasks/a/task.json": b"2", "tasks/a/handoffs/1.json": b"h"}
    assert not marked.is_symlink()
    assert not marked.parent.is_symlink()
    assert (outside / "1.json").read_bytes() == b"h"


def test_files_and_refs_that_are_gone_go(store: Store) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"1", "tasks/a/handoffs/1.json": b"1"})
    put(store, "memory/m", {"memory/m.json": b"1", "memory/m/n.json": b"1"})
    put(store, "tasks/m", {"tasks/m/task.json": b"1"})
    live.refresh(store)
    put(store, "tasks/a", {"tasks/a/handoffs/1.json": None})
    git(store.repository.top, "update-ref", "-d", "refs/kit/memory/m")
    assert live.refresh(store) == (1, 1, ())
    assert files(store) == {"tasks/a/task.json": b"1", "tasks/m/task.json": b"1"}
    assert not (store.repository.top / ".kit/live/tasks/a/handoffs").exists()


def test_one_ref_cannot_write_into_another(store: Store) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"mine", "tasks/b/task.json": b"not mine", "blocks/x.md": b"no"})
    put(store, "tasks/a.json", {"tasks/a.json/task.json": b"dots are names"})
    done = live.refresh(store)
    assert files(store) == {"tasks/a/task.json": b"mine", "tasks/a.json/task.json": b"dots are names"}
    assert sorted(done.left_out) == [
        "blocks/x.md: does not belong into tasks/a",
        "tasks/b/task.json: does not belong into tasks/a",
    ]


def test_what_has_no_place_is_left_out_and_told(store: Store, repo: Path) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"1", "tasks/a/run.sh": b"1", "tasks/a/task.json.exe": b"1"})
    plant(repo, "tasks/Evil", "100644 blob <blob>\tx\n")
    done = live.refresh(store)
    assert files(store) == {"tasks/a/task.json": b"1"}
    assert sorted(done.left_out) == [
        "tasks/Evil: not the name of a live ref",
        "tasks/a/run.sh: no record's place",
        "tasks/a/task.json.exe: no record's place",
    ]


@pytest.mark.parametrize("name", ["..", ".git", "a\\b", "con", "x ", "\x1b[31m", "C:"])
def test_a_path_that_leaves_is_never_made(store: Store, repo: Path, name: str) -> None:
    blob = git(repo, "hash-object", "-w", "--stdin", given="x")
    raw = b"100644 out.md\0" + bytes.fromhex(blob)
    for step in (name, "c", "context"):
        (repo.parent / "tree").write_bytes(raw)
        tree = git(repo, "hash-object", "-w", "-t", "tree", "--literally", str(repo.parent / "tree"))
        raw = b"40000 " + step.encode() + b"\0" + bytes.fromhex(tree)
    (repo.parent / "tree").write_bytes(raw)
    tree = git(repo, "hash-object", "-w", "-t", "tree", "--literally", str(repo.parent / "tree"))
    git(repo, "update-ref", "refs/kit/context/c", git(repo, "commit-tree", tree, "-m", "planted"))
    before = sorted(repo.parent.rglob("out.md"))
    done = live.refresh(store)
    assert done.left_out == ("context/c: a path that is not safe",)
    assert files(store) == {}
    assert sorted(repo.parent.rglob("out.md")) == before == []


def test_links_in_a_tree_are_not_made(store: Store, repo: Path) -> None:
    blob = git(repo, "hash-object", "-w", "--stdin", given="/etc/passwd")
    tree = git(repo, "mktree", given=f"120000 blob {blob}\tlink\n")
    tree = git(repo, "mktree", given=f"040000 tree {tree}\tc\n")
    tree = git(repo, "mktree", given=f"040000 tree {tree}\tcontext\n")
    git(repo, "update-ref", "refs/kit/context/c", git(repo, "commit-tree", tree, "-m", "planted"))
    live.refresh(store)
    assert files(store) == {}


@pytest.mark.parametrize("link", ["live", "live/tasks", "live/tasks/a", "live/tasks/a/task.json"])
def test_a_link_planted_on_the_way_is_replaced_and_what_it_pointed_to_stays(store: Store, link: str) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"1"})
    live.refresh(store)
    top = store.repository.top
    outside = top.parent / "outside"
    (outside / "tasks" / "a").mkdir(parents=True)
    (outside / "task.json").write_text("theirs")
    place = top / ".kit" / link
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    place.symlink_to(outside / "task.json" if link.endswith("json") else outside)
    put(store, "tasks/a", {"tasks/a/task.json": b"2"})
    live.refresh(store)
    assert files(store) == {"tasks/a/task.json": b"2"}
    assert not any(each.is_symlink() for each in (top / ".kit").rglob("*"))
    assert [str(each.relative_to(outside)) for each in sorted(outside.rglob("*"))] == ["task.json", "tasks", "tasks/a"]
    assert (outside / "task.json").read_text() == "theirs"


def test_a_link_in_place_of_the_whole_folder_is_refused(store: Store) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"1"})
    outside = store.repository.top.parent / "outside"
    outside.mkdir()
    (store.repository.top / ".kit").symlink_to(outside)
    with pytest.raises(InvalidInput, match="symbolic link"):
        live.refresh(store)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff\0", b"kit live 1 0:0\n", b"{}\n", None, b"+\n1234567890123456789012345678901234567890 1 ../../x\n"],
)
def test_a_damaged_stamp_costs_a_rebuild(store: Store, damage: bytes | None) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"1"})
    live.refresh(store)
    stamp = store.repository.top / ".kit" / "live.stamp"
    (store.repository.top / ".kit/live/tasks/leftover.json").write_text("x")
    if damage is None:
        stamp.unlink()
    else:
        stamp.write_bytes(damage.replace(b"+\n", stamp.read_bytes()))
    assert live.refresh(store) == (1, 0, ())
    assert files(store) == {"tasks/a/task.json": b"1"}


def test_a_stamp_from_elsewhere_vouches_for_nothing(store: Store) -> None:
    put(store, "tasks/a", {"tasks/a/task.json": b"1"})
    live.refresh(store)
    top = store.repository.top / ".kit" / "live"
    shutil.copytree(top, top.with_name("copy"))
    shutil.rmtree(top)
    top.with_name("copy").rename(top)
    (top / "tasks/a/task.json").write_text("forged")
    live.refresh(store)
    assert files(store) == {"tasks/a/task.json": b"1"}


def test_too_much_for_one_ref_is_left_out_and_the_others_are_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_REF_BYTES", 1000)
    put(store, "context/big", {f"context/big/entries/00/00/{name}.md": b"x" * 400 for name in range(3)})
    put(store, "tasks/a", {"tasks/a/task.json": b"1"})
    done = live.refresh(store)
    assert files(store) == {"tasks/a/task.json": b"1"}
    assert done.left_out == ("context/big: its files are too large together",)
    put(store, "context/big", {"context/big/entries/00/00/0.md": None})
    assert live.refresh(store).left_out == ()
    assert len(files(store)) == 3


def test_a_ref_that_is_no_commit_does_not_hide_the_others(store: Store, repo: Path) -> None:
    git(repo, "update-ref", "refs/kit/tasks/blob", git(repo, "hash-object", "-w", "--stdin", given="x"))
    put(store, "tasks/a", {"tasks/a/task.json": b"1"})
    done = live.refresh(store)
    assert files(store) == {"tasks/a/task.json": b"1"}
    assert [each.split(":")[0] for each in done.left_out] == ["tasks/blob"]
