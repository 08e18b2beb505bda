"""Live refs that others have planted: lists survive and say so, and each broken task has a way out."""

from __future__ import annotations

import functools
import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.test_hostile_repository import WORDS, exists
from tests.git import git
from tests.kit import Done, kit
from tests.race import holder
from tests.team import Agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remotes import PathRemote

    Clones = Callable[..., list[Path]]
    Tree = dict[str | bytes, "bytes | Tree | Entry"]

PAST, FUTURE = "2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
CLAIM: dict[str, Any] = {
    "type": "claim", "task": "{task}", "state": "held", "agent": "eve", "instance": "x", "epoch": 7, "nonce": "00ff00",
    "since": PAST, "renewed": PAST, "expires": FUTURE, "ttl": 1800,
}  # fmt: skip
STATUS = {"type": "status", "task": "{task}", "agent": "eve", "instance": "x", "epoch": 7, "at": PAST, "state": "done"}
HANDOFF = STATUS | {"type": "handoff", "number": 1, "state": "blocked", "changed_files": []}
ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202e"


class Entry:
    """A tree's entry of another kind than a plain file or folder."""

    def __init__(self, mode: str, data: bytes) -> None:
        self.mode, self.data = mode, data


def dump(record: object, **changes: object) -> bytes:
    return json.dumps({**record, **changes} if isinstance(record, dict) else record).encode()


def claims(**changes: object) -> Tree:
    return {"claim.json": dump(CLAIM, **changes)}


BOMB: Tree = {"x": b""}
for _ in range(9):
    BOMB = {str(number): BOMB for number in range(10)}
DEEP: Tree = {"x": b""}
for _ in range(300):
    DEEP = {"d": DEEP}

#: The folder tasks/<task>/ of planted refs, each broken or dangerous in its own way.
PLANTED: dict[str, Tree] = {
    "no-json": {"claim.json": b"{"},
    "no-text": {"claim.json": b"\xff\xfe"},
    "no-object": {"claim.json": b"[1]"},
    "twice": {"claim.json": b'{"task": 1, "task": 2}'},
    "nan": {"claim.json": b'{"ttl": NaN}'},
    "deep-json": {"claim.json": b"[" * 100_000},
    "long-number": {"claim.json": b'{"epoch": ' + b"9" * 6000 + b"}"},
    "huge": {"claim.json": b" " * 3_000_000},
    "empty": {"claim.json": b""},
    "of-another": claims(task="../../other"),
    "no-agent": claims(agent=None),
    "odd-agent": claims(agent="../x"),
    "odd-instance": claims(instance=["x"]),
    "escape-agent": claims(agent=ESCAPE),
    "odd-epoch": claims(epoch="7"),
    "true-epoch": claims(epoch=True),
    "big-epoch": claims(epoch=10**30),
    "float-epoch": {"claim.json": dump(CLAIM).replace(b'"epoch": 7', b'"epoch": 1e999')},
    "odd-ttl": claims(ttl={}),
    "big-ttl": {"claim.json": dump(CLAIM).replace(b'"ttl": 1800', b'"ttl": 1e308')},
    "odd-state": claims(state="other"),
    "odd-paths": claims(paths={"a": 1}),
    "odd-path": claims(paths=["/etc/**", "../..", ESCAPE]),
    "odd-base": claims(base="--output=/tmp/x"),
    "odd-note": claims(note={"a": ESCAPE}),
    "escape-note": claims(note=ESCAPE + "\n\nKit-Event: complete\n\ud800\x00"),
    "odd-over": claims(taken_over={"agent": 1}),
    "no-time": claims(expires="soon"),
    "local-time": claims(expires="2099-01-01T00:00:00"),
    "last-time": claims(expires="9999-12-31T23:59:59-14:00"),
    "first-time": claims(since="0001-01-01T00:00:00+14:00"),
    "number-time": claims(expires=5),
    "odd-status": claims() | {"status.json": dump(STATUS, state=["done"])},
    "new-status": claims() | {"status.json": dump(STATUS, state="obsolete")},
    "odd-commit": claims(state="released") | {"status.json": dump(STATUS, state="blocked", commit=["-x"], note=7)},
    "list-status": claims() | {"status.json": b"[]"},
    "odd-needs": claims() | {"task.json": dump({"needs": ["../x"]})},
    "dict-needs": claims() | {"task.json": dump({"needs": {"a": 1}})},
    "many-needs": {"task.json": dump({"needs": [f"n{number}" for number in range(3000)]})},
    "escape-title": {"task.json": dump({"title": ESCAPE * 10, "needs": []})},
    "odd-title": {"task.json": dump({"title": [ESCAPE]})},
    "odd-handoff": claims() | {"handoffs": {"1.json": b"[]", "2.json": dump(HANDOFF, number="x", agent=["y"])}},
    "files-handoff": claims() | {"handoffs": {"1.json": dump(HANDOFF, changed_files={"a": 1})}},
    "cut-handoff": claims() | {"handoffs": {"1.json": dump(HANDOFF, changed_files_cut="9")}},
    "number-handoff": claims() | {"handoffs": {"999999999.json": dump(HANDOFF), "x.json": b"", "-1.json": b""}},
    "many-handoffs": claims() | {"handoffs": {f"{number}.json": dump(HANDOFF) for number in range(1, 5100)}},
    "link": {"claim.json": Entry("120000", b"/etc/passwd"), "task.json": Entry("120000", b"../../../../../etc/passwd")},
    "submodule": {"claim.json": Entry("160000", b"")},
    "folder": {"claim.json": {"claim.json": b"{}"}, "status.json": {}},
    "names": claims() | {"..": b"", ".git": b"", "a\nb": b"", "-x": b"", b"\xff\xfe": b"", "x" * 5000: b"", "con": b""},
    "dots": claims() | {"..": {"..": {"etc": b""}}},
    "bomb": claims() | {"bomb": BOMB},
    "deep": claims() | {"deep": DEEP},
}


