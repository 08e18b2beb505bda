"""Measures reading 10 MB of a Claude Code transcript to events, beside `json.loads` of the same lines."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.process import figure
from kit.harnesses import HARNESSES
from kit.harnesses.harness import Source

_BAR = 40
_WORDS = ("the", "parser", "fails", "on", "a", "nested", "list", "because", "its", "end", "so", "run", "test", "again")
_CODE = 'def parse(text: str) -> "list[str]":\n    return [each.strip() for each in text.split("\\n") if each]\n\n'


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of reading with their floor and bar."""
    size, runs = (200_000, 1) if smoke else (10_000_000, 7)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "0a0314fb-b206-450f-b895-cd5181a28ae5.jsonl"
        data = b"".join(transcript(size))
        path.write_bytes(data)
        harness = HARNESSES["claude-code"]
        chunk = harness.read(Source("claude-code", path.stem, path, len(data), 0.0), "", limit=1 << 30)
        lines = data.splitlines()
        floors, told = [], []
        for _ in range(runs):  # by turns: what else the machine does falls on both
            floors.append(_seconds(lambda: [json.loads(line) for line in lines]))
            told.append(_seconds(lambda: sum(1 for _ in harness.events(enumerate(chunk.records, 1)))))
        megabytes = len(data) / 1e6
        read = _seconds(lambda: harness.read(Source("claude-code", path.stem, path, len(data), 0.0), "", limit=1 << 30))
    fast, floor = megabytes / statistics.median(told), megabytes / statistics.median(floors)
    told_of = figure(
        f"Claude Code, {megabytes:.2g} MB to events", fast, unit="MB/s", floor=floor, floor_name="json.loads", bar=None
    )
    return [
        told_of | {"bar": f">= {_BAR} MB/s", "ok": fast >= _BAR},
        figure("Claude Code, reading those records from the file", megabytes / read, unit="MB/s", bar=None),
    ]


def transcript(size: int) -> list[bytes]:
    """Returns the lines of a transcript of about `size` bytes: prompts, thoughts, calls, and results of all lengths."""
    dice = random.Random(7)
    lines: list[bytes] = []
    written = turn = 0
    while written < size:
        turn += 1
        for record in _turn(dice, turn):
            lines.append(json.dumps(record, separators=(",", ":")).encode() + b"\n")
            written += len(lines[-1])
    return lines


def _turn(dice: random.Random, turn: int) -> list[dict[str, Any]]:
    common = {"isSidechain": False, "userType": "external", "cwd": "/home/dev/project", "sessionId": "0a0314fb",
              "version": "2.1.42", "timestamp": f"2026-11-20T10:{turn % 60:02}:00.123Z"}  # fmt: skip
    said = " ".join(dice.choices(_WORDS, k=dice.randint(20, 200)))
    usage = {"input_tokens": 9, "cache_creation_input_tokens": 512, "cache_read_input_tokens": 20_000,
             "output_tokens": dice.randint(1, 900), "service_tier": "standard"}  # fmt: skip
    message = {"id": f"msg_{turn}", "type": "message", "role": "assistant", "model": "claude-opus-4-5",
               "stop_reason": None, "usage": usage}  # fmt: skip
    output = _CODE * dice.choice((1, 4, 10, 40, 150))
    call = {"type": "tool_use", "id": f"toolu_{turn}", "name": "Read", "input": {"file_path": "/home/dev/project/a.py"}}
    result = {"type": "tool_result", "tool_use_id": f"toolu_{turn}", "content": output}
    records = [
        {"type": "assistant", "message": message | {"content": [{"type": "thinking", "thinking": said, "signature":
         "Ab+/" * 90}]}},
        {"type": "assistant", "message": message | {"content": [{"type": "text", "text": said}]}},
        {"type": "assistant", "message": message | {"content": [call]}},
        {"type": "user", "message": {"role": "user", "content": [result]},
         "toolUseResult": {"type": "text", "file": {"filePath": "/home/dev/project/a.py", "content": output}}},
        {"type": "progress", "data": {"type": "bash_progress", "output": said[:200]}},
    ]  # fmt: skip
    if turn % 5 == 0:
        records.append({"type": "user", "message": {"role": "user", "content": said}})
    return [{"parentUuid": f"u-{turn}", **common, **each, "uuid": f"u-{turn}-{at}"} for at, each in enumerate(records)]


def _seconds(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
