"""Runs `gh` or `glab`, the forges' own programs, where the person has them: no shell, no prompt, a deadline.

Beside git the only programs that kit starts below its roof; nothing depends on them being there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import NotFound, RemoteFailed, TimedOut
from kit.process import kill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECONDS = 60.0
MAX_ANSWER = 4 << 20  # bytes
NAMES = ("gh", "glab")


class Forge(NamedTuple):
    """One forge's program, found on the person's PATH, run in a repository."""

    name: str
    program: str
    folder: Path
    environment: Mapping[str, str]

    def run(self, *words: str, stdin: str = "", codes: Sequence[int] = (0,)) -> tuple[int, str]:
        """Returns the exit status and what was printed. Raises RemoteFailed, or TimedOut after SECONDS."""
        quiet = {"GH_PROMPT_DISABLED": "1", "NO_PROMPT": "1", "NO_COLOR": "1", "GIT_TERMINAL_PROMPT": "0", "PAGER": ""}
        process = subprocess.Popen(
            [self.program, *words],
            cwd=self.folder,
            env={**self.environment, **quiet},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(stdin.encode(), timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise TimedOut(f"{self.name} {words[0]} did not end within {SECONDS:g} s", hint="try it by hand") from None
        finally:
            if process.poll() is None:
                kill(process)
        told = err.decode("utf-8", "replace").strip().splitlines()
        if process.returncode not in codes or len(out) > MAX_ANSWER:
            said = told[-1] if told else f"it ended with status {process.returncode}"
            raise RemoteFailed(f"{self.name} {' '.join(words[:2])}: {said}", hint=f"{self.name} auth status says why")
        return process.returncode, out.decode("utf-8", "replace")


def find(folder: Path, environment: Mapping[str, str], url: str) -> Forge | None:
    """Returns the program for the forge that `url` names, else the first that is there, None where there is none.

    A program that lies in the repository itself is not run.
    """
    names = sorted(NAMES, key=lambda name: ("gitlab" in url) != (name == "glab"))
    places = [place for place in environment.get("PATH", "").split(os.pathsep) if Path(place).is_absolute()]
    for name in names:
        program = shutil.which(name, path=os.pathsep.join(places))
        if program and not Path(program).resolve().is_relative_to(folder.resolve()):
            return Forge(name, program, folder, environment)
    return None


def needed(folder: Path, environment: Mapping[str, str], url: str) -> Forge:
    """Returns the same. Raises NotFound where there is none."""
    found = find(folder, environment, url)
    if found is None:
        raise NotFound("neither gh nor glab is on the PATH", hint="install the forge's program", code="no_forge")
    return found
