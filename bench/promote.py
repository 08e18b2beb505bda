"""Measures `kit promote` as a whole process, without network, in a repository of many records."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from bench.index import notes
from bench.process import KIT, figure, run, seconds
from bench.recall import knowledge

CANDIDATE = """---
type: block
id: loop-closed
title: Session fixtures die when the loop is function-scoped
description: Use when pytest-asyncio says "Event loop is closed" from the second test on.
status: draft
applies_to: {languages: [python]}
sources: [{resource: "https://pytest-asyncio.readthedocs.io/"}]
generated: {by: kit-distill/1, at: "2026-11-20T10:00:00Z"}
---
## Situation

The second async test fails with `Event loop is closed`.

## Mechanism

The fixture keeps a handle on the loop of the first test.

## Unlock

Set the loop scope of the fixture to session.

## Verification

`pytest -q tests` prints `2 passed`; before it printed one failure.
"""
BRANCH = "kit/promote/loop-closed"


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of promotion with their bars."""
    count = 200 if smoke else 10_000
    with tempfile.TemporaryDirectory() as name:
        repository = knowledge(Path(name) / "repository", notes(count))
        folder = repository / ".kit" / "candidates"
        folder.mkdir(parents=True)
        (folder / "loop-closed.md").write_text(CANDIDATE)
        first = sorted(_first(repository) for _ in range(1 if smoke else 5))
        again = sorted(seconds([*KIT, "promote", "loop-closed"], repository) for _ in range(1 if smoke else 3))
    bar = 60.0 if smoke else 1.5
    return [
        figure(f"kit promote, {count:,} records, no network", first[len(first) // 2], unit="s", bar=bar),
        figure(f"kit promote, {count:,} records, nothing changed", again[len(again) // 2], unit="s", bar=bar),
    ]


def _first(repository: Path) -> float:
    run(["git", "update-ref", "-d", f"refs/heads/{BRANCH}"], repository)
    shutil.rmtree(repository / ".kit" / "cache", ignore_errors=True)
    return seconds([*KIT, "promote", "loop-closed"], repository)
