"""Runs git for tests, with a deadline that holds for its children too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.remotes.process import run

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def git(folder: Path, *args: str, given: str = "") -> str:
    """Returns what git prints, stripped; fails the test if git fails."""
    done = try_git(folder, *args, given=given)
    assert done.returncode == 0, done
    return done.stdout.strip()


def try_git(folder: Path, *args: str, given: str = "", timeout: float = 30.0) -> subprocess.CompletedProcess[str]:
    """Runs git whether it fails or not; raises subprocess.TimeoutExpired after `timeout` seconds."""
    return run(["git", *args], cwd=folder, given=given, timeout=timeout)