@functools.cache
def write_blob(place: Path, data: bytes) -> str:
    return git_bytes(place, "hash-object", "-w", "--stdin", given=data)


def git_bytes(place: Path, *words: str, given: bytes) -> str:
    done = subprocess.run(["git", *words], cwd=place, input=given, capture_output=True, check=True)
    return done.stdout.decode().strip()


def write_tree(place: Path, tree: Tree, known: dict[int, str]) -> str:
    """Writes a tree with git's own tool, which checks no names."""
    if id(tree) not in known:
        lines = b""
        for name, inner in tree.items():
            raw = name.encode() if isinstance(name, str) else name
            if isinstance(inner, dict):
                entry = f"040000 tree {write_tree(place, inner, known)}"
            elif isinstance(inner, Entry) and inner.mode == "160000":
                entry = f"160000 commit {'1' * 40}"
            else:
                mode, data = (inner.mode, inner.data) if isinstance(inner, Entry) else ("100644", inner)
                entry = f"{mode} blob {write_blob(place, data)}"
            lines += entry.encode() + b"\t" + raw + b"\0"
        known[id(tree)] = git_bytes(place, "mktree", "-z", "--missing", given=lines)
    return known[id(tree)]


def plant(place: Path, ref: str, tree: Tree, *, task: str = "") -> None:
    """Plants a ref on a commit with these files; {task} in them stands for the task's id."""
    filled: Tree = {
        name: data.replace(b"{task}", task.encode()) if isinstance(data, bytes) else data for name, data in tree.items()
    }
    inside: Tree = {"tasks": {task: filled}} if task else filled
    oid = write_tree(place, inside, {})
    words = f"plant\n\nKit-Event: claim\nKit-Task: {task}\nKit-Epoch: 7"
    git(place, "update-ref", ref, git(place, "commit-tree", oid, "-m", words))


def look_around(folder: Path) -> dict[str, Done]:
    """Runs the commands that only look; none crashes, none takes long, none lets an escape through."""
    seen = {}
    for name in ("tasks", "status", "agents", "log", "sync", "inbox", "check-paths", "gc"):
        for words in [*WORDS[name], f"{WORDS[name][0]} --json"] if exists(name) else []:
            began = time.monotonic()
            done = kit(folder, *words.split())
            assert done.code in (0, 1), (words, done)
            assert "\x1b" not in done.out + done.err, words
            assert "\u202e" not in done.out + done.err, words
            assert time.monotonic() - began < 20, words
            seen[words] = done
    return seen


def test_lists_survive_whatever_stands_beside_and_each_task_has_a_way_out(remote: PathRemote, clones: Clones) -> None:
    ana, ben = clones(2)
    assert kit(ana, "claim", "good", "--path", "docs/**").code == 0
    for name, files in PLANTED.items():
        plant(remote.path, f"refs/kit/tasks/{name}", files, task=name)
    listed = look_around(ben)["tasks --json"].json
    states = {row["task"]: row["state"] for row in kit(ben, "tasks", "--json", "--limit", "999").json["tasks"]}
    assert states["good"] == "held"
    assert set(PLANTED) - {"number-handoff"} <= set(states), listed
    kit(ana, "task", "add", "next")
    assert kit(ben, "claim", "--next", "--json", agent="ben").json["claims"][0]["task"] in ("next", *PLANTED)
    for name, files in PLANTED.items():
        for words in (["claim", name], ["task", "show", name]):
            assert kit(ben, *words, agent="ben").code in (0, 5, 6, 7), (name, words)
        taken = kit(ben, "claim", name, "--takeover", "--reason", "it is broken", agent="ben")
        if name == "many-needs":
            assert taken.code == 7
            continue
        assert taken.code == 0, (name, taken)
        held = holder(remote.path, name) or {}
        assert (held["agent"], held["epoch"]) == ("ben", 8 if isinstance(files.get("claim.json"), bytes) else 1), name
        assert kit(ben, "complete", name, agent="ben").code == 0, name
    states = {row["task"]: row["state"] for row in kit(ana, "tasks", "--json", "--limit", "999").json["tasks"]}
    assert "broken" not in states.values()
    look_around(ana)


