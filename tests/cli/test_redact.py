"""`kit redact`: data on stdout, counts on stderr, a gate that names lines and kinds and never the secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.kit import kit_process
from tests.safety.samples import run

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "ghp_" + run("alnum", 36, seed=1)
VALUE = run("alnum", 24, seed=2)


def test_a_stream_is_redacted_and_what_was_taken_out_is_counted(tmp_path: Path) -> None:
    done = kit_process(tmp_path, "redact", "-", given=f"a {TOKEN}\nsee {VALUE}\n", MY_TOKEN=VALUE)
    assert (done.code, done.out) == (0, "a [REDACTED:github-personal-token]\nsee [REDACTED:token]\n")
    assert done.err == "redacted: 1 github-personal-token, 1 token\n"


def test_records_are_read_as_such_and_counted_as_json(tmp_path: Path) -> None:
    line = json.dumps({"password": "-".join(["hunter2", "x9"]), "cwd": "/home/ana/x"})
    (tmp_path / "log.jsonl").write_text(line + "\n")
    done = kit_process(tmp_path, "redact", str(tmp_path / "log.jsonl"), "--json")
    assert done.out == '{"password": "[REDACTED:password]", "cwd": "~/x"}\n'
    assert json.loads(done.err) == {"redacted": {"password": 1}, "homes": 1}
    told = kit_process(tmp_path, "redact", str(tmp_path / "log.jsonl"), "--report")
    assert [line.split() for line in told.err.splitlines()] == [
        ["KIND", "COUNT"],
        ["password", "1"],
        ["(home", "folders)", "1"],
    ]


def test_a_check_names_file_line_and_kind_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"x\n{TOKEN}\n/home/ana\n")
    (tmp_path / "b.txt").write_text("clean /home/ana\n")
    files = [str(tmp_path / name) for name in ("a.txt", "b.txt")]
    done = kit_process(tmp_path, "redact", "--check", *files)
    assert (done.code, done.out) == (1, f"{files[0]}:2: github-personal-token\n")
    assert TOKEN not in done.err
    as_json = kit_process(tmp_path, "redact", "--check", "--json", *files)
    assert as_json.json["findings"] == [{"file": files[0], "line": 2, "kind": "github-personal-token"}]
    assert kit_process(tmp_path, "redact", "--check", files[1]).code == 0


def test_several_files_and_missing_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    assert kit_process(tmp_path, "redact", str(tmp_path / "a.txt"), str(tmp_path / "a.txt")).code == 2
    assert kit_process(tmp_path, "redact", str(tmp_path / "none")).code == 4
    assert kit_process(tmp_path, "redact", str(tmp_path)).code == 5
