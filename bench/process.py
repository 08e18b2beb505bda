"""Times whole processes, alternating between what is measured and its floor, so that both see the same machine."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
PYTHON = [sys.executable]
KIT = [sys.executable, "-m", "kit"]
#: Stands in a command for the number of the turn, where each needs words of its own.
TURN = "{turn}"


def environment(**more: str) -> dict[str, str]:
    """Returns the environment in which kit and its peers are measured: own git settings, byte code kept."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "KIT_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {
        "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "bench",
        "GIT_AUTHOR_EMAIL": "bench@example.invalid",
        "GIT_COMMITTER_NAME": "bench",
        "GIT_COMMITTER_EMAIL": "bench@example.invalid",
        "KIT_AGENT": "bench",
        **more,
    }


def run(command: Sequence[str], folder: Path | None = None, **more: str) -> str:
    """Runs a command that must succeed and returns what it prints."""
    done = subprocess.run(command, cwd=folder, env=environment(**more), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def seconds(command: Sequence[str], folder: Path) -> float:
    """Returns the wall time of one run of a command that must succeed."""
    started = time.perf_counter()
    run(command, folder)
    return time.perf_counter() - started


def medians(commands: Sequence[Sequence[str]], *, runs: int, folder: Path | None = None) -> list[float]:
    """Returns the median wall time in ms of each command, taken in turns; the first turn does not count."""
    times: list[list[float]] = [[] for _ in commands]
    for turn in range(runs + 1):
        for command, taken in zip(commands, times, strict=True):
            started = time.perf_counter()
            run([word.replace(TURN, str(turn)) for word in command], folder)
            if turn:
                taken.append(1000 * (time.perf_counter() - started))
    return [statistics.median(each) for each in times]


def figure(
    name: str,
    value: float,
    *,
    bar: float | None,
    floor: float | None = None,
    floor_name: str = "",
    peer: str = "",
    unit: str = "ms",
) -> dict[str, Any]:
    """Returns one row of the table; it is met when the value is not above the bar."""
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "floor": peer if floor is None else f"{floor:,.4g} {unit} ({floor_name})",
        "bar": "" if bar is None else f"<= {bar:,.4g} {unit}",
        "ok": None if bar is None else value <= bar,
    }
