"""Writes a transcript as Claude Code does, where kit looks for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.git import git

SESSION = "0a0314fb-b206-450f-b895-cd5181a28ae5"
SECRET = "ghp_" + "k3F9a2C41b7D0eR5tY8uI6oP1zXcVb4n"[:36].ljust(36, "Q")


@dataclass
class Writer:
    """One session of Claude Code in a repository."""

    repo: Path
    session: str = SESSION

    @property
    def path(self) -> Path:
        name = re.sub("[^A-Za-z0-9]", "-", str(self.repo))
        return Path(os.environ["HOME"]) / ".claude" / "projects" / name / f"{self.session}.jsonl"

    @property
    def ref(self) -> str:
        return f"refs/kit/sessions/claude-code/{self.session}"

    def line(self, text: str, **more: Any) -> bytes:
        record = {
            "type": "user", "uuid": f"{abs(hash(text)):x}", "timestamp": "2026-11-20T10:00:00.000Z",
            "cwd": str(self.repo), "sessionId": self.session, "message": {"role": "user", "content": text}, **more,
        }  # fmt: skip
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"

    def say(self, *texts: str, **more: Any) -> None:
        self.append(b"".join(self.line(text, **more) for text in texts))

    def append(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(data)

    def meta(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.show("meta.json"))
        return found

    def show(self, name: str) -> bytes:
        return git(self.repo, "show", f"{self.ref}:sessions/claude-code/{self.session}/{name}").encode()

    def mirrored(self) -> list[str]:
        """Returns the lines of all parts."""
        return [line for part in self.meta()["parts"] for line in self.show(part["name"]).decode().splitlines()]

    def texts(self) -> list[str]:
        """Returns what was said on each line that was mirrored."""
        return [json.loads(line)["message"]["content"] for line in self.mirrored()]


def objects(repo: Path) -> bytes:
    """Returns the bytes of every object of a repository, those that nothing reaches too."""
    words = ["git", "-C", str(repo), "cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"]
    return subprocess.run(words, check=True, capture_output=True, timeout=60).stdout
