"""What dies in the middle of a write, who writes at the same time, and threads that others have planted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.context import branches, diff, thread
from kit.errors import InvalidInput, KitError
from kit.store import git as git_program
from kit.store import packing
from kit.store.editing import Blob
from kit.store.store import Change
from tests.context.people import Writer, writer
from tests.faults.test_mirror import dies
from tests.git import git
from tests.kit import kit
from tests.remotes.process import run

if TYPE_CHECKING:
    from collections.abc import Callable

REF = "refs/kit/context/t"


@pytest.mark.parametrize("step", range(9))
def test_a_write_that_dies_leaves_the_thread_as_it_was(ana: Writer, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    ana.add("one")
    before = git(ana.store.repository.top, "rev-parse", REF)
    real, left = Path.replace, [step]

    def replace(self: Path, target: Path) -> Path:
        if "objects" in str(target):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
        return real(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        if step < 8:  # blob, six folders, commit
            with pytest.raises(KeyboardInterrupt):
                ana.add("two")
            assert git(ana.store.repository.top, "rev-parse", REF) == before
        else:
            ana.add("two")
    assert git(ana.store.repository.top, "fsck", "--strict", "--no-dangling") == ""
    assert list((ana.store.repository.top / ".git" / "objects").glob("*/tmp_obj_*")) == []
    again = writer(ana.store.repository.top, "ben")
    again.add("three")
    assert again.texts() == ["one", *(["two"] if step == 8 else []), "three"]
    again.store.objects.close()


def test_processes_that_write_to_one_thread_lose_nothing(repo: Path) -> None:
    assert kit(repo, "context", "new", "t").code == 0
    program = (
        "import sys\nfrom kit import context\n"
        "with context.open(sys.argv[1], 't', agent=sys.argv[2]) as thread:\n"
        "    for number in range(15):\n        thread.add('user', f'{sys.argv[2]} {number}')\n"
    )
    from concurrent.futures import ThreadPoolExecutor

    def write(name: str) -> int:
        return run([sys.executable, "-c", program, str(repo), name], timeout=60.0).returncode

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(write, ("ana", "ben", "cleo"))) == [0, 0, 0]
    shown = kit(repo, "context", "show", "--on", "t", "--limit", "0", "--json").json["entries"]
    for name in ("ana", "ben", "cleo"):
        said = [each["text"] for each in shown if each["agent"] == name]
        assert said == [f"{name} {number}" for number in range(15)]
    assert git(repo, "rev-list", "--count", REF) == "46"
    assert git(repo, "fsck", "--strict", "--no-dangling") == ""


def test_what_is_loose_is_packed_as_it_grows(ana: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MANY", 1)
    monkeypatch.setattr(packing, "_SAMPLE", "")  # every object's folder counts
    for number in range(4):
        ana.add(f"word {number}")
    top = ana.store.repository.top
    of_main = git(top, "rev-list", "--objects", "main").splitlines()
    assert int(git(top, "count-objects").split()[0]) == len(of_main)  # only what kit has written is packed
    before = len(list((top / ".git" / "objects" / "pack").iterdir()))
    monkeypatch.setattr(packing, "MANY", 300)
    ana.add("last")
    assert len(list((top / ".git" / "objects" / "pack").iterdir())) == before
    assert ana.texts()[:4] == [f"word {number}" for number in range(4)]


def test_many_packs_become_few_and_what_nothing_reaches_stays(ana: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    top = ana.store.repository.top
    orphan = git(top, "hash-object", "-w", "--stdin", given="nothing reaches it")
    for number in range(4):
        ana.add(f"word {number}")
        packing.pack_new(ana.store.repository, [ana.state().commit])
    monkeypatch.setattr(packing, "FEW_PACKS", 2)
    assert packing.pack(ana.store.repository) == ""
    assert len(list((top / ".git" / "objects" / "pack").glob("*.pack"))) == 1
    assert git(top, "cat-file", "-t", orphan) == "blob"
    assert ana.texts() == [f"word {number}" for number in range(4)]
    assert git(top, "fsck", "--strict", "--no-dangling") == ""


def test_packing_may_die_between_any_two_of_its_steps(ana: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    top = ana.store.repository.top
    monkeypatch.setattr(packing, "FEW_PACKS", 1)
    kept = [git(top, "hash-object", "-w", "--stdin", given="nothing reaches it")]
    git(top, "update-ref", "refs/somebody/else", git(top, "commit-tree", "HEAD^{tree}", "-m", "of another tool"))
    kept.append(git(top, "rev-parse", "refs/somebody/else"))
    step, is_dead = 0, True
    while is_dead:
        step += 1
        for number in range(2):
            ana.add(f"word {step} {number}")
            packing.pack_new(ana.store.repository, [ana.state().commit])
        ana.add(f"word {step} 2")
        is_dead = dies(step, lambda: packing.pack(ana.store.repository), [(git_program.Git, "run")])
        assert [git(top, "cat-file", "-t", each) for each in kept] == ["blob", "commit"]
        assert ana.texts() == [f"word {each} {number}" for each in range(1, step + 1) for number in range(3)]
        assert git(top, "fsck", "--strict", "--no-dangling") == ""
    assert step > 4
    assert len(list((top / ".git" / "objects" / "pack").glob("*.pack"))) == 1


def test_an_object_that_is_named_very_often_is_read_once(ana: Writer) -> None:
    top = ana.store.repository.top
    blob = git(top, "hash-object", "-w", "--stdin", given="x" * 900_000)
    edit = {f"context/t/entries/00/{n // 200:02x}/0193b5c1a2f0-{n:08x}.md": Blob(blob) for n in range(4000)}
    ana.store.save(Change("context/t", ana.state().commit, edit, "x", "x"), author=ana.author)
    state = ana.state()
    assert state.entries == ()
    assert len(state.broken) == 4000


def test_what_is_too_much_is_refused(ana: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    ana.add("x" * 1000)
    monkeypatch.setattr(thread, "MAX_TOTAL", 100)
    with pytest.raises(InvalidInput, match="together"):
        _ = ana.state().entries
    monkeypatch.setattr(thread, "MAX_ENTRIES", 1)
    with pytest.raises(InvalidInput, match="more than 1 files"):
        _ = ana.state().files


PLANTED: dict[str, Callable[[Writer], str]] = {
    "a file in the place of the entries": lambda ana: _tree(ana, "100644 blob <x>\tentries"),
    "a link in the place of the record": lambda ana: _tree(ana, "120000 blob <x>\tthread.json"),
    "a submodule": lambda ana: _tree(ana, "160000 commit " + "1" * 40 + "\tentries"),
    "nothing": lambda ana: _tree(ana, ""),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_thread_is_an_error_or_empty_and_never_a_crash(ana: Writer, name: str) -> None:
    top = ana.store.repository.top
    git(top, "update-ref", "refs/kit/context/evil", PLANTED[name](ana))
    for words in (["show"], ["status"], ["log"], ["add", "--text", "x"], ["find", "x"], ["diff", "HEAD"], ["tag"]):
        done = kit(top, "context", *words, "--on", "evil", "--json")
        assert done.code in (0, 4, 5), (words, done)
    assert "t" in [each.name for each in branches.branches(ana.store, is_all=True).threads]
    assert kit(top, "context", "branch", "copy", "evil").code in (0, 4, 5)


def _tree(ana: Writer, lines: str) -> str:
    top = ana.store.repository.top
    blob = git(top, "hash-object", "-w", "--stdin", given="x")
    inner = git(top, "mktree", "--missing", given=lines.replace("<x>", blob) + "\n" if lines else "")
    middle = git(top, "mktree", given=f"040000 tree {inner}\tevil\n")
    outer = git(top, "mktree", given=f"040000 tree {middle}\tcontext\n")
    return git(top, "commit-tree", outer, "-m", "planted")


def test_entries_that_edit_each_other_in_a_circle_stand_for_nothing_and_are_told(ana: Writer) -> None:
    one, two = ana.add("one"), ana.add("two")
    files = {f"context/t/{each.path}": each._replace(edits=other.id).dump() for each, other in ((one, two), (two, one))}
    ana.store.save(Change("context/t", ana.state().commit, files, "x", "x"), author=ana.author)
    assert ana.texts() == []
    assert len(ana.state().entries) == 2
    with pytest.raises(KitError, match="edit of itself"):
        ana.edit(one.id, "x")
    assert diff.diff(ana.state().entries, ana.state().entries).changes == ()
