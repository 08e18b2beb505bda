"""What is kept of the last run saves time and never changes an answer."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kit.validation import kept, look, work
from kit.validation.gather import Means
from tests.git import git
from tests.validation.cases import CASES
from tests.validation.files import fact, report, told, write

if TYPE_CHECKING:
    from pathlib import Path

    from kit.records.finding import Finding


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with a fault in one file and a broken link in another."""
    git(tmp_path, "init", "--quiet", ".")
    return write(tmp_path, {"facts/f.md": fact(more="status: done\n"), "facts/g.md": fact("g", body="[x](h.md)\n")})


def means(top: Path) -> Means:
    return Means(derived=top / ".kit")


def file(top: Path) -> Path:
    return top / ".kit" / "cache" / "validate.json"


FOUND = ["facts/f.md:6:1 error record.value", "facts/g.md:7:5 error link.missing"]


def looked_at(monkeypatch: pytest.MonkeyPatch, top: Path) -> list[str]:
    """Runs kit validate; returns the files that it had to look at."""
    seen: list[str] = []

    def spy(path: str, *rest: object) -> look.Look:
        seen.append(path)
        return look.look(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "look", spy)
    report(top, means=means(top))
    return sorted(seen)


def test_a_second_run_looks_only_at_what_changed(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_at(monkeypatch, top) == ["facts/f.md", "facts/g.md"]
    assert looked_at(monkeypatch, top) == []
    write(top, {"facts/f.md": fact()})
    assert looked_at(monkeypatch, top) == ["facts/f.md"]


def test_a_second_run_finds_the_same(top: Path) -> None:
    assert told(report(top, means=means(top))) == FOUND
    assert told(report(top, means=means(top))) == FOUND


def test_links_are_looked_up_anew_every_time(top: Path) -> None:
    report(top, means=means(top))
    write(top, {"facts/h.md": fact("h")})
    assert told(report(top, means=means(top))) == FOUND[:1]
    (top / "facts" / "h.md").unlink()
    assert told(report(top, means=means(top))) == FOUND


def test_a_renamed_file_is_looked_at_again_because_its_name_counts(top: Path) -> None:
    report(top, means=means(top))
    (top / "facts" / "f.md").rename(top / "facts" / "e.md")
    assert told(report(top, means=means(top)))[0] == "facts/e.md:3:1 error place.id"


def test_a_changed_schema_lets_every_record_be_looked_at_again(top: Path) -> None:
    schema = {"x-kit": {"plane": "reviewed", "path": "notes/{id}.md"}, "properties": {"meta": {"required": ["id"]}}}
    write(top, {"schemas/note.schema.json": json.dumps(schema), "notes/n.md": "---\ntype: note\nid: n\n---\n"})
    assert told(report(top, means=means(top))) == FOUND
    schema["properties"]["meta"]["required"] = ["id", "owner"]  # type: ignore[index]
    write(top, {"schemas/note.schema.json": json.dumps(schema)})
    assert told(report(top, means=means(top))) == [*FOUND, "notes/n.md:2:1 error record.missing"]


def test_changed_rules_let_every_record_be_looked_at_again(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report(top, means=means(top))
    monkeypatch.setattr(kept, "__version__", "99")
    assert looked_at(monkeypatch, top) == ["facts/f.md", "facts/g.md"]


GARBAGE = [b"", b"\0" * 100, b"{}", b"x y\n{}", b"[" * 10_000]


@pytest.mark.parametrize("data", GARBAGE, ids=lambda data: repr(data[:6]))
def test_a_damaged_file_means_nothing_is_kept(data: bytes, top: Path) -> None:
    report(top, means=means(top))
    file(top).write_bytes(data)
    assert told(report(top, means=means(top))) == FOUND
    assert len(file(top).read_bytes()) > 300


def test_a_single_altered_byte_is_noticed(top: Path) -> None:
    report(top, means=means(top))
    whole = file(top).read_bytes()
    for at in range(0, len(whole), 37):
        file(top).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert told(report(top, means=means(top))) == FOUND


def test_what_is_kept_is_not_believed_where_it_was_committed(top: Path) -> None:
    write(top, {"facts/f.md": fact()})
    report(top, means=means(top))
    head, _, body = file(top).read_bytes().partition(b"\n")
    forged = body.replace(b'["path","facts/h.md"', b'["path","facts/f.md"')
    digest = hashlib.sha256(forged).hexdigest().encode()
    file(top).write_bytes(head.split()[0] + b" " + digest + b"\n" + forged)
    assert told(report(top, means=means(top))) == []  # what a trap it would be
    git(top, "add", "--force", ".kit/cache/validate.json")
    assert told(report(top, means=means(top))) == [".kit/cache/validate.json:1:1 error place.derived", FOUND[1]]


def test_where_nothing_can_be_written_nothing_is_kept(top: Path) -> None:
    (top / ".kit").write_text("a file in the way")
    assert told(report(top, means=means(top))) == FOUND


def test_two_knowledge_folders_of_a_repository_keep_their_own(tmp_path: Path) -> None:
    names = {kept._file(tmp_path, root).name for root in ("", "a", "b", "a/b")}
    assert len(names) == 4


def test_two_runs_at_once_do_not_disturb_each_other(top: Path) -> None:
    write(top, {f"facts/f{n}.md": fact(f"f{n}") for n in range(50)})
    command = [sys.executable, "-m", "kit", "validate", "--repo", str(top), "--json"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(6)]
    answers = {run.communicate(timeout=60)[0] for run in runs}
    assert [run.returncode for run in runs] == [1] * 6
    assert len(answers) == 1


def findings(top: Path, jobs: int, derived: Path | None) -> tuple[Finding, ...]:
    return report(top, means=Means(jobs=jobs, cores=2, derived=derived)).findings


def test_cold_kept_one_process_and_two_find_the_same(tmp_path: Path) -> None:
    top = tmp_path / "top"
    for number, case in enumerate(CASES):
        below = {path.replace("/", f"/c{number}/", 1): content for path, content in case.bad.items()}
        write(top, {path: content for path, content in below.items() if path.startswith(("blocks/", "facts/"))})
    alone = findings(top, 1, None)
    assert len(alone) > 40
    assert findings(top, 2, None) == alone
    assert findings(top, 1, tmp_path / "kept") == alone
    assert findings(top, 1, tmp_path / "kept") == alone
    assert findings(top, 2, tmp_path / "kept") == alone


def test_processes_that_cannot_be_forked_are_spawned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = write(tmp_path, {"facts/f.md": fact(more="status: done\n")})
    monkeypatch.setattr(work.threading, "active_count", lambda: 2)
    assert told(report(top, means=Means(jobs=2))) == FOUND[:1]
