"""The one place that runs `gh`: what a forge knows of a pull request. No prompt, a deadline, bounded answers.

It runs with the person's own environment and rights; nothing from the repository is in its words but numbers.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kit.errors import NotFound, RemoteFailed, TimedOut
from kit.store import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS = 30.0
_QUIET = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1", "GH_PAGER": "cat", "PAGER": "cat"}


@dataclass(frozen=True)
class Gh:
    """`gh` in the repository of a folder; `hint` says what a person can do where it cannot be used."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    hint: str = ""

    @property
    def program(self) -> str | None:
        """The program's path, None where there is none."""
        return shutil.which("gh", path=self.environment.get("PATH", ""))

    def run(self, *arguments: str, stdin: bytes = b"", seconds: float = SECONDS) -> bytes:
        """Returns what gh prints.

        Raises NotFound where there is no gh, RemoteFailed when it fails, TimedOut after `seconds`.
        """
        program = self.program
        if program is None:
            raise NotFound("the program gh was not found", hint=self.hint or "install gh", code="no_gh")
        surroundings = {**self.environment, **_QUIET}
        try:
            answer = git.execute(
                [program, *arguments], stdin=stdin, seconds=seconds, environment=surroundings, folder=self.folder
            )
        except git.TimeoutExpired:
            raise TimedOut(f"gh {arguments[0]} did not end within {seconds:g} s", hint=self.hint) from None
        except OSError as error:
            raise NotFound(f"gh cannot be run: {error.strerror}", hint=self.hint, code="no_gh") from None
        if answer.code:
            raise RemoteFailed(f"gh {' '.join(arguments[:2])}: {answer.complaint[:500]}", hint=self.hint)
        return answer.out

    def json(self, *arguments: str) -> dict[str, Any]:
        """Returns the JSON object that gh prints. Raises as `run` does, RemoteFailed too for anything else."""
        try:
            found = json.loads(self.run(*arguments))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise RemoteFailed(f"gh {' '.join(arguments[:2])} printed no JSON object", hint=self.hint)
        return found
