"""Measures `kit validate` as whole processes: a first run, and a second one after which nothing has changed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from bench.index import notes
from bench.process import KIT, figure, seconds
from bench.recall import knowledge

#: What the peer needs for 1,000 notes (schema, links, orphans), measured on this kind of machine.
PEER = "4.7 s for 1,000: commonplace-validate"


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of validation with their bars."""
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        for count, bar in ((100, 60.0), (200, 60.0)) if smoke else ((1_000, 0.6), (10_000, 2.5)):
            repository = knowledge(Path(name) / str(count), notes(count))
            cold = sorted(_cold(repository) for _ in range(1 if smoke else 5))
            found.append(figure(f"kit validate, {count:,} records, cold", cold[len(cold) // 2], unit="s", bar=bar,
                                peer=PEER))  # fmt: skip
        warm = sorted(seconds([*KIT, "validate"], repository) for _ in range(1 if smoke else 7))
        found.append(figure(f"kit validate, {count:,} records, nothing changed", warm[len(warm) // 2], unit="s",
                            bar=60.0 if smoke else 0.4))  # fmt: skip
    return found


def _cold(repository: Path) -> float:
    shutil.rmtree(repository / ".kit", ignore_errors=True)
    return seconds([*KIT, "validate"], repository)