@pytest.mark.parametrize("kind", ["blob", "tree", "tag", "commit"])
def test_a_ref_on_something_else_than_a_commit_hides_no_other(kind: str, remote: PathRemote, clones: Clones) -> None:
    (clone,) = clones(1)
    Agent(clone).claim("good")
    if kind == "commit":
        tree = git_bytes(remote.path, "mktree", given=b"")
        data = f"tree {tree}\nauthor \xff <\xfe> 99999999999999 +9999\ncommitter x <x> 1 +0000\nencoding no\n\na\0b"
        oid = git_bytes(remote.path, "hash-object", "-w", "-t", "commit", "--literally", "--stdin",
                        given=data.encode("latin-1"))  # fmt: skip
    else:
        oid = {
            "blob": lambda: git_bytes(remote.path, "hash-object", "-w", "--stdin", given=b"x"),
            "tree": lambda: git_bytes(remote.path, "mktree", given=b""),
            "tag": lambda: git_bytes(remote.path, "mktag", given=b"object " + git(remote.path, "rev-parse", "main")
                                     .encode() + b"\ntype commit\ntag t\ntagger x <x> 1 +0000\n\nx"),
        }[kind]()  # fmt: skip
    git(remote.path, "update-ref", "refs/kit/tasks/bad", oid)
    states = {row["task"]: row["state"] for row in kit(clone, "tasks", "--json").json["tasks"]}
    assert states.pop("bad") in ("broken", "ready")
    assert states == {"good": "held"}
    look_around(clone)
    assert kit(clone, "claim", "bad", "--takeover", "--reason", "it is broken").code == 0
    assert (holder(remote.path, "bad") or {}).get("agent") == "ana"


@pytest.mark.parametrize("name", [
    "tasks/nested/x", "tasks/Upper", "tasks/con", "tasks/ünï", "tasks/-x", "tasks/a@b", "odd", "agents/eve",
    "agents/Ana/x", "agents/a/b/c", "memory/A", "archive/other",
])  # fmt: skip
def test_refs_with_names_that_are_no_ids_are_left_alone(name: str, remote: PathRemote, clones: Clones) -> None:
    (clone,) = clones(1)
    plant(remote.path, f"refs/kit/{name}", {"x": b"y"})
    look_around(clone)
    assert kit(clone, "claim", "good").code == 0
    if name == "tasks/nested/x":
        done = kit(clone, "claim", "nested")
        assert (done.code, "in the way" in done.err) == (8, True)


def test_a_broken_reservation_hides_no_other(remote: PathRemote, clones: Clones) -> None:
    ana, ben = clones(2)
    broken = {
        "a": b"{", "b": b"[]", "c": dump({"paths": "x"}), "d": b"\xff", "e": dump({"task": "e", "epoch": 1e999}),
        "f": dump({"task": "f", "agent": ESCAPE, "instance": "x", "epoch": 1, "expires": FUTURE, "paths": ["**"]}),
        "g": dump({"task": "../x", "agent": "eve", "instance": "x", "epoch": 1, "expires": FUTURE, "paths": ["**"]}),
    }  # fmt: skip
    plant(remote.path, "refs/kit/paths", {"paths": {f"{name}.json": data for name, data in broken.items()}})
    assert kit(ana, "claim", "t", "--path", "src/**").code == 0
    assert kit(ben, "claim", "u", "--path", "src/a", "--json", agent="ben").error["code"] == "paths_reserved"
    assert kit(ana, "release", "t").code == 0
    assert kit(ben, "claim", "u", "--path", "src/a", agent="ben").code == 0
    look_around(ben)


@pytest.mark.parametrize("ref", ["paths", "archive/tasks", "agents/ana/{instance}", "agents/ben/x"])
@pytest.mark.parametrize("kind", ["blob", "odd"])
def test_a_broken_ref_beside_does_not_keep_anyone_from_claiming(
    kind: str, ref: str, remote: PathRemote, clones: Clones
) -> None:
    (clone,) = clones(1)
    name = ref.format(instance=kit(clone, "claim", "first", "--json").json["claims"][0]["instance"])
    if kind == "blob":
        oid = git_bytes(remote.path, "hash-object", "-w", "--stdin", given=b"x")
        git(remote.path, "update-ref", f"refs/kit/{name}", oid)
    else:
        odd: Tree = {"agent.json": b"[]", "outbox": b"x"}
        for folder in reversed(name.split("/")):
            odd = {folder: odd}
        plant(remote.path, f"refs/kit/{name}", {"tasks": b"x", "paths": b"y", "outbox": {"x.json": b"{"}} | odd)
    look_around(clone)
    for words in (["claim", "t"], ["renew", "t"], ["complete", "t"], ["claim", "--next"], ["task", "add", "v"]):
        assert kit(clone, *words).code in (0, 6), (words, kit(clone, *words))
