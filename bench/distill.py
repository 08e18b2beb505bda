"""Measures distilling a session of 4 MB by the rules, whole processes, beside one that only parses its lines."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.harness import transcript
from bench.process import KIT, figure, medians, run

_BAR = 2000
_ID = "0a0314fb-b206-450f-b895-cd5181a28ae5"
_PARSE = "import json, sys; print(sum(1 for line in open(sys.argv[1], 'rb') if json.loads(line)))"


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of distilling and of finding loops, with their floor and bar."""
    size, runs = (200_000, 1) if smoke else (4_000_000, 7)
    with tempfile.TemporaryDirectory() as name:
        home, repo = Path(name, "home"), Path(name, "repo")
        file = home / ".claude" / "projects" / re.sub(r"[^A-Za-z0-9]", "-", str(repo)) / f"{_ID}.jsonl"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"".join(_session(size)))
        run(["git", "init", "--quiet", str(repo)])
        mirror = [*KIT, "session", "mirror", "--session", _ID, "--harness", "claude-code"]
        run([*mirror, "--repo", str(repo)], HOME=str(home))
        told = json.loads(run([*KIT, "distill", _ID, "--dry-run", "--json", "--repo", str(repo)]))
        commands = [
            [sys.executable, "-c", _PARSE, str(file)],
            [*KIT, "distill", _ID, "--dry-run", "--json", "--repo", str(repo)],
            [*KIT, "session", "loops", _ID, "--json", "--repo", str(repo)],
        ]
        floor, distil, loops = medians(commands, runs=runs)
        megabytes = file.stat().st_size / 1e6
    what = f"{megabytes:.2g} MB, {len(told['candidates'])} candidates, {len(told['refused'])} refused"
    made = figure(f"kit distill (rules) of {what}", distil, floor=floor, floor_name="json.loads", bar=None)
    return [
        made | {"bar": f"<= {_BAR} ms", "ok": distil <= _BAR},
        figure("kit session loops of the same", loops, floor=floor, floor_name="json.loads", bar=None),
    ]


def _session(size: int) -> list[bytes]:
    """Returns a transcript of about `size` bytes in which a check fails now and then, and is mended."""
    lines = transcript(size)
    found: list[bytes] = []
    for number, line in enumerate(lines):
        found.append(line)
        if number % 200 == 100:
            found += [json.dumps(each).encode() + b"\n" for each in _problem(number)]
    return found


def _problem(number: int) -> list[dict[str, Any]]:
    fails = f"F\n=== FAILURES ===\nE       KeyError: 'price_{number}'\n1 failed, 40 passed in 2.1s\n"
    why = f"The lookup raises KeyError because price_{number} is only set for rows that were imported before."
    edit = {"file_path": "/home/dev/project/a.py", "old_string": f'row["price_{number}"]',
            "new_string": f'row.get("price_{number}")'}  # fmt: skip
    check = {"command": "pytest -q"}
    return [
        *_call(f"{number}a", "Bash", check, "Exit code 1\n" + fails, is_error=True),
        _record("assistant", {"role": "assistant", "content": [{"type": "text", "text": why}]}),
        *_call(f"{number}b", "Edit", edit, "updated", is_error=False),
        *_call(f"{number}c", "Bash", check, "41 passed in 2.0s\n", is_error=False),
    ]


def _call(name: str, tool: str, given: dict[str, str], said: str, *, is_error: bool) -> list[dict[str, Any]]:
    call = {"type": "tool_use", "id": f"toolu_{name}", "name": tool, "input": given}
    result = {"type": "tool_result", "tool_use_id": f"toolu_{name}", "content": said, "is_error": is_error}
    return [
        _record("assistant", {"role": "assistant", "content": [call]}),
        _record("user", {"role": "user", "content": [result]}),
    ]


def _record(kind: str, message: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "isSidechain": False, "cwd": "/home/dev/project", "sessionId": "0a0314fb",
            "version": "2.1.42", "timestamp": "2026-11-20T10:00:00.000Z", "message": message}  # fmt: skip
