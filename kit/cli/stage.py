"""The stage on which `kit demo` plays: a folder, real commands in it, and a check of what each must do."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kit.cli import output
from kit.errors import KitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SECONDS = 60.0
MOST_LINES = 60
PEOPLE = ("you", "mia")


class NotSoError(KitError):
    """A step of the tour did not do what it must."""

    code = "demo_failed"
    exit_code = 1


@dataclass
class Stage:
    """A folder with a bare remote and one clone an agent; runs commands there and tells what it does."""

    folder: Path
    environment: dict[str, str]
    tell: Callable[[str], None]
    steps: int = 0
    said: list[str] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        self.tell("")
        self.tell(output.paint(f"# {title}", "bold"))

    def run(self, agent: str, words: str, *, status: int = 0, expect: str = "") -> str:
        """Runs `words` as `agent`, shows them with what they print, and checks status and text."""
        (answer,) = self.race([(agent, words)])
        self.check(agent, words, answer, status=status, expect=expect)
        return answer.stdout

    def race(self, runs: list[tuple[str, str]]) -> list[subprocess.CompletedProcess[str]]:
        """Runs commands at the same time and shows them one after the other."""
        started = [(agent, words, self._start(agent, words)) for agent, words in runs]
        answers = []
        for agent, words, process in started:
            out, err = process.communicate(timeout=SECONDS)
            answers.append(subprocess.CompletedProcess(words, process.returncode, out, err))
            self.tell(f"{output.paint(agent + '$', 'cyan')} {words}")
            for line in _shortened((err + out).splitlines()):
                self.tell(f"  {line}")
            self.steps += 1
        return answers

    def check(
        self, agent: str, words: str, answer: subprocess.CompletedProcess[str], *, status: int, expect: str
    ) -> None:
        """Raises NotSoError unless the command ended with `status` and printed `expect`."""
        text = answer.stdout + answer.stderr
        if answer.returncode != status or expect not in text:
            raise NotSoError(
                f"{agent}$ {words}: exit status {answer.returncode} (expected {status})"
                + (f", without {expect!r}" if expect not in text else ""),
                hint="please report it with what stands above",
            )

    def write(self, agent: str, path: str, text: str) -> None:
        file = self.folder / agent / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def append(self, agent: str, path: str, text: str) -> None:
        with (self.folder / agent / path).open("a", encoding="utf-8") as file:
            file.write(text)

    def keep_session(self, agent: str, session: str, records: Callable[[str], bytes]) -> None:
        """Puts a transcript where Claude Code keeps those of the agent's folder."""
        place = str((self.folder / agent).resolve())
        project = re.sub("[^A-Za-z0-9]", "-", place)[:200]
        file = self.folder / ".claude" / "projects" / project / f"{session}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(records(place))

    def lacks(self, agent: str, secrets: Sequence[str]) -> None:
        """Raises NotSoError if any object of the agent's repository holds one of the secrets."""
        command = ["git", "cat-file", "--batch", "--batch-all-objects"]
        told = subprocess.run(command, cwd=self.folder / agent, env=self.environment, capture_output=True, check=True)
        if held := [each for each in secrets if each.encode() in told.stdout]:
            raise NotSoError(f"{len(held)} secrets are in the repository", hint="please report it")
        self.tell(f"  none of the {len(secrets)} secrets is in any object of the repository")

    def _start(self, agent: str, words: str) -> subprocess.Popen[str]:
        program, _, rest = words.partition(" ")
        command = [sys.executable, "-m", "kit"] if program == "kit" else [program]
        return subprocess.Popen(
            [*command, *_split(rest)],
            cwd=self.folder / agent if (self.folder / agent).is_dir() else self.folder,
            env=self.environment | self._who(agent),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def _who(self, agent: str) -> dict[str, str]:
        """Returns what makes a process one of this agent's; a person's has no KIT_AGENT."""
        name = {"GIT_AUTHOR_NAME": agent, "GIT_COMMITTER_NAME": agent}
        return name if agent in PEOPLE else name | {"KIT_AGENT": agent}


def _shortened(lines: list[str]) -> list[str]:
    left_out = len(lines) - MOST_LINES
    return lines if left_out <= 1 else [*lines[: MOST_LINES - 3], f"... {left_out + 1} more lines", *lines[-2:]]


def environment(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Returns an environment in which neither the person's git settings nor an outer kit can change the tour."""
    kept = {name: value for name, value in given.items() if not name.startswith(("GIT_", "KIT_"))}
    config = folder / "gitconfig"
    config.write_text("[user]\n\tname = demo\n\temail = demo@example.invalid\n[init]\n\tdefaultBranch = main\n")
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [given.get("PYTHONPATH")])]
    return kept | {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder),
                   "PYTHONPATH": ":".join(paths), "NO_COLOR": "1", "PYTHONUTF8": "1"}  # fmt: skip


def _split(words: str) -> list[str]:
    import shlex

    return shlex.split(words)
