"""Objects that others made are read within bounds, and a damaged one is told, never a crash."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from kit.errors import InvalidInput
from kit.records import times
from kit.store import history, repository
from kit.store.author import Author
from kit.store.objects import Blob, Objects
from tests.git import git

ANA = Author("ana", "k3f", 1_000_000)


@pytest.fixture
def objects(repo: Path) -> Objects:
    return Objects(repository.find(repo, environment=dict(os.environ)))


def write_object(repo: Path, kind: str, data: bytes) -> str:
    file = repo.parent / "object"
    file.write_bytes(data)
    return git(repo, "hash-object", "-w", "-t", kind, "--literally", str(file))


def test_a_file_that_stands_as_an_object_is_built_in_without_its_bytes(repo: Path, objects: Objects) -> None:
    blob = write_object(repo, "blob", b"here already")
    oid = objects.build(None, {"tasks/a/x.json": Blob(blob)}, parents=(), message="x", author=ANA)
    assert objects.files(oid) == {"tasks/a/x.json": b"here already"}


def test_a_commit_tells_who_wrote_it_and_where(objects: Objects) -> None:
    oid = objects.build(None, {"a": b"a"}, parents=(), message="x\n", author=ANA)
    found = objects.commit(oid)
    assert (found.author, found.instance, found.when) == ("ana", "k3f", 1_000_000)


@pytest.mark.parametrize(
    "commit",
    [
        "tree {tree}\nauthor broken\ncommitter x <> 1 +0000\n\nhello\n",
        "tree {tree}\n\nno one\n",
        "nothing of a commit",
    ],
)
def test_a_commit_that_is_none_is_told_as_damage(repo: Path, objects: Objects, commit: str) -> None:
    oid = write_object(repo, "commit", commit.format(tree=git(repo, "mktree")).encode())
    assert not objects.has(oid)
    for read in (objects.commit, objects.files, lambda oid: list(history.commits(objects, oid))):
        with pytest.raises(InvalidInput):
            read(oid)


def test_bytes_that_are_no_text_and_times_beyond_the_calendar_are_read(repo: Path, objects: Objects) -> None:
    tree = git(repo, "mktree")
    people = "author \xff <\xfe@kit.invalid> 1 +0000\ncommitter x <x> 99999999999999 +0000\nencoding no-9\n"
    data = f"tree {tree}\n{people}\na\xffb\n".encode("latin1")
    found = objects.commit(write_object(repo, "commit", data))
    assert (found.author, found.instance, found.message) == ("\ufffd", "\ufffd", "a\ufffdb\n")
    assert times.stamp(found.when) == "9999-12-31T23:59:59.000Z"


def test_what_is_no_commit_is_not_one(repo: Path, objects: Objects) -> None:
    blob = write_object(repo, "blob", b"x")
    assert not any(objects.has(each) for each in (blob, "zz", "", "0" * 40, git(repo, "mktree")))
    assert objects.has(git(repo, "rev-parse", "HEAD"))


@pytest.mark.parametrize("leaf", ["folders", "files"])
def test_a_tree_of_few_objects_and_endless_paths_is_refused_at_once(repo: Path, objects: Objects, leaf: str) -> None:
    blob = write_object(repo, "blob", b"x")
    tree = git(repo, "mktree", given="" if leaf == "folders" else f"100644 blob {blob}\tx\n")
    for _ in range(9):
        tree = git(repo, "mktree", given="".join(f"040000 tree {tree}\t{name}\n" for name in range(10)))
    with pytest.raises(InvalidInput, match="more than"):
        objects.entries(git(repo, "commit-tree", tree, "-m", "bomb"))


def test_a_file_beyond_the_limit_is_never_read_into_memory(repo: Path, objects: Objects) -> None:
    big = repo.parent / "big"
    with big.open("wb") as file:
        file.truncate(80 << 20)
    oid = git(repo, "hash-object", "-w", str(big))
    with pytest.raises(InvalidInput, match="larger than"):
        objects.blob(oid)
    small = write_object(repo, "blob", b"four")
    with pytest.raises(InvalidInput, match="larger than 3"):
        objects.blob(small, limit=3)
    assert objects.blob(small, limit=4) == b"four"


def test_a_symbolic_ref_stands_where_it_leads(repo: Path, objects: Objects) -> None:
    git(repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main")
    assert objects.tip("refs/remotes/origin/HEAD") == git(repo, "rev-parse", "main")
    git(repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/HEAD2")
    assert objects.tip("refs/remotes/origin/HEAD") is None


def test_many_files_are_read_at_once_and_what_is_missing_or_too_large_is_none(repo: Path, objects: Objects) -> None:
    texts = [b"", b"\n", *(b"file %d\n" % number * number for number in range(200))]
    oids = [write_object(repo, "blob", text) for text in texts]
    assert list(objects.blobs(oids)) == texts
    odd = [oids[0], "0" * 40, git(repo, "mktree"), "not a name", "zz", oids[5], oids[150]]
    assert list(objects.blobs(odd, limit=100)) == [texts[0], None, None, None, None, texts[5], None]
    assert list(objects.blobs([])) == []
    assert objects.blob(oids[7]) == texts[7]


def test_a_damaged_file_among_many_hides_no_other(repo: Path, objects: Objects) -> None:
    oids = [write_object(repo, "blob", b"file %d" % number) for number in range(100)]
    damaged = repo / ".git" / "objects" / oids[50][:2] / oids[50][2:]
    damaged.chmod(0o644)
    damaged.write_bytes(b"no object")
    found = list(objects.blobs(oids))
    assert [at for at, data in enumerate(found) if data is None] == [50]
    assert found[51] == b"file 51"


def test_the_process_that_reads_ends_when_its_store_is_let_go(repo: Path) -> None:
    """Without a collection of cycles: a program that opens many would run out of files."""
    before = _open_files()
    gc.disable()
    try:
        for _ in range(3):
            found = Objects(repository.find(repo, environment=dict(os.environ)))
            assert found.names(found.head(), "none") == []
            del found
        assert _open_files() == before
    finally:
        gc.enable()


def _open_files() -> int:
    folder = Path("/dev/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
