"""Processes share the index: readers do not wait, writers may die, a full disk changes nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kit.errors import TimedOut
from kit.store.index import Index, Refreshed
from tests.store.indexed import FIELDS, FILES, Files, found

ROOT = Path(__file__).parents[2]

_OTHER = """
import sys, time
from pathlib import Path
from tests.store.indexed import FIELDS, Files, Index, found
index = Index(Path(sys.argv[1]), FIELDS)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _OTHER + script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


SLOW_WRITER = """
files = Files({"a.md": "Slow\\nlock"})
def load(paths):
    print("writing", flush=True)
    sys.stdin.readline()
    yield from Files.load(files, paths)
print(index.refresh(files.tree_id, files.entries, load).loaded, flush=True)
"""


def test_a_reader_never_waits_for_a_writer(index: Index, files: Files) -> None:
    with start(SLOW_WRITER, index._folder) as writer:
        assert says(writer) == "writing"
        files.files["d.md"] = "New\nlock"
        started = time.monotonic()
        assert files.refresh(index) == Refreshed(busy=True)
        assert found(index, "lock") == ["b.md", "a.md"]
        assert time.monotonic() - started < 2
        writer.communicate("go\n")
    assert found(index, "slow") == ["a.md"]


def test_without_an_index_the_one_being_built_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with start(SLOW_WRITER, folder) as writer:
        assert says(writer) == "writing"
        files = Files({"a.md": "Slow\nlock"})
        index = Index(folder, FIELDS)
        with pytest.raises(TimedOut):
            files.refresh(index, patience=0.2)
        with pytest.raises(TimedOut):
            index.drop(patience=0.2)
        with start("print(Files({'a.md': 'Slow\\nlock'}).refresh(index).loaded)", folder) as waiting:
            writer.communicate("go\n")
            assert says(waiting) == "0"
    assert found(index, "slow") == ["a.md"]


def test_a_writer_that_is_killed_at_any_moment_costs_time_only(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    script = """
print("ready", flush=True)
for number in range(1000):
    Files({f"{n}.md": f"Number {n}\\nstate {n % 7 if n > number else number}" for n in range(12)}).refresh(index)
"""
    index = Index(folder, FIELDS)
    for moment in range(12):
        with start(script, folder) as writer:
            assert says(writer) == "ready"
            # The moments are spread over the first few generations that the writer makes.
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(moment * 0.009)
            writer.send_signal(signal.SIGKILL)
        found(index, "number state")
        files = Files({**FILES, f"{moment}.md": f"Number {moment}\nlock"})
        files.refresh(index)
        assert sorted(found(index, "lock")) == sorted(["a.md", "b.md", f"{moment}.md"])
    assert len(list(folder.glob("segment-*"))) <= 8


def test_readers_see_whole_generations_while_a_writer_replaces_them(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    reader = """
print("ready", flush=True)
seen = set()
while "end" not in seen:
    answer = index.search("state", k=20)
    assert answer.searched == answer.matched == 8, answer
    seen.add("end" if found(index, "end") else "middle")
print("whole", flush=True)
"""
    index = Index(folder, FIELDS)

    def write(word: str, number: int) -> None:
        Files({f"{n}.md": f"{word}\nstate {max(n, number)}" for n in range(8)}).refresh(index)

    write("begin", 0)
    with start(reader, folder) as one, start(reader, folder) as two:
        assert says(one) == says(two) == "ready"
        for number in range(40):
            write("middle", number % 8)
        write("end", 0)
        assert says(one) == says(two) == "whole"


def test_a_reader_keeps_its_answers_while_its_parts_are_replaced(index: Index, files: Files) -> None:
    reader = Index(index._folder, FIELDS)
    found(reader, "lock")
    for number in range(5):
        files.files["b.md"] = f"Locks\nnumber {number}"
        files.refresh(index)
        assert found(reader, f"number {number}") == ["b.md"]


def test_a_full_disk_leaves_the_last_generation(index: Index, files: Files, tmp_path: Path) -> None:
    script = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    print(Files({"x.md": "New\\n" + " ".join(map(str, range(500)))}).refresh(index).failed)
except Exception as fault:
    print(type(fault).__name__, fault.code)
print(found(index, "lock"))
"""
    with start(script, index._folder) as process:
        assert "File too large" in says(process)
        assert says(process) == "['b.md', 'a.md']"
    with start(script, tmp_path / "none") as process:
        assert says(process) == "KitError index"
    assert found(index, "lock") == ["b.md", "a.md"]
    assert files.refresh(index) == Refreshed()


def test_asking_whether_anything_changed_imports_nothing_heavy(index: Index, files: Files) -> None:
    script = """
import sys
from pathlib import Path
from kit.store.index import Field, Index
index = Index(Path(sys.argv[1]), [Field("title", "text", 3.0), Field("body", "text"), Field("language", "keyword")])
print(index.tree_id, index.refresh(sys.argv[2], dict, list).loaded)
print(sorted({"whoosh", "filelock", "hashlib", "shutil"} & sys.modules.keys()))
"""
    command = [sys.executable, "-c", script, str(index._folder), files.tree_id]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{files.tree_id} 0\n[]\n"
