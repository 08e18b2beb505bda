"""The tour that `kit demo` plays: real commands on a real remote, each checked against what it must do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.cli import output
from kit.errors import KitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECONDS = 60.0
BROKEN = """---
type: block
id: broken-on-purpose
title: A block with a mistake
description: Use when you want to see what kit validate says.
status: stabel
---
## Situation
A person wrote `stabel` for `stable`, and left sections out.
"""


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
            for line in (err + out).splitlines():
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

    def _start(self, agent: str, words: str) -> subprocess.Popen[str]:
        program, _, rest = words.partition(" ")
        command = [sys.executable, "-m", "kit"] if program == "kit" else [program]
        return subprocess.Popen(
            [*command, *_split(rest)],
            cwd=self.folder / agent if (self.folder / agent).is_dir() else self.folder,
            env=self.environment | {"KIT_AGENT": agent, "GIT_AUTHOR_NAME": agent, "GIT_COMMITTER_NAME": agent},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )


def play(*, environment: Mapping[str, str], keep: bool, tell: Callable[[str], None]) -> int:
    """Plays the tour in a temporary folder and returns how many commands it ran. Raises NotSoError."""
    folder = Path(tempfile.mkdtemp(prefix="kit-demo-"))
    stage = Stage(folder, _environment(environment, folder), tell)
    try:
        for act in (_set_up, _race, _hand_over, _recall, _mail, _validate):
            act(stage)
    finally:
        if keep:
            tell(f"everything is left in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return stage.steps


def _set_up(stage: Stage) -> None:
    stage.chapter("A remote, and a clone for each of two agents")
    stage.run("you", "git init --quiet --bare --initial-branch=main origin.git")
    stage.run("you", "git clone --quiet origin.git ana")
    stage.run("ana", "kit init --example", expect="kit.toml")
    stage.run("ana", "git add --all")
    stage.run("ana", "git commit --quiet --message 'Begin our knowledge'")
    stage.run("ana", "git push --quiet origin HEAD:main")
    stage.run("you", "git clone --quiet origin.git ben")


def _race(stage: Stage) -> None:
    stage.chapter("Both want the same task: exactly one gets it, the other is told who has it")
    stage.run("ana", "kit task add parser --title 'Write the parser'")
    words = "kit claim parser --note 'grammar first' --json"
    answers = stage.race([("ana", words), ("ben", words)])
    won = [answer.returncode == 0 for answer in answers]
    if sorted(won) != [False, True]:
        raise NotSoError(f"{won.count(True)} of two claimers won", hint="please report it with what stands above")
    winner, loser = ("ana", "ben") if won[0] else ("ben", "ana")
    told: dict[str, Any] = json.loads(answers[won.index(False)].stdout)["error"]
    stage.check(loser, words, answers[won.index(False)], status=6, expect=winner)
    if told["holder"] != winner:
        raise NotSoError(f"the loser was told that {told['holder']!r} holds it", hint="please report it")
    stage.said = [winner, loser]


def _hand_over(stage: Stage) -> None:
    winner, loser = stage.said
    stage.chapter(f"{winner} works and hands over; {loser} reads the handoff")
    stage.write(winner, "src/parser.py", "def parse(text: str) -> list[str]:\n    return text.split()\n")
    stage.run(winner, "git add --all")
    stage.run(winner, "git commit --quiet --message 'Parse words'")
    stage.run(
        winner,
        f"kit complete parser --note 'splits at spaces' --to {loser} --next-action 'handle quotes'",
        expect="1 changed file",
    )
    stage.run(loser, "kit claim parser", status=6, expect="done")
    stage.run(loser, "kit task show parser", expect="src/parser.py")
    stage.run(loser, "kit tasks", expect="done, not merged")


def _recall(stage: Stage) -> None:
    stage.chapter("What others learned answers a question, from reviewed records only")
    stage.run(
        "ben", "kit recall -k 1 'why did my forced push with a lease overwrite the work of others?'", expect="lease"
    )


def _mail(stage: Stage) -> None:
    stage.chapter("A message, read and acknowledged")
    stage.run("ben", "kit send ana 'quotes are next, I take them' --task parser")
    stage.run("ana", "kit inbox --ack", expect="quotes are next")
    stage.run("ana", "kit status", expect="parser")


def _validate(stage: Stage) -> None:
    stage.chapter("A broken record is found before it is merged: file, line and what to write")
    stage.run("ben", "kit validate")
    stage.write("ben", "blocks/broken-on-purpose.md", BROKEN)
    stage.run("ben", "kit validate", status=1, expect="blocks/broken-on-purpose.md:6")


def _environment(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Returns an environment in which neither the person's git settings nor an outer kit can change the tour."""
    kept = {name: value for name, value in environment.items() if not name.startswith(("GIT_", "KIT_"))}
    config = folder / "gitconfig"
    config.write_text("[user]\n\tname = demo\n\temail = demo@example.invalid\n[init]\n\tdefaultBranch = main\n")
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [environment.get("PYTHONPATH")])]
    return kept | {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder),
                   "PYTHONPATH": ":".join(paths), "NO_COLOR": "1", "PYTHONUTF8": "1"}  # fmt: skip


def _split(words: str) -> list[str]:
    import shlex

    return shlex.split(words)
